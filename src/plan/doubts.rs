//! Who is held because it is not certain who they are, and what that leaves alone. One person's problem is
//! that person's: nothing is planned for them, and everybody else's changes are made.
//!
//! Held are those whom the matcher could not pair ([`Doubt`]), and those who would get a name that looks like
//! another. A waiver of exactly their number releases those whose account has another identity (`rebind`),
//! and those whose name only looks like another (`lookalike`).

use std::collections::{BTreeMap, HashMap, HashSet};

use super::draft::DraftBasis;
use super::guard::{Guard, Released};
use super::leaving::Leaving;
use super::lookalike::{Around, NamesByLooks, Taken};
use super::remainder::{Held, HeldReason};
use super::told::{Identities, Told, account, lookalike};
use crate::desired::{DesiredResource, Wish};
use crate::escape::CodePoints;
use crate::matching::{Doubt, Pairing};
use crate::model::well_known::ACTIVE;
use crate::model::{AttributeId, Key, Kind, Live, Value};

/// Who is held, and what is left alone because of them.
#[derive(Default)]
pub(super) struct HeldInDoubt<'a> {
    /// By kind and number among the declared.
    held: BTreeMap<(Kind, usize), Held>,
    keys: HashSet<&'a Key>,
    /// The live accounts that a held resource has or could be.
    ids: HashSet<&'a str>,
}

impl<'a> HeldInDoubt<'a> {
    /// Whether a declared resource is held, and why.
    pub(super) fn of(&self, kind: Kind, number: usize) -> Option<&Held> {
        self.held.get(&(kind, number))
    }

    /// Whether the resource that a source calls so is held. Nothing that refers to it is changed.
    pub(super) fn are_about(&self, key: &Key) -> bool {
        self.keys.contains(key)
    }

    /// The ids of the live accounts that are left alone.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'a str> {
        self.ids.iter().copied()
    }

    /// Whether a live account is left alone.
    pub(super) fn involve(&self, id: &str) -> bool {
        self.ids.contains(id)
    }
}

/// Decides who is held. Whom a waiver or the record of who is managed releases is paired.
pub(super) fn settle<'a>(
    basis: &'a DraftBasis<'a>,
    pairing: &mut Pairing,
    leaving: &Leaving,
) -> (HeldInDoubt<'a>, Released) {
    let mut settling = Settling {
        basis,
        pairing,
        doubts: HeldInDoubt::default(),
        released: Released::default(),
    };
    settling.pair_leavers();
    settling.rebind();
    settling.hold_unpaired();
    settling.hold_lookalikes(leaving);
    let in_doubt = leaving
        .in_doubt(basis)
        .into_iter()
        .map(|(kind, place)| settling.live(kind, place));
    let ids: Vec<&str> = in_doubt.map(|live| &*live.id).collect();
    settling.doubts.ids.extend(ids);
    (settling.doubts, settling.released)
}

struct Settling<'a, 'p> {
    basis: &'a DraftBasis<'a>,
    pairing: &'p mut Pairing,
    doubts: HeldInDoubt<'a>,
    released: Released,
}

/// An account that a waiver binds to another identity.
struct Rebinding {
    kind: Kind,
    number: usize,
    place: usize,
    identity: AttributeId,
}

