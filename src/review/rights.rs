//! The rights that people get by a plan, and the order in which reviewers read changes.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::words::{name, thousands};
use crate::escape::Escaped;
use crate::model::Kind;
use crate::plan::privilege::{joining, roles_gained};
use crate::plan::{Action, Change, Plan, guard};

/// The number of people who are named for a right that neither `min_admins` nor `protect` names.
const NAMED: usize = 10;

/// A right, and who gets it.
pub(super) struct Right {
    /// What somebody gets, escaped: `role "admin"`, `group:Admins`.
    pub(super) what: String,
    /// How many people get it.
    pub(super) count: u64,
    /// The people who are named, escaped. Of a right that the policy names, all.
    pub(super) who: Vec<String>,
}

impl Right {
    /// `role "admin" for 2`
    pub(super) fn heading(&self) -> String {
        format!("{} for {}", self.what, thousands(self.count))
    }

    /// The names, and how many more there are.
    pub(super) fn names(&self) -> Vec<String> {
        let more = self.count - self.who.len() as u64;
        let more = (more > 0).then(|| format!("{} more", thousands(more)));
        self.who.iter().cloned().chain(more).collect()
    }
}

/// The rights that a plan gives: roles, and memberships of groups that `min_admins` or `protect` names. What
/// the policy names comes first, then what the fewest people get.
pub(super) fn rights(plan: &Plan) -> Vec<Right> {
    let privileges = &plan.header.privileges;
    let mut found: BTreeMap<String, (bool, Vec<String>)> = BTreeMap::new();
    for change in &plan.changes {
        for role in roles_gained(change) {
            let is_named = privileges.roles.iter().any(|known| known == role);
            let right = found.entry(format!("role \"{}\"", Escaped(role))).or_default();
            right.0 |= is_named;
            right.1.push(change.key.to_string());
        }
        if privileges.groups.contains(&change.key) && !joining(change).is_empty() {
            let right = found.entry(change.key.to_string()).or_default();
            right.0 = true;
            right.1.extend(joining(change).iter().map(name));
        }
    }
    let mut rights: Vec<_> = found
        .into_iter()
        .map(|(what, (is_named, mut who))| {
            let count = who.len() as u64;
            if !is_named {
                who.truncate(NAMED);
            }
            (!is_named, Right { what, count, who })
        })
        .collect();
    rights.sort_by_key(|(is_plain, right)| (*is_plain, right.count));
    rights.into_iter().map(|(_, right)| right).collect()
}

/// The changes of an action with their numbers in the plan, the most dangerous first: groups before people
/// where they are deleted; elsewhere rights, then identities, then memberships, then the rest.
pub(super) fn by_risk(plan: &Plan, action: Action) -> Vec<(usize, &Change)> {
    let changes = plan.changes.iter().enumerate();
    let mut changes: Vec<_> = changes.filter(|(_, change)| change.action == action).collect();
    changes.sort_by_key(|(_, change)| Reverse(risk(plan, change)));
    changes
}

/// How dangerous a change is among those of its action; the highest number first.
pub(super) fn risk(plan: &Plan, change: &Change) -> u8 {
    let gives_privilege = plan.header.privileges.groups.contains(&change.key) && !joining(change).is_empty();
    match change.action {
        Action::Delete | Action::Deactivate => u8::from(change.kind == Kind::Group),
        _ if gives_privilege || !roles_gained(change).is_empty() => 3,
        Action::Update | Action::Reactivate if change.after.keys().any(|path| guard::is_identity(path)) => 2,
        _ => u8::from(change.action != Action::Create && change.members.is_some()),
    }
}
