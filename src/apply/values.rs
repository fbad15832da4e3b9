//! A plan's values as the directory takes them: paths become attributes, and references to what the plan itself creates get their ids.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::directory::{Edit, Member};
use crate::model::{Attributes, Catalog, Key, Reference, Value};
use crate::plan::Change;

/// The ids of resources that this plan created, as they become known.
#[derive(Debug, Default)]
pub struct Known {
    ids: Mutex<HashMap<Key, Box<str>>>,
}

impl Known {
    /// Makes the id of a created resource known.
    pub fn learn(&self, key: &Key, id: &str) {
        self.lock().insert(key.clone(), id.into());
    }

    /// The id of a created resource.
    pub fn id(&self, key: &Key) -> Option<Box<str>> {
        self.lock().get(key).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Box<str>>> {
        self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A reference with its id, where it is known.
pub(super) fn resolve_reference(known: &Known, reference: &Reference) -> Reference {
    let id = reference.id.clone().or_else(|| reference.key.as_ref().and_then(|key| known.id(key)));
    Reference { id, key: reference.key.clone() }
}

/// A value whose references have their ids, where they are known.
pub(super) fn resolve(known: &Known, value: &Value) -> Value {
    match value {
        Value::Reference(reference) => Value::Reference(Box::new(resolve_reference(known, reference))),
        other => other.clone(),
    }
}

/// The attributes of a resource that a change creates.
pub(super) fn attributes(catalog: &Catalog, change: &Change, known: &Known) -> Attributes {
    let set =
        change.after.iter().filter_map(|(path, value)| Some((catalog.find(change.kind, path).ok()?.id, resolve(known, value.as_ref()?))));
    set.collect()
}

/// The edits of some of a change's attributes.
pub(super) fn edits(catalog: &Catalog, change: &Change, known: &Known, paths: &[Box<str>]) -> Vec<Edit> {
    let edit = |path: &str| {
        let value = change.after.get(path)?.as_ref().map(|value| resolve(known, value));
        Some(Edit { attribute: catalog.find(change.kind, path).ok()?.id, value })
    };
    paths.iter().filter_map(|path| edit(path)).collect()
}

/// References as members.
pub(super) fn members(references: &[Reference]) -> Vec<Member> {
    references.iter().map(|one| Member { kind: one.key.as_ref().map(|key| key.kind), reference: one.clone() }).collect()
}

/// The references of a change that still have no id: what they name was not created.
pub(super) fn unresolved<'a>(change: &'a Change, known: &Known) -> Option<&'a Key> {
    let in_values = change.after.values().filter_map(|value| match value {
        Some(Value::Reference(reference)) => Some(&**reference),
        _ => None,
    });
    let in_members = change.members.iter().flat_map(|delta| &delta.add);
    in_values.chain(in_members).find(|one| resolve_reference(known, one).id.is_none()).and_then(|one| one.key.as_ref())
}
