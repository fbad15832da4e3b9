//! What may start, in the order in which it does: the changes that are tried anew, then removals, and last
//! what failed in the applies before this one. So who is refused every night keeps nobody waiting. Changes
//! that take something away go in waves. Pure: this orders, and sends nothing.

use std::collections::BTreeSet;

use super::waves::Waves;

/// When a change starts that needs nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// As soon as there is room.
    Soon,
    /// In its wave.
    InWaves,
    /// When everything that is tried anew has its outcome, and little of it failed.
    Removal,
    /// When nothing else is left. It failed in an earlier apply.
    Last,
}

/// The changes that need nothing more, by position.
#[derive(Debug, Default)]
pub(super) struct Queues {
    soon: BTreeSet<usize>,
    in_waves: BTreeSet<usize>,
    removals: BTreeSet<usize>,
    last: BTreeSet<usize>,
    pub(super) waves: Waves,
}

impl Queues {
    pub(super) fn add(&mut self, turn: Turn, number: usize) {
        let queue = match turn {
            Turn::Soon => &mut self.soon,
            Turn::InWaves => &mut self.in_waves,
            Turn::Removal => &mut self.removals,
            Turn::Last => &mut self.last,
        };
        queue.insert(number);
    }

    /// Whether a change may start now.
    pub(super) fn can_start_one(&self) -> bool {
        !self.soon.is_empty() || !self.in_waves.is_empty() && self.waves.may_start()
    }

    /// Whether a change is a removal that waits for everything else.
    pub(super) fn holds(&self, number: usize) -> bool {
        self.removals.contains(&number)
    }

    /// Removals begin.
    pub(super) fn let_removals_begin(&mut self) {
        self.in_waves.append(&mut self.removals);
    }

    /// The changes whose turn is last.
    pub(super) fn take_last(&mut self) -> BTreeSet<usize> {
        std::mem::take(&mut self.last)
    }

    /// The change that starts next, in the plan's order. A change that takes something away waits for its
    /// wave.
    pub(super) fn next(&mut self) -> Option<usize> {
        let in_waves = self.in_waves.first().filter(|_| self.waves.may_start());
        match (self.soon.first().copied(), in_waves.copied()) {
            (Some(soon), in_waves) if in_waves.is_none_or(|number| soon < number) => self.soon.pop_first(),
            (_, None) => None,
            (_, Some(_)) => {
                self.waves.start();
                self.in_waves.pop_first()
            }
        }
    }
}
