//! People whom nothing may touch, and changes that would make two accounts of one person.

use std::collections::{BTreeMap, BTreeSet};

use super::figure::GuardFigure;
use super::grounds::{Account, Grounds};
use super::name::Guard;
use crate::model::well_known::{ACTIVE, EMAILS, EMPLOYEE_NUMBER, EXTERNAL_ID, USER_NAME};
use crate::model::{Key, Kind, Reference, Value, fold};
use crate::plan::change::{Action, Change, Values};
use crate::policy::Policy;

/// Changes of protected people and groups, and groups that protected people would leave.
pub fn protected(changes: &[Change], policy: &Policy) -> GuardFigure {
    let covers = |key: &Key| policy.protect.iter().any(|one| one.covers(key));
    touching(
        changes,
        Guard::Protected,
        |change| covers(&change.key) || old_key(change).is_some_and(|old| covers(&old)),
        |member| member.key.as_ref().is_some_and(covers),
    )
}

/// Changes of the token's own account, and groups that it would leave: the next run could not undo them.
pub fn own_account(changes: &[Change], account: &Account) -> GuardFigure {
    let is_own_id = |id: Option<&str>| account.id.is_some() && id == account.id.as_deref();
    let is_own = |key: &Key| account.keys.contains(key);
    touching(
        changes,
        Guard::OwnAccount,
        |change| {
            is_own_id(change.remote_id.as_deref())
                || is_own(&change.key)
                || old_key(change).is_some_and(|old| is_own(&old))
        },
        |member| is_own_id(member.id.as_deref()) || member.key.as_ref().is_some_and(is_own),
    )
}

/// The key that a rename takes the resource from.
fn old_key(change: &Change) -> Option<Key> {
    change.renamed_from().map(|name| Key::new(change.kind, name))
}

fn touching(
    changes: &[Change],
    guard: Guard,
    is_it: impl Fn(&Change) -> bool,
    is_member: impl Fn(&Reference) -> bool,
) -> GuardFigure {
    let mut cases = Vec::new();
    // To create somebody touches nobody: a first import may hold the protected too.
    for change in changes.iter().filter(|change| change.action != Action::Create) {
        if is_it(change) {
            cases.push(format!("{} {}", change.action.word(), change.key));
            continue;
        }
        let leaving = change
            .members
            .iter()
            .flat_map(|members| &members.remove)
            .filter(|member| is_member(member));
        for key in leaving.filter_map(|member| member.key.as_ref()) {
            cases.push(format!("take {key} out of {}", change.key));
        }
    }
    GuardFigure::of_cases(guard, cases)
}

/// What two accounts of one person have in common.
type Marks = BTreeSet<(&'static str, String)>;

fn marks<'a>(values: impl Iterator<Item = (&'a str, &'a Value)>) -> Marks {
    let mark = |(path, value): (&str, &Value)| {
        let text = value.as_text().filter(|text| !text.is_empty())?;
        match path {
            EXTERNAL_ID => Some((EXTERNAL_ID, text.to_owned())),
            EMPLOYEE_NUMBER => Some((EMPLOYEE_NUMBER, text.to_owned())),
            // Many directories use the address as the name.
            USER_NAME if text.contains('@') => Some((EMAILS, fold(text))),
            _ if path.split('.').next() == Some(EMAILS) && text.contains('@') => Some((EMAILS, fold(text))),
            _ => None,
        }
    };
    values.filter_map(mark).collect()
}

fn marks_of_values(values: &Values) -> Marks {
    marks(
        values
            .iter()
            .filter_map(|(path, value)| Some((&**path, value.as_ref()?))),
    )
}

/// For each new person, the other account that has a mark of theirs.
fn same_person(
    changes: &[Change],
    guard: Guard,
    others: &BTreeMap<(&'static str, String), String>,
) -> GuardFigure {
    let created = changes
        .iter()
        .filter(|change| change.kind == Kind::User && change.action == Action::Create);
    let cases = created.filter_map(|change| {
        let found = marks_of_values(&change.after)
            .into_iter()
            .find_map(|mark| others.get(&mark).map(|other| (mark.0, other)));
        found.map(|(mark, other)| format!("{} and {other} have one {mark}", change.key))
    });
    GuardFigure::of_cases(guard, cases.collect())
}

/// People who would be removed under one name and created under another.
pub fn renamed(changes: &[Change]) -> GuardFigure {
    let removed = changes
        .iter()
        .filter(|change| change.kind == Kind::User && change.action.is_removal());
    let marks = removed.flat_map(|change| {
        marks_of_values(&change.before)
            .into_iter()
            .map(|mark| (mark, change.key.to_string()))
    });
    same_person(changes, Guard::Rename, &marks.collect())
}

/// People who would be created although an inactive account in the directory is theirs.
pub fn rehired(grounds: &Grounds<'_>) -> GuardFigure {
    let active = grounds.catalog.well_known(Kind::User, ACTIVE);
    let inactive = grounds
        .snapshot
        .users
        .iter()
        .filter(|live| live.attributes.get(active) == Some(&Value::Boolean(false)));
    let naming = grounds.catalog.naming(Kind::User);
    let marks = inactive.flat_map(|live| {
        let name = live
            .attributes
            .get(naming)
            .and_then(Value::as_text)
            .unwrap_or(&live.id);
        let name = format!("{} (inactive)", Key::new(Kind::User, name));
        let values = live
            .attributes
            .iter()
            .map(|(id, value)| (&*grounds.catalog.attribute(id).path, value));
        marks(values).into_iter().map(move |mark| (mark, name.clone()))
    });
    same_person(grounds.changes, Guard::Rehire, &marks.collect())
}

/// People whom the last apply left active and the directory has as inactive: somebody took their access away,
/// and no source knows.
pub fn reactivated(grounds: &Grounds<'_>) -> GuardFigure {
    let reactivated = grounds
        .changes
        .iter()
        .filter(|change| change.action == Action::Reactivate);
    let key_then = |change: &Change| old_key(change).unwrap_or_else(|| change.key.clone());
    let cases = reactivated
        .filter(|change| grounds.left_active.contains(&key_then(change)))
        .map(|change| change.key.to_string());
    GuardFigure::of_cases(Guard::Reactivate, cases.collect())
}
