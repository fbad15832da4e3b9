//! What the configuration lets a plan do: how resources are matched, what becomes of those no source declares, whom nothing may
//! touch, and how much may change.

use crate::directory::Live;
use crate::model::{AttributeId, Key, Kind};

/// The rules of a plan.
pub struct Policy<'a> {
    /// For people.
    pub users: KindPolicy<'a>,
    /// For groups.
    pub groups: KindPolicy<'a>,
    /// Whether members that no source declares leave a managed group.
    pub members: MemberPolicy,
    /// Resources that no change may touch.
    pub protect: Vec<Key>,
    /// How much may change.
    pub limits: Limits,
}

/// The rules for one kind.
pub struct KindPolicy<'a> {
    /// The attributes to match by, strongest first.
    pub matched_by: Vec<AttributeId>,
    /// What becomes of a resource that no source declares.
    pub absent: Absent,
    /// Which undeclared resources are ours to remove. Without it, none.
    pub within: Option<&'a (dyn Fn(&Live) -> bool + Send + Sync)>,
}

/// What becomes of a resource that no source declares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Absent {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is deactivated (people only).
    Deactivate,
    /// It is deleted.
    Delete,
}

/// What becomes of members that no source declares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemberPolicy {
    /// They leave a group whose members a source declares.
    #[default]
    Exact,
    /// They stay.
    AddOnly,
}

impl<'a> Policy<'a> {
    /// The rules for a kind.
    pub fn of(&self, kind: Kind) -> &KindPolicy<'a> {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }
}

impl KindPolicy<'_> {
    /// Whether an undeclared resource would be removed.
    pub fn removes(&self, live: &Live) -> bool {
        self.absent != Absent::Keep && self.within.is_some_and(|within| within(live))
    }
}

/// How much may change, where the configuration says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Creates.
    pub create: Option<Limit>,
    /// Deletes and deactivations.
    pub remove: Option<Limit>,
    /// Updates and reactivations.
    pub update: Option<Limit>,
}

/// A limit: a number, or a share of the people and groups in the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many.
    Count(u64),
    /// So many of a hundred, rounded down.
    Percent(u64),
}

impl Limit {
    /// The number that it is of a total.
    pub fn of(self, total: u64) -> u64 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => total * percent / 100,
        }
    }
}
