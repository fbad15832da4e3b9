//! The one decision of an apply, from what a change rests on and what is live now: make the change, find it
//! done already, or leave it because somebody else changed the resource. The decision is pure, and the same
//! for a first run and for a resume, with the journal or without.

use std::collections::HashSet;

use crate::model::Live;
use crate::model::{Attributes, Catalog, Normalisation, Reference, Rewritten, Value};
use crate::plan::{Action, Change};

use super::came_back;
use super::values::{self, Known};

/// What to do about a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Some or all of the change is still to do.
    Do(Work),
    /// The directory is as the change wants it.
    AlreadyDone,
    /// The directory is neither as the plan read it nor as the plan wants it.
    Drift(Vec<LiveDifference>),
    /// It cannot be told what the directory holds, and why. Nothing is sent on a guess.
    Unknown(String),
}

/// The part of a change that is still to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// The paths of the attributes to set or clear. For a create, all of them.
    pub attributes: Vec<Box<str>>,
    /// The members to add.
    pub add: Vec<Reference>,
    /// The members to remove.
    pub remove: Vec<Reference>,
}

/// A difference between the directory and what the plan read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveDifference {
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
        /// What differs.
        values: Vec<OtherValue>,
    },
    /// Several resources are found by the identifiers of a resource that the plan would create.
    Ambiguous,
    /// A resource that was created, or found by its identifiers, is not under its id any more. It is not
    /// created a second time: the directory may show it late.
    Vanished {
        /// Its id.
        id: Box<str>,
    },
    /// The name of a resource that the plan would create looks like another resource's.
    LookAlike {
        /// The other resource's id.
        id: Box<str>,
        /// The name of the other resource.
        name: String,
    },
    /// Something that no change names is not as the plan read it. A push, the one request that holds
    /// everything, would undo that difference.
    Elsewhere {
        /// The differences, in sentences.
        what: Vec<String>,
    },
}

/// An attribute that has another value than the change wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherValue {
    /// Its path.
    pub path: Box<str>,
    /// What is there.
    pub found: Option<Value>,
}

/// Decides on a change. `live` is the resource as it was read just now. For a create, `live` is the resource
/// that was found by the identifiers of the change.
pub(crate) fn decide(catalog: &Catalog, change: &Change, known: &Known, live: Option<&Live>) -> Decision {
    match (change.action, live) {
        (Action::Create, None) => Decision::Do(Work {
            attributes: change.after.keys().cloned().collect(),
            ..members_to_do(change, known, None)
        }),
        (Action::Create, Some(live)) => decide_created(catalog, change, known, live),
        (Action::Delete, None) => Decision::AlreadyDone,
        (_, None) => Decision::Drift(vec![LiveDifference::Gone]),
        (Action::Delete, Some(live)) => {
            let drifted = compare(catalog, change, known, &live.attributes).drifted;
            if drifted.is_empty() {
                Decision::Do(Work::default())
            } else {
                Decision::Drift(drifted)
            }
        }
        (_, Some(live)) => {
            let JudgedAttributes { to_do, drifted } = compare(catalog, change, known, &live.attributes);
            if drifted.is_empty() {
                work(Work {
                    attributes: to_do,
                    ..members_to_do(change, known, Some(live))
                })
            } else {
                to_send_again(catalog, change, known, live).unwrap_or(Decision::Drift(drifted))
            }
        }
    }
}

/// Decides on a create whose resource is in the directory already, because another run of this plan made it
/// or because the answer was lost. A resource with equal values is ours; different values are drift. One that
/// only lacks references to what this plan creates is ours too: it was made before they could be.
fn decide_created(catalog: &Catalog, change: &Change, known: &Known, live: &Live) -> Decision {
    let JudgedAttributes { to_do, drifted } = compare(catalog, change, known, &live.attributes);
    if drifted.is_empty() && to_do.iter().all(|path| refers_to_new(change, path)) {
        return work(Work {
            attributes: to_do,
            ..members_to_do(change, known, Some(live))
        });
    }
    let missing = to_do.into_iter().map(|path| OtherValue { path, found: None });
    let others = drifted.into_iter().filter_map(|difference| match difference {
        LiveDifference::Attribute { path, found, .. } => Some(OtherValue { path, found }),
        _ => None,
    });
    let appeared = Decision::Drift(vec![LiveDifference::Appeared {
        id: live.id.clone(),
        values: missing.chain(others).collect(),
    }]);
    to_send_again(catalog, change, known, live).unwrap_or(appeared)
}

