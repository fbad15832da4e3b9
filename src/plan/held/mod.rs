//! Who is held, and what that leaves alone. One person's problem is that person's: nothing is planned for
//! them, and everybody else's changes are made.
//!
//! Held are those of whom a row has an error; those whom the matcher could not pair
//! ([`Doubt`](crate::matching::Doubt)); those who would get a name that looks like another; and those in
//! whose way something was found after comparing ([`Obstacles`]). Who leaves in any case: `leavers.rs`. Whose
//! the account of their name is: `own_name.rs`. Whom waivers release: `waived.rs`.

mod leavers;
mod live_names;
pub(crate) mod obstacles;
mod own_name;
pub(super) mod told;
mod unpaired;
mod waived;

use std::collections::{BTreeMap, HashMap, HashSet};

use self::live_names::OwnNames;
use self::obstacles::{Obstacles, Subject};
use self::told::Told;
use super::draft::DraftBasis;
use super::guard::Released;
use super::leaving::Leaving;
use super::remainder::{Held, HeldReason};
use crate::desired::DesiredResource;
use crate::diagnostics::Origin;
use crate::matching::Pairing;
use crate::model::{Key, Kind, Likeness, Live};

/// Who is held, and what is left alone because of them.
#[derive(Default)]
pub(super) struct HeldBack<'a> {
    /// By kind and number among the declared.
    held: BTreeMap<(Kind, usize), Held>,
    keys: HashSet<&'a Key>,
    /// The live accounts that a held resource has or could be.
    ids: HashSet<&'a str>,
    /// The people whose account is certain enough to be deactivated, by number. Nothing else of theirs is
    /// done.
    leavers: HashSet<usize>,
    /// What stands in the way of removals, by the directory's id of who would be removed.
    removals: BTreeMap<Kind, HashMap<&'a str, Told>>,
}

impl<'a> HeldBack<'a> {
    /// Whether a declared resource is held, and why.
    pub(super) fn of(&self, kind: Kind, number: usize) -> Option<&Held> {
        self.held.get(&(kind, number))
    }

    /// Whether somebody only leaves: nothing else about their account is done.
    pub(super) fn only_leaves(&self, kind: Kind, number: usize) -> bool {
        kind == Kind::User && self.leavers.contains(&number)
    }

    /// Whether the resource that a source calls so is held. Nothing that refers to it is changed.
    pub(super) fn are_about(&self, key: &Key) -> bool {
        self.keys.contains(key)
    }

    /// What stands in the way of the removal of a live resource.
    pub(super) fn removal(&self, live: &Live) -> Option<&Told> {
        self.removals.get(&live.kind)?.get(&*live.id)
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

/// What is known of who is held before it is decided.
pub(super) struct BeforeHolding<'a> {
    pub(super) leaving: &'a Leaving,
    /// What was found in earlier drafts of the plan.
    pub(super) obstacles: &'a Obstacles,
}

/// Decides who is held. Whom a waiver or the record of who is managed releases is paired.
pub(super) fn settle<'a>(
    basis: &'a DraftBasis<'a>,
    pairing: &mut Pairing,
    known: &BeforeHolding<'_>,
) -> (HeldBack<'a>, Released) {
    let mut settling = Settling {
        basis,
        pairing,
        back: HeldBack::default(),
        own_names: OwnNames::default(),
        released: Released::default(),
    };
    settling.pair_leavers();
    settling.rebind();
    settling.hold_rows();
    settling.hold_unpaired();
    settling.hold_lookalikes(known.leaving);
    // The last, so that the waivers' numbers do not depend on what was found.
    settling.hold_obstructed(known);
    let in_doubt = known
        .leaving
        .in_doubt(basis)
        .into_iter()
        .map(|(kind, place)| settling.live(kind, place));
    let ids: Vec<&str> = in_doubt.map(|live| &*live.id).collect();
    settling.back.ids.extend(ids);
    (settling.back, settling.released)
}

struct Settling<'a, 'p> {
    basis: &'a DraftBasis<'a>,
    pairing: &'p mut Pairing,
    back: HeldBack<'a>,
    own_names: OwnNames<'a>,
    released: Released,
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

    /// Holds whoever is declared by a row that has an error.
    fn hold_rows(&mut self) {
        for kind in Kind::ALL {
            for (number, wanted) in self.basis.desired.of(kind).iter().enumerate() {
                let Some(problem) = &wanted.problem else { continue };
                self.take_back(kind, number);
                let told = Told {
                    reason: HeldReason::Row,
                    message: problem.message.clone(),
                    next: problem.next.clone(),
                };
                let doubt = self.pairing.of(kind).doubts.get(&number);
                let places = doubt.map(|doubt| doubt.places().to_vec()).unwrap_or_default();
                if self.may_leave(kind, number) && self.is_certain(kind, number) {
                    self.back.leavers.insert(number);
                }
                self.hold(kind, number, told, &places);
                self.tell_place(kind, number, problem.origin);
            }
        }
    }

