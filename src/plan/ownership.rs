//! What wpsync manages, and what it may remove from. The first plan in which a kind, a group's membership or
//! an attribute comes under management adds and changes but does not remove what only the absence from the sources
//! asks to remove, unless that was adopted by name: what a directory holds when it is first met was put there by
//! somebody. What a source says itself (`active: false`, `title: null`, `members: []`) is somebody's word too.
//!
//! Names, everywhere the same: `users`, `groups`, `users.title`, `group:Sales`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::delta::Delta;
use super::standing::Withheld;
use crate::desired::Desired;
use crate::model::{Catalog, Key, Kind, Value};
use crate::project::Adoption;

/// What a plan manages: the names of kinds, of attributes, and of groups whose members a source lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Managed(BTreeSet<String>);

impl Managed {
    /// What the sources declare.
    pub fn of(desired: &Desired, catalog: &Catalog) -> Self {
        let mut names = BTreeSet::new();
        for (kind, declared) in [(Kind::User, &desired.users), (Kind::Group, &desired.groups)] {
            if !declared.is_empty() {
                names.insert(kind.plural().to_owned());
            }
            let attributes: BTreeSet<_> = declared
                .iter()
                .flat_map(|resource| resource.attributes.iter().map(|asked| asked.attribute))
                .collect();
            names.extend(
                attributes
                    .into_iter()
                    .map(|id| attribute_name(kind, &catalog.attribute(id).path)),
            );
        }
        names.extend(
            desired
                .groups
                .iter()
                .filter(|group| group.members.is_some())
                .map(|group| Adoption::group(&group.key)),
        );
        Self(names)
    }

    /// Whether a name is managed.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

fn attribute_name(kind: Kind, path: &str) -> String {
    format!("{}.{path}", kind.plural())
}

/// What a plan may remove from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ownership {
    /// Everything.
    #[default]
    Everything,
    /// What the last apply managed, and what is adopted by name.
    Of {
        /// What the last apply managed.
        managed: Managed,
        /// What is adopted.
        adopted: Adoption,
    },
}

impl Ownership {
    fn covers(&self, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Of { managed, adopted } => managed.has(name) || adopted.covers(name),
        }
    }

    /// Whether resources of a kind may be removed.
    pub fn may_remove(&self, kind: Kind) -> bool {
        self.covers(kind.plural())
    }

    /// Takes out of a delta what it would remove, by absence alone, from what is new. `keys` are the names of the
    /// resource, before and after.
    pub(super) fn withhold(&self, keys: &[&Key], delta: &mut Delta, withheld: &mut Withheld) {
        if *self == Self::Everything {
            return;
        }
        let Some(key) = keys.first() else {
            return;
        };
        self.withhold_values(key, delta, withheld);
        let Some(leaving) = delta
            .members
            .as_mut()
            .filter(|members| !members.remove.is_empty())
        else {
            return;
        };
        if delta.empties_members || keys.iter().any(|key| self.covers(&Adoption::group(key))) {
            return;
        }
        let left_in = withheld.entry(key.id()).or_default();
        for reference in &leaving.remove {
            match &reference.key {
                Some(key) => left_in.add(key),
                None => left_in.add_nameless(1),
            }
        }
        leaving.after += leaving.remove.len() as u64;
        leaving.remove.clear();
        if leaving.add.is_empty() {
            delta.members = None;
        }
    }

    fn withhold_values(&self, key: &Key, delta: &mut Delta, withheld: &mut Withheld) {
        let Delta {
            before,
            after,
            emptied,
            ..
        } = delta;
        after.retain(|path, wanted| {
            let Some(Some(held)) = before.get(path) else {
                return true;
            };
            let name = attribute_name(key.kind, path);
            if self.covers(&name) {
                return true;
            }
            match kept(held, wanted.as_ref()) {
                Remains::Nothing => true,
                // A source that says itself that there is no value is somebody's word.
                Remains::All if !emptied.contains(path) => true,
                Remains::All => {
                    withheld.entry(name).or_default().add(key);
                    false
                }
                Remains::Also(both) => {
                    withheld.entry(name).or_default().add(key);
                    let adds = both != *held;
                    *wanted = Some(both);
                    adds
                }
            }
        });
    }
}

/// What stays of a value that a new attribute would lose.
enum Remains {
    /// Nothing is lost: one value takes the place of another.
    Nothing,
    /// The value stays as it is.
    All,
    /// The value of a set, with what is added to it.
    Also(Value),
}

fn kept(held: &Value, wanted: Option<&Value>) -> Remains {
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
