//! What somebody changed in the directory by hand since the last apply, and a plan would overwrite.
//!
//! Fields are in the order of their names, so that plain serialisation is the canonical form (RFC 8785).

use serde::{Deserialize, Serialize};

use crate::model::{Key, Reference, Value};

/// Something that was changed by hand and that a change of the plan overwrites.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ByHand {
    /// The change that overwrites it, by its id.
    pub change: String,
    /// The attribute's value now. None where it has none, and where no attribute was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Value>,
    /// The person or group that was changed.
    pub key: Key,
    /// The value that the last apply left. None where it left none, and where no attribute was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Value>,
    /// The member who was added or taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Reference>,
    /// The attribute that was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Box<str>>,
    /// What was done by hand.
    pub what: Deed,
}

/// What somebody did in the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// An attribute got another value.
    Edited,
    /// A member was added to a group.
    Added,
    /// A member was taken out of a group.
    TakenOut,
    /// A person or group was made.
    Made,
    /// A person or group was deleted.
    Deleted,
}
