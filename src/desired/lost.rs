//! References to people and groups whom no source declares. The sources alone cannot tell a mistyped name from
//! that of somebody who leaves: a plan asks the directory and the record of applies.

use super::{Desired, DesiredResource};
use crate::diagnostics::Origin;
use crate::model::{AttributeId, Key, Kind};

/// A reference that no source resolves. What refers so is not asked for: the attribute is not managed, and the
/// membership is neither added nor removed.
#[derive(Clone, Debug)]
pub struct LostReference {
    /// Who refers: the person or group that has the attribute, or the group that has the member or the leader.
    pub holder: Key,
    /// What refers.
    pub role: ReferenceRole,
    /// Whom it may name, by the name or `externalId` that the source writes: a person, a group, or either.
    pub targets: Vec<Key>,
    /// Where it is written.
    pub origin: Origin,
}

/// What a reference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceRole {
    /// An attribute, as `manager`.
    Attribute(AttributeId),
    /// A member of a group.
    Member,
    /// A leader of a group.
    Leader,
}

impl LostReference {
    /// The name that the source writes.
    pub(crate) fn name(&self) -> &str {
        self.targets.first().map_or("", |target| &target.name)
    }
}

/// A reference by the position of its holder.
pub(super) struct LostAt {
    pub(super) holder: u32,
    pub(super) role: ReferenceRole,
    /// The kind that is meant. `None` if the name may be a person's or a group's.
    pub(super) kind: Option<Kind>,
    pub(super) name: Box<str>,
    pub(super) origin: Origin,
}

/// The kinds that a name may be of.
pub(super) fn meant(kind: Option<Kind>) -> impl Iterator<Item = Kind> {
    Kind::ALL
        .into_iter()
        .filter(move |one| kind.is_none_or(|kind| kind == *one))
}

/// Takes the lost attributes out of the resources, and gives every reference the name of its holder.
pub(super) fn place(lost: Vec<LostAt>, resources: &mut [DesiredResource]) -> Vec<LostReference> {
    let mut placed = Vec::with_capacity(lost.len());
    for LostAt {
        holder,
        role,
        kind,
        name,
        origin,
    } in lost
    {
        let holder = &mut resources[holder as usize];
        if let ReferenceRole::Attribute(attribute) = role {
            holder.attributes.retain(|asked| asked.attribute != attribute);
        }
        placed.push(LostReference {
            holder: holder.key.clone(),
            role,
            targets: meant(kind).map(|kind| Key::new(kind, &name)).collect(),
            origin,
        });
    }
    placed.sort_by(|left, right| {
        let order = |lost: &LostReference| (lost.role, lost.origin);
        (&left.holder, &left.targets, order(left)).cmp(&(&right.holder, &right.targets, order(right)))
    });
    placed.dedup_by(|later, first| {
        later.role == first.role && (&later.holder, &later.targets) == (&first.holder, &first.targets)
    });
    placed
}

impl Desired {
    /// The members of a group that no source declares.
    pub(crate) fn lost_members(&self, group: &Key) -> impl Iterator<Item = &LostReference> {
        let from = self.lost.partition_point(|lost| lost.holder < *group);
        let of_group = self.lost[from..]
            .iter()
            .take_while(move |lost| lost.holder == *group);
        of_group.filter(|lost| lost.role == ReferenceRole::Member)
    }
}
