//! The rights that somebody named in the policy: the groups of `min_admins` and `protect`, and the roles of
//! `min_admins`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::change::{Action, Change};
use crate::model::well_known::ROLES;
use crate::model::{Key, Kind, Value};
use crate::policy::Policy;
use crate::project::Admins;

/// The groups and roles of the policy that the changes give to somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Privileges {
    /// Groups that `min_admins` or `protect` names, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Key>,
    /// Roles that `min_admins` names, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
}

impl Privileges {
    /// Those that the changes give.
    pub(crate) fn given(changes: &[Change], policy: &Policy) -> Self {
        let is_named = |key: &Key| {
            let admins = policy.min_admins.iter().map(|rule| &rule.admins);
            let mut of_admins = admins.filter_map(|admins| match admins {
                Admins::Group(group) => Some(group),
                Admins::Role(_) => None,
            });
            of_admins.any(|group| group == key) || policy.protect.iter().any(|rule| rule.covers(key))
        };
        let joined = changes.iter().filter(|change| !joining(change).is_empty());
        let groups = joined.map(|change| &change.key).filter(|key| is_named(key));
        let groups: BTreeSet<_> = groups.cloned().collect();
        let of_admins = policy.min_admins.iter().filter_map(|rule| match &rule.admins {
            Admins::Role(role) => Some(role.clone()),
            Admins::Group(_) => None,
        });
        let gained: BTreeSet<_> = changes.iter().flat_map(roles_gained).collect();
        let roles: BTreeSet<_> = of_admins.filter(|role| gained.contains(&**role)).collect();
        Self {
            groups: groups.into_iter().collect(),
            roles: roles.into_iter().collect(),
        }
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.roles.is_empty()
    }
}

/// Who joins the group of a change. Nobody joins a group that is deleted.
pub(crate) fn joining(change: &Change) -> &[crate::model::Reference] {
    match &change.members {
        Some(members) if change.kind == Kind::Group && change.action != Action::Delete => &members.add,
        _ => &[],
    }
}

/// Whether an attribute says what a person may do.
pub(crate) fn is_of_roles(path: &str) -> bool {
    path.split('.').next() == Some(ROLES)
}

/// The roles that a change gives.
pub(crate) fn roles_gained(change: &Change) -> Vec<&str> {
    if change.action.is_removal() {
        return Vec::new();
    }
    let of_roles = change.after.iter().filter(|(path, _)| is_of_roles(path));
    let gained = of_roles.flat_map(|(path, after)| {
        let before = texts(change.before.get(path).and_then(Option::as_ref));
        let after = texts(after.as_ref()).into_iter();
        after.filter(move |role| !before.contains(role))
    });
    gained.collect()
}

/// A text, or the texts of a list.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::List(values)) => values.iter().filter_map(Value::as_text).collect(),
        Some(value) => value.as_text().into_iter().collect(),
        None => Vec::new(),
    }
}