impl<'a> Settling<'a, '_> {
    fn wanted(&self, kind: Kind, number: usize) -> &'a DesiredResource {
        &self.basis.desired.of(kind)[number]
    }

    fn live(&self, kind: Kind, place: usize) -> &'a Live {
        &self.basis.snapshot.of(kind)[place]
    }

    fn is_free(&self, kind: Kind, place: usize) -> bool {
        self.pairing.of(kind).desired_of[place].is_none()
    }

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

    /// Whoever is declared inactive does not stay in because of a second account: where the record knows one
    /// account as managed, that is the one.
    fn pair_leavers(&mut self) {
        let active = self.basis.catalog.well_known(Kind::User, ACTIVE);
        let mut found = Vec::new();
        for (number, doubt) in &self.pairing.of(Kind::User).doubts {
            let wish = self
                .wanted(Kind::User, *number)
                .get(active)
                .map(|asked| &asked.wish);
            if !matches!(doubt, Doubt::Ambiguous { .. })
                || !matches!(wish, Some(Wish::Set(Value::Boolean(false))))
            {
                continue;
            }
            let is_ours = |place: &&usize| {
                let id = &self.live(Kind::User, **place).id;
                self.basis.accounts.has(Kind::User, id) && self.is_free(Kind::User, **place)
            };
            if let [place] = doubt.places().iter().filter(is_ours).collect::<Vec<_>>()[..] {
                found.push((*number, *place));
            }
        }
        for (number, place) in found {
            self.pairing.of_mut(Kind::User).bind(number, place);
        }
    }

    /// The accounts that a waiver could bind to another identity: nobody else has them or asks for them.
    fn rebindings(&self) -> Vec<Rebinding> {
        let mut found = Vec::new();
        let mut claims: HashMap<(Kind, usize), usize> = HashMap::new();
        for kind in Kind::ALL {
            for (number, doubt) in &self.pairing.of(kind).doubts {
                for place in doubt.places() {
                    *claims.entry((kind, *place)).or_default() += 1;
                }
                if let Doubt::AnotherIdentity { attribute, place } = doubt
                    && self.is_meant(&self.wanted(kind, *number).key)
                    && self.is_free(kind, *place)
                {
                    found.push(Rebinding {
                        kind,
                        number: *number,
                        place: *place,
                        identity: *attribute,
                    });
                }
            }
        }
        found.retain(|rebinding| claims[&(rebinding.kind, rebinding.place)] == 1);
        found
    }

    /// Binds accounts to another identity, if a waiver says how many.
    fn rebind(&mut self) {
        let found = self.rebindings();
        if !self.is_waived(Guard::Rebind, found.len()) {
            return;
        }
        for Rebinding {
            kind,
            number,
            place,
            identity,
        } in found
        {
            let (wanted, live) = (self.wanted(kind, number), self.live(kind, place));
            let identity = wanted.value(identity).map(Value::plain).unwrap_or_default();
            let (word, who, id) = (account(kind), wanted.key.id(), &live.id);
            let case = format!("binds the {word} of {who} (id {id}) to identity {identity}");
            self.released.rebound.push(case);
            self.pairing.of_mut(kind).bind(number, place);
        }
    }

    /// Holds whoever the matcher could not pair.
    fn hold_unpaired(&mut self) {
        let rebindings = self.rebindings();
        for kind in Kind::ALL {
            let doubts: Vec<_> = self.pairing.of(kind).doubts.clone().into_iter().collect();
            for (number, doubt) in doubts {
                let told = match &doubt {
                    Doubt::Ambiguous { attribute, places } => self.ambiguous(kind, *attribute, places),
                    Doubt::ClaimedTwice { place, other } => self.claimed_twice(kind, *place, *other),
                    Doubt::AnotherIdentity { attribute, place } => {
                        let mut same = rebindings.iter();
                        let is_one = same.any(|one| (one.kind, one.number) == (kind, number));
                        let count = is_one.then_some(rebindings.len());
                        let told = Identities {
                            wanted: self.wanted(kind, number),
                            live: self.live(kind, *place),
                            path: &self.basis.catalog.attribute(*attribute).path,
                            attribute: *attribute,
                        };
                        told.told(
                            &self.basis.catalog.attribute(self.basis.catalog.naming(kind)).path,
                            count,
                        )
                    }
                };
                self.hold(kind, number, told, doubt.places());
            }
        }
    }

    /// Holds whoever would get a name that looks like another, unless a waiver says how many.
    fn hold_lookalikes(&mut self, leaving: &Leaving) {
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
                if is_leaving || self.doubts.of(kind, number).is_some() {
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

    /// Holds a declared resource, and leaves its live accounts alone that nobody else has.
    fn hold(&mut self, kind: Kind, number: usize, told: Told, places: &[usize]) {
        let wanted = self.wanted(kind, number);
        let own = self.pairing.of(kind).live_of[number];
        let free = places.iter().copied().filter(|place| self.is_free(kind, *place));
        let ids: Vec<&str> = own
            .into_iter()
            .chain(free)
            .map(|place| &*self.live(kind, place).id)
            .collect();
        self.doubts.ids.extend(ids);
        self.doubts.keys.insert(&wanted.key);
        let held = Held {
            key: wanted.key.clone(),
            message: told.message,
            next: told.next,
            origin: Some(self.basis.files.place(wanted.origin).to_string()),
            reason: told.reason,
        };
        self.doubts.held.insert((kind, number), held);
    }

    fn ambiguous(&self, kind: Kind, attribute: AttributeId, places: &[usize]) -> Told {
        let ids: Vec<_> = places.iter().map(|place| &*self.live(kind, *place).id).collect();
        let path = &self.basis.catalog.attribute(attribute).path;
        Told {
            reason: HeldReason::AmbiguousMatch,
            message: format!(
                "it could be {} {}s in the directory: their {path} is the same (ids {})",
                places.len(),
                account(kind),
                ids.join(", ")
            ),
            next: "make them distinct in the directory, or remove the wrong one there; wpsync never guesses \
                   which one is meant"
                .to_owned(),
        }
    }

    fn claimed_twice(&self, kind: Kind, place: usize, other: usize) -> Told {
        let (live, other) = (self.live(kind, place), self.wanted(kind, other));
        Told {
            reason: HeldReason::ClaimedTwice,
            message: format!(
                "it and {} ({}) are one {} in the directory: {} (id {})",
                other.key.id(),
                self.basis.files.place(other.origin),
                account(kind),
                CodePoints(&live.key(self.basis.catalog).name),
                live.id
            ),
            next: format!(
                "give each the externalId of the {} that it is, or remove one of the two declarations",
                account(kind)
            ),
        }
    }
}
