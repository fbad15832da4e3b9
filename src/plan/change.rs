//! One change of a plan: what happens to one resource, from what to what, why, and what must come first.
//!
//! Fields are in the order of their names, so that plain serialisation is the canonical form (RFC 8785).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::model::{Key, Kind, Reference, Value, uncased};

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is made.
    Create,
    /// Some of its attributes or members change.
    Update,
    /// `active` becomes false: the person can no longer sign in. Other attributes may change with it.
    Deactivate,
    /// `active` becomes true again. Other attributes may change with it.
    Reactivate,
    /// It is deleted.
    Delete,
}

impl Action {
    /// All actions, most dangerous first: the order in which reviewers read them.
    pub const BY_RISK: [Self; 5] = [
        Self::Delete,
        Self::Deactivate,
        Self::Reactivate,
        Self::Update,
        Self::Create,
    ];

    /// The action's word in the plan file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Deactivate => "deactivate",
            Self::Reactivate => "reactivate",
            Self::Delete => "delete",
        }
    }

    /// Whether the action takes away someone's access or a group.
    pub const fn is_removal(self) -> bool {
        matches!(self, Self::Deactivate | Self::Delete)
    }
}

/// Attribute paths and values. `None` is an attribute without a value.
pub type Values = BTreeMap<Box<str>, Option<Value>>;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What happens.
    pub action: Action,
    /// The attributes that change, with the values that they shall have.
    pub after: Values,
    /// Every attribute that the sources declare on this resource, with the value that was read; for a
    /// removal, every attribute that was read. Drift is a difference from this.
    pub before: Values,
    /// The change's name in this plan: the resource's key, with a suffix where a resource has more than one
    /// change.
    pub id: String,
    /// The resource's key.
    pub key: Key,
    /// Members that join and leave a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<MembersDelta>,
    /// The changes that must be done before this one.
    pub needs: Vec<String>,
    /// Where the sources declare the resource, as `file:line:column`; none for what the sources no longer
    /// declare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Where each changed attribute's value was declared, if not on the line of `origin`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub origins: BTreeMap<Box<str>, String>,
    /// The digest of what shall be there afterwards: `before` with `after` laid over it.
    pub postcondition: Digest,
    /// What must hold just before the change is made.
    pub precondition: Precondition,
    /// Why, in one sentence for people. It explains and decides nothing.
    pub reason: String,
    /// The directory's id of the resource; none for a create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_id: Option<Box<str>>,
    /// Person or group.
    #[serde(rename = "type")]
    pub kind: Kind,
}

/// What a change rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Precondition {
    /// The digest of the values that were read: the id and `before`.
    pub digest: Digest,
    /// The resource's version where the service has one. It explains; the values decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Box<str>>,
}

/// Members that join and leave a group. Never a whole list: what somebody else adds meanwhile stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MembersDelta {
    /// Those who join, by key.
    pub add: Vec<Reference>,
    /// How many members the group has afterwards. Absent if the directory does not tell who is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// How many members the group had. Absent if the directory does not tell who is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// Those who leave, by key.
    pub remove: Vec<Reference>,
}

impl MembersDelta {
    /// The delta of a group that has `before` members; `None` for a number that nobody knows. There is no
    /// delta if nobody joins or leaves.
    pub(crate) fn of(
        before: Option<usize>,
        mut add: Vec<Reference>,
        mut remove: Vec<Reference>,
    ) -> Option<Self> {
        if add.is_empty() && remove.is_empty() {
            return None;
        }
        for references in [&mut add, &mut remove] {
            references.sort_by(|left, right| (&left.key, &left.id).cmp(&(&right.key, &right.id)));
            references.dedup();
        }
        let before = before.map(|before| before as u64);
        Some(Self {
            after: before.map(|before| before + add.len() as u64 - remove.len() as u64),
            add,
            before,
            remove,
        })
    }

    /// The delta of a group that is deleted: all members leave. `None` if the group has no members.
    pub(crate) fn of_deleted(mut members: Vec<Reference>) -> Option<Self> {
        members.sort();
        (!members.is_empty()).then(|| Self {
            add: Vec::new(),
            after: Some(0),
            before: Some(members.len() as u64),
            remove: members,
        })
    }
}

/// The content of a new [`Change`].
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The action.
    pub action: Action,
    /// The attributes that change, with the values that they shall have.
    pub after: Values,
    /// The values that were read, as [`Change::before`] has them.
    pub before: Values,
    /// The resource's key.
    pub key: Key,
    /// Members that join and leave a group.
    pub members: Option<MembersDelta>,
    /// Where the sources declare the resource, as `file:line:column`.
    pub origin: Option<String>,
    /// Where each changed attribute's value was declared, if not on the line of `origin`.
    pub origins: BTreeMap<Box<str>, String>,
    /// The reason, in one sentence for people.
    pub reason: String,
    /// The directory's id of the resource; `None` for a create.
    pub remote_id: Option<Box<str>>,
    /// The resource's version, if the service has versions.
    pub version: Option<Box<str>>,
}

impl Change {
    /// A change of a resource. Its `needs` are empty until [`super::order::order`] writes them.
    pub(crate) fn new(proposal: Proposal) -> Self {
        Self::with_id(proposal.key.id(), proposal)
    }

