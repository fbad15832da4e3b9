//! The live resources by the name that they have, and by the one under which they are managed.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;

use crate::matching::Index;
use crate::model::{Key, Kind, uncased};
use crate::plan::draft::DraftBasis;

/// The live resources of both kinds by name. They are indexed when somebody is held.
#[derive(Default)]
pub(super) struct OwnNames<'a> {
    users: OnceCell<LiveNames<'a>>,
    groups: OnceCell<LiveNames<'a>>,
}

/// The live resources of a kind by the name that they have, and by the one under which they are managed.
pub(super) struct LiveNames<'a> {
    live: Index<'a>,
    recorded: HashMap<Cow<'a, str>, Vec<usize>>,
}

impl<'a> OwnNames<'a> {
    pub(super) fn of(&self, basis: &'a DraftBasis<'a>, kind: Kind) -> &LiveNames<'a> {
        let names = match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        };
        names.get_or_init(|| LiveNames::of(basis, kind))
    }
}

impl<'a> LiveNames<'a> {
    fn of(basis: &'a DraftBasis<'a>, kind: Kind) -> Self {
        let (rows, accounts) = (basis.snapshot.of(kind), basis.accounts.of(kind));
        let mut recorded: HashMap<Cow<'a, str>, Vec<usize>> = HashMap::new();
        for (place, live) in rows.iter().enumerate() {
            if let Some(name) = accounts.get(&live.id) {
                recorded.entry(uncased(name)).or_default().push(place);
            }
        }
        Self {
            live: Index::new(basis.catalog, basis.catalog.naming(kind), rows),
            recorded,
        }
    }

    /// Where the live resources are that are managed under a name.
    pub(super) fn recorded(&self, key: &Key) -> impl Iterator<Item = usize> {
        self.recorded.get(key.uncased()).into_iter().flatten().copied()
    }

    /// Where the live resources are that have a name, or are managed under it.
    pub(super) fn places(&self, key: &Key) -> impl Iterator<Item = usize> {
        let named = self.live.find(&key.name).iter();
        named.map(|place| *place as usize).chain(self.recorded(key))
    }
}
