//! How many people a plan creates, removes and changes.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::cases::loses_last_group;
use super::figure::GuardFigure;
use super::grounds::Grounds;
use super::limit::allowed;
use super::name::Guard;
use crate::model::{Kind, Reference, well_known};
use crate::plan::change::{Action, Change};

/// Whether a guard counts a change, judged by the change alone.
fn counts(guard: Guard, change: &Change) -> bool {
    let is_person = change.kind == Kind::User;
    let changes = matches!(change.action, Action::Update | Action::Reactivate);
    match guard {
        Guard::Create => is_person && change.action == Action::Create,
        Guard::Remove => change.action.is_removal(),
        Guard::Identity => is_person && changes && change.after.keys().any(|path| is_identity(path)),
        Guard::Update => is_person && changes,
        _ => false,
    }
}

/// How many people or groups a guard counts. A resource with several changes, as in a swap of names, counts
/// once.
pub(crate) fn count(guard: Guard, changes: &[Change]) -> u64 {
    let counted = changes.iter().filter(|change| counts(guard, change));
    counted
        .map(|change| (change.kind, change.remote_id.as_deref().unwrap_or(&change.id)))
        .collect::<HashSet<_>>()
        .len() as u64
}

/// Whether an attribute says who a person is or what they may do.
pub(crate) fn is_identity(path: &str) -> bool {
    let root = path.split('.').next().unwrap_or(path);
    [
        well_known::USER_NAME,
        well_known::EXTERNAL_ID,
        well_known::EMAILS,
        well_known::ACTIVE,
        well_known::ROLES,
    ]
    .contains(&root)
}

/// The figure of a guard that counts changes.
pub(crate) fn counted(guard: Guard, grounds: &Grounds<'_>) -> GuardFigure {
    figure(guard, grounds, count(guard, grounds.changes))
}

/// Deletions, deactivations, and people who lose their last group. In a directory that grants access by
/// group, losing the last group is a removal.
pub(crate) fn removals(grounds: &Grounds<'_>) -> GuardFigure {
    let removed = count(Guard::Remove, grounds.changes);
    let groupless = groupless(grounds);
    figure(Guard::Remove, grounds, removed + groupless.len() as u64)
        .naming(groupless.iter().map(|who| loses_last_group(who)).collect())
}

fn figure(guard: Guard, grounds: &Grounds<'_>, count: u64) -> GuardFigure {
    GuardFigure {
        count,
        earlier: grounds.history.earlier(guard),
        guard: guard.word().to_owned(),
        limit: allowed(&grounds.policy.limits, guard, grounds.managed_users),
        of: grounds.managed_users,
        ..GuardFigure::default()
    }
}

/// The people who lose their last group by the plan and are not removed themselves.
fn groupless(grounds: &Grounds<'_>) -> Vec<String> {
    let id = |reference: &Reference| {
        let is_person = reference.key.as_ref().is_none_or(|key| key.kind == Kind::User);
        reference.id.clone().filter(|_| is_person)
    };
    let mut leaving: BTreeMap<Box<str>, String> = BTreeMap::new();
    let mut balance: HashMap<Box<str>, i64> = HashMap::new();
    for members in grounds
        .changes
        .iter()
        .filter_map(|change| change.members.as_ref())
    {
        for member in &members.remove {
            let Some(id) = id(member) else { continue };
            leaving.entry(id.clone()).or_insert_with(|| {
                member
                    .key
                    .as_ref()
                    .map_or_else(|| id.to_string(), ToString::to_string)
            });
            *balance.entry(id).or_default() -= 1;
        }
        for id in members.add.iter().filter_map(id) {
            *balance.entry(id).or_default() += 1;
        }
    }
    for change in grounds.changes.iter().filter(|change| change.action.is_removal()) {
        if let Some(id) = &change.remote_id {
            leaving.remove(id);
        }
    }
    if leaving.is_empty() {
        return Vec::new();
    }
    for member in grounds
        .snapshot
        .groups
        .iter()
        .filter_map(|group| group.members.as_ref())
        .flatten()
    {
        if let Some(id) = member
            .reference
            .id
            .as_ref()
            .filter(|id| leaving.contains_key(*id))
        {
            *balance.entry(id.clone()).or_default() += 1;
        }
    }
    leaving
        .into_iter()
        .filter(|(id, _)| balance.get(id).is_some_and(|left| *left <= 0))
        .map(|(_, name)| name)
        .collect()
}
