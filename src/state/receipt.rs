//! The result of an apply, kept as a file: which plan, what became of each change, how many requests it took.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FileError, State, receipt_name};
use crate::client::Tally;
use crate::digest::Digest;
use crate::model::Kind;
use crate::plan::facts::FileFacts;
use crate::plan::guard::{counts_for_later, losses_for_later};
use crate::plan::ownership::Managed;
use crate::plan::{Action, Plan};

/// The result of an apply. A resumed apply replaces the receipt of the run before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The version of the file's form.
    pub wpsync_receipt: u32,
    /// What was said when the apply went on although the ones before it had failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<String>,
    /// Who approved the plan, each with the fingerprint of the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved_by: Vec<String>,
    /// The digest of the changes' meaning.
    pub change_digest: Digest,
    /// The directory's address.
    pub directory: String,
    /// When the last run ended.
    pub finished: jiff::Timestamp,
    /// What the guards of later plans need to know of this one. Receipts of older versions do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
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

/// What the guards of later plans need to know of an apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// When the apply ended, to the last digit: of two receipts, the later one counts.
    pub at: jiff::Timestamp,
    /// What each guard counted, without what was waived.
    pub counts: BTreeMap<String, u64>,
    /// When the plan was made.
    pub created: jiff::Timestamp,
    /// How many members each group lost, by the group's id.
    #[serde(default)]
    pub lost_members: BTreeMap<Box<str>, u64>,
    /// What the plan managed.
    pub managed: Managed,
    /// The sources of the plan.
    pub sources: Vec<FileFacts>,
    /// How many people the directory has afterwards.
    pub users: u64,
}

impl Memory {
    /// What is remembered of a plan that is applied.
    pub fn of(plan: &Plan, at: jiff::Timestamp) -> Self {
        let people = |action| {
            plan.changes
                .iter()
                .filter(|change| change.kind == Kind::User && change.action == action)
                .count() as u64
        };
        let header = &plan.header;
        Self {
            at,
            counts: counts_for_later(header),
            created: header.created,
            lost_members: losses_for_later(plan),
            managed: header.managed.clone(),
            sources: header.sources.clone(),
            users: (header.snapshot.users + people(Action::Create)).saturating_sub(people(Action::Delete)),
        }
    }
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
        let name = receipt_name(&receipt.plan_id);
        let mut bytes = serde_json::to_vec_pretty(receipt)
            .map_err(|error| FileError::at("write", &self.store.place(&name))(error.into()))?;
        bytes.push(b'\n');
        self.store.put(&name, &bytes)?;
        crate::killpoint::reached("receipt.written");
        Ok(())
    }

    /// The bytes of the receipt of a plan.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn read_receipt_bytes(&self, plan_id: &str) -> Result<Vec<u8>, FileError> {
        self.existing(&receipt_name(plan_id))
    }

    /// Reads the receipt of a plan, if it was ever applied here.
    ///
    /// # Errors
    /// When there is a receipt that cannot be read.
    pub fn read_receipt(&self, plan_id: &str) -> Result<Option<Receipt>, FileError> {
        self.parsed(&receipt_name(plan_id))
    }
}
