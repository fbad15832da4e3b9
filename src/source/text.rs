//! Checks for texts that differ from what their writer meant: damage by encodings and spreadsheets, and
//! invisible characters.
//!
//! Nothing is repaired or trimmed. A silent change to a name would not be reviewed.

use crate::diagnostics::UnplacedProblem;
use crate::escape::is_unsafe_to_show;
use crate::model::{Attribute, Kind, Place, well_known};

/// The kind of file that holds a text. Cells are also checked for damage by spreadsheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Medium {
    /// A cell of a CSV file, perhaps saved by a spreadsheet.
    Cell,
    /// A YAML value.
    Yaml,
}

/// The longest value in bytes. A longer one means a damaged file.
pub(crate) const LONGEST_TEXT: usize = 64 * 1024;

const SHEET_ERRORS: [&str; 12] = [
    "#REF!",
    "#N/A",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "#NULL!",
    "#NUM!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#GETTING_DATA",
    "#ERROR!",
];

/// Checks a text that becomes a value of an attribute, or an element of one.
///
/// # Errors
/// A problem if the text is too long, damaged, or not a possible name or email address.
pub(crate) fn check(attribute: &Attribute, text: &str, medium: Medium) -> Result<(), UnplacedProblem> {
    if text.len() > LONGEST_TEXT {
        let message = format!(
            "this value is {} bytes long; the longest allowed is {LONGEST_TEXT}",
            text.len()
        );
        return Err(UnplacedProblem::new(
            "text-too-long",
            message,
            "check whether a quote is missing before it",
        ));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        check_characters(text)?;
    }
    if medium == Medium::Cell {
        check_spreadsheet(attribute, text)?;
    }
    if names_a_resource(attribute) {
        check_identifier(attribute, text)?;
    }
    if is_email(attribute) {
        check_email(attribute, text)?;
    }
    Ok(())
}

/// Checks the name of a member, a manager, or a group that a person belongs to.
///
/// # Errors
/// A problem if the name is damaged, has invisible characters, or starts or ends with white space.
pub(crate) fn check_name(text: &str) -> Result<(), UnplacedProblem> {
    check_characters(text)?;
    check_visible("this name", text)
}

