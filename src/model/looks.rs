//! When two different texts look alike. This is the wide comparison. It refuses and protects, and never says
//! who somebody is: that is the narrow one, of [`key`](super::key).

use std::fmt;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;
use unicode_security::confusable_detection::skeleton;

use super::{Key, uncased};
use crate::escape::is_unsafe_to_show;

/// What makes two different texts look alike: the first of these steps after which they are the same text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// Capitals, where the service tells them apart.
    Case,
    /// Letters that case folding makes the same: `ß` and `ss`, `ſ` and `s`, the Kelvin sign and `k`.
    Folding,
    /// An accent in one character with its letter, or in a character of its own (NFC).
    Composition,
    /// Letters of another width, ligatures and other forms of the same letters (NFKC).
    Width,
    /// Characters that cannot be seen.
    Invisible,
    /// Spaces at the ends, or several in one place.
    Spaces,
    /// Letters that are drawn alike (Unicode Technical Standard 39, section 4).
    Letters,
}

/// A form that alike texts share.
type TextForm = fn(&str) -> String;

impl Likeness {
    /// What makes two texts look alike. `None` if they do not, or are the same text.
    pub fn of(left: &str, right: &str) -> Option<Self> {
        if left == right {
            return None;
        }
        let steps: [(Self, TextForm); 7] = [
            (Self::Case, |text| uncased(text).into_owned()),
            (Self::Folding, caseless::default_case_fold_str),
            (Self::Composition, |text| steady(text, composed)),
            (Self::Width, |text| steady(text, compatible)),
            (Self::Invisible, |text| steady(text, visible)),
            (Self::Spaces, fold),
            (Self::Letters, looks),
        ];
        let alike = steps.into_iter().find(|(_, form)| form(left) == form(right));
        alike.map(|(likeness, _)| likeness)
    }
}

/// The rule in a few words, to follow "look alike by".
impl fmt::Display for Likeness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Case => "case",
            Self::Folding => "case folding",
            Self::Composition => "the composition of accents",
            Self::Width => "width or ligature",
            Self::Invisible => "invisible characters",
            Self::Spaces => "spaces",
            Self::Letters => "confusable letters",
        })
    }
}

impl Key {
    /// Whether two names may be spellings of one, in the wide sense of [`fold`]. This protects
    /// and refuses; it never says that two resources are one.
    pub(crate) fn may_mean(&self, other: &Self) -> bool {
        self.kind == other.kind && (self == other || fold(&self.name) == fold(&other.name))
    }
}

/// The form that spellings share which differ in more than capitals: compatibility-composed (NFKC) and
/// case-folded, without outer white space and invisible characters, and with single spaces inside.
/// `fold(fold(x)) == fold(x)`. What is sent is never folded.
pub fn fold(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text.to_ascii_lowercase();
    }
    let words = steady(text, visible);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The form that all texts share that look alike, also in letters that are drawn alike.
pub fn looks(text: &str) -> String {
    let folded = fold(text);
    if folded.is_ascii() {
        return folded.bytes().map(|byte| &*ASCII[usize::from(byte)]).collect();
    }
    skeleton(&folded).collect::<String>().to_lowercase()
}

/// What each ASCII character looks like. The skeleton of a million names is costly without it.
static ASCII: LazyLock<[String; 128]> = LazyLock::new(|| {
    std::array::from_fn(|byte| {
        let letter = char::from(u8::try_from(byte).unwrap_or_default()).to_string();
        skeleton(&letter).collect::<String>().to_lowercase()
    })
});

/// A form of a text that is its own form. Folding can undo composition, and composition can undo folding. So
/// a step is repeated until nothing changes, at most three times.
fn steady(text: &str, step: fn(&str) -> String) -> String {
    let mut form = step(text);
    loop {
        let again = step(&form);
        if again == form {
            return form;
        }
        form = again;
    }
}

fn composed(text: &str) -> String {
    use caseless::Caseless as _;
    text.chars().nfc().default_case_fold().nfc().collect()
}

fn compatible(text: &str) -> String {
    use caseless::Caseless as _;
    text.chars().nfkc().default_case_fold().nfkc().collect()
}

fn visible(text: &str) -> String {
    let is_seen = |character: &char| character.is_whitespace() || !is_unsafe_to_show(*character);
    let seen: String = text.chars().filter(is_seen).collect();
    compatible(&seen).chars().filter(is_seen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_looks_of_ascii_are_those_of_its_letters() {
        let text: String = (' '..='~').collect();
        assert_eq!(
            looks(&text),
            skeleton(&fold(&text)).collect::<String>().to_lowercase()
        );
    }

    #[test]
    fn spellings_of_one_name_meet() {
        for (left, right) in [
            ("Ada@Example.com", "ada@example.com"),
            ("ｊｏｓé", "jose\u{301}"),
            (" Straße ", "STRASSE"),
            ("a\u{200b}b", "ab"),
            ("Team  One", "team\u{a0}one"),
        ] {
            assert_eq!(fold(left), fold(right), "{left:?} and {right:?}");
        }
        assert_ne!(
            fold("ada@example.com"),
            fold("adа@example.com"),
            "a Cyrillic letter is another name"
        );
    }

    #[test]
    fn f024_folding_twice_is_folding_once_for_every_character() {
        for character in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let once = fold(&format!("a{character}b"));
            assert_eq!(fold(&once), once, "{character:?}");
        }
    }
}
