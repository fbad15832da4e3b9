//! Functions of texts: parts of a text, its case, what is added to it and removed from it.

use super::argument::{Argument, ComputedValue};
use super::error::FunctionError;

/// `Append(source, suffix)`. If there is no source, the result is no value.
pub(super) fn append(arguments: &[Argument<'_>]) -> ComputedValue {
    let Some(source) = arguments[0].text()? else {
        return Ok(Argument::Nothing);
    };
    Ok(format!("{source}{}", arguments[1].text()?.unwrap_or_default()).into())
}

/// `CStr(value)`.
pub(super) fn c_str(arguments: &[Argument<'_>]) -> ComputedValue {
    Ok(arguments[0]
        .text()?
        .map_or(Argument::Nothing, |text| text.into_owned().into()))
}

/// `Left(String, NumChars)`: the first `NumChars` characters. A negative number gives the whole text.
pub(super) fn left(arguments: &[Argument<'_>]) -> ComputedValue {
    let Some(source) = arguments[0].text()? else {
        return Ok(String::new().into());
    };
    let count = arguments[1]
        .integer()?
        .ok_or(FunctionError::Missing("NumChars"))?;
    Ok(match usize::try_from(count) {
        Ok(count) => source.chars().take(count).collect::<String>().into(),
        Err(_) => source.into_owned().into(),
    })
}

/// `Mid(source, start, length)`: positions count from 1. Characters beyond the end are left out.
pub(super) fn mid(arguments: &[Argument<'_>]) -> ComputedValue {
    let Some(source) = arguments[0].text()? else {
        return Ok(Argument::Nothing);
    };
    let start = arguments[1].integer()?.ok_or(FunctionError::Missing("start"))?;
    let length = arguments[2].integer()?.ok_or(FunctionError::Missing("length"))?;
    let start = usize::try_from(start)
        .ok()
        .filter(|start| *start > 0)
        .ok_or(FunctionError::NotAPosition("start"))?;
    let length = usize::try_from(length).map_err(|_| FunctionError::NegativeLength)?;
    Ok(source
        .chars()
        .skip(start - 1)
        .take(length)
        .collect::<String>()
        .into())
}

/// `StripSpaces(source)`: the text without any space.
pub(super) fn strip_spaces(arguments: &[Argument<'_>]) -> ComputedValue {
    Ok(arguments[0]
        .text()?
        .map_or(Argument::Nothing, |text| text.replace(' ', "").into()))
}

/// `ToLower(source, culture)`.
pub(super) fn to_lower(arguments: &[Argument<'_>]) -> ComputedValue {
    let Some(source) = arguments[0].text()? else {
        return Ok(Argument::Nothing);
    };
    let text = if has_two_letters_i(arguments.get(1))? {
        source.replace('I', "ı").replace('İ', "i")
    } else {
        source.into_owned()
    };
    Ok(text.to_lowercase().into())
}

/// `ToUpper(source, culture)`.
pub(super) fn to_upper(arguments: &[Argument<'_>]) -> ComputedValue {
    let Some(source) = arguments[0].text()? else {
        return Ok(Argument::Nothing);
    };
    let text = if has_two_letters_i(arguments.get(1))? {
        source.replace('i', "İ").replace('ı', "I")
    } else {
        source.into_owned()
    };
    Ok(text.to_uppercase().into())
}

/// Whether a culture has a dotted and a dotless `i`. All other cultures have the case rules of the invariant
/// culture here.
fn has_two_letters_i(culture: Option<&Argument<'_>>) -> Result<bool, FunctionError> {
    let Some(culture) = culture
        .map(Argument::text)
        .transpose()?
        .flatten()
        .filter(|culture| !culture.is_empty())
    else {
        return Ok(false);
    };
    let language = culture.split('-').next().unwrap_or_default();
    if !(2..=3).contains(&language.len())
        || !culture
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Err(FunctionError::NotACulture(culture.into_owned()));
    }
    Ok(["tr", "az"]
        .iter()
        .any(|turkic| turkic.eq_ignore_ascii_case(language)))
}

/// `PCase(source, wordSeparators)`: the first letter of each word in upper case, the rest in lower case.
pub(super) fn p_case(arguments: &[Argument<'_>]) -> ComputedValue {
    let Some(source) = arguments[0].text()? else {
        return Ok(Argument::Nothing);
    };
    let separators = arguments.get(1).map(Argument::text).transpose()?.flatten();
    let separates = |character: char| match &separators {
        Some(separators) => separators.contains(character),
        None => {
            !character.is_alphanumeric()
                && character != '\''
                && !unicode_normalization::char::is_combining_mark(character)
        }
    };
    let mut cased = String::with_capacity(source.len());
    let mut starts_word = true;
    for character in source.chars() {
        if separates(character) {
            cased.push(character);
            starts_word = true;
        } else if std::mem::take(&mut starts_word) {
            cased.extend(character.to_uppercase());
        } else {
            cased.extend(character.to_lowercase());
        }
    }
    Ok(cased.into())
}

/// `InStr(value1, value2, start, compareType)`: the position of `value2` in `value1`, from 1; 0 if it is not
/// found.
pub(super) fn in_str(arguments: &[Argument<'_>]) -> ComputedValue {
    let (Some(text), Some(wanted)) = (arguments[0].text()?, arguments[1].text()?) else {
        return Ok(Argument::Integer(0));
    };
    let start = arguments
        .get(2)
        .map(Argument::integer)
        .transpose()?
        .flatten()
        .unwrap_or(1);
    let start = usize::try_from(start)
        .ok()
        .filter(|start| *start > 0)
        .ok_or(FunctionError::NotAPosition("start"))?;
    let fold = match arguments
        .get(3)
        .map(Argument::text)
        .transpose()?
        .flatten()
        .as_deref()
    {
        None | Some("" | "vbBinaryCompare") => |character: char| character,
        Some("vbTextCompare") => |character: char| character.to_lowercase().next().unwrap_or(character),
        Some(unknown) => return Err(FunctionError::UnknownComparison(unknown.to_owned())),
    };
    let text: Vec<_> = text.chars().map(fold).collect();
    let wanted: Vec<_> = wanted.chars().map(fold).collect();
    let places = text
        .len()
        .checked_sub(wanted.len())
        .map_or(0..0, |last| start - 1..last + 1);
    let found = places.into_iter().find(|at| text[*at..].starts_with(&wanted));
    Ok(Argument::Integer(
        found.and_then(|at| i64::try_from(at + 1).ok()).unwrap_or(0),
    ))
}

/// `Word(String, WordNumber, Delimiters)`: a word by its number, from 1; an empty text if there is no such
/// word.
pub(super) fn word(arguments: &[Argument<'_>]) -> ComputedValue {
    let source = arguments[0].text()?.unwrap_or_default();
    let number = arguments[1]
        .integer()?
        .ok_or(FunctionError::Missing("WordNumber"))?;
    let delimiters = arguments[2].text()?.unwrap_or_default();
    let Some(number) = usize::try_from(number)
        .ok()
        .and_then(|number| number.checked_sub(1))
    else {
        return Ok(String::new().into());
    };
    if !source.contains(|character| delimiters.contains(character)) {
        return Ok(String::new().into());
    }
    let mut words = source
        .split(|character| delimiters.contains(character))
        .filter(|word| !word.is_empty());
    Ok(words.nth(number).unwrap_or_default().to_owned().into())
}