fn check_characters(text: &str) -> Result<(), UnplacedProblem> {
    if let Some(control) = text
        .chars()
        .find(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t'))
    {
        let message = format!(
            "this value holds the control character U+{:04X}",
            u32::from(control)
        );
        return Err(UnplacedProblem::new(
            "control-character",
            message,
            "remove it; it cannot be seen and means nothing in a name",
        ));
    }
    if text.contains('\u{fffd}') {
        let hint = "export the file again as UTF-8; the character that stood here is lost";
        return Err(UnplacedProblem::new(
            "damaged-text",
            "this value holds U+FFFD, which marks a character that was lost",
            hint,
        ));
    }
    if let Some(meant) = mojibake(text) {
        let message = format!("`{text}` is UTF-8 that was read as Windows-1252; it was probably `{meant}`");
        return Err(UnplacedProblem::new(
            "damaged-text",
            message,
            "export the file again as UTF-8",
        ));
    }
    Ok(())
}

/// The original of a text whose UTF-8 bytes were read as Windows-1252 (`Ã©` for `é`). `None` for other texts.
fn mojibake(text: &str) -> Option<String> {
    if text.is_ascii()
        || !text.contains([
            'Ã', 'Â', 'â', 'Ä', 'Å', 'Ð', 'Ñ', 'ð', 'å', 'æ', 'ç', 'è', 'é', 'ã',
        ])
    {
        return None;
    }
    let bytes: Option<Vec<u8>> = text.chars().map(windows_1252).collect();
    String::from_utf8(bytes?).ok()
}

fn windows_1252(character: char) -> Option<u8> {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match u32::from(character) {
        code @ (0..=0x7f | 0xa0..=0xff) => u8::try_from(code).ok(),
        _ => HIGH
            .iter()
            .position(|high| *high == character)
            .and_then(|at| u8::try_from(at + 0x80).ok()),
    }
}

fn check_spreadsheet(attribute: &Attribute, text: &str) -> Result<(), UnplacedProblem> {
    if text.starts_with('#') && (SHEET_ERRORS.contains(&text) || text.bytes().all(|byte| byte == b'#')) {
        let message = format!("`{text}` is an error of the spreadsheet, not a value");
        return Err(UnplacedProblem::new(
            "spreadsheet-error",
            message,
            "repair the formula or widen the column, then export again",
        ));
    }
    if is_rounded_number(text) {
        let message = format!(
            "`{text}` in `{}` is a number that the spreadsheet has rounded",
            attribute.path
        );
        return Err(UnplacedProblem::new(
            "spreadsheet-number",
            message,
            "format the column as text, enter the full number, then export again",
        ));
    }
    Ok(())
}

/// Whether a text is a number as spreadsheets shorten it: `1.23457E+11`.
fn is_rounded_number(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once("E+") else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa = mantissa
        .split_once(['.', ','])
        .map_or((mantissa, "0"), |parts| parts);
    digits(exponent) && digits(mantissa.0) && digits(mantissa.1)
}

fn names_a_resource(attribute: &Attribute) -> bool {
    let naming = match attribute.kind {
        Kind::User => well_known::USER_NAME,
        Kind::Group => well_known::DISPLAY_NAME,
    };
    attribute.place == Place::Plain
        && (&*attribute.root == naming || &*attribute.root == well_known::EXTERNAL_ID)
}

fn is_email(attribute: &Attribute) -> bool {
    &*attribute.root == well_known::EMAILS
        && matches!(&attribute.place, Place::Element { sub, .. } if &**sub == "value")
}

fn check_identifier(attribute: &Attribute, text: &str) -> Result<(), UnplacedProblem> {
    check_visible(&format!("`{}`", attribute.path), text)
}

fn check_visible(name: &str, text: &str) -> Result<(), UnplacedProblem> {
    if text.trim() != text {
        return Err(UnplacedProblem::new(
            "outer-space",
            format!("{name} starts or ends with white space"),
            "remove the white space",
        ));
    }
    if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_control()) {
        return Ok(());
    }
    match text.chars().find(|character| is_unsafe_to_show(*character)) {
        Some(hidden) => {
            let message = format!(
                "{name} holds the invisible character U+{:04X}: `{text}`",
                u32::from(hidden)
            );
            Err(UnplacedProblem::new(
                "invisible-character",
                message,
                "type the value again instead of pasting it",
            ))
        }
        None => Ok(()),
    }
}

fn check_email(attribute: &Attribute, text: &str) -> Result<(), UnplacedProblem> {
    check_visible(&format!("`{}`", attribute.path), text)?;
    let looks_right = text
        .rsplit_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    if looks_right && !text.contains(char::is_whitespace) {
        return Ok(());
    }
    let hint = "write name@domain; if the whole column is like this, the columns are swapped or shifted";
    Err(UnplacedProblem::new(
        "not-an-email",
        format!("`{text}` in `{}` is not an email address", attribute.path),
        hint,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mojibake_is_recognised_and_names_are_not() {
        assert_eq!(mojibake("JosÃ©").as_deref(), Some("José"));
        assert_eq!(mojibake("MÃ¼ller-StraÃŸe").as_deref(), Some("Müller-Straße"));
        for name in [
            "José",
            "Ærøskøbing",
            "JOÃO",
            "Ângela",
            "Łukasz",
            "李小龍",
            "São Tomé",
            "Zoë",
            "Ñandú",
        ] {
            assert_eq!(mojibake(name), None, "{name}");
        }
    }

    #[test]
    fn a_rounded_number_is_recognised() {
        assert!(
            is_rounded_number("1.23457E+11") && is_rounded_number("1,2E+05") && is_rounded_number("1E+05")
        );
        assert!(!is_rounded_number("1e3") && !is_rounded_number("AE+1") && !is_rounded_number("E+1"));
    }
}
