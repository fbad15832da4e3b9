//! Errors of a service that say little to somebody who does not know it, and what they mean.

use serde::{Deserialize, Serialize};

/// One error, known by its status and a part of its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KnownError {
    /// The status; any where none is given.
    #[serde(default)]
    #[cfg_attr(test, schemars(range(min = 400, max = 599)))]
    pub status: Option<u16>,
    /// What stands somewhere in the answer, compared without case.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub contains: String,
    /// What it means.
    pub means: String,
    /// The way out.
    pub hint: String,
}

impl KnownError {
    /// Whether a refusal is this one.
    pub(crate) fn is(&self, status: u16, detail: &str) -> bool {
        self.status.is_none_or(|own| own == status)
            && detail.to_lowercase().contains(&self.contains.to_lowercase())
    }
}