    /// A change that makes one part of what a resource needs. Another change makes the rest.
    pub(super) fn part(part: &str, proposal: Proposal) -> Self {
        Self::with_id(format!("{}#{part}", proposal.key.id()), proposal)
    }

    fn with_id(id: String, proposal: Proposal) -> Self {
        let Proposal {
            action,
            after,
            before,
            key,
            members,
            origin,
            origins,
            reason,
            remote_id,
            version,
        } = proposal;
        let left = laid_over(action, &before, &after);
        Self {
            precondition: Precondition {
                digest: state_digest(remote_id.as_deref(), &before),
                version,
            },
            postcondition: state_digest(remote_id.as_deref(), &left),
            action,
            after,
            before,
            id,
            kind: key.kind,
            key,
            members,
            needs: Vec::new(),
            origin,
            origins,
            reason,
            remote_id,
        }
    }

    /// Takes an attribute out of the change. Returns its value and where the value was declared.
    pub(crate) fn take(&mut self, path: &str) -> (Option<Value>, Option<String>) {
        let taken = (self.after.remove(path).flatten(), self.origins.remove(path));
        self.follow_values();
        taken
    }

    /// Leaves out members who join or leave, so that they stay as they are.
    pub(crate) fn leave_members(&mut self, left: &[Reference]) {
        let Some(delta) = self.members.take() else { return };
        let MembersDelta {
            mut add,
            mut remove,
            before,
            ..
        } = delta;
        let goes_on = |member: &Reference| !left.iter().any(|one| one.same_target(member));
        add.retain(goes_on);
        remove.retain(goes_on);
        let (joining, leaving) = (add.len() as u64, remove.len() as u64);
        self.members = (joining + leaving > 0).then(|| MembersDelta {
            add,
            after: before.map(|before| (before + joining).saturating_sub(leaving)),
            before,
            remove,
        });
    }

    /// Makes the change rest on the values that an earlier change of the resource leaves.
    pub(crate) fn rest_on(&mut self, values: Values) {
        self.before.extend(values);
        self.follow_values();
    }

    fn follow_values(&mut self) {
        self.precondition.digest = state_digest(self.remote_id.as_deref(), &self.before);
        self.postcondition = state_digest(self.remote_id.as_deref(), &self.values_after());
    }

    /// Whether the digests fit the values.
    pub(super) fn digests_hold(&self) -> bool {
        let id = self.remote_id.as_deref();
        self.precondition.digest == state_digest(id, &self.before)
            && self.postcondition == state_digest(id, &self.values_after())
    }

    /// The values afterwards: `before` overlaid with `after`. Empty for a delete.
    pub(crate) fn values_after(&self) -> Values {
        laid_over(self.action, &self.before, &self.after)
    }

    /// What happens to the resource itself. `None` if only members change, or if a name is only kept free for
    /// the other one of a swap.
    pub fn own_action(&self) -> Option<Action> {
        let has_only_members = self.members.is_some() && self.after.is_empty();
        let is_own = self.action != Action::Update || !(has_only_members || self.is_step_between());
        is_own.then_some(self.action)
    }

    /// How many memberships begin and end. Those of a group that is deleted do not count.
    pub fn memberships(&self) -> u64 {
        let members = self.members.iter().filter(|_| self.action != Action::Delete);
        members
            .map(|members| (members.add.len() + members.remove.len()) as u64)
            .sum()
    }

    /// Whether the change takes away somebody's access, a group, or members of a group.
    pub fn takes_away(&self) -> bool {
        self.action.is_removal()
            || self
                .members
                .as_ref()
                .is_some_and(|delta| !delta.remove.is_empty())
    }

    /// Where a changed attribute's value was declared.
    pub(crate) fn origin_of(&self, path: &str) -> Option<&str> {
        self.origins
            .get(path)
            .or(self.origin.as_ref())
            .map(String::as_str)
    }

    /// The name that the directory holds, if the key has other capitals and the change leaves it so.
    pub(crate) fn spelled_there(&self) -> Option<&str> {
        let naming = self.kind.naming_attribute();
        let held = self.before.get(naming)?.as_ref()?.as_text()?;
        let is_other = *held != *self.key.name && uncased(held) == self.key.uncased();
        (is_other && !self.after.contains_key(naming)).then_some(held)
    }

    /// The name that the resource has before a rename, for people. `None` if the change does not rename it.
    pub fn renamed_from(&self) -> Option<&str> {
        let naming = self.kind.naming_attribute();
        self.after.get(naming)?;
        self.before.get(naming)?.as_ref()?.as_text()
    }
}

fn laid_over(action: Action, before: &Values, after: &Values) -> Values {
    if action == Action::Delete {
        return Values::new();
    }
    let mut values = before.clone();
    values.extend(after.clone());
    values
}

/// The content of the digest of a precondition or a postcondition. The fields are in the order of their
/// names.
#[derive(Serialize)]
struct ResourceState<'a> {
    attributes: &'a Values,
    id: Option<&'a str>,
}

fn state_digest(id: Option<&str>, attributes: &Values) -> Digest {
    Digest::of(&ResourceState { attributes, id })
}
