//! Who watches an apply.

use super::outcome::Outcome;
use crate::plan::Change;

/// Watches a run.
pub trait Observer: Send + Sync {
    /// `count` of `total` changes were checked against the directory.
    fn checked(&self, _count: usize, _total: usize) {}
    /// A change is about to be made.
    fn started(&self, _change: &Change) {}
    /// The directory took a change. Its outcome follows when it was read back.
    fn taken(&self, _change: &Change) {}
    /// A change came to an outcome.
    fn finished(&self, _change: &Change, _outcome: &Outcome) {}
}
