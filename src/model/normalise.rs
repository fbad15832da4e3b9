//! How services write and rewrite values. Two values that a service would store alike are not a difference.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// How a service rewrites a value that it stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Upper case becomes lower case.
    LowerCase,
    /// White space at both ends goes.
    Trimmed,
    /// A telephone number keeps its digits and its leading `+`.
    Telephone,
    /// `@` becomes `[at]`.
    AtInBrackets,
    /// A date keeps its day.
    Day,
}

/// How a service writes the values of an attribute where that is not JSON's own form. When reading, every
/// form is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// JSON's own form.
    #[default]
    Json,
    /// `"false"`
    BooleanText,
    /// `"False"`
    BooleanCapitalised,
    /// A date as seconds since 1970.
    Epoch,
    /// A date as its day alone.
    Day,
}

impl Normalisation {
    /// A text as the service would store it.
    pub(crate) fn apply(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::LowerCase => Cow::Owned(text.to_lowercase()),
            Self::Trimmed => Cow::Borrowed(text.trim()),
            Self::Telephone => telephone(text),
            Self::AtInBrackets => Cow::Owned(text.replace('@', "[at]")),
            Self::Day => Cow::Borrowed(text.split_once(['T', 't']).map_or(text, |(day, _)| day)),
        }
    }
}

/// The digits and a leading `+`. A text without digits is not a number and is kept.
fn telephone(text: &str) -> Cow<'_, str> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(if text.trim_start().starts_with('+') {
        format!("+{digits}")
    } else {
        digits
    })
}

/// The instant that a date means. A day without a time means its first instant in UTC.
pub fn instant(text: &str) -> Option<jiff::Timestamp> {
    let whole = text.parse::<jiff::Timestamp>().ok();
    whole.or_else(|| {
        Some(
            text.parse::<jiff::civil::Date>()
                .ok()?
                .to_zoned(jiff::tz::TimeZone::UTC)
                .ok()?
                .timestamp(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_rewritten_as_services_do() {
        for (rule, text, stored) in [
            (Normalisation::LowerCase, "Ada@X.example", "ada@x.example"),
            (Normalisation::Trimmed, " a ", "a"),
            (Normalisation::Telephone, " +44 (0)20-7946 0958", "+4402079460958"),
            (Normalisation::Telephone, "ext.", "ext."),
            (Normalisation::AtInBrackets, "a@b", "a[at]b"),
            (Normalisation::Day, "2026-01-31T09:00:00Z", "2026-01-31"),
        ] {
            assert_eq!(rule.apply(text), stored);
        }
        assert_eq!(instant("2026-01-31"), instant("2026-01-31T00:00:00Z"));
        assert!(instant("soon").is_none());
    }
}
