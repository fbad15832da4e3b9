//! The account that has the name of somebody who is held. Their row may have somebody else's identifier by
//! mistake. Then the account of their own name is nobody's who is declared, and still has not left.

use super::Settling;
use crate::model::well_known::ACTIVE;
use crate::model::{Key, Kind, Likeness};
use crate::project::Absent;

impl Settling<'_, '_> {
    /// The live resources that have the name of a declared one, or are managed under it, and that nobody else
    /// has. None, if a source says that it was renamed: whoever had the name before is somebody else.
    pub(super) fn of_own_name(&self, kind: Kind, number: usize) -> Vec<usize> {
        let key = &self.wanted(kind, number).key;
        let paired = self.pairing.of(kind).live_of[number];
        if paired.is_some_and(|place| self.was_renamed(key, place)) {
            return Vec::new();
        }
        let places = self.own_names.of(self.basis, kind).places(key);
        places.filter(|place| self.is_free(kind, *place)).collect()
    }

    /// The free live resources that are managed under the name of a declared one.
    pub(super) fn recorded_under(&self, key: &Key) -> Vec<usize> {
        let places = self.own_names.of(self.basis, key.kind).recorded(key);
        places.filter(|place| self.is_free(key.kind, *place)).collect()
    }

    /// Gives whoever is held the account back that has their name and is managed under it, where an
    /// identifier paired them with somebody else's, who has left. So the leaver goes, and they stay. A
    /// removal that cannot be reversed does not rest on that.
    pub(super) fn take_back(&mut self, kind: Kind, number: usize) {
        let key = &self.wanted(kind, number).key;
        let is_unread = || self.basis.desired.unreadable.iter().any(|row| row.kind == kind);
        let Some(place) = self.pairing.of(kind).live_of[number] else {
            return;
        };
        if self.basis.policy.of(kind).absent != Absent::Deactivate
            || is_unread()
            || !self.has_left(key, place)
        {
            return;
        }
        let active = self.basis.catalog.well_known(Kind::User, ACTIVE);
        let mut own = self.of_own_name(kind, number);
        own.retain(|place| {
            let live = self.live(kind, *place);
            let has_name = live.key(self.basis.catalog) == *key;
            has_name && self.recorded_name(kind, *place).as_ref() == Some(key) && !live.is_inactive(active)
        });
        own.dedup();
        if let [own] = own[..] {
            self.pairing.of_mut(kind).bind_instead(number, own);
        }
    }

    /// Whether the account that somebody was paired with is managed under another name, which no source
    /// declares any more.
    fn has_left(&self, key: &Key, place: usize) -> bool {
        let recorded = self.recorded_name(key.kind, place);
        recorded.is_some_and(|name| {
            self.basis.desired.find(&name).is_none() && Likeness::of(&name.name, &key.name).is_none()
        })
    }

    fn recorded_name(&self, kind: Kind, place: usize) -> Option<Key> {
        let accounts = self.basis.accounts.of(kind);
        let name = accounts.get(&self.live(kind, place).id)?;
        Some(Key::new(kind, name))
    }

    /// Whether a source says that the account at a place had another name before it had this one.
    fn was_renamed(&self, key: &Key, place: usize) -> bool {
        let (recorded, live) = (self.recorded_name(key.kind, place), self.live(key.kind, place));
        let live = live.key(self.basis.catalog);
        let mut former = self.basis.desired.former_names_of(key.kind).iter();
        former.any(|former| {
            former.now == *key && (former.name == live || Some(&former.name) == recorded.as_ref())
        })
    }
}
