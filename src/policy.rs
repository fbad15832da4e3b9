//! What the configuration and the policy file let a plan do: how resources are matched, what becomes of those
//! no source declares, whom nothing may touch, and how much may change.

use crate::model::Live;
use crate::model::{AttributeId, Kind};
use crate::project::{Absent, Limits, Members, MinAdmins, PolicyFile, Project, Protected, Swaps, Within};

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
    pub limits: Ceilings,
    /// How many administrators must stay; each rule alone.
    pub min_admins: Vec<MinAdmins>,
}

/// The limits in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ceilings {
    /// What the configuration says.
    pub config: Limits,
    /// What the policy file says, where there is one. What it leaves out is the default, so that a
    /// configuration can only tighten.
    pub policy: Option<Limits>,
}

/// The rules for one kind.
pub struct KindPolicy {
    /// The attributes to match by, strongest first.
    pub matched_by: Vec<AttributeId>,
    /// What becomes of a resource that no source declares.
    pub absent: Absent,
    /// Which undeclared resources are ours to remove. Without it, none.
    pub within: Option<Within>,
    /// What becomes of names that are swapped.
    pub swaps: Swaps,
}

impl Policy {
    /// The rules that a configuration sets, and those of the policy file where they are stricter.
    pub fn new(project: &Project, policy: Option<&PolicyFile>) -> Self {
        let manage = project.manage.clone();
        let matched_by = |kind| project.matching.of(kind).to_vec();
        Self {
            users: KindPolicy {
                matched_by: matched_by(Kind::User),
                absent: manage.users.absent,
                within: manage.users.within,
                swaps: manage.users.swaps,
            },
            groups: KindPolicy {
                matched_by: matched_by(Kind::Group),
                absent: manage.groups.absent,
                within: manage.groups.within,
                swaps: manage.groups.swaps,
            },
            members: manage.groups.members,
            protect: project
                .protect
                .iter()
                .chain(policy.iter().flat_map(|policy| &policy.protect))
                .cloned()
                .collect(),
            limits: Ceilings {
                config: project.limits,
                policy: policy.map(|policy| policy.limits),
            },
            min_admins: project
                .min_admins
                .iter()
                .chain(policy.and_then(|policy| policy.min_admins.as_ref()))
                .cloned()
                .collect(),
        }
    }

    /// The rules for a kind.
    pub fn of(&self, kind: Kind) -> &KindPolicy {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }
}

impl KindPolicy {
    /// Whether an undeclared resource would be removed. It must have all its attributes; where an expression
    /// cannot say, it stays.
    pub fn removes(&self, live: &Live) -> bool {
        self.absent != Absent::Keep
            && self
                .within
                .as_ref()
                .is_some_and(|within| within.covers(&live.attributes).unwrap_or(false))
    }
}
