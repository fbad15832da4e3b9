//! What a reversal is made of, and what it is.

use std::collections::HashMap;

use serde::Serialize;

use crate::model::{Catalog, Key, Kind, Snapshot};
use crate::plan::{Change, Plan};
use crate::project::Swaps;
use crate::receipt::Receipt;

/// What a reversal is made of.
pub struct Undoing<'a> {
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// The plan that was applied.
    pub plan: &'a Plan,
    /// What became of it.
    pub receipt: &'a Receipt,
    /// The ids of resources by change, as far as the journal has them.
    pub ids: &'a HashMap<String, Box<str>>,
    /// What the directory holds now, all of it.
    pub snapshot: &'a Snapshot,
    /// What becomes of people whom the apply created.
    pub created: Created,
    /// What becomes of names that are swapped back.
    pub swaps: &'a dyn Fn(Kind) -> Swaps,
}

/// What becomes of people whom an apply created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// They are deleted.
    Delete,
    /// They keep their account and lose access.
    Deactivate,
}

/// The reverse of an apply.
#[derive(Debug, Default)]
pub struct Reversal {
    /// By key, in the form that a plan has them.
    pub changes: Vec<Change>,
    /// What is not reversed, and why.
    pub left_out: Vec<LeftOut>,
    /// What a reversal cannot bring back.
    pub caveats: Vec<String>,
}

/// Something that is not reversed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LeftOut {
    /// Of whom.
    pub key: Key,
    /// Why.
    pub reason: String,
}
