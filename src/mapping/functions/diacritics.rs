//! `NormalizeDiacritics`: removes the marks of Latin letters. Letters of other scripts keep their marks,
//! which are not decoration there.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::argument::{Argument, ComputedValue};

/// Letters that Unicode does not decompose into a letter and a mark, with their replacements.
const LETTERS: [(char, &str); 13] = [
    ('æ', "ae"),
    ('Æ', "AE"),
    ('ø', "oe"),
    ('Ø', "OE"),
    ('œ', "oe"),
    ('Œ', "OE"),
    ('ß', "ss"),
    ('ẞ', "SS"),
    ('ı', "i"),
    ('ł', "l"),
    ('Ł', "L"),
    ('đ', "d"),
    ('Đ', "D"),
];

/// `NormalizeDiacritics(source)`.
pub(super) fn normalize(arguments: &[Argument<'_>]) -> ComputedValue {
    let Some(source) = arguments[0].text()? else {
        return Ok(Argument::Nothing);
    };
    if source.is_ascii() {
        return Ok(source.into_owned().into());
    }
    let mut plain = String::with_capacity(source.len());
    let mut base_is_latin = false;
    for character in source.nfd() {
        if is_combining_mark(character) {
            if !base_is_latin {
                plain.push(character);
            }
            continue;
        }
        let letters = LETTERS
            .iter()
            .find(|(letter, _)| *letter == character)
            .map(|(_, letters)| *letters);
        base_is_latin = letters.is_some() || character.is_ascii_alphabetic();
        match letters {
            Some(letters) => plain.push_str(letters),
            None => plain.push(character),
        }
    }
    Ok(plain.nfc().collect::<String>().into())
}
