//! References to people and groups whom no source declares. The sources alone cannot tell a mistyped name
//! from that of somebody who leaves: a plan asks the directory and the record of applies.

use crate::diagnostics::Origin;
use crate::model::{AttributeId, Key, Kind};

/// A reference that no source resolves. What refers so is not asked for: the attribute is not managed, and
/// the membership is neither added nor removed.
#[derive(Clone, Debug)]
pub struct LostReference {
    /// Who refers: whoever has the attribute, or the group that has the member or the leader.
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
    /// A group that a person or group says to be in.
    Group,
}

impl LostReference {
    /// The name that the source writes.
    pub(crate) fn name(&self) -> &str {
        self.targets.first().map_or("", |target| &target.name)
    }
}

/// The kinds that a name may be of.
pub(super) fn meant(kind: Option<Kind>) -> impl Iterator<Item = Kind> {
    Kind::ALL
        .into_iter()
        .filter(move |one| kind.is_none_or(|kind| kind == *one))
}
