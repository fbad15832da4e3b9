//! Groups that would lose their people, and the administrators who must stay.

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, Guard, GuardFigure, History};
use crate::model::well_known::{ACTIVE, ROLES};
use crate::model::{AttributeId, Catalog, Key, Kind, Value};
use crate::plan::{Action, Change, MembersDelta};
use crate::project::{Admins, MinAdmins};

/// From this size on, a group that loses more than a quarter is refused.
const LARGE: u64 = 10;

/// The groups that stay, with the members that they lose.
pub fn losses(changes: &[Change]) -> impl Iterator<Item = (&Change, &MembersDelta)> {
    let kept = changes
        .iter()
        .filter(|change| change.kind == Kind::Group && change.action != Action::Delete);
    kept.filter_map(|change| {
        Some((
            change,
            change
                .members
                .as_ref()
                .filter(|members| !members.remove.is_empty())?,
        ))
    })
}

/// Groups that stay and would have no members left.
pub fn emptied(changes: &[Change]) -> GuardFigure {
    let cases = losses(changes).filter(|(_, members)| members.after == 0);
    let cases = cases.map(|(change, members)| {
        format!(
            "{} loses {} of {}",
            change.key,
            members.remove.len(),
            members.before
        )
    });
    GuardFigure::of_cases(Guard::GroupEmptied, cases.collect())
}

/// Large groups that would lose more than a quarter of their members, what they lost in the last days
/// included. Those that are emptied have a guard of their own.
pub fn shrunk(changes: &[Change], history: &History) -> GuardFigure {
    let cases = losses(changes).filter_map(|(change, members)| {
        let earlier = change
            .remote_id
            .as_deref()
            .and_then(|id| history.members.get(id))
            .copied()
            .unwrap_or(0);
        let (lost, before) = (members.remove.len() as u64 + earlier, members.before + earlier);
        if members.after == 0 || before < LARGE || lost * 4 <= before {
            return None;
        }
        let when = if earlier > 0 {
            format!(", with {earlier} of the last 7 days")
        } else {
            String::new()
        };
        Some(format!("{} loses {lost} of {before}{when}", change.key))
    });
    GuardFigure::of_cases(Guard::GroupShrunk, cases.collect())
}

/// Whether the plan takes the number of active administrators below the least that must stay. The figure
/// counts those who are missing.
pub fn last_admins(facts: &Facts<'_>) -> GuardFigure {
    let mut figure = GuardFigure::of_cases(Guard::LastAdmins, Vec::new());
    for rule in &facts.policy.min_admins {
        let people = People::read(facts);
        let (before, after) = match &rule.admins {
            Admins::Group(group) => of_group(facts, &people, group),
            Admins::Role(role) => (
                people.with_role(role, When::Before),
                people.with_role(role, When::After),
            ),
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
        Admins::Role(name) => format!("role {}", crate::escape::Escaped(name)),
    };
    format!(
        "{who}: {before} active now, {after} afterwards, and {} must stay",
        rule.count
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    After,
}

/// Activity and roles of all people, by id or, for those who are new, by key; now and after the plan.
struct People<'a> {
    now: BTreeMap<String, Person<'a>>,
    then: BTreeMap<String, Person<'a>>,
}

#[derive(Clone, Copy)]
struct Person<'a> {
    active: bool,
    roles: Option<&'a Value>,
}

impl<'a> People<'a> {
    fn read(facts: &Facts<'a>) -> Self {
        let (active, roles) = (
            facts.catalog.well_known(Kind::User, ACTIVE),
            roles_of(facts.catalog),
        );
        let person = |live: &'a crate::model::Live| Person {
            active: live.attributes.get(active) != Some(&Value::Boolean(false)),
            roles: roles.and_then(|roles| live.attributes.get(roles)),
        };
        let now: BTreeMap<_, _> = facts
            .snapshot
            .users
            .iter()
            .map(|live| (live.id.to_string(), person(live)))
            .collect();
        let mut then = now.clone();
        for change in facts.changes.iter().filter(|change| change.kind == Kind::User) {
            let name = change
                .remote_id
                .as_ref()
                .map_or_else(|| change.key.folded().to_owned(), ToString::to_string);
            if change.action == Action::Delete {
                then.remove(&name);
                continue;
            }
            let person = then.entry(name).or_insert(Person {
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
        Self { now, then }
    }

    fn at(&self, when: When) -> &BTreeMap<String, Person<'a>> {
        match when {
            When::Before => &self.now,
            When::After => &self.then,
        }
    }

    fn with_role(&self, role: &str, when: When) -> u64 {
        let has = |person: &Person<'_>| match person.roles {
            Some(Value::List(roles)) => roles.iter().any(|one| one.as_text() == Some(role)),
            Some(one) => one.as_text() == Some(role),
            None => false,
        };
        self.at(when)
            .values()
            .filter(|person| person.active && has(person))
            .count() as u64
    }

    fn active_among(&self, names: &BTreeSet<String>, when: When) -> u64 {
        let people = self.at(when);
        names
            .iter()
            .filter(|name| people.get(*name).is_some_and(|person| person.active))
            .count() as u64
    }
}

fn roles_of(catalog: &Catalog) -> Option<AttributeId> {
    catalog.find(Kind::User, ROLES).ok().map(|attribute| attribute.id)
}

/// How many active people are directly in a group, now and after the plan.
fn of_group(facts: &Facts<'_>, people: &People<'_>, group: &Key) -> (u64, u64) {
    let naming = facts.catalog.naming(Kind::Group);
    let is_it = |live: &&crate::model::Live| {
        live.attributes
            .get(naming)
            .and_then(Value::as_text)
            .is_some_and(|name| Key::new(Kind::Group, name) == *group)
    };
    let Some(live) = facts.snapshot.groups.iter().find(is_it) else {
        return (0, 0);
    };
    let Some(held) = &live.members else { return (0, 0) };
    let before: BTreeSet<String> = held
        .iter()
        .filter_map(|member| member.reference.id.as_deref())
        .map(str::to_owned)
        .collect();
    let mut after = before.clone();
    for change in facts
        .changes
        .iter()
        .filter(|change| change.kind == Kind::Group && change.remote_id.as_ref() == Some(&live.id))
    {
        if change.action == Action::Delete {
            after.clear();
        }
        let Some(members) = &change.members else { continue };
        for id in members.remove.iter().filter_map(|one| one.id.as_deref()) {
            after.remove(id);
        }
        after.extend(members.add.iter().filter_map(|one| match (&one.id, &one.key) {
            (Some(id), _) => Some(id.to_string()),
            (None, Some(key)) => Some(key.folded().to_owned()),
            _ => None,
        }));
    }
    (
        people.active_among(&before, When::Before),
        people.active_among(&after, When::After),
    )
}
