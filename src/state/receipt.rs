//! The result of an apply, kept as a file: which plan, what became of each change, how many requests it took.

use serde::{Deserialize, Serialize};

use super::{FileError, State, write_private};
use crate::digest::Digest;
use crate::directory::Tally;

/// The result of an apply. A resumed apply replaces the receipt of the run before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The version of the file's form.
    pub wpsync_receipt: u32,
    /// Who approved the plan, each with the fingerprint of the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved_by: Vec<String>,
    /// The digest of the changes' meaning.
    pub change_digest: Digest,
    /// The directory's address.
    pub directory: String,
    /// When the last run ended.
    pub finished: jiff::Timestamp,
    /// What became of each change, in the plan's order.
    pub outcomes: Vec<ReceiptLine>,
    /// The plan's digest.
    pub plan: Digest,
    /// The plan's id.
    pub plan_id: String,
    /// How many requests the last run sent, by method.
    pub requests: Tally,
    /// When the last run began.
    pub started: jiff::Timestamp,
    /// The run's result in one word.
    pub verdict: String,
}

/// What became of one change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptLine {
    /// The change.
    pub change: String,
    /// Why, where it is not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The outcome in one word.
    pub outcome: String,
}

impl State {
    /// Writes a receipt.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn write_receipt(&self, receipt: &Receipt) -> Result<(), FileError> {
        let path = self.receipt_path(&receipt.plan_id);
        let mut bytes = serde_json::to_vec_pretty(receipt).map_err(|error| FileError::at("write", &path)(error.into()))?;
        bytes.push(b'\n');
        write_private(&path, &bytes)
    }

    /// Reads the receipt of a plan, if it was ever applied here.
    ///
    /// # Errors
    /// When there is a receipt that cannot be read.
    pub fn read_receipt(&self, plan_id: &str) -> Result<Option<Receipt>, FileError> {
        let path = self.receipt_path(plan_id);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| FileError::at("read", &path)(error.into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::at("read", &path)(error)),
        }
    }
}
