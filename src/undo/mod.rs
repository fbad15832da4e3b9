//! The reverse of an apply, as changes of an ordinary plan: made from the plan that was applied, its receipt,
//! and what is live now. Pure.
//!
//! Only what is still as the apply left it is put back; what somebody changed since is left to them, and
//! said.

mod members;
mod reverse;
mod world;

use serde::Serialize;

use std::collections::HashMap;

use crate::model::Snapshot;
use crate::model::{Catalog, Key, Kind};
use crate::plan::{Change, Plan};
use crate::project::Swaps;
use crate::state::Receipt;

pub use reverse::reverse;

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
