//! What waivers release: accounts that are bound to another identity, and names that only look like another.

use std::collections::HashMap;

use super::Settling;
use super::told::{account, lookalike};
use crate::matching::Doubt;
use crate::model::{Key, Kind, Value};
use crate::plan::guard::Guard;
use crate::plan::leaving::Leaving;
use crate::plan::lookalike::{Around, NamesByLooks, Taken};

/// An account that a waiver binds to another identity.
pub(super) struct Rebinding {
    pub(super) kind: Kind,
    pub(super) number: usize,
    place: usize,
    /// What the reviewers read.
    case: String,
}

impl<'a> Settling<'a, '_> {
    /// Whether a plan is about a resource.
    fn is_meant(&self, key: &Key) -> bool {
        self.basis
            .selection
            .is_none_or(|selection| selection.compares(key))
    }

    fn is_waived(&self, guard: Guard, count: usize) -> bool {
        let mut waivers = self.basis.waivers.iter();
        waivers.any(|waiver| waiver.guard == guard.word() && waiver.count == count as u64)
    }

    /// The accounts that a waiver could bind to another identity: nobody else has them or asks for them.
    pub(super) fn rebindings(&self) -> Vec<Rebinding> {
        let mut found = Vec::new();
        let mut claims: HashMap<(Kind, usize), usize> = HashMap::new();
        for kind in Kind::ALL {
            for (number, doubt) in &self.pairing.of(kind).doubts {
                for place in doubt.places() {
                    *claims.entry((kind, *place)).or_default() += 1;
                }
                let (wanted, word) = (self.wanted(kind, *number), account(kind));
                let (who, id) = (wanted.key.id(), |place: usize| &self.live(kind, place).id);
                let (place, case) = match doubt {
                    Doubt::AnotherIdentity { attribute, place } => {
                        let identity = wanted.value(*attribute).map(Value::plain).unwrap_or_default();
                        let id = id(*place);
                        (
                            *place,
                            format!("binds the {word} of {who} (id {id}) to identity {identity}"),
                        )
                    }
                    Doubt::AnotherAccount {
                        places: [place, known],
                    } => {
                        let (id, known) = (id(*place), id(*known));
                        (
                            *place,
                            format!("takes the {word} with the id {id} for {who}, instead of {known}"),
                        )
                    }
                    _ => continue,
                };
                if self.is_meant(&wanted.key) && self.is_free(kind, place) {
                    found.push(Rebinding {
                        kind,
                        number: *number,
                        place,
                        case,
                    });
                }
            }
        }
        found.retain(|rebinding| claims[&(rebinding.kind, rebinding.place)] == 1);
        found
    }

    /// Binds accounts to another identity, if a waiver says how many.
    pub(super) fn rebind(&mut self) {
        let found = self.rebindings();
        if !self.is_waived(Guard::Rebind, found.len()) {
            return;
        }
        for Rebinding {
            kind,
            number,
            place,
            case,
        } in found
        {
            self.released.rebound.push(case);
            self.pairing.of_mut(kind).bind(number, place);
        }
    }

    /// Holds whoever would get a name that looks like another, unless a waiver says how many.
    pub(super) fn hold_lookalikes(&mut self, leaving: &Leaving) {
        let mistaken = self.names_that_change(leaving).mistaken(&Around {
            catalog: self.basis.catalog,
            policy: self.basis.policy,
            snapshot: self.basis.snapshot,
        });
        let meant = mistaken.keys().filter(|key| self.is_meant(key)).count();
        let is_waived = self.is_waived(Guard::Lookalike, meant);
        for (key, alike) in mistaken {
            let desired = self.basis.desired.of(key.kind);
            let Ok(number) = desired.binary_search_by(|wanted| wanted.key.cmp(key)) else {
                continue;
            };
            if is_waived && self.is_meant(key) {
                let case = format!("{}: {}", key.id(), alike.said());
                self.released.lookalikes.push(case);
            } else {
                self.take_back(key.kind, number);
                self.hold(key.kind, number, lookalike(&alike, meant), &alike.places);
            }
        }
    }

    /// The names that the declared resources would get and do not have yet.
    fn names_that_change(&self, leaving: &Leaving) -> NamesByLooks<'a> {
        let mut names = NamesByLooks::default();
        for kind in Kind::ALL {
            let places = &self.pairing.of(kind).live_of;
            for (number, (wanted, place)) in self.basis.desired.of(kind).iter().zip(places).enumerate() {
                let is_leaving = place.is_some_and(|place| leaving.has(kind, place));
                if is_leaving || self.back.of(kind, number).is_some() {
                    continue;
                }
                let live = place.map(|place| self.live(kind, place));
                for asked in &wanted.attributes {
                    let attribute = self.basis.catalog.attribute(asked.attribute);
                    let name = asked.wish.value().and_then(Value::as_text);
                    let Some(name) = name.filter(|_| attribute.is_name()) else {
                        continue;
                    };
                    let held = live.and_then(|live| live.attributes.get(asked.attribute));
                    let held = held.and_then(Value::as_text);
                    let stays = held.is_some_and(|held| attribute.names_the_same(name, held));
                    if !stays && (live.is_none() || asked.wish.lasts()) {
                        names.add(Taken {
                            attribute,
                            by: &wanted.key,
                            id: live.map(|live| &*live.id),
                            name,
                        });
                    }
                }
            }
        }
        names
    }
}