/// Whether an attribute refers to somebody whom the plan itself creates.
fn refers_to_new(change: &Change, path: &str) -> bool {
    let wanted = change.after.get(path).and_then(Option::as_ref);
    matches!(wanted, Some(Value::Reference(reference)) if reference.id.is_none())
}

/// What is left to do where an earlier run wrote everything, and the service stored a text in another case,
/// Unicode form, or without its outer spaces. A text that is only the beginning of what is wanted may be
/// somebody else's.
fn to_send_again(catalog: &Catalog, change: &Change, known: &Known, live: &Live) -> Option<Decision> {
    let rewritten = rewritten(catalog, change, known, live);
    let is_cut = |one: &Rewritten| matches!(one.rule, Normalisation::Truncated(_));
    (!rewritten.is_empty() && !rewritten.iter().any(is_cut)).then(|| Decision::Do(again(change, &rewritten)))
}

/// The work of sending texts again.
pub(super) fn again(change: &Change, rewritten: &[Rewritten]) -> Work {
    Work {
        attributes: paths(change, rewritten),
        ..Work::default()
    }
}

/// The texts that the service stored in another way than they were sent, if nothing else of the change is
/// left to do.
pub(super) fn rewritten(catalog: &Catalog, change: &Change, known: &Known, live: &Live) -> Vec<Rewritten> {
    let found = came_back::found(catalog, change, known, &live.attributes);
    if found.is_empty() {
        return found;
    }
    let as_sent = came_back::as_sent(catalog, change, &live.attributes, &found);
    let JudgedAttributes { to_do, drifted } = compare(catalog, change, known, &as_sent);
    let members = members_to_do(change, known, Some(live));
    if to_do.is_empty() && drifted.is_empty() && members == Work::default() {
        found
    } else {
        Vec::new()
    }
}

/// The paths of rewritten texts in a change.
fn paths(change: &Change, rewritten: &[Rewritten]) -> Vec<Box<str>> {
    let names = |path: &str| format!("{}.{path}", change.kind.plural());
    let is_rewritten = |path: &str| rewritten.iter().any(|one| *one.attribute == *names(path));
    change
        .after
        .keys()
        .filter(|path| is_rewritten(path))
        .cloned()
        .collect()
}

fn work(work: Work) -> Decision {
    if work == Work::default() {
        Decision::AlreadyDone
    } else {
        Decision::Do(work)
    }
}

#[derive(Default)]
struct JudgedAttributes {
    to_do: Vec<Box<str>>,
    drifted: Vec<LiveDifference>,
}

/// Judges each attribute by itself. An attribute is done if it is as the plan wants it, to do if it is as the
/// plan read it, and drift otherwise. So a write that was done by half is finished, and not mistaken for
/// somebody else's write. Where the plan changes a resource twice, an attribute is also done if it is as the
/// later change wants it, and also to do if it is as the earlier change read it.
fn compare(catalog: &Catalog, change: &Change, known: &Known, live: &Attributes) -> JudgedAttributes {
    let mut judged = JudgedAttributes::default();
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
            Some(_) if is(read) || is_earlier() => judged.to_do.push(path.clone()),
            None if is(read) || is_later() => {}
            _ => judged.drifted.push(LiveDifference::Attribute {
                path: path.clone(),
                expected: read.clone(),
                found: held.cloned(),
            }),
        }
    }
    judged
}

/// The members still to add and to remove. Membership is a set: a member who is in the group is added
/// already, and a member who is not in it is removed already.
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
            .map(|reference| values::resolve_reference(known, reference))
            .collect::<Vec<_>>()
    };
    let is_held = |member: &Reference| member.id.as_deref().is_some_and(|id| held.contains(id));
    Work {
        attributes: Vec::new(),
        add: resolved(&delta.add)
            .into_iter()
            .filter(|member| !is_held(member))
            .collect(),
        remove: resolved(&delta.remove)
            .into_iter()
            .filter(|member| live.is_some_and(|live| live.members.is_none()) || is_held(member))
            .collect(),
    }
}
