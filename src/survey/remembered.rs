//! The members that the last apply left in groups whose members the directory does not tell.

use std::collections::BTreeMap;

use crate::model::{Key, Reference};

/// The members of each group after the last apply.
#[derive(Debug, Default)]
pub(crate) struct Remembered(BTreeMap<Key, Vec<Reference>>);

impl FromIterator<(Key, Vec<Reference>)> for Remembered {
    fn from_iter<I: IntoIterator<Item = (Key, Vec<Reference>)>>(groups: I) -> Self {
        Self(groups.into_iter().collect())
    }
}

impl Remembered {
    /// Whether no group is known.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the last apply left members in a group.
    pub(super) fn has_members(&self, group: &Key) -> bool {
        self.0.get(group).is_some_and(|members| !members.is_empty())
    }

    /// The members of each group, by the group's key.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Key, &Vec<Reference>)> {
        self.0.iter()
    }
}
