//! The members of groups whom a source names and no source declares. A plan leaves these memberships as they
//! are, so they are no drift either.

use std::collections::{HashMap, HashSet};

use crate::desired::{Desired, ReferenceRole};
use crate::model::{Catalog, Key, Kind, Snapshot};

/// The undeclared members that the sources name, by group.
pub(super) struct LostMembers<'a>(HashMap<&'a Key, HashSet<Key>>);

impl<'a> LostMembers<'a> {
    /// Finds whom the names mean. A name may be an `externalId`, which only the directory knows.
    pub(super) fn find(desired: &'a Desired, snapshot: &Snapshot, catalog: &Catalog) -> Self {
        let mut groups_of: HashMap<&Key, Vec<&Key>> = HashMap::new();
        let mut members: HashMap<&Key, HashSet<Key>> = HashMap::new();
        let lost = desired.lost.iter();
        for lost in lost.filter(|lost| lost.role == ReferenceRole::Member) {
            for target in &lost.targets {
                groups_of.entry(target).or_default().push(&lost.holder);
                members.entry(&lost.holder).or_default().insert(target.clone());
            }
        }
        if groups_of.is_empty() {
            return Self(members);
        }
        for live in Kind::ALL.into_iter().flat_map(|kind| snapshot.of(kind)) {
            for name in live.names(catalog) {
                for group in groups_of.get(&name).into_iter().flatten() {
                    let of_group = members.entry(*group).or_default();
                    of_group.insert(live.key(catalog));
                }
            }
        }
        Self(members)
    }

    /// Whether a group names a member whom no source declares.
    pub(super) fn has(&self, group: &Key, member: Option<&Key>) -> bool {
        let named = self.0.get(group);
        member.is_some_and(|member| named.is_some_and(|named| named.contains(member)))
    }
}
