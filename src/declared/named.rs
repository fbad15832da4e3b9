//! Groups that exist because rows of people name them: a column of groups with `declare: true`.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::diagnostics::Origin;
use crate::model::uncased;

/// The groups that rows name, each with its spellings. [`crate::desired`] makes rows of them.
#[derive(Debug, Default)]
pub(crate) struct NamedGroups {
    /// By name without capitals.
    pub(crate) groups: HashMap<String, NamedGroup>,
}

#[derive(Debug)]
pub(crate) struct NamedGroup {
    /// The first place.
    pub(crate) origin: Origin,
    /// How often each spelling stands in the sources. They differ in capitals alone.
    spellings: BTreeMap<Box<str>, u64>,
}

impl NamedGroup {
    /// The most frequent spelling; of several, the first by its letters. So the order of the rows does not
    /// matter.
    pub(crate) fn spelling(&self) -> &str {
        let most = self.spellings.values().max();
        let found = self.spellings.iter().find(|(_, count)| Some(*count) == most);
        found.map_or("", |(spelling, _)| spelling)
    }
}

impl NamedGroups {
    /// Adds a name at a place.
    pub(crate) fn add(&mut self, name: &str, origin: Origin) {
        let group = self
            .groups
            .entry_ref(&*uncased(name))
            .or_insert_with(|| NamedGroup {
                origin,
                spellings: BTreeMap::new(),
            });
        group.origin = group.origin.min(origin);
        match group.spellings.get_mut(name) {
            Some(count) => *count += 1,
            None => {
                group.spellings.insert(name.into(), 1);
            }
        }
    }
}
