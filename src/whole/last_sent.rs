//! What was last sent to a directory that is written whole, and cannot be read from it.

use std::collections::HashMap;

use crate::model::{Attributes, Key, Member};

/// What was last sent and cannot be read, by key.
#[derive(Clone, Debug, Default)]
pub struct LastSent(HashMap<Key, Untold>);

/// What was sent of one resource.
#[derive(Clone, Debug, Default)]
pub struct Untold {
    /// The attributes of a person that are not told.
    pub attributes: Attributes,
    /// The groups that are in a group.
    pub subgroups: Vec<Member>,
}

impl LastSent {
    /// What was sent of a resource, if anything.
    pub(super) fn of(&self, key: &Key) -> Option<&Untold> {
        self.0.get(key)
    }
}

impl FromIterator<(Key, Untold)> for LastSent {
    fn from_iter<T: IntoIterator<Item = (Key, Untold)>>(sent: T) -> Self {
        Self(sent.into_iter().collect())
    }
}
