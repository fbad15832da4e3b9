//! Adapts the configuration's rules to a service that cannot follow them, and tells the user about it before
//! the plan.

use super::removable::{deletes_groups, deletes_people};
use crate::desired::Desired;
use crate::dialect::{Dialect, MembershipQuestion};
use crate::policy::Policy;
use crate::project::Absent;

/// The rules with a weaker `absent` where the service cannot delete: people are deactivated, and groups stay.
#[must_use]
pub(crate) fn within_rules(mut policy: Policy, dialect: &Dialect) -> Policy {
    if deactivates_instead(&policy, dialect) {
        policy.users.absent = Absent::Deactivate;
    }
    if leaves_groups(&policy, dialect) {
        policy.groups.absent = Absent::Keep;
    }
    policy
}

fn deactivates_instead(asked: &Policy, dialect: &Dialect) -> bool {
    asked.users.absent == Absent::Delete && !deletes_people(dialect)
}

fn leaves_groups(asked: &Policy, dialect: &Dialect) -> bool {
    asked.groups.absent == Absent::Delete && !deletes_groups(dialect)
}

/// What the user should know of this service before the plan, in sentences.
pub fn notes(asked: &Policy, desired: &Desired, dialect: &Dialect) -> Vec<String> {
    let name = &dialect.name;
    let mut notes = Vec::new();
    if deactivates_instead(asked, dialect) {
        notes.push(format!(
            "{name} does not delete people: the plan deactivates them instead"
        ));
    }
    if leaves_groups(asked, dialect) {
        notes.push(format!("{name} does not delete groups: the plan leaves them"));
    }
    if desired.groups.iter().any(|group| group.members.is_some()) && dialect.hides_members() {
        notes.extend(of_hidden_members(dialect));
    }
    notes
}

/// The note about groups that come without their members; `None` if the service can be asked for all members.
fn of_hidden_members(dialect: &Dialect) -> Option<String> {
    let name = &dialect.name;
    match dialect
        .membership
        .ask
        .as_ref()
        .map(MembershipQuestion::tells_everybody)
    {
        Some(true) => None,
        Some(false) => Some(format!(
            "{name} does not tell who is in a group: members that neither a source lists nor the last apply \
             left \
             are not seen, and stay"
        )),
        None => Some(format!(
            "{name} does not tell who is in a group, so nothing can be verified: what the last apply left \
             is taken \
             for it, and where there is none, every declared member is added and nobody is removed"
        )),
    }
}
