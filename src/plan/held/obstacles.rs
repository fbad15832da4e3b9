//! What stands in the way of single changes, as it is found after comparing: a name that somebody else keeps,
//! a value that the service cannot hold, changes that wait for each other. Whoever it concerns is held, and
//! the plan is drafted again without their change, until nothing new is found.

use std::collections::{BTreeMap, BTreeSet};

use super::told::Told;
use crate::model::{Key, Kind};
use crate::plan::change::Change;
use crate::plan::remainder::HeldReason;

/// Whom a change is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Subject {
    /// A declared resource that the directory does not have yet.
    New(Key),
    /// The live resource with an id.
    Live(Kind, Box<str>),
}

impl Subject {
    pub(crate) fn of(change: &Change) -> Self {
        match &change.remote_id {
            None => Self::New(change.key.clone()),
            Some(id) => Self::Live(change.kind, id.clone()),
        }
    }

    pub(crate) const fn kind(&self) -> Kind {
        match self {
            Self::New(key) => key.kind,
            Self::Live(kind, _) => *kind,
        }
    }
}

/// What stands in the way of a change. It concerns that person or group alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    pub(crate) subject: Subject,
    pub(crate) reason: HeldReason,
    /// What it is, in a sentence without an end.
    pub(crate) message: String,
    /// What ends it, in a sentence without an end.
    pub(crate) next: String,
}

/// An obstacle, and how much of its person it holds.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) told: Told,
    /// Whether not even a deactivation is planned that is declared beside it.
    pub(super) holds_leaver: bool,
}

/// Everything that was found in the way so far.
#[derive(Debug, Default)]
pub(crate) struct Obstacles {
    pub(super) found: BTreeMap<Subject, Found>,
    not_deleted: BTreeSet<(Kind, Box<str>)>,
}

impl Obstacles {
    /// Adds what was found. Returns whether anything of it is new, so that the plan must be drafted again.
    pub(crate) fn add(&mut self, found: Vec<Obstacle>) -> bool {
        let mut is_new = false;
        for obstacle in found {
            let told = Told {
                reason: obstacle.reason,
                message: obstacle.message,
                next: obstacle.next,
            };
            match self.found.get_mut(&obstacle.subject) {
                None => {
                    let holds_leaver = false;
                    self.found.insert(obstacle.subject, Found { told, holds_leaver });
                    is_new = true;
                }
                // The deactivation alone is in the way too.
                Some(found) if !found.holds_leaver => {
                    found.holds_leaver = true;
                    is_new = true;
                }
                Some(_) => {}
            }
        }
        is_new
    }

    /// Records that the service does not delete an account, so that it is deactivated instead. Returns
    /// whether that is new.
    pub(crate) fn deactivate_instead(&mut self, kind: Kind, id: &str) -> bool {
        self.not_deleted.insert((kind, id.into()))
    }

    /// Whether the service does not delete an account, as was found.
    pub(in crate::plan) fn is_not_deleted(&self, kind: Kind, id: &str) -> bool {
        !self.not_deleted.is_empty() && self.not_deleted.contains(&(kind, id.into()))
    }

    /// How many accounts are deactivated because the service does not delete them.
    pub(crate) fn deactivated_instead(&self) -> usize {
        self.not_deleted.len()
    }
}
