//! Removals that a plan withholds because their attribute, group or kind is newly managed.

use super::change::Values;
use super::delta::Delta;
use super::ownership::{Ownership, attribute_name};
use super::remainder::Withheld;
use crate::model::{Key, Kind, Value};
use crate::project::Adoption;

/// The key that the sources declare for a resource, and its key in the directory.
pub(super) struct BothNames<'a> {
    pub(super) declared: &'a Key,
    pub(super) live: &'a Key,
}

impl Ownership {
    /// Takes the removals out of a delta that follow from absence alone and concern what is newly managed.
    pub(super) fn withhold(&self, names: &BothNames<'_>, delta: &mut Delta, withheld: &mut Withheld) {
        if *self == Self::Everything {
            return;
        }
        self.withhold_values(names.declared, delta, withheld);
        let is_covered = |key| self.covers(&Adoption::group(key));
        if names.declared.kind == Kind::Group
            && !delta.empties_members
            && !is_covered(names.declared)
            && !is_covered(names.live)
        {
            withhold_members(names.declared, delta, withheld);
        }
    }

    fn withhold_values(&self, key: &Key, delta: &mut Delta, withheld: &mut Withheld) {
        let Delta {
            before,
            after,
            emptied,
            ..
        } = delta;
        let mut kept = Values::new();
        after.retain(|path, wanted| {
            let Some(Some(held)) = before.get(path) else {
                return true;
            };
            let name = attribute_name(key.kind, path);
            if self.covers(&name) {
                return true;
            }
            match remains(held, wanted.as_ref()) {
                Remains::Nothing => true,
                // A value that a source explicitly clears may be removed.
                Remains::All if !emptied.contains(path) => true,
                Remains::All => {
                    withheld.entry(name).or_default().add(key);
                    false
                }
                Remains::Also(both) => {
                    withheld.entry(name).or_default().add(key);
                    if both != *held {
                        kept.insert(path.clone(), Some(both));
                    }
                    false
                }
            }
        });
        after.extend(kept);
    }
}

fn withhold_members(key: &Key, delta: &mut Delta, withheld: &mut Withheld) {
    let Some(members) = delta
        .members
        .as_mut()
        .filter(|members| !members.remove.is_empty())
    else {
        return;
    };
    let left_in = withheld.entry(key.id()).or_default();
    for reference in &members.remove {
        match &reference.key {
            Some(member) => left_in.add(member),
            None => left_in.add_nameless(1),
        }
    }
    members.after = members.after.map(|after| after + members.remove.len() as u64);
    members.remove.clear();
    if members.add.is_empty() {
        delta.members = None;
    }
}

/// The part of a value that stays although the source does not declare it.
enum Remains {
    /// Nothing is lost: one value takes the place of another.
    Nothing,
    /// The value stays as it is.
    All,
    /// The old value of a set, joined with the new one.
    Also(Value),
}

fn remains(held: &Value, wanted: Option<&Value>) -> Remains {
    match (held, wanted) {
        (_, None) => Remains::All,
        (Value::List(held), Some(Value::List(wanted)))
            if held.iter().any(|value| !wanted.contains(value)) =>
        {
            Remains::Also(Value::set(held.iter().chain(wanted).cloned().collect()))
        }
        _ => Remains::Nothing,
    }
}
