//! The values that were last sent to a directory that is written in one request, and that cannot be read
//! back.

use std::collections::HashMap;

use crate::model::{Attributes, Key, Member};

/// The last sent values that cannot be read back, by key.
#[derive(Clone, Debug, Default)]
pub struct LastSent(HashMap<Key, Untold>);

/// The last sent values of one resource.
#[derive(Clone, Debug, Default)]
pub(crate) struct Untold {
    /// The attributes of a person that cannot be read back.
    pub attributes: Attributes,
    /// The groups inside a group.
    pub subgroups: Vec<Member>,
}

impl LastSent {
    /// The last sent values of a resource, if there are any.
    pub(super) fn of(&self, key: &Key) -> Option<&Untold> {
        self.0.get(key)
    }
}

impl FromIterator<(Key, Untold)> for LastSent {
    fn from_iter<T: IntoIterator<Item = (Key, Untold)>>(sent: T) -> Self {
        Self(sent.into_iter().collect())
    }
}
