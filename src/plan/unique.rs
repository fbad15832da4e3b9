//! The unique values that a change takes and gives up: names, addresses, and whatever else a service holds
//! once.

use super::change::{Action, Change, Values};
use crate::dialect::UniqueAttributes;
use crate::dialect::unique::{FreedBy, UniquenessKnown};
use crate::model::{Key, Value};

/// A value that a service holds once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct UniqueValue {
    /// The attribute, as `emails`: an address is unique whatever its type is.
    pub(super) root: Box<str>,
    /// The value, of a kind of resource. It compares as names do.
    pub(super) value: Key,
}

/// A unique value, and the attribute that holds it.
#[derive(Clone, Debug)]
pub(super) struct PlacedValue {
    /// The attribute's path, as `emails.work`.
    pub(super) path: Box<str>,
    pub(super) value: UniqueValue,
}

/// The unique values among values of a change.
fn found(unique: &UniqueAttributes, change: &Change, values: &Values) -> Vec<PlacedValue> {
    let attributes = unique.of(change.kind);
    let mut found = Vec::new();
    for (path, value) in values {
        let (Some(attribute), Some(value)) = (attributes.get(path), value) else {
            continue;
        };
        let texts: Vec<&str> = match value {
            Value::List(values) => values.iter().filter_map(Value::as_text).collect(),
            value => value.as_text().into_iter().collect(),
        };
        found.extend(texts.into_iter().map(|text| PlacedValue {
            path: path.clone(),
            value: UniqueValue {
                root: attribute.root.clone(),
                value: Key::new(change.kind, text),
            },
        }));
    }
    found
}

fn without(values: Vec<PlacedValue>, others: &[PlacedValue]) -> Vec<PlacedValue> {
    let is_new = |placed: &PlacedValue| others.iter().all(|other| other.value != placed.value);
    values.into_iter().filter(is_new).collect()
}

/// The unique values that a change takes.
pub(super) fn taken(unique: &UniqueAttributes, change: &Change) -> Vec<PlacedValue> {
    if change.action == Action::Delete {
        return Vec::new();
    }
    let after = found(unique, change, &change.after);
    if after.is_empty() || change.action == Action::Create {
        return after;
    }
    without(after, &found(unique, change, &change.before))
}

/// The unique values that a change gives up.
pub(super) fn freed(unique: &UniqueAttributes, change: &Change) -> Vec<PlacedValue> {
    let is_gone = match change.action {
        Action::Create => return Vec::new(),
        Action::Delete => true,
        Action::Deactivate => unique.freed_by_deactivation == FreedBy::DeactivationToo,
        Action::Update | Action::Reactivate => false,
    };
    if is_gone {
        return found(unique, change, &change.before);
    }
    let changed: Values = change
        .before
        .iter()
        .filter(|(path, _)| change.after.contains_key(*path))
        .map(|(path, value)| (path.clone(), value.clone()))
        .collect();
    let before = found(unique, change, &changed);
    if before.is_empty() {
        return before;
    }
    without(before, &found(unique, change, &change.values_after()))
}

/// Whether a change takes a value, besides the name, of which it is known that the service holds it once.
/// Then it must be known who has that value.
pub(crate) fn takes_more_than_a_name(unique: &UniqueAttributes, change: &Change) -> bool {
    let naming = change.kind.naming_attribute();
    let mut taken = taken(unique, change).into_iter();
    taken.any(|placed| *placed.value.root != *naming && is_known(unique, change, &placed.path))
}

/// Whether a path holds a value of which it is known that the service holds it once.
pub(super) fn is_known(unique: &UniqueAttributes, change: &Change, path: &str) -> bool {
    let attribute = unique.of(change.kind).get(path);
    attribute.is_some_and(|attribute| attribute.known == UniquenessKnown::Said)
}
