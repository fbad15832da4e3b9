//! What a plan rests on: the directory, the sources, the configuration, the snapshot, the guards, and who
//! made it when.
//!
//! Fields stand in the order of their names, so that plain serialisation is the canonical form (RFC 8785).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::guard::{GuardFigure, Waiver};
use super::ownership::{Managed, Withheld};
use super::push::Push;
use super::{Action, Change, Cost, Selection};
use crate::digest::Digest;

/// The version of the file's form.
pub const FORMAT: u32 = 1;

/// How long a plan may be applied after it was made.
pub const LIFETIME: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// Everything that a plan is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// What was adopted by name: this plan may remove from it although it was not managed before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adopted: Vec<String>,
    /// Who made it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The digest of the changes' meaning.
    pub change_digest: Digest,
    /// The commit of the sources, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The configuration file.
    pub config: FileFacts,
    /// What an apply costs the service.
    pub cost: Cost,
    /// When it was made (RFC 3339, UTC).
    pub created: jiff::Timestamp,
    /// The directory that it is for.
    pub directory: DirectoryFacts,
    /// When it can no longer be applied.
    pub expires: jiff::Timestamp,
    /// The guards in force, with their figures.
    pub guards: Vec<GuardFigure>,
    /// What it manages: the next plan may remove from that.
    pub managed: Managed,
    /// 128 random bits as 32 hexadecimal digits.
    pub plan_id: String,
    /// The digest of the policy file, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Digest>,
    /// 128 random bits as 32 hexadecimal digits, of which redacted views make their pseudonyms. No redacted
    /// view shows it.
    pub pseudonym_key: String,
    /// Everything that the directory shall hold, where it is written in one request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<Push>,
    /// The id of the plan whose apply this one undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverses: Option<String>,
    /// What it is narrowed to, where it is not about everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// What was read of the directory.
    pub snapshot: SnapshotFacts,
    /// Every file that was read, by path.
    pub sources: Vec<FileFacts>,
    /// How many changes of each action there are.
    pub summary: BTreeMap<Action, u64>,
    /// The tool that made it, as `wpsync 0.1.0`. Only the same version applies it.
    pub tool: String,
    /// The exceptions to guards that this plan asks for.
    pub waivers: Vec<Waiver>,
    /// What it does not remove because that comes under management only now.
    #[serde(default, skip_serializing_if = "Withheld::is_empty")]
    pub withheld: Withheld,
}

/// A file that the plan rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileFacts {
    /// Its size in bytes.
    pub bytes: u64,
    /// Its path relative to the configuration.
    pub path: Arc<str>,
    /// How many people, groups and memberships it declares.
    pub rows: u64,
    /// The digest of its bytes.
    pub sha256: String,
}

/// The directory that a plan is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryFacts {
    /// The name of the dialect.
    pub dialect: String,
    /// The digest of the rows of the dialect that the client reads.
    pub dialect_digest: Digest,
    /// The directory's address, without credentials.
    pub origin: String,
    /// Which tenant of the service is meant, where the configuration says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// What was read of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotFacts {
    /// The digest of the ids and versions of everything that was read. It tells that something moved; each
    /// change's precondition tells whether that matters.
    pub fingerprint: Digest,
    /// How many groups there are.
    pub groups: u64,
    /// How many active people are declared or ours to remove. Limits are shares of these.
    pub managed_users: u64,
    /// How many groups no source declares and nothing touches.
    pub unmanaged_groups: u64,
    /// How many people no source declares and nothing touches.
    pub unmanaged_users: u64,
    /// How many people there are.
    pub users: u64,
}

/// What a plan takes from the world that is neither source nor directory.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// Now.
    pub now: jiff::Timestamp,
    /// 128 random bits as 32 hexadecimal digits.
    pub plan_id: String,
    /// 128 random bits as 32 hexadecimal digits.
    pub pseudonym_key: String,
    /// Who makes the plan, where that is known.
    pub author: Option<String>,
    /// The commit of the sources, where that is known.
    pub commit: Option<String>,
}

/// The tool's name and version, as plans carry it.
pub fn tool() -> String {
    format!("wpsync {}", env!("CARGO_PKG_VERSION"))
}

/// How many changes of each action there are.
pub fn count(changes: &[Change]) -> BTreeMap<Action, u64> {
    changes.iter().fold(BTreeMap::new(), |mut counts, change| {
        *counts.entry(change.action).or_default() += 1;
        counts
    })
}
