//! What was applied before, from receipts. Without receipts there is no history, and guards judge each plan
//! alone.

use std::collections::BTreeMap;

use super::name::Guard;
use crate::plan::facts::FileFacts;
use crate::plan::ownership::Managed;

/// The earlier applies to one directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// What each guard counted in the applies of the last 7 days, without waived counts.
    pub counts: BTreeMap<String, u64>,
    /// How many members left and joined each group in the applies of the last 7 days, by the group's id.
    pub members: BTreeMap<Box<str>, Turnover>,
    /// The last apply that tried what its plan asked for, or found nothing to do.
    pub last: Option<LastApply>,
    /// When the newest applied plan was made, and its id.
    pub newest: Option<(jiff::Timestamp, String)>,
}

/// How many members left and joined a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turnover {
    /// How many left.
    pub left: u64,
    /// How many joined.
    pub joined: u64,
}

/// The last apply that tried what its plan asked for, or found nothing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastApply {
    /// When it ended.
    pub at: jiff::Timestamp,
    /// What its plan managed.
    pub managed: Managed,
    /// The sources of its plan.
    pub sources: Vec<FileFacts>,
    /// How many people the directory had afterwards.
    pub users: u64,
}

impl History {
    /// How long an apply counts towards limits: 7 days.
    pub(crate) const WINDOW: jiff::SignedDuration = jiff::SignedDuration::from_hours(7 * 24);

    /// What a guard counted in the last 7 days.
    pub(crate) fn earlier(&self, guard: Guard) -> u64 {
        self.counts.get(guard.word()).copied().unwrap_or(0)
    }
}
