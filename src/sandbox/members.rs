//! Members of groups, as rows of their own in both directions. One more member costs one row, and a group of
//! 100,000 members is not rewritten.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

use super::document::{self, member_element};
use super::problem::ScimProblem;
use super::schema::Schemas;
use super::store::{RowSource, Tables, Writing, pair, sequence_of};
use crate::model::Kind;

/// A resource that becomes a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Joining {
    pub(super) kind: Kind,
    /// The label that the client gave. `None` for the resource's own name.
    pub(super) display: Option<String>,
}

/// Members by sequence number.
pub(super) type Joinings = BTreeMap<u64, Joining>;

/// Members to add or to relabel, and members to remove.
#[derive(Debug, Default)]
pub(super) struct MemberChange {
    pub(super) add: Joinings,
    pub(super) remove: BTreeSet<u64>,
}

impl MemberChange {
    pub(super) fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }

    /// The change that gives a group the wanted members.
    pub(super) fn towards<T: RowSource>(
        tables: &Tables<T>,
        group: u64,
        wanted: Joinings,
    ) -> Result<Self, ScimProblem> {
        let mut change = Self {
            add: wanted,
            remove: BTreeSet::new(),
        };
        for row in tables
            .members
            .range(pair(group, 0).as_slice()..=pair(group, u64::MAX).as_slice())?
        {
            let (key, element) = row?;
            let member = sequence_of(&key.value()[8..]);
            match change.add.get(&member).map(|joining| &joining.display) {
                None => {
                    change.remove.insert(member);
                }
                Some(Some(label)) if label_of(element.value()).as_ref() != Some(label) => {}
                Some(_) => {
                    change.add.remove(&member);
                }
            }
        }
        Ok(change)
    }
}

fn label_of(element: &[u8]) -> Option<String> {
    let element: Value = serde_json::from_slice(element).ok()?;
    Some(element["display"].as_str()?.to_owned())
}

/// The resources that a `members` value names. Each must exist and have the kind of its `type`.
pub(super) fn resolve<T: RowSource>(
    tables: &Tables<T>,
    members: Option<&Value>,
) -> Result<Joinings, ScimProblem> {
    let mut found = BTreeMap::new();
    for member in super::filter::elements(members) {
        let id = member["value"]
            .as_str()
            .ok_or_else(|| ScimProblem::value("a member has no value"))?;
        let (kind, sequence) = tables
            .by_id(id)?
            .ok_or_else(|| ScimProblem::value(format!("member {id:?} does not exist")))?;
        if member["type"]
            .as_str()
            .is_some_and(|word| !word.eq_ignore_ascii_case(kind.word()))
        {
            return Err(ScimProblem::value(format!("member {id:?} is a {}", kind.word())));
        }
        found.insert(
            sequence,
            Joining {
                kind,
                display: member["display"].as_str().map(str::to_owned),
            },
        );
    }
    Ok(found)
}

/// Refuses a group that would contain itself, at any depth. The search goes up from the group, so that its
/// size does not matter.
pub(super) fn check_cycles<T: RowSource>(
    tables: &Tables<T>,
    group: u64,
    change: &MemberChange,
) -> Result<(), ScimProblem> {
    let coming: BTreeSet<u64> = change
        .add
        .iter()
        .filter(|(_, joining)| joining.kind == Kind::Group)
        .map(|(member, _)| *member)
        .collect();
    if coming.is_empty() {
        return Ok(());
    }
    let (mut seen, mut next) = (HashSet::from([group]), vec![group]);
    while let Some(above) = next.pop() {
        if coming.contains(&above) {
            return Err(ScimProblem::value(
                "a group cannot be a member of itself, not even through other groups",
            ));
        }
        next.extend(
            Tables::seconds(&tables.memberships, above)?
                .into_iter()
                .filter(|parent| seen.insert(*parent)),
        );
    }
    Ok(())
}

/// Writes a checked change.
pub(super) fn write(tables: &mut Writing<'_>, group: u64, change: &MemberChange) -> Result<(), ScimProblem> {
    for member in &change.remove {
        remove_pair(tables, group, *member)?;
    }
    for (member, joining) in &change.add {
        let (envelope, content) = document::split(&tables.stored(joining.kind, *member)?)?;
        let display = joining.display.as_deref().or(document::display(&content));
        let element = member_element(joining.kind, &envelope.id, display);
        tables.put(|tables| &mut tables.members, &pair(group, *member), &element)?;
        tables.put(|tables| &mut tables.memberships, &pair(*member, group), &[])?;
    }
    Ok(())
}

fn remove_pair(tables: &mut Writing<'_>, group: u64, member: u64) -> Result<(), ScimProblem> {
    tables.delete(|tables| &mut tables.members, &pair(group, member))?;
    tables.delete(|tables| &mut tables.memberships, &pair(member, group))
}

/// Writes a resource's new name into its groups, unless a client gave it another label there. The groups keep
/// their versions, because no client changed them.
pub(super) fn rename(
    tables: &mut Writing<'_>,
    member: u64,
    old: Option<&str>,
    element: &[u8],
) -> Result<(), ScimProblem> {
    for group in Tables::seconds(&tables.memberships, member)? {
        let stored = Tables::get(&tables.members, &pair(group, member))?.unwrap_or_default();
        if label_of(&stored).as_deref() == old {
            tables.put(|tables| &mut tables.members, &pair(group, member), element)?;
        }
    }
    Ok(())
}

/// Removes a deleted resource from all groups, and all members from a deleted group.
pub(super) fn forget(
    tables: &mut Writing<'_>,
    sequence: u64,
    schemas: &Schemas,
    now: &str,
) -> Result<(), ScimProblem> {
    for group in Tables::seconds(&tables.memberships, sequence)? {
        remove_pair(tables, group, sequence)?;
        let (mut envelope, content) = document::split(&tables.stored(Kind::Group, group)?)?;
        envelope.touch(now);
        let stored = document::join(schemas.of(Kind::Group), &envelope, &content);
        tables.store(Kind::Group, group, &stored)?;
    }
    for member in Tables::seconds(&tables.members, sequence)? {
        remove_pair(tables, sequence, member)?;
    }
    Ok(())
}
