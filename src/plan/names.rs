//! Checks that each name, and each other value that the service holds once, is free in the directory if a
//! plan takes it, or is given up by the same plan.

use std::collections::{BTreeMap, HashMap};

use super::change::{Action, Change};
use super::draft::DraftBasis;
use super::unique::{PlacedValue, UniqueValue, freed, is_known, taken};
use crate::desired::DesiredResource;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::escape::Escaped;
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

/// Reports each unique value that a change takes although it is not free and this plan does not free it.
pub(super) fn check(
    basis: &DraftBasis<'_>,
    pairing: &Pairing,
    changes: &[Change],
    problems: &mut Diagnostics,
) {
    for kind in Kind::ALL {
        let of_kind = || changes.iter().filter(|change| change.kind == kind);
        let taking = takings(basis, of_kind());
        if taking.is_empty() {
            continue;
        }
        let mut by_resource: HashMap<&str, Vec<&Change>> = HashMap::new();
        for change in of_kind() {
            if let Some(id) = change.remote_id.as_deref() {
                by_resource.entry(id).or_default().push(change);
            }
        }
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
                    let declared = pairing.of(kind).desired_of[place];
                    let holder = ValueHolder {
                        live: &live[place],
                        declared: declared.map(|number| &basis.desired.of(kind)[number]),
                        changes: by_resource.get(&*live[place].id).map_or(&[], Vec::as_slice),
                    };
                    if !is_free(basis, taking, &holder) {
                        problems.push(not_free(basis, taking, &holder));
                    }
                }
            }
        }
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

/// Whether a value is free for a change, as far as a live resource has it.
fn is_free(basis: &DraftBasis<'_>, taking: &Taking<'_>, holder: &ValueHolder<'_>) -> bool {
    let is_given_up = |change: &&Change| {
        let freed = || freed(basis.unique, change);
        change.action == Action::Delete || freed().iter().any(|freed| freed.value == taking.value)
    };
    taking.change.remote_id.as_ref() == Some(&holder.live.id) || holder.changes.iter().any(is_given_up)
}

fn not_free(basis: &DraftBasis<'_>, taking: &Taking<'_>, holder: &ValueHolder<'_>) -> Diagnostic {
    let (change, kind) = (taking.change, taking.change.kind);
    let mut desired = basis.desired.of(kind).iter();
    let wanted = desired.find(|wanted| wanted.key == change.key);
    let at = |code, message| Diagnostic {
        origin: wanted.map(|wanted| wanted.origin),
        ..Diagnostic::general(code, message)
    };
    let (key, id) = (&change.key, Escaped(&holder.live.id));
    let problem = if *taking.value.root == *kind.naming_attribute() {
        let word = kind.word();
        at(
            "name-taken",
            format!("the name of {key} is taken in the directory by another {word} (id {id})"),
        )
        .hint(
            "rename or remove the other one first, or give this one the externalId of the resource that it \
             is",
        )
    } else {
        let (root, value) = (&taking.value.root, Escaped(&taking.value.value.name));
        let other = holder.live.key(basis.catalog);
        let message = format!(
            "{value} ({root}) of {key} is taken in the directory by {other} (id {id}), and the service holds \
             each value once"
        );
        at("value-taken", message).hint(keeps_it(basis, holder))
    };
    match holder.declared {
        None => problem,
        Some(declared) => problem.related(declared.origin, "the one that has it is declared here"),
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
