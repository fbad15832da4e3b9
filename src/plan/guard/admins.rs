//! The administrators who must stay.

use std::collections::{BTreeMap, BTreeSet};

use super::figure::GuardFigure;
use super::grounds::Grounds;
use super::name::Guard;
use crate::escape::Escaped;
use crate::model::well_known::{ACTIVE, ROLES};
use crate::model::{Key, Kind, Value};
use crate::plan::change::{Action, Change};
use crate::project::{Admins, MinAdmins};

/// How many active administrators would be missing from the number that must stay. The figure is 0 if the
/// plan does not reduce their number.
pub(crate) fn last_admins(grounds: &Grounds<'_>) -> GuardFigure {
    let mut figure = GuardFigure::of_cases(Guard::LastAdmins, Vec::new());
    if grounds.policy.min_admins.is_empty() {
        return figure;
    }
    let now = People::now(grounds);
    let then = now.after(grounds.changes);
    for rule in &grounds.policy.min_admins {
        let (before, after) = match &rule.admins {
            Admins::Role(role) => (now.active_with_role(role), then.active_with_role(role)),
            Admins::Group(group) => {
                let members = GroupMembers::now(grounds, group);
                let after = members.after(grounds.changes);
                (now.active_among(&members), then.active_among(&after))
            }
        };
        if after < before && after < rule.count {
            figure.count += rule.count - after;
            figure.of = figure.of.max(before);
            figure.cases.push(describe(rule, before, after));
        }
    }
    figure
}

fn describe(rule: &MinAdmins, before: u64, after: u64) -> String {
    let who = match &rule.admins {
        Admins::Group(key) => key.to_string(),
        Admins::Role(name) => format!("role {}", Escaped(name)),
    };
    format!(
        "{who}: {before} active now, {after} afterwards, and {} must stay",
        rule.count
    )
}

/// Activity and roles of all people, by id. New people are listed by name without capitals.
#[derive(Clone)]
struct People<'a>(BTreeMap<String, Person<'a>>);

#[derive(Clone, Copy)]
struct Person<'a> {
    active: bool,
    roles: Option<&'a Value>,
}

impl<'a> People<'a> {
    fn now(grounds: &Grounds<'a>) -> Self {
        let active = grounds.catalog.well_known(Kind::User, ACTIVE);
        let roles = grounds.catalog.find(Kind::User, ROLES).ok();
        let users = grounds.snapshot.users.iter();
        let people = users.map(|live| {
            let person = Person {
                active: !live.is_inactive(active),
                roles: roles.and_then(|roles| live.attributes.get(roles.id)),
            };
            (live.id.to_string(), person)
        });
        Self(people.collect())
    }

    fn after(&self, changes: &'a [Change]) -> Self {
        let mut then = self.clone();
        for change in changes.iter().filter(|change| change.kind == Kind::User) {
            let name = match &change.remote_id {
                Some(id) => id.to_string(),
                None => change.key.uncased().to_owned(),
            };
            if change.action == Action::Delete {
                then.0.remove(&name);
                continue;
            }
            let person = then.0.entry(name).or_insert(Person {
                active: true,
                roles: None,
            });
            if let Some(value) = change.after.get(ACTIVE) {
                person.active = *value != Some(Value::Boolean(false));
            }
            if let Some(value) = change.after.get(ROLES) {
                person.roles = value.as_ref();
            }
        }
        then
    }

    fn active_with_role(&self, role: &str) -> u64 {
        let is_role = |value: &Value| value.as_text() == Some(role);
        let has = |person: &&Person<'_>| match person.roles {
            Some(Value::List(roles)) => roles.iter().any(is_role),
            Some(only) => is_role(only),
            None => false,
        };
        let active = self.0.values().filter(|person| person.active);
        active.filter(has).count() as u64
    }

    fn active_among(&self, members: &GroupMembers) -> u64 {
        let people = members.ids.iter().filter_map(|id| self.0.get(id));
        people.filter(|person| person.active).count() as u64
    }
}

/// The direct members of a group, named as in [`People`].
struct GroupMembers {
    /// The directory's id of the group. `None` if the directory does not have the group or does not tell its
    /// members.
    group: Option<Box<str>>,
    ids: BTreeSet<String>,
}

impl GroupMembers {
    /// The members as they were read. Empty if the directory does not tell them.
    fn now(grounds: &Grounds<'_>, group: &Key) -> Self {
        let groups = || grounds.snapshot.groups.iter();
        let spelled_so = groups().find(|live| live.key(grounds.catalog) == *group);
        let live = spelled_so.or_else(|| groups().find(|live| live.key(grounds.catalog).may_mean(group)));
        let members = live.and_then(|live| live.members.as_ref());
        let ids = members
            .into_iter()
            .flatten()
            .filter_map(|member| member.reference.id.as_deref());
        Self {
            group: live
                .filter(|live| live.members.is_some())
                .map(|live| live.id.clone()),
            ids: ids.map(str::to_owned).collect(),
        }
    }

    fn after(&self, changes: &[Change]) -> Self {
        let mut ids = self.ids.clone();
        let of_group = changes
            .iter()
            .filter(|change| change.kind == Kind::Group && change.remote_id.is_some())
            .filter(|change| change.remote_id == self.group);
        for change in of_group {
            if change.action == Action::Delete {
                ids.clear();
            }
            let Some(delta) = &change.members else { continue };
            for id in delta.remove.iter().filter_map(|member| member.id.as_deref()) {
                ids.remove(id);
            }
            ids.extend(
                delta
                    .add
                    .iter()
                    .filter_map(|member| match (&member.id, &member.key) {
                        (Some(id), _) => Some(id.to_string()),
                        (None, Some(key)) => Some(key.uncased().to_owned()),
                        (None, None) => None,
                    }),
            );
        }
        Self {
            group: self.group.clone(),
            ids,
        }
    }
}
