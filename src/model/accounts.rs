//! The people and groups that are ours, by the directory's id.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Key, Kind, Kinds};

/// The declared name of each managed person or group, by the directory's id.
type NamesById = BTreeMap<Box<str>, Box<str>>;

/// The people and groups that are managed: an applied plan paired their live accounts with a declaration, or
/// created them. An account stays managed when its declaration goes, until it is deleted. So whoever was
/// never declared is never taken for somebody who left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ManagedAccounts {
    by_id: Kinds<NamesById>,
    /// Names of those who have left, and whom the sources still name as somebody's manager or as a member.
    /// They are no mistakes. They stand elsewhere in a record.
    #[serde(skip)]
    departed: BTreeSet<Key>,
}

impl ManagedAccounts {
    /// Whether nobody is managed.
    pub fn is_empty(&self) -> bool {
        Kind::ALL.iter().all(|kind| self.of(*kind).is_empty())
    }

    /// The declared names of a kind, by the directory's id.
    pub fn of(&self, kind: Kind) -> &NamesById {
        self.by_id.of(kind)
    }

    /// Whether the account with an id is managed.
    pub fn has(&self, kind: Kind, id: &str) -> bool {
        self.of(kind).contains_key(id)
    }

    /// Adds an account, with the name under which it is declared.
    pub fn add(&mut self, id: Box<str>, key: &Key) {
        self.of_mut(key.kind).insert(id, key.name.clone());
    }

    /// Adds accounts. A name replaces an earlier one of the same account.
    pub fn extend(&mut self, other: Self) {
        let Kinds { users, groups } = other.by_id;
        self.by_id.users.extend(users);
        self.by_id.groups.extend(groups);
        self.departed.extend(other.departed);
    }

    /// Takes an account out.
    pub fn forget(&mut self, kind: Kind, id: &str) {
        self.of_mut(kind).remove(id);
    }

    /// The names of those who have left and whom the sources still name.
    pub(crate) const fn departed(&self) -> &BTreeSet<Key> {
        &self.departed
    }

    /// Notes the names of those who have left, and forgets those that it knew.
    pub(crate) fn set_departed(&mut self, names: BTreeSet<Key>) {
        self.departed = names;
    }

    /// Keeps the accounts of which a condition holds.
    pub fn retain(&mut self, mut keeps: impl FnMut(Kind, &str) -> bool) {
        for kind in Kind::ALL {
            self.of_mut(kind).retain(|id, _| keeps(kind, id));
        }
    }

    fn of_mut(&mut self, kind: Kind) -> &mut NamesById {
        match kind {
            Kind::User => &mut self.by_id.users,
            Kind::Group => &mut self.by_id.groups,
        }
    }
}
