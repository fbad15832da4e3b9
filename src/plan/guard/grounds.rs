//! The input of the guards.

use std::collections::HashSet;

use super::history::History;
use super::released::Released;
use crate::model::{Catalog, Key, Snapshot};
use crate::plan::change::Change;
use crate::plan::facts::FileFacts;
use crate::plan::remainder::Remainder;
use crate::policy::Policy;

/// The account that the token belongs to, as far as known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The account's id, if the service tells it.
    pub id: Option<Box<str>>,
    /// The account's names: the configured ones, and the one that the service tells.
    pub keys: Vec<Key>,
}

/// The input of the guards.
pub struct Grounds<'a> {
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// What the plan would do.
    pub changes: &'a [Change],
    /// What the directory holds.
    pub snapshot: &'a Snapshot,
    /// How many active people of the directory are managed. Percentages are shares of this number.
    pub managed_users: u64,
    /// The files that were read.
    pub sources: &'a [FileFacts],
    /// What the configuration and the policy file allow.
    pub policy: &'a Policy,
    /// What was applied before.
    pub history: &'a History,
    /// The account of the token.
    pub account: &'a Account,
    /// Whom waivers released who would be held otherwise. `None` if the plan does not rest on the sources.
    pub released: Option<&'a Released>,
    /// What the plan leaves undone. `None` if the plan is about a selection.
    pub remainder: Option<&'a Remainder>,
    /// Whether the plan only removes by name whom the command line asks for. It compares nobody with the
    /// sources then, and how large these are says nothing about it.
    pub compares_nobody: bool,
    /// How many people and groups the sources declare.
    pub declared: u64,
    /// The people whom the last apply left active, as far as known here.
    pub left_active: &'a HashSet<Key>,
}
