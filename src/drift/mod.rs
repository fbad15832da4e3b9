//! What changed in the directory since the last apply, told apart from what the sources ask for. It compares
//! three sides: last applied, desired and live. Pure; [`crate::state`] keeps the last apply.

mod access;
mod accounts;
mod applied;
mod compare;
mod ended;
mod last_applied;
mod lost;
mod overwritten;
mod settled;
mod text;
mod undeclared;

pub use accounts::AccountsRecord;
pub use applied::AppliedResource;
pub use compare::{ThreeWay, compare};
pub use ended::EndedApply;
pub use last_applied::LastApplied;
pub use overwritten::overwritten;
pub use text::{headline, text};

use serde::Serialize;

use crate::model::{Key, Reference, Value};

/// Every difference between the three sides.
#[derive(Debug, Default)]
pub struct Drift {
    /// The differences, sorted by key.
    pub differences: Vec<Difference>,
    /// How many declared resources the last apply says nothing about.
    pub unknown: u64,
    /// The live people and groups that no source declares, sorted by key.
    pub undeclared: Vec<Key>,
    /// How many of the undeclared may have appeared since the last apply: it is not known who was there.
    pub undated: u64,
    /// How many groups with declared members there are of which the directory does not tell the members.
    pub untold_groups: u64,
}

/// One difference.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// The resource.
    pub key: Key,
    /// The side that moved.
    pub side: Side,
    /// The attribute, the member or the resource that differs.
    #[serde(flatten)]
    pub what: What,
    /// The place where the sources declare it, as `file:line:column`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// Which side moved since the last apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Somebody changed the directory.
    Directory,
    /// Somebody changed the directory, and the sources changed too.
    Both,
    /// The sources differ from the directory, and what was last applied is not known.
    Unknown,
    /// The sources changed; the directory is as it was left.
    Source,
}

impl Side {
    /// All sides, in the order in which they are shown.
    pub(crate) const ALL: [Self; 4] = [Self::Directory, Self::Both, Self::Unknown, Self::Source];

    /// Whether the directory moved, or may have.
    pub const fn is_drift(self) -> bool {
        !matches!(self, Self::Source)
    }

    /// The label.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Directory => "changed in the directory",
            Self::Both => "both changed",
            Self::Unknown => "not known who changed",
            Self::Source => "source changed",
        }
    }
}

/// The part of a resource that differs.
#[derive(Debug, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum What {
    /// An attribute's value.
    Attribute {
        /// Its path.
        path: Box<str>,
        /// The value that was last applied; `None` if it is not known.
        #[serde(skip_serializing_if = "Option::is_none")]
        last: Option<Option<Value>>,
        /// What the sources ask for.
        desired: Option<Value>,
        /// What the directory holds.
        live: Option<Value>,
    },
    /// A membership.
    Member {
        /// The member.
        member: Reference,
        /// The sides on which the membership exists.
        #[serde(flatten)]
        there: There,
    },
    /// The resource as a whole.
    Resource {
        /// The sides on which the resource exists.
        #[serde(flatten)]
        there: There,
    },
}

/// The sides on which a membership or a resource exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct There {
    /// After the last apply; `None` if that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<bool>,
    /// In the sources.
    pub desired: bool,
    /// In the directory.
    pub live: bool,
}
