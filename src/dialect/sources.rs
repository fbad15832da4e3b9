//! Where a dialect's rows come from. Nothing rests on it: it is for whoever must decide whether a row still
//! holds.

use serde::Deserialize;

/// Where a row was found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The page, the document or the measurement.
    pub from: String,
    /// When that was last looked at.
    pub checked: Checked,
}

/// When a row was last checked against its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Checked {
    /// On this day.
    On(jiff::civil::Date),
    /// Never: it is likely, and nobody has looked.
    Unverified,
}

impl TryFrom<String> for Checked {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "unverified" {
            return Ok(Self::Unverified);
        }
        text.parse()
            .map(Self::On)
            .map_err(|_| format!("`{text}` is neither a day like 2026-01-31 nor `unverified`"))
    }
}
