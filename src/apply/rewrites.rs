//! What the service is known to make of texts. It only says how often a text is sent: a change whose text is
//! not stored as it was sent is done only after a write of its own.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::model::{Learnt, Rewritten};

/// What the service is known to make of texts.
#[derive(Debug, Default)]
pub(crate) struct Rewrites {
    /// From earlier applies.
    before: Learnt,
    /// In this run.
    now: Mutex<Learnt>,
}

impl Rewrites {
    /// What earlier applies learnt.
    pub(super) fn after(before: Learnt) -> Self {
        let now = Learnt {
            contradicted: before.contradicted.clone(),
            ..Learnt::default()
        };
        Self {
            before,
            now: Mutex::new(now),
        }
    }

    /// Adds texts that came back twice, or under a rule that others showed.
    pub(super) fn add(&self, found: Vec<Rewritten>) {
        self.lock().add(found);
    }

    /// Whether each text came back so before, or other texts of its attribute by the same rule.
    pub(super) fn know(&self, found: &[Rewritten]) -> bool {
        let now = self.lock();
        found
            .iter()
            .all(|one| self.before.explains(one) || now.explains(one))
    }

    /// Everything that came back otherwise in this run.
    pub(super) fn all(&self) -> BTreeSet<Rewritten> {
        self.lock().texts.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Learnt> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
