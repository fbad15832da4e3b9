//! An apply that has ended, and what it says about the directory.

use std::collections::{HashMap, HashSet};

use crate::desired::Desired;
use crate::model::Catalog;
use crate::plan::{Change, Plan};

/// An apply that has ended.
pub struct EndedApply<'a> {
    /// Its plan.
    pub plan: &'a Plan,
    /// The changes that are done; of one that is done but for a part, the rest.
    pub done: Vec<&'a Change>,
    /// How many changes are not done, or not all of them.
    pub undone: usize,
    /// The ids of the changes whose person or group turned out not to be whom the plan took it for.
    pub mistaken: HashSet<&'a str>,
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
    /// Whether the run says anything about the directory. A run that wrote nothing says who is newly managed,
    /// so that whoever was refused does not keep access when they leave.
    pub(crate) fn says_something(&self) -> bool {
        self.did_something() || !self.newly_managed().is_empty()
    }

    /// Whether something is as the plan wants it, or all is.
    pub(super) fn did_something(&self) -> bool {
        !self.done.is_empty() || self.is_complete()
    }

    /// Whether the directory is now as the plan's sources say, but for what the plan left as it was. A
    /// reverse plan has no sources.
    pub(super) fn is_complete(&self) -> bool {
        self.undone == 0 && self.is_about_everything()
    }

    /// Whether the plan compares all that the sources declare with all that the directory has.
    pub(super) fn is_about_everything(&self) -> bool {
        self.plan.header.reverses.is_none() && self.plan.header.selection.is_none()
    }
}
