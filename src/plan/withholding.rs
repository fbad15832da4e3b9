//! What a plan does not remove because that comes under management only now.

use super::change::Values;
use super::delta::Delta;
use super::ownership::{Ownership, attribute_name};
use super::remainder::Withheld;
use crate::model::{Key, Kind, Value};
use crate::project::Adoption;

/// A resource by its names before and after the change.
pub(super) struct BothNames<'a> {
    pub(super) declared: &'a Key,
    pub(super) live: &'a Key,
}

impl Ownership {
    /// Takes out of a delta what it would remove, by absence alone, from what is new.
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
                // A source that says itself that there is no value is somebody's word.
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
    members.after += members.remove.len() as u64;
    members.remove.clear();
    if members.add.is_empty() {
        delta.members = None;
    }
}

/// What stays of a value that would be lost.
enum Remains {
    /// Nothing is lost: one value takes the place of another.
    Nothing,
    /// The value stays as it is.
    All,
    /// The value of a set, with what is added to it.
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
