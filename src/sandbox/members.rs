//! Who is in which group. Rows of their own, both ways, so that one member more costs one row, and a group of 100,000 is not
//! rewritten for it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

use super::document::{self, member_element};
use super::problem::Problem;
use super::store::{Rows, Tables, Writing, pair};
use crate::model::Kind;

/// Members to come and to go, by sequence number.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub(super) add: BTreeMap<u64, Kind>,
    pub(super) remove: BTreeSet<u64>,
}

impl Change {
    pub(super) fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }

    /// What makes the members of a group the wanted ones.
    pub(super) fn towards<T: Rows>(tables: &Tables<T>, group: u64, wanted: &BTreeMap<u64, Kind>) -> Result<Self, Problem> {
        let current: BTreeSet<u64> = Tables::seconds(&tables.members, group)?.into_iter().collect();
        let add = wanted.iter().filter(|(member, _)| !current.contains(member)).map(|(member, kind)| (*member, *kind)).collect();
        let remove = current.into_iter().filter(|member| !wanted.contains_key(member)).collect();
        Ok(Self { add, remove })
    }
}

/// The resources that a `members` value names. Each must exist, and be what its `type` says.
pub(super) fn resolve<T: Rows>(tables: &Tables<T>, members: Option<&Value>) -> Result<BTreeMap<u64, Kind>, Problem> {
    let mut found = BTreeMap::new();
    for member in super::filter::elements(members) {
        let id = member["value"].as_str().ok_or_else(|| Problem::value("a member has no value"))?;
        let (kind, sequence) = tables.by_id(id)?.ok_or_else(|| Problem::value(format!("member {id:?} does not exist")))?;
        if member["type"].as_str().is_some_and(|word| !word.eq_ignore_ascii_case(kind.word())) {
            return Err(Problem::value(format!("member {id:?} is a {}", kind.word())));
        }
        found.insert(sequence, kind);
    }
    Ok(found)
}

/// A group in itself, at whatever depth, is refused: the search goes up from the group, so that its size does not matter.
pub(super) fn check_cycles<T: Rows>(tables: &Tables<T>, group: u64, change: &Change) -> Result<(), Problem> {
    let coming: BTreeSet<u64> = change.add.iter().filter(|(_, kind)| **kind == Kind::Group).map(|(member, _)| *member).collect();
    if coming.is_empty() {
        return Ok(());
    }
    let (mut seen, mut next) = (HashSet::from([group]), vec![group]);
    while let Some(above) = next.pop() {
        if coming.contains(&above) {
            return Err(Problem::value("a group cannot be a member of itself, not even through other groups"));
        }
        next.extend(Tables::seconds(&tables.memberships, above)?.into_iter().filter(|parent| seen.insert(*parent)));
    }
    Ok(())
}

/// Writes a checked change.
pub(super) fn write(tables: &mut Writing<'_>, group: u64, change: &Change) -> Result<(), Problem> {
    for member in &change.remove {
        remove_pair(tables, group, *member)?;
    }
    for (member, kind) in &change.add {
        let (envelope, content) = document::split(&tables.stored(*kind, *member)?)?;
        let element = member_element(*kind, &envelope.id, &content);
        tables.put(|tables| &mut tables.members, &pair(group, *member), &element)?;
        tables.put(|tables| &mut tables.memberships, &pair(*member, group), &[])?;
    }
    Ok(())
}

fn remove_pair(tables: &mut Writing<'_>, group: u64, member: u64) -> Result<(), Problem> {
    tables.delete(|tables| &mut tables.members, &pair(group, member))?;
    tables.delete(|tables| &mut tables.memberships, &pair(member, group))
}

/// Brings a resource's new name into the groups that have it. Their versions stay: nobody changed them.
pub(super) fn rename(tables: &mut Writing<'_>, member: u64, element: &[u8]) -> Result<(), Problem> {
    for group in Tables::seconds(&tables.memberships, member)? {
        tables.put(|tables| &mut tables.members, &pair(group, member), element)?;
    }
    Ok(())
}

/// Takes a resource that is being deleted out of all groups, and all members out of it.
pub(super) fn forget(tables: &mut Writing<'_>, sequence: u64, now: &str) -> Result<(), Problem> {
    for group in Tables::seconds(&tables.memberships, sequence)? {
        remove_pair(tables, group, sequence)?;
        let (mut envelope, content) = document::split(&tables.stored(Kind::Group, group)?)?;
        envelope.touch(now);
        let stored = document::join(super::schema::ResourceType::of(Kind::Group), &envelope, &content);
        tables.store(Kind::Group, group, &stored)?;
    }
    for member in Tables::seconds(&tables.members, sequence)? {
        remove_pair(tables, sequence, member)?;
    }
    Ok(())
}
