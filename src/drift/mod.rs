//! What changed in the directory since the last apply, told apart from what the sources ask: last applied,
//! desired and live, three ways. Pure; where the last apply is kept, [`crate::state`] knows.

mod compare;
mod last_applied;
mod text;

pub use compare::{ThreeWay, compare};
pub use last_applied::{Applied, EndedApply, LastApplied};
pub use text::{headline, text};

use serde::Serialize;

use crate::model::{Key, Reference, Value};

/// Everything in which the three are not one.
#[derive(Debug, Default)]
pub struct Drift {
    /// By key.
    pub differences: Vec<Difference>,
    /// How many declared resources the last apply says nothing of.
    pub unknown: u64,
}

/// One difference.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// Of whom.
    pub key: Key,
    /// Who moved.
    pub side: Side,
    /// In what.
    #[serde(flatten)]
    pub what: What,
    /// Where the sources declare it, as `file:line:column`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// Who moved since the last apply.
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
    /// All sides, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::Directory, Self::Both, Self::Unknown, Self::Source];

    /// Whether the directory moved, or may have.
    pub const fn is_drift(self) -> bool {
        !matches!(self, Self::Source)
    }

    /// The label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Directory => "changed in the directory",
            Self::Both => "both changed",
            Self::Unknown => "not known who changed",
            Self::Source => "source changed",
        }
    }
}

/// What is not one.
#[derive(Debug, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum What {
    /// An attribute's value.
    Attribute {
        /// Its path.
        path: Box<str>,
        /// The value that was last applied; none where that is not known.
        #[serde(skip_serializing_if = "Option::is_none")]
        last: Option<Option<Value>>,
        /// What the sources ask for.
        desired: Option<Value>,
        /// What the directory holds.
        live: Option<Value>,
    },
    /// Whether somebody is a member.
    Member {
        /// Who.
        member: Reference,
        /// On which of the three sides.
        #[serde(flatten)]
        there: There,
    },
    /// Whether the resource is there at all.
    Resource {
        /// On which of the three sides.
        #[serde(flatten)]
        there: There,
    },
}

/// On which sides a thing is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct There {
    /// After the last apply; none where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<bool>,
    /// In the sources.
    pub desired: bool,
    /// In the directory.
    pub live: bool,
}
