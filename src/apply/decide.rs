//! The one decision of an apply: given what a change rests on and what is live now, do it, leave it because
//! it is done, or stop because somebody else changed it. Pure; a first run and a resume, with the journal or
//! without, all come through here.

use std::collections::HashSet;

use crate::model::Live;
use crate::model::{Attributes, Catalog, Reference, Value};
use crate::plan::{Action, Change};

use super::values::{self, Known};

/// What to do about a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This much of it is still to do.
    Do(Work),
    /// The directory is as the change wants it.
    AlreadyDone,
    /// The directory is neither as the plan read it nor as the plan wants it.
    Drift(Vec<Drift>),
}

/// What of a change is still to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// The paths of the attributes to set or clear. For a create, all of them.
    pub attributes: Vec<Box<str>>,
    /// The members to add.
    pub add: Vec<Reference>,
    /// The members to remove.
    pub remove: Vec<Reference>,
}

/// One thing that is not as the plan read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    /// An attribute has another value.
    Attribute {
        /// Its path.
        path: Box<str>,
        /// What the plan read.
        expected: Option<Value>,
        /// What is there.
        found: Option<Value>,
    },
    /// The resource is gone.
    Gone,
    /// A resource that the plan would create is there, with other values.
    Appeared {
        /// Its id.
        id: Box<str>,
    },
    /// More than one resource answers to the identifiers of one that the plan would create.
    Ambiguous,
    /// What no change names is not as the plan read it, and the one request that holds everything would undo
    /// that.
    Elsewhere {
        /// What, in sentences.
        what: Vec<String>,
    },
}

/// Decides. `live` is the resource as it was read just now; for a create, what a look-up by its identifiers
/// found.
pub fn decide(catalog: &Catalog, change: &Change, known: &Known, live: Option<&Live>) -> Decision {
    match (change.action, live) {
        (Action::Create, None) => Decision::Do(Work {
            attributes: change.after.keys().cloned().collect(),
            ..members_to_do(change, known, None)
        }),
        (Action::Create, Some(live)) => decide_created(catalog, change, known, live),
        (Action::Delete, None) => Decision::AlreadyDone,
        (_, None) => Decision::Drift(vec![Drift::Gone]),
        (Action::Delete, Some(live)) => {
            let drifted = compare(catalog, change, known, &live.attributes).drifted;
            if drifted.is_empty() {
                Decision::Do(Work::default())
            } else {
                Decision::Drift(drifted)
            }
        }
        (_, Some(live)) => {
            let Comparison { to_do, drifted } = compare(catalog, change, known, &live.attributes);
            if drifted.is_empty() {
                work(Work {
                    attributes: to_do,
                    ..members_to_do(change, known, Some(live))
                })
            } else {
                Decision::Drift(drifted)
            }
        }
    }
}

/// A create that finds its resource: by another run of this plan, or by an answer that was lost. Equal is
/// ours; different is not.
fn decide_created(catalog: &Catalog, change: &Change, known: &Known, live: &Live) -> Decision {
    let Comparison { to_do, drifted } = compare(catalog, change, known, &live.attributes);
    if !to_do.is_empty() || !drifted.is_empty() {
        return Decision::Drift(vec![Drift::Appeared { id: live.id.clone() }]);
    }
    work(members_to_do(change, known, Some(live)))
}

fn work(work: Work) -> Decision {
    if work == Work::default() {
        Decision::AlreadyDone
    } else {
        Decision::Do(work)
    }
}

#[derive(Default)]
struct Comparison {
    to_do: Vec<Box<str>>,
    drifted: Vec<Drift>,
}

/// Each attribute alone: as the plan wants it is done, as the plan read it is to do, anything else is drift.
/// So a write that was done by half is finished, not taken for somebody else's. Where the plan changes a
/// resource twice, as the later change wants it is done, too, and as the earlier one read it is still to do.
fn compare(catalog: &Catalog, change: &Change, known: &Known, live: &Attributes) -> Comparison {
    let mut comparison = Comparison::default();
    for path in change.before.keys().chain(
        change
            .after
            .keys()
            .filter(|path| !change.before.contains_key(*path)),
    ) {
        let Ok(attribute) = catalog.find(change.kind, path) else {
            continue;
        }; // apply refuses unknown attributes before this
        let held = live.get(attribute.id);
        let is = |value: &Option<Value>| match (value, held) {
            (None, None) => true,
            (Some(value), Some(held)) => attribute.same(&values::resolve(known, value), held),
            _ => false,
        };
        let is_later = || {
            known
                .after(change)
                .filter_map(|later| later.after.get(path))
                .any(is)
        };
        let is_earlier = || {
            known
                .before(change)
                .filter_map(|earlier| earlier.before.get(path))
                .any(is)
        };
        let read = change.before.get(path).unwrap_or(&None);
        match change.after.get(path) {
            Some(wanted) if is(wanted) || is_later() => {}
            Some(_) if is(read) || is_earlier() => comparison.to_do.push(path.clone()),
            None if is(read) || is_later() => {}
            _ => comparison.drifted.push(Drift::Attribute {
                path: path.clone(),
                expected: read.clone(),
                found: held.cloned(),
            }),
        }
    }
    comparison
}

/// The members still to add and to remove. Membership is a set: who is there is added already, who is not is
/// removed already.
fn members_to_do(change: &Change, known: &Known, live: Option<&Live>) -> Work {
    let Some(delta) = change
        .members
        .as_ref()
        .filter(|_| change.action != Action::Delete)
    else {
        return Work::default();
    };
    let held: HashSet<&str> = live
        .and_then(|live| live.members.as_ref())
        .into_iter()
        .flatten()
        .filter_map(|member| member.reference.id.as_deref())
        .collect();
    let resolved = |references: &[Reference]| {
        references
            .iter()
            .map(|one| values::resolve_reference(known, one))
            .collect::<Vec<_>>()
    };
    let is_held = |one: &Reference| one.id.as_deref().is_some_and(|id| held.contains(id));
    Work {
        attributes: Vec::new(),
        add: resolved(&delta.add)
            .into_iter()
            .filter(|one| !is_held(one))
            .collect(),
        remove: resolved(&delta.remove)
            .into_iter()
            .filter(|one| live.is_some_and(|live| live.members.is_none()) || is_held(one))
            .collect(),
    }
}
