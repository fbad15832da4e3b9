//! Protected people, and changes that would make two accounts for one person.

use std::collections::{BTreeMap, BTreeSet};

use super::figure::GuardFigure;
use super::grounds::{Account, Grounds};
use super::name::Guard;
use crate::model::well_known::{ACTIVE, EMAILS, EMPLOYEE_NUMBER, EXTERNAL_ID, USER_NAME};
use crate::model::{Key, Kind, Reference, Value, fold};
use crate::plan::change::{Action, Change, Values};
use crate::policy::Policy;

/// Changes of protected people and groups, and groups that protected people would leave.
pub(crate) fn protected(changes: &[Change], policy: &Policy) -> GuardFigure {
    let covers = |key: &Key| policy.protects(key);
    touching(
        changes,
        Guard::Protected,
        |change| covers(&change.key) || old_key(change).is_some_and(|old| covers(&old)),
        |member| member.key.as_ref().is_some_and(covers),
    )
}

/// Changes of the token's own account, and groups that it would leave. The next run could not undo them.
pub(crate) fn own_account(changes: &[Change], account: &Account) -> GuardFigure {
    let is_own_id = |id: Option<&str>| account.id.is_some() && id == account.id.as_deref();
    let is_own = |key: &Key| account.keys.iter().any(|own| own.may_mean(key));
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

/// The key that the resource has before a rename.
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
    // A create changes no protected person, because a first import may create them.
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

/// A value that two accounts of one person have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Mark {
    pub(super) attribute: &'static str,
    value: String,
}

impl Mark {
    fn of(path: &str, value: &Value) -> Option<Self> {
        let text = value.as_text().filter(|text| !text.is_empty())?;
        let is_address = text.contains('@');
        match path {
            EXTERNAL_ID => Some(Self::new(EXTERNAL_ID, text.to_owned())),
            EMPLOYEE_NUMBER => Some(Self::new(EMPLOYEE_NUMBER, text.to_owned())),
            // Many directories use the address as the name.
            USER_NAME if is_address => Some(Self::new(EMAILS, fold(text))),
            _ if is_address && path.split('.').next() == Some(EMAILS) => Some(Self::new(EMAILS, fold(text))),
            _ => None,
        }
    }

    const fn new(attribute: &'static str, value: String) -> Self {
        Self { attribute, value }
    }

    pub(super) fn all_of(values: &Values) -> BTreeSet<Self> {
        let marks = values
            .iter()
            .filter_map(|(path, value)| Self::of(path, value.as_ref()?));
        marks.collect()
    }
}

/// The first mark of a new person that somebody else has.
pub(super) fn shared_mark(new: &Change, has: impl Fn(&Mark) -> bool) -> Option<Mark> {
    Mark::all_of(&new.after).into_iter().find(has)
}

/// For each new person, the account in `accounts` that has the same mark.
fn same_person(changes: &[Change], guard: Guard, accounts: &BTreeMap<Mark, String>) -> GuardFigure {
    let created = changes
        .iter()
        .filter(|change| change.kind == Kind::User && change.action == Action::Create);
    let cases = created.filter_map(|change| {
        let shared = shared_mark(change, |mark| accounts.contains_key(mark))?;
        Some(format!(
            "{} and {} have one {}",
            change.key, accounts[&shared], shared.attribute
        ))
    });
    GuardFigure::of_cases(guard, cases.collect())
}

/// People who would be created although they have an inactive account in the directory.
pub(crate) fn rehired(grounds: &Grounds<'_>) -> GuardFigure {
    let active = grounds.catalog.well_known(Kind::User, ACTIVE);
    let inactive = grounds
        .snapshot
        .users
        .iter()
        .filter(|live| live.is_inactive(active));
    let marks = inactive.flat_map(|live| {
        let name = format!("{} (inactive)", live.key(grounds.catalog));
        let values = live
            .attributes
            .iter()
            .map(|(id, value)| (&*grounds.catalog.attribute(id).path, value));
        let marks = values.filter_map(|(path, value)| Mark::of(path, value));
        marks.map(move |mark| (mark, name.clone()))
    });
    same_person(grounds.changes, Guard::Rehire, &marks.collect())
}

/// People whom the last apply left active and whom the plan reactivates: somebody deactivated them since, and
/// the sources do not say so.
pub(crate) fn reactivated(grounds: &Grounds<'_>) -> GuardFigure {
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
