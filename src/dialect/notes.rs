//! The notes of a dialect's file, for people: what the service is, and the source of each row. No other
//! module reads them, and a plan does not depend on them.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The notes of a dialect's file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Notes {
    /// What service it is, and what a user must know before using it, in a sentence or two.
    #[cfg_attr(test, schemars(extend("default" = null)))]
    pub about: String,
    /// Where each row was found and when it was last checked, by the row's name, or by `others`.
    pub sources: BTreeMap<String, Source>,
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
