//! What wpsync manages, and what it may remove from. The first plan in which a kind, a group's membership or
//! an attribute comes under management adds and changes but does not remove, unless that was adopted by name:
//! what a directory holds when it is first met was put there by somebody.
//!
//! Names, everywhere the same: `users`, `groups`, `users.title`, `group:Sales`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::delta::Delta;
use crate::desired::Desired;
use crate::model::well_known::ACTIVE;
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

/// How much each new name would have lost.
pub type Withheld = BTreeMap<String, u64>;

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

    /// Takes out of a delta what it would remove from what is new. `keys` are the names of the resource,
    /// before and after.
    pub(super) fn withhold(&self, keys: &[&Key], delta: &mut Delta, withheld: &mut Withheld) {
        if *self == Self::Everything {
            return;
        }
        let Some(kind) = keys.first().map(|key| key.kind) else {
            return;
        };
        let Delta {
            before,
            after,
            members,
            ..
        } = delta;
        after.retain(|path, wanted| {
            let Some(Some(held)) = before.get(path) else {
                return true;
            };
            let name = attribute_name(kind, path);
            if self.covers(&name) {
                return true;
            }
            match kept(path, held, wanted.as_ref()) {
                Kept::Nothing => return true,
                Kept::All => *withheld.entry(name).or_default() += 1,
                Kept::Also(both) => {
                    *withheld.entry(name).or_default() += 1;
                    let adds = both != *held;
                    *wanted = Some(both);
                    return adds;
                }
            }
            false
        });
        let Some(leaving) = members.as_mut().filter(|members| !members.remove.is_empty()) else {
            return;
        };
        if keys.iter().any(|key| self.covers(&Adoption::group(key))) {
            return;
        }
        *withheld.entry(keys[0].id()).or_default() += leaving.remove.len() as u64;
        leaving.after += leaving.remove.len() as u64;
        leaving.remove.clear();
        if leaving.add.is_empty() {
            *members = None;
        }
    }
}

/// What stays of a value that a new attribute would lose.
enum Kept {
    /// Nothing is lost: one value takes the place of another.
    Nothing,
    /// The value stays as it is.
    All,
    /// The value of a set, with what is added to it.
    Also(Value),
}

fn kept(path: &str, held: &Value, wanted: Option<&Value>) -> Kept {
    match (held, wanted) {
        (_, None) => Kept::All,
        (Value::List(held), Some(Value::List(wanted)))
            if held.iter().any(|value| !wanted.contains(value)) =>
        {
            Kept::Also(Value::set(held.iter().chain(wanted).cloned().collect()))
        }
        // To end somebody's access is to remove, whatever the attribute.
        (Value::Boolean(true), Some(Value::Boolean(false))) if path == ACTIVE => Kept::All,
        _ => Kept::Nothing,
    }
}
