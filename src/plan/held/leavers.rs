//! Who leaves although something about them is in doubt. Whoever is declared inactive does not stay in
//! because of a problem with the rest of their declaration.

use super::Settling;
use crate::desired::Wish;
use crate::model::well_known::ACTIVE;
use crate::model::{Key, Kind, Likeness, Value, uncased};

impl Settling<'_, '_> {
    /// Whether a source declares somebody inactive.
    pub(super) fn is_declared_inactive(&self, kind: Kind, number: usize) -> bool {
        let active = self.basis.catalog.well_known(Kind::User, ACTIVE);
        let wish = || self.wanted(kind, number).get(active).map(|asked| &asked.wish);
        kind == Kind::User && matches!(wish(), Some(Wish::Set(Value::Boolean(false))))
    }

    /// Pairs whoever is declared inactive and is in doubt: the account that the record knows under that name
    /// is the one, or else the only one that it knows as managed. An account that is managed under the name
    /// of somebody else who is declared is theirs.
    pub(super) fn pair_leavers(&mut self) {
        let mut found = Vec::new();
        for (number, doubt) in &self.pairing.of(Kind::User).doubts {
            if !self.is_declared_inactive(Kind::User, *number) {
                continue;
            }
            let key = &self.wanted(Kind::User, *number).key;
            let managed = self.basis.accounts.of(Kind::User);
            let name = |place: usize| managed.get(&self.live(Kind::User, place).id);
            let places = doubt.places().iter().copied();
            let free: Vec<usize> = places.filter(|place| self.is_free(Kind::User, *place)).collect();
            let is_named = |place: &&usize| name(**place).is_some_and(|name| uncased(name) == key.uncased());
            let is_ours = |place: &&usize| {
                let name = name(**place);
                name.is_some_and(|name| !self.is_somebody_elses(name, key))
            };
            let mut recorded = self.recorded_under(key);
            recorded.retain(|place| !free.contains(place));
            let named = free.iter().filter(is_named).chain(&recorded);
            let named: Vec<&usize> = named.collect();
            let ours: Vec<&usize> = free.iter().filter(is_ours).collect();
            match (&named[..], &ours[..]) {
                ([place], _) | ([], [place]) => found.push((*number, **place)),
                _ => {}
            }
        }
        for (number, place) in found {
            self.pairing.of_mut(Kind::User).bind(number, place);
            self.back.leavers.insert(number);
        }
    }

    /// Whether somebody else who is declared has a name, or one in doubt has another spelling of it.
    fn is_somebody_elses(&self, name: &str, key: &Key) -> bool {
        let is_declared = self
            .basis
            .desired
            .find(&Key::new(Kind::User, name))
            .is_some_and(|declared| declared.key != *key);
        let mut in_doubt = self.pairing.of(Kind::User).doubts.keys();
        is_declared
            || in_doubt.any(|number| {
                let other = &self.wanted(Kind::User, *number).key;
                other != key && Likeness::of(&other.name, name).is_some()
            })
    }
}
