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
use super::told::{Identities, Told, account, another_account, lookalike};
use crate::desired::{DesiredResource, Wish};
use crate::escape::CodePoints;
use crate::matching::{Doubt, Pairing};
use crate::model::well_known::ACTIVE;
use crate::model::{AttributeId, Key, Kind, Likeness, Live, Value, uncased};

/// Who is held, and what is left alone because of them.
#[derive(Default)]
pub(super) struct HeldInDoubt<'a> {
    /// By kind and number among the declared.
    held: BTreeMap<(Kind, usize), Held>,
    keys: HashSet<&'a Key>,
    /// The live accounts that a held resource has or could be.
    ids: HashSet<&'a str>,
    /// The people whose account is certain enough to be deactivated, by number. Nothing else of theirs is.
    leavers: HashSet<usize>,
}

impl<'a> HeldInDoubt<'a> {
    /// Whether a declared resource is held, and why.
    pub(super) fn of(&self, kind: Kind, number: usize) -> Option<&Held> {
        self.held.get(&(kind, number))
    }

    /// Whether somebody only leaves: everything else about their account is in doubt.
    pub(super) fn only_leaves(&self, kind: Kind, number: usize) -> bool {
        kind == Kind::User && self.leavers.contains(&number)
    }

    /// Whether the resource that a source calls so is held. Nothing that refers to it is changed.
    pub(super) fn are_about(&self, key: &Key) -> bool {
        self.keys.contains(key)
    }

    /// The ids of the live accounts that are left alone.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'a str> {
        self.ids.iter().copied()
    }

    /// Whether a live account is left alone, because it could be somebody who is held. Whoever the record
    /// knows under a name that no source declares any more has left, and does not stay in because somebody
    /// is held.
    pub(super) fn leave_alone(&self, basis: &DraftBasis<'_>, live: &Live) -> bool {
        let has_left = |name: &str| {
            let known = Key::new(live.kind, name);
            let is_spelling =
                |held: &&Key| held.kind == known.kind && Likeness::of(&held.name, name).is_some();
            basis.desired.find(&known).is_none() && !self.keys.iter().any(is_spelling)
        };
        let known = basis.accounts.of(live.kind).get(&live.id);
        self.ids.contains(&*live.id) && !known.is_some_and(|name| has_left(name))
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
    /// What the reviewers read.
    case: String,
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

    /// Whoever is declared inactive does not stay in because of a doubt: the account that the record knows
    /// under that name is the one, or else the only one that it knows as managed.
    fn pair_leavers(&mut self) {
        let active = self.basis.catalog.well_known(Kind::User, ACTIVE);
        let mut found = Vec::new();
        for (number, doubt) in &self.pairing.of(Kind::User).doubts {
            let wish = self
                .wanted(Kind::User, *number)
                .get(active)
                .map(|asked| &asked.wish);
            if !matches!(wish, Some(Wish::Set(Value::Boolean(false)))) {
                continue;
            }
            let key = &self.wanted(Kind::User, *number).key;
            let managed = self.basis.accounts.of(Kind::User);
            let name = |place: usize| managed.get(&self.live(Kind::User, place).id);
            let places = doubt.places().iter().copied();
            let free: Vec<usize> = places.filter(|place| self.is_free(Kind::User, *place)).collect();
            let is_named = |place: &&usize| name(**place).is_some_and(|name| uncased(name) == key.uncased());
            let named: Vec<&usize> = free.iter().filter(is_named).collect();
            let ours: Vec<&usize> = free.iter().filter(|place| name(**place).is_some()).collect();
            match (&named[..], &ours[..]) {
                ([place], _) | ([], [place]) => found.push((*number, **place)),
                _ => {}
            }
        }
        for (number, place) in found {
            self.pairing.of_mut(Kind::User).bind(number, place);
            self.doubts.leavers.insert(number);
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
    fn rebind(&mut self) {
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

    /// Holds whoever the matcher could not pair.
    fn hold_unpaired(&mut self) {
        let rebindings = self.rebindings();
        for kind in Kind::ALL {
            let doubts: Vec<_> = self.pairing.of(kind).doubts.clone().into_iter().collect();
            for (number, doubt) in doubts {
                let mut same = rebindings.iter();
                let is_one = same.any(|one| (one.kind, one.number) == (kind, number));
                let count = is_one.then_some(rebindings.len());
                let told = match &doubt {
                    Doubt::Ambiguous { attribute, places } => self.ambiguous(kind, *attribute, places),
                    Doubt::ClaimedTwice { place, other } => self.claimed_twice(kind, *place, *other),
                    Doubt::FormerNames { places } => self.formerly_several(kind, places),
                    Doubt::AnotherAccount { places } => {
                        let [named, known] = places.map(|place| self.live(kind, place));
                        another_account(self.basis.catalog, named, known, count)
                    }
                    Doubt::AnotherIdentity { attribute, place } => {
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

    fn formerly_several(&self, kind: Kind, places: &[usize]) -> Told {
        let ids: Vec<_> = places.iter().map(|place| &*self.live(kind, *place).id).collect();
        Told {
            reason: HeldReason::AmbiguousMatch,
            message: format!(
                "it could be {} {}s in the directory: each has a name that it had before (ids {})",
                places.len(),
                account(kind),
                ids.join(", ")
            ),
            next: "leave in `previously` only the name of the one that it is".to_owned(),
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
