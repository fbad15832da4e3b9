//! The facts in a plan's header about the world that the plan was made in.
//!
//! Fields are in the order of their names, so that plain serialisation is the canonical form (RFC 8785).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::draft::Draft;
use crate::digest::Digest;
use crate::model::Snapshot;

/// A file that the plan rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FileFacts {
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether it names only some of whom it is about. Its size means nothing then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Its path relative to the configuration.
    pub path: Arc<str>,
    /// The pattern of the entry of `sources` that names it. None if the entry names this file alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Arc<str>>,
    /// How many people, groups and memberships it declares.
    pub rows: u64,
    /// The digest of its bytes.
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9a-f]{64}$")))]
    pub sha256: String,
}

/// The directory that a plan is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DirectoryFacts {
    /// What a user must know of the service, as its dialect says (`about`). It explains, and decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SnapshotFacts {
    /// The digest of the ids and versions of everything that was read. It tells that something moved; each
    /// change's precondition tells whether that matters.
    pub fingerprint: Digest,
    /// How many groups there are.
    pub groups: u64,
    /// How many active people are declared or ours to remove. Limits are shares of these.
    pub managed_users: u64,
    /// The ids of everything that no source declares, sorted, where there are at most 20,000. Whoever is
    /// there after an apply and was not in this list has appeared since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undeclared: Option<Vec<Box<str>>>,
    /// How many groups no source declares and nothing touches.
    pub unmanaged_groups: u64,
    /// How many people no source declares and nothing touches.
    pub unmanaged_users: u64,
    /// How many people there are.
    pub users: u64,
}

impl SnapshotFacts {
    /// What was read, and how much of it a draft does not touch.
    pub(crate) fn of(snapshot: &Snapshot, draft: &Draft) -> Self {
        Self {
            fingerprint: snapshot.fingerprint(),
            groups: snapshot.groups.len() as u64,
            managed_users: draft.managed_users,
            undeclared: draft.undeclared.clone(),
            unmanaged_groups: draft.unmanaged_groups,
            unmanaged_users: draft.unmanaged_users,
            users: snapshot.users.len() as u64,
        }
    }
}

/// What a plan takes from the world besides the sources and the directory.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// The current time.
    pub now: jiff::Timestamp,
    /// 128 random bits as 32 hexadecimal digits.
    pub plan_id: String,
    /// 128 random bits as 32 hexadecimal digits.
    pub pseudonym_key: String,
    /// The person who makes the plan, if known.
    pub author: Option<String>,
    /// The commit of the sources, if known.
    pub commit: Option<String>,
}
