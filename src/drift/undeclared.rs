//! The live people and groups that no source declares. Who appeared since the last apply is drift: it may be
//! a back door. Who was there already is only counted.

use super::compare::DriftComparison;
use super::{Side, There, What};
use crate::matching::Pairing;
use crate::model::well_known::ACTIVE;
use crate::model::{Key, Kind, Live, Value};
use crate::project::Absent;

impl DriftComparison<'_> {
    /// Compares the live resources that no source declares.
    pub(super) fn undeclared(&mut self, pairing: &Pairing) {
        for kind in Kind::ALL {
            let live = self.sides.snapshot.of(kind).iter();
            for (live, desired) in live.zip(&pairing.of(kind).desired_of) {
                if desired.is_none() {
                    self.stranger(live);
                }
            }
        }
        self.drift.undeclared.sort_unstable();
    }

    fn stranger(&mut self, live: &Live) {
        let key = live.key(self.sides.catalog);
        self.drift.undeclared.push(key.clone());
        if self.was_declared(live, &key) {
            return; // the comparison of what is no longer declared tells of it
        }
        let active = self.sides.catalog.well_known(Kind::User, ACTIVE);
        let is_active = live.attributes.get(active) == Some(&Value::Boolean(true));
        if is_active && self.sides.last.is_some_and(|last| last.left_inactive(&live.id)) {
            return self.given_back(&key, None);
        }
        // Nobody made by hand what an applied plan declared, or an apply created.
        let is_ours = self.sides.accounts.has(live.kind, &live.id);
        let was_undeclared = || self.sides.last.and_then(|last| last.was_undeclared(&live.id));
        let there = There {
            last: is_ours.then_some(true).or_else(was_undeclared),
            desired: false,
            live: true,
        };
        let side = match there.last {
            Some(false) => Side::Directory,
            _ if !self.would_be_removed(live) => {
                self.drift.undated += u64::from(there.last.is_none());
                return;
            }
            Some(true) => Side::Source,
            None => Side::Unknown,
        };
        self.add(&key, side, What::Resource { there }, None);
    }

    /// Whether a resource was declared at the last apply.
    fn was_declared(&self, live: &Live, key: &Key) -> bool {
        let by_key = || self.by_key.get(key).is_some_and(|applied| applied.id.is_none());
        self.by_id.contains_key(&*live.id) || by_key()
    }

    /// Whether a plan removes an undeclared resource.
    fn would_be_removed(&self, live: &Live) -> bool {
        let policy = self.sides.policy.of(live.kind);
        let active = self.sides.catalog.well_known(Kind::User, ACTIVE);
        let can_lose = match policy.absent {
            Absent::Delete => true,
            Absent::Deactivate => live.kind == Kind::User && !live.is_inactive(active),
            Absent::Keep => false,
        };
        let is_kept = self.sides.policy.protects(&live.key(self.sides.catalog));
        let may_lose = self.sides.ownership.may_remove(live.kind, self.sides.policy);
        can_lose && !is_kept && may_lose && policy.removes(live, self.sides.accounts)
    }
}
