//! What the configuration and the policy file let a plan do: how resources are matched, what happens to
//! undeclared resources, which resources are protected, and how much may change.

use crate::model::{AttributeId, Key, Kind, Live, ManagedAccounts};
use crate::project::{
    Absent, Limits, Members, MinAdmins, PolicyFile, Problems, Project, Protected, Swaps, Within,
};

/// The rules of a plan.
pub struct Policy {
    /// For people.
    pub users: KindPolicy,
    /// For groups.
    pub groups: KindPolicy,
    /// Whether a group loses the members that no source lists, if a source lists its members.
    pub members: Members,
    /// Whether partial sources list memberships. Then no member is taken out, whatever `members` says.
    pub are_members_partly_named: bool,
    /// Whether sources that name everybody list memberships.
    pub are_members_named_by_whole: bool,
    /// Resources that no change may touch. One that no source declares is kept.
    pub protect: Vec<Protected>,
    /// How much may change.
    pub limits: Ceilings,
    /// What a plan does with a reference to a name that nobody knows.
    pub problems: Problems,
    /// How many administrators must stay. Each rule is checked by itself.
    pub min_admins: Vec<MinAdmins>,
}

/// The limits in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ceilings {
    /// What the configuration says.
    pub config: Limits,
    /// The limits of the policy file, if there is one. A limit that the file leaves out has its default, so
    /// that a configuration can only tighten it.
    pub policy: Option<Limits>,
}

/// The rules for one kind.
pub struct KindPolicy {
    /// The attributes to match by, strongest first.
    pub matched_by: Vec<AttributeId>,
    /// What happens to a resource that no source declares.
    pub absent: Absent,
    /// Whether partial sources name resources of this kind. Then nobody is absent: a live one may be whom
    /// yesterday's file named.
    pub is_partly_named: bool,
    /// Whether sources that name everybody name resources of this kind.
    pub is_named_by_whole: bool,
    /// The undeclared resources that a plan may remove. `None`: no resources.
    pub within: Option<Within>,
    /// What happens to names that are swapped.
    pub swaps: Swaps,
}

impl Policy {
    /// The rules that a configuration sets, and those of the policy file where they are stricter.
    pub(crate) fn new(project: &Project, policy: Option<&PolicyFile>) -> Self {
        let manage = project.manage.clone();
        let named = project.partly_named();
        let named_by_whole = project.named_by_whole();
        let matched_by = |kind| project.matching.of(kind).to_vec();
        Self {
            users: KindPolicy {
                matched_by: matched_by(Kind::User),
                absent: manage.users.absent,
                is_partly_named: named.users,
                is_named_by_whole: named_by_whole.users,
                within: manage.users.within,
                swaps: manage.users.swaps,
            },
            groups: KindPolicy {
                matched_by: matched_by(Kind::Group),
                absent: manage.groups.absent,
                is_partly_named: named.groups,
                is_named_by_whole: named_by_whole.groups,
                within: manage.groups.within,
                swaps: manage.groups.swaps,
            },
            members: manage.groups.members,
            are_members_partly_named: named.members,
            are_members_named_by_whole: named_by_whole.members,
            protect: project
                .protect
                .iter()
                .chain(policy.iter().flat_map(|policy| &policy.protect))
                .cloned()
                .collect(),
            problems: project.problems,
            limits: Ceilings {
                config: project.limits.clone(),
                policy: policy.map(|policy| policy.limits.clone()),
            },
            min_admins: project
                .min_admins
                .iter()
                .chain(policy.and_then(|policy| policy.min_admins.as_ref()))
                .cloned()
                .collect(),
        }
    }

    /// Whether a resource with a name is protected.
    pub(crate) fn protects(&self, key: &Key) -> bool {
        self.protect.iter().any(|protected| protected.covers(key))
    }

    /// Whether a group loses the members that no source lists.
    pub(crate) fn takes_members_out(&self) -> bool {
        self.members == Members::Exact && !self.are_members_partly_named
    }

    /// Of what partial sources name some, in the words of the configuration.
    pub(crate) fn partly_named(&self) -> impl Iterator<Item = &'static str> {
        let kinds = Kind::ALL
            .into_iter()
            .filter(|kind| self.of(*kind).is_partly_named);
        let members = self.are_members_partly_named.then_some("members");
        kinds.map(Kind::plural).chain(members)
    }

    /// The rules for a kind.
    pub(crate) fn of(&self, kind: Kind) -> &KindPolicy {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }
}

impl KindPolicy {
    /// Whether an undeclared resource is ours, and so counts as managed. The resource must have all its
    /// attributes. If an expression fails for it, it is not.
    pub(crate) fn manages(&self, live: &Live, accounts: &ManagedAccounts) -> bool {
        let is_covered = |within: &Within| within.covers(live, accounts).unwrap_or(false);
        self.absent != Absent::Keep && self.within.as_ref().is_some_and(is_covered)
    }

    /// Whether an undeclared resource would be removed. The resource must have all its attributes. If an
    /// expression fails for it, the resource stays.
    pub(crate) fn removes(&self, live: &Live, accounts: &ManagedAccounts) -> bool {
        !self.is_partly_named && self.manages(live, accounts)
    }

    /// Whether only a record of applies tells which resources are ours to remove.
    pub(crate) fn rests_on_accounts(&self) -> bool {
        self.absent != Absent::Keep && self.within == Some(Within::Managed)
    }
}
