//! The input and the result of a reversal.

use std::collections::HashMap;

use serde::Serialize;

use crate::dialect::UniqueAttributes;
use crate::model::{Catalog, Key, Kind, Live, Snapshot};
use crate::plan::{Change, Plan};
use crate::project::Swaps;
use crate::receipt::Receipt;

/// The input of a reversal.
pub struct Undoing<'a> {
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// The plan that was applied.
    pub plan: &'a Plan,
    /// The receipt of the apply.
    pub receipt: &'a Receipt,
    /// The ids of resources by change, as far as the journal records them.
    pub ids: &'a HashMap<String, Box<str>>,
    /// The whole content of the directory now.
    pub snapshot: &'a Snapshot,
    /// What happens to a live person or group that the apply created.
    pub created: &'a dyn Fn(&Live) -> Created,
    /// The applies from here that came after it, oldest first.
    pub later: &'a [LaterApply],
    /// The attributes of which the service holds each value once.
    pub unique: &'a UniqueAttributes,
    /// What happens to names that are swapped back.
    pub swaps: &'a dyn Fn(Kind) -> Swaps,
}

/// An apply that came after the one that is reversed.
pub struct LaterApply {
    /// The plan that was applied.
    pub plan: Plan,
    /// The receipt of the apply.
    pub receipt: Receipt,
}

/// What happens to people and groups that an apply created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// They are deleted.
    Delete,
    /// The people keep their accounts and lose access, because that is asked for.
    Deactivate,
    /// The people keep their accounts and lose access, because the service does not delete them.
    OnlyDeactivate,
    /// They stay: the service has no way to remove them.
    Stay,
}

/// The reverse of an apply.
#[derive(Debug, Default)]
pub struct Reversal {
    /// The changes, by key, in the form of a plan.
    pub changes: Vec<Change>,
    /// What is not reversed, and why.
    pub left_out: Vec<LeftOut>,
    /// What a reversal cannot bring back.
    pub caveats: Vec<String>,
}

/// A part of an apply that is not reversed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LeftOut {
    /// The person or group.
    pub key: Key,
    /// The reason.
    pub reason: String,
}
