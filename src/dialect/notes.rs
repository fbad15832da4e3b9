//! The notes of a dialect's file, for people: what the service is, and the source of each row. Plans, reviews
//! and `doctor` show what the service is; no decision depends on a note.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The notes of a dialect's file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Notes {
    /// In the first sentence, what service it is; then, in a sentence or two, what a user must know before
    /// using it. Every plan, review and report of `doctor` shows the latter, or a sentence that stands alone.
    #[cfg_attr(test, schemars(extend("default" = null)))]
    pub about: String,
    /// Where each row was found and when it was last checked, by the row's name, or by `others`.
    pub sources: BTreeMap<String, Source>,
}

impl Notes {
    /// What a user must know before using the service; `None` if the dialect says nothing.
    pub(crate) fn to_know(&self) -> Option<&str> {
        let about = self.about.trim();
        let after_the_first = about.split_once(". ").map(|(_, rest)| rest.trim());
        Some(after_the_first.unwrap_or(about)).filter(|text| !text.is_empty())
    }
}

/// Where a row was found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The page, the document or the measurement.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub from: String,
    /// When that was last looked at.
    pub checked: Checked,
}

/// When a row was last checked against its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "String")]
#[cfg_attr(test, schemars(extend("pattern" = "^(unverified|[0-9]{4}-[0-9]{2}-[0-9]{2})$")))]
pub enum Checked {
    /// On this day.
    On(jiff::civil::Date),
    /// Never: it is likely, and nobody has looked.
    Unverified,
}

/// The error for a text that does not say when a row was checked.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is neither a day like 2026-01-31 nor `unverified`")]
pub struct CheckedError {
    text: String,
    source: jiff::Error,
}

impl TryFrom<String> for Checked {
    type Error = CheckedError;

    fn try_from(text: String) -> Result<Self, CheckedError> {
        match text.parse() {
            Ok(day) => Ok(Self::On(day)),
            Err(_) if text == "unverified" => Ok(Self::Unverified),
            Err(source) => Err(CheckedError { text, source }),
        }
    }
}
