//! How services write and rewrite values. Two values that a service would store alike are not a difference.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// How a service rewrites a value that it stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Upper case becomes lower case.
    LowerCase,
    /// Lower case becomes upper case.
    UpperCase,
    /// Letters and their accents become one character (Unicode's form NFC).
    Composed,
    /// Letters and their accents become several characters (NFD).
    Decomposed,
    /// Only so many characters are kept.
    Truncated(u32),
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
            Self::UpperCase => Cow::Owned(text.to_uppercase()),
            Self::Composed => Cow::Owned(text.nfc().collect()),
            Self::Decomposed => Cow::Owned(text.nfd().collect()),
            Self::Truncated(most) => Cow::Borrowed(first(text, most)),
            Self::Trimmed => Cow::Borrowed(text.trim()),
            Self::Telephone => telephone(text),
            Self::AtInBrackets => Cow::Owned(text.replace('@', "[at]")),
            Self::Day => Cow::Borrowed(text.split_once(['T', 't']).map_or(text, |(day, _)| day)),
        }
    }
}

impl Normalisation {
    /// The rule of case, Unicode form, outer spaces or length by which `stored` follows from `sent`. `None`
    /// if none of them alone explains it.
    pub(crate) fn between(sent: &str, stored: &str) -> Option<Self> {
        let length = u32::try_from(stored.chars().count()).ok()?;
        let rules = [
            Self::Composed,
            Self::Decomposed,
            Self::Trimmed,
            Self::LowerCase,
            Self::UpperCase,
            Self::Truncated(length),
        ];
        let explains = |rule: &Self| rule.apply(sent) == stored;
        rules
            .into_iter()
            .find(explains)
            .filter(|_| sent != stored && length > 0)
    }

    /// How a text comes back under the rule, in a few words.
    pub(crate) fn said(self) -> String {
        match self {
            Self::LowerCase => "in lower case".into(),
            Self::UpperCase => "in upper case".into(),
            Self::Composed => "with composed accents (NFC)".into(),
            Self::Decomposed => "with decomposed accents (NFD)".into(),
            Self::Truncated(most) => format!("cut to {most} characters"),
            Self::Trimmed => "without outer spaces".into(),
            Self::Telephone => "as a number alone".into(),
            Self::AtInBrackets => "with [at]".into(),
            Self::Day => "as a day".into(),
        }
    }

    /// The rule as a row `normalises` has it.
    pub(crate) fn written(self) -> String {
        match self {
            Self::LowerCase => "lower-case".into(),
            Self::UpperCase => "upper-case".into(),
            Self::Composed => "composed".into(),
            Self::Decomposed => "decomposed".into(),
            Self::Truncated(most) => format!("{{ truncated: {most} }}"),
            Self::Trimmed => "trimmed".into(),
            Self::Telephone => "telephone".into(),
            Self::AtInBrackets => "at-in-brackets".into(),
            Self::Day => "day".into(),
        }
    }
}

/// What a service does to the texts of one attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewriting {
    pub(super) rules: Vec<Normalisation>,
    pub(super) texts: BTreeMap<Box<str>, BTreeSet<Box<str>>>,
}

impl Rewriting {
    /// Whether the service stores `held` where `said` is sent.
    pub(super) fn gives(&self, said: &str, held: &str) -> bool {
        self.texts.get(said).is_some_and(|stored| stored.contains(held))
            || self.rules.iter().any(|rule| rule.apply(said) == held)
    }
}

/// The first characters of a text.
fn first(text: &str, most: u32) -> &str {
    let end = text.char_indices().nth(most as usize);
    end.map_or(text, |(at, _)| &text[..at])
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
            (Normalisation::UpperCase, "it", "IT"),
            (Normalisation::Composed, "Jose\u{301}", "Jos\u{e9}"),
            (Normalisation::Decomposed, "Jos\u{e9}", "Jose\u{301}"),
            (Normalisation::Truncated(3), "Zo\u{eb} M", "Zo\u{eb}"),
            (Normalisation::Trimmed, " a ", "a"),
            (Normalisation::Telephone, " +44 (0)20-7946 0958", "+4402079460958"),
            (Normalisation::Telephone, "ext.", "ext."),
            (Normalisation::AtInBrackets, "a@b", "a[at]b"),
            (Normalisation::Day, "2026-01-31T09:00:00Z", "2026-01-31"),
        ] {
            assert_eq!(rule.apply(text), stored);
        }
        for (sent, stored, rule) in [
            ("IT", "it", Some(Normalisation::LowerCase)),
            ("it", "IT", Some(Normalisation::UpperCase)),
            (" it", "it", Some(Normalisation::Trimmed)),
            ("Jose\u{301}", "Jos\u{e9}", Some(Normalisation::Composed)),
            ("Head of IT", "Head", Some(Normalisation::Truncated(4))),
            ("IT", "It", None),
            ("IT", "", None),
            ("IT", "IT", None),
        ] {
            assert_eq!(Normalisation::between(sent, stored), rule, "{sent} {stored}");
        }
        assert_eq!(instant("2026-01-31"), instant("2026-01-31T00:00:00Z"));
        assert!(instant("soon").is_none());
    }
}
