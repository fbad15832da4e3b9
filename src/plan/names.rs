//! Checks that each name, and each other value that the service holds once, is free in the directory if a
//! plan takes it, or is given up by the same plan.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::change::{Action, Change};
use super::draft::DraftBasis;
use super::held::obstacles::{Obstacle, Subject};
use super::remainder::HeldReason;
use super::unique::{PlacedValue, UniqueValue, freed, is_known, taken};
use crate::desired::DesiredResource;
use crate::matching::{Index, Pairing};
use crate::model::well_known::ACTIVE;
use crate::model::{Kind, Live};

/// A change that takes a unique value.
struct Taking<'a> {
    change: &'a Change,
    value: UniqueValue,
}

/// A live resource that has the value.
struct ValueHolder<'a> {
    live: &'a Live,
    /// Its declaration, if it has one.
    declared: Option<&'a DesiredResource>,
    /// Its changes in this plan.
    changes: &'a [&'a Change],
}

/// Everything that the values of a plan's changes are checked against.
pub(super) struct UniqueCheck<'a> {
    pub(super) basis: &'a DraftBasis<'a>,
    pub(super) pairing: &'a Pairing,
    pub(super) changes: &'a [Change],
}

/// A change that takes a value which a live resource has.
struct Conflict<'a> {
    taking: &'a Taking<'a>,
    holder: ValueHolder<'a>,
}

/// Returns each change that takes a unique value which is not free and which this plan does not free. A
/// change that cannot be made frees nothing.
pub(super) fn taken_by_others(checked: &UniqueCheck<'_>) -> Vec<Obstacle> {
    let mut obstacles = Vec::new();
    for kind in Kind::ALL {
        let of_kind = || checked.changes.iter().filter(|change| change.kind == kind);
        let taking = takings(checked.basis, of_kind());
        if taking.is_empty() {
            continue;
        }
        let mut by_resource: HashMap<&str, Vec<&Change>> = HashMap::new();
        for change in of_kind() {
            if let Some(id) = change.remote_id.as_deref() {
                by_resource.entry(id).or_default().push(change);
            }
        }
        let conflicts = checked.conflicts(kind, &taking, &by_resource);
        let mut stuck: HashSet<Subject> = HashSet::new();
        loop {
            let before = stuck.len();
            for Conflict { taking, holder } in &conflicts {
                let subject = Subject::of(taking.change);
                if !stuck.contains(&subject) && !is_free(checked.basis, taking, holder, &stuck) {
                    stuck.insert(subject);
                    obstacles.push(not_free(checked.basis, taking, holder));
                }
            }
            if stuck.len() == before {
                break;
            }
        }
    }
    obstacles
}

impl<'a> UniqueCheck<'a> {
    /// The pairs of a change of a kind and a live resource that has what the change takes.
    fn conflicts(
        &self,
        kind: Kind,
        taking: &'a BTreeMap<Box<str>, Vec<Taking<'a>>>,
        by_resource: &'a HashMap<&str, Vec<&'a Change>>,
    ) -> Vec<Conflict<'a>> {
        let (basis, mut conflicts) = (self.basis, Vec::new());
        let live = basis.snapshot.of(kind);
        for (path, attribute) in basis.unique.of(kind) {
            let (Some(taking), Ok(found)) = (taking.get(&attribute.root), basis.catalog.find(kind, path))
            else {
                continue;
            };
            let index = Index::new(basis.catalog, found.id, live);
            for taking in taking {
                for place in index.find(&taking.value.value.name) {
                    let place = *place as usize;
                    if taking.change.remote_id.as_ref() == Some(&live[place].id) {
                        continue;
                    }
                    let declared = self.pairing.of(kind).desired_of[place];
                    let holder = ValueHolder {
                        live: &live[place],
                        declared: declared.map(|number| &basis.desired.of(kind)[number]),
                        changes: by_resource.get(&*live[place].id).map_or(&[], Vec::as_slice),
                    };
                    conflicts.push(Conflict { taking, holder });
                }
            }
        }
        conflicts
    }
}

/// The changes that take values of which it is known that the service holds them once, by the attribute.
fn takings<'a>(
    basis: &DraftBasis<'_>,
    changes: impl Iterator<Item = &'a Change>,
) -> BTreeMap<Box<str>, Vec<Taking<'a>>> {
    let mut takings: BTreeMap<Box<str>, Vec<Taking<'_>>> = BTreeMap::new();
    for change in changes {
        for PlacedValue { path, value } in taken(basis.unique, change) {
            if is_known(basis.unique, change, &path) {
                let of_root = takings.entry(value.root.clone()).or_default();
                of_root.push(Taking { change, value });
            }
        }
    }
    takings
}

/// Whether a value that a live resource has is given up by the plan. Those who are stuck give up nothing.
fn is_free(
    basis: &DraftBasis<'_>,
    taking: &Taking<'_>,
    holder: &ValueHolder<'_>,
    stuck: &HashSet<Subject>,
) -> bool {
    let is_given_up = |change: &&Change| {
        let freed = || freed(basis.unique, change);
        let is_freed =
            change.action == Action::Delete || freed().iter().any(|freed| freed.value == taking.value);
        is_freed && !stuck.contains(&Subject::of(change))
    };
    holder.changes.iter().any(is_given_up)
}

fn not_free(basis: &DraftBasis<'_>, taking: &Taking<'_>, holder: &ValueHolder<'_>) -> Obstacle {
    let kind = taking.change.kind;
    let id = &holder.live.id;
    let declared = match holder.declared {
        None => String::new(),
        Some(declared) => format!(", which {} declares", basis.files.place(declared.origin)),
    };
    let other = holder.live.key(basis.catalog);
    let (message, next) = if *taking.value.root == *kind.naming_attribute() {
        let word = kind.word();
        let message = format!("its name is taken in the directory by another {word} (id {id}){declared}");
        let next = "rename or remove the other one first, or give this one the externalId of the resource \
                    that it is";
        (message, next)
    } else {
        let (root, value) = (&taking.value.root, &taking.value.value.name);
        let message = format!(
            "{value} ({root}) is taken in the directory by {} (id {id}){declared}, and the service holds \
             each value once",
            other.id()
        );
        (message, keeps_it(basis, holder))
    };
    Obstacle {
        subject: Subject::of(taking.change),
        reason: HeldReason::NameTaken,
        message,
        next: next.to_owned(),
    }
}

/// How the value of a live resource becomes free.
fn keeps_it(basis: &DraftBasis<'_>, holder: &ValueHolder<'_>) -> &'static str {
    let active = basis.catalog.well_known(Kind::User, ACTIVE);
    let is_leaving = holder
        .changes
        .iter()
        .any(|change| change.action == Action::Deactivate);
    if holder.live.kind == Kind::User && (is_leaving || holder.live.is_inactive(active)) {
        "an account keeps its values when it is deactivated: declare that one with `active: false` and \
         another value, or delete it in a plan before (`wpsync plan --delete KEY`)"
    } else {
        "give one of them another value, or change the other one in the directory first"
    }
}