    /// Holds whoever something stands in the way of, as was found after comparing.
    fn hold_obstructed(&mut self, known: &BeforeHolding<'_>) {
        if known.obstacles.found.is_empty() {
            return; // as a rule
        }
        let places = self.places(known.obstacles);
        for (subject, found) in &known.obstacles.found {
            let told = found.told.clone();
            let (kind, number) = match subject {
                Subject::New(key) => {
                    let desired = self.basis.desired.of(key.kind);
                    let number = desired.binary_search_by(|wanted| wanted.key.cmp(key));
                    let Ok(number) = number else { continue };
                    (key.kind, number)
                }
                Subject::Live(kind, id) => {
                    let Some(place) = places.get(&(*kind, &**id)).copied() else {
                        continue;
                    };
                    match self.pairing.of(*kind).desired_of[place] {
                        Some(number) if !known.leaving.has(*kind, place) => (*kind, number),
                        _ => {
                            let live = self.live(*kind, place);
                            self.back.ids.insert(&live.id);
                            let of_kind = self.back.removals.entry(*kind).or_default();
                            of_kind.insert(&live.id, told);
                            continue;
                        }
                    }
                }
            };
            if !found.holds_leaver {
                self.take_back(kind, number);
            }
            if !found.holds_leaver && self.may_leave(kind, number) {
                self.back.leavers.insert(number);
            } else if kind == Kind::User {
                self.back.leavers.remove(&number);
            }
            self.hold(kind, number, told, &[]);
        }
    }

    /// Where the live resources are in whose way something stands.
    fn places(&self, obstacles: &Obstacles) -> HashMap<(Kind, &'a str), usize> {
        let mut places = HashMap::new();
        for kind in Kind::ALL {
            let of_kind = obstacles.found.keys().filter_map(|subject| match subject {
                Subject::Live(of_kind, id) if *of_kind == kind => Some(&**id),
                _ => None,
            });
            let ids: HashSet<&str> = of_kind.collect();
            let all = self.basis.snapshot.of(kind).iter().enumerate();
            for (place, live) in all.filter(|(_, live)| ids.contains(&*live.id)) {
                places.insert((kind, &*live.id), place);
            }
        }
        places
    }

    /// Whether it is certain whose account is to be deactivated.
    fn may_leave(&self, kind: Kind, number: usize) -> bool {
        self.is_declared_inactive(kind, number) && self.pairing.of(kind).live_of[number].is_some()
    }

    /// Whether every identifier in its row can be read, or the record says that the account is the one.
    fn is_certain(&self, kind: Kind, number: usize) -> bool {
        let key = &self.wanted(kind, number).key;
        let mut unreadable = self.basis.desired.unreadable.iter();
        let place = self.pairing.of(kind).live_of[number];
        let recorded = place.and_then(|place| {
            let accounts = self.basis.accounts.of(kind);
            accounts.get(&self.live(kind, place).id)
        });
        recorded.is_some_and(|name| Key::new(kind, name) == *key)
            || unreadable.all(|row| row.kind != kind || row.named.as_ref() != Some(key))
    }

    fn tell_place(&mut self, kind: Kind, number: usize, origin: Origin) {
        if let Some(held) = self.back.held.get_mut(&(kind, number)) {
            held.origin = Some(self.basis.files.place(origin).to_string());
        }
    }

    /// Holds a declared resource, and leaves its live accounts alone that nobody else has, and the one of its
    /// name.
    fn hold(&mut self, kind: Kind, number: usize, told: Told, places: &[usize]) {
        let wanted = self.wanted(kind, number);
        let own = self.pairing.of(kind).live_of[number];
        let free = places.iter().copied().filter(|place| self.is_free(kind, *place));
        let ids: Vec<&str> = own
            .into_iter()
            .chain(free)
            .chain(self.of_own_name(kind, number))
            .map(|place| &*self.live(kind, place).id)
            .collect();
        self.back.ids.extend(ids);
        self.back.keys.insert(&wanted.key);
        let held = Held {
            key: wanted.key.clone(),
            message: told.message,
            next: told.next,
            origin: Some(self.basis.files.place(wanted.origin).to_string()),
            reason: told.reason,
        };
        self.back.held.insert((kind, number), held);
    }
}
