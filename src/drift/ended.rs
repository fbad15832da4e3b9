//! An apply that has ended, and what it says about the directory.

use std::collections::HashMap;

use crate::desired::Desired;
use crate::model::Catalog;
use crate::plan::{Change, Plan};

/// An apply that has ended.
pub struct EndedApply<'a> {
    /// Its plan.
    pub plan: &'a Plan,
    /// The changes that are done.
    pub done: Vec<&'a Change>,
    /// The ids of resources by change, where the journal has them.
    pub ids: HashMap<String, Box<str>>,
    /// When it ended.
    pub finished: jiff::Timestamp,
    /// What the plan's sources ask for, if they are at hand unchanged.
    pub desired: Option<&'a Desired>,
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// Whether absence from the sources takes access away, so that presence gives it.
    pub decides_access: bool,
}

impl EndedApply<'_> {
    /// Whether the run says anything about the directory. A run that was refused or that found drift does
    /// not. A narrowed plan without changes says who is newly managed.
    pub(crate) fn says_something(&self) -> bool {
        let is_all_done = self.done.len() == self.plan.changes.len();
        let manages = is_all_done && !self.plan.header.newly_managed.is_empty();
        !self.done.is_empty() || self.is_complete() || manages
    }

    /// Whether the directory is now as the plan's sources say, but for what the plan left as it was. A
    /// reverse plan has no sources.
    pub(super) fn is_complete(&self) -> bool {
        self.done.len() == self.plan.changes.len() && self.is_about_everything()
    }

    /// Whether the plan compares all that the sources declare with all that the directory has.
    pub(super) fn is_about_everything(&self) -> bool {
        self.plan.header.reverses.is_none() && self.plan.header.selection.is_none()
    }
}
