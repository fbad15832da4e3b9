//! Turns text into values. The attribute's type in the schema decides what a text means, never its look.

use super::text::{self, Medium};
use crate::diagnostics::UnplacedProblem;
use crate::model::{Attribute, DataType, Key, Kind, Place, Reference, Value};

/// The value of an attribute with one value, or an element of an attribute with several.
///
/// # Errors
/// A problem if the text is not of the attribute's type.
pub(crate) fn single(attribute: &Attribute, text: &str, medium: Medium) -> Result<Value, UnplacedProblem> {
    text::check(attribute, text, medium)?;
    if attribute.place == Place::Reference {
        return reference(attribute, text);
    }
    match attribute.data_type {
        DataType::Boolean => boolean(attribute, text, medium),
        DataType::Integer => integer(attribute, text),
        DataType::Decimal => decimal(attribute, text),
        DataType::DateTime => date_time(attribute, text),
        DataType::Binary => binary(attribute, text),
        DataType::Reference if text.contains(char::is_whitespace) => Err(UnplacedProblem::new(
            "not-a-uri",
            format!("`{}` takes a URI, which has no white space", attribute.path),
            "write it as https://…",
        )),
        DataType::String | DataType::Reference | DataType::Complex => Ok(Value::text(text)),
    }
}

/// Whether an attribute holds a set.
pub(crate) fn is_set(attribute: &Attribute) -> bool {
    matches!(attribute.place, Place::Set { .. })
}

fn boolean(attribute: &Attribute, text: &str, medium: Medium) -> Result<Value, UnplacedProblem> {
    let known = match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ if medium == Medium::Cell && text.eq_ignore_ascii_case("true") => Some(true),
        _ if medium == Medium::Cell && text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    };
    known.map(Value::Boolean).ok_or_else(|| {
        UnplacedProblem::new(
            "not-a-boolean",
            format!("`{}` takes true or false, not `{text}`", attribute.path),
            "write true or false",
        )
    })
}

fn integer(attribute: &Attribute, text: &str) -> Result<Value, UnplacedProblem> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain =
        digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    let number = if plain { text.parse().ok() } else { None };
    number.map(Value::Integer).ok_or_else(|| {
        let message = format!("`{}` takes a whole number, not `{text}`", attribute.path);
        UnplacedProblem::new(
            "not-an-integer",
            message,
            "write digits alone, without leading zeros",
        )
    })
}

fn decimal(attribute: &Attribute, text: &str) -> Result<Value, UnplacedProblem> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if numeric(whole) && numeric(fraction) {
        return Ok(Value::text(text));
    }
    Err(UnplacedProblem::new(
        "not-a-decimal",
        format!("`{}` takes a decimal number, not `{text}`", attribute.path),
        "write it as 12.5",
    ))
}

/// A date and time (RFC 7643, section 2.3.5). The offset of RFC 3339 is required: without it, the instant
/// would be a guess.
fn date_time(attribute: &Attribute, text: &str) -> Result<Value, UnplacedProblem> {
    if text.get(10..11) == Some("T") && text.parse::<jiff::Timestamp>().is_ok() {
        return Ok(Value::text(text));
    }
    let message = format!(
        "`{}` takes a date with a time and an offset, not `{text}`",
        attribute.path
    );
    Err(UnplacedProblem::new(
        "not-a-date-time",
        message,
        "write it as 2026-01-31T09:00:00Z",
    ))
}

fn binary(attribute: &Attribute, text: &str) -> Result<Value, UnplacedProblem> {
    let body = text.trim_end_matches('=');
    let is_base64 = body
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_'));
    if is_base64 && text.len() - body.len() <= 2 && !body.is_empty() {
        return Ok(Value::text(text));
    }
    Err(UnplacedProblem::new(
        "not-base64",
        format!("`{}` takes Base64", attribute.path),
        "encode the bytes as Base64, on one line",
    ))
}

/// A person by name; `user:` before the name is allowed.
fn reference(attribute: &Attribute, text: &str) -> Result<Value, UnplacedProblem> {
    text::check_name(text)?;
    let key = match Key::parse(text) {
        Some(key) if key.kind == Kind::Group => {
            let message = format!("`{}` takes a person, not a group", attribute.path);
            return Err(UnplacedProblem::new(
                "not-a-person",
                message,
                "write the person's userName or externalId",
            ));
        }
        Some(key) => key,
        None => Key::new(Kind::User, text),
    };
    Ok(Value::Reference(Box::new(Reference::to_key(key))))
}
