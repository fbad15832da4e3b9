//! What the configuration lets a plan do: how resources are matched, what becomes of those no source declares, whom nothing may
//! touch, and how much may change.

use crate::directory::Live;
use crate::model::{AttributeId, Kind};
use crate::project::{Absent, Limits, Members, Protected};

/// Whether a live resource is one of ours.
pub type Within = Box<dyn Fn(&Live) -> bool + Send + Sync>;

/// The rules of a plan.
pub struct Policy {
    /// For people.
    pub users: KindPolicy,
    /// For groups.
    pub groups: KindPolicy,
    /// Whether members that no source lists leave a group whose members a source lists.
    pub members: Members,
    /// Resources that no change may touch.
    pub protect: Vec<Protected>,
    /// How much may change.
    pub limits: Limits,
}

/// The rules for one kind.
pub struct KindPolicy {
    /// The attributes to match by, strongest first.
    pub matched_by: Vec<AttributeId>,
    /// What becomes of a resource that no source declares.
    pub absent: Absent,
    /// Which undeclared resources are ours to remove. Without it, none.
    pub within: Option<Within>,
}

impl Policy {
    /// The rules for a kind.
    pub fn of(&self, kind: Kind) -> &KindPolicy {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }
}

impl KindPolicy {
    /// Whether an undeclared resource would be removed.
    pub fn removes(&self, live: &Live) -> bool {
        self.absent != Absent::Keep && self.within.as_ref().is_some_and(|within| within(live))
    }
}
