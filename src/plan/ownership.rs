//! What wpsync manages, and what it may remove from. When a kind, a group's membership or an attribute first
//! comes under management, the plan adds and changes, but does not remove what is only absent from the
//! sources: somebody put it into the directory. Adoption by name lifts this. An explicit value in a source
//! (`active: false`, `title: null`, `members: []`) removes in every plan.
//!
//! The names are the same everywhere: `users`, `groups`, `users.title`, `group:Sales`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::part_alone::WholeSources;
use crate::desired::Desired;
use crate::model::{Catalog, Key, Kind};
use crate::policy::Policy;
use crate::project::Adoption;

/// What a plan manages: the names of kinds, of attributes, and of groups whose members a source lists.
/// `partial:users` and `partial:groups` say that partial sources name some of a kind, and
/// `partial:members of group:Sales` that they name some of a group's members. `partial alone:user:ada` and
/// `partial alone:user:ada in group:Sales` say that no other source ever named them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Managed(BTreeSet<String>);

impl Managed {
    /// What the sources manage.
    pub(crate) fn of(desired: &Desired, catalog: &Catalog) -> Self {
        let mut names = BTreeSet::new();
        for (kind, declared) in [(Kind::User, &desired.users), (Kind::Group, &desired.groups)] {
            if !declared.is_empty() {
                names.insert(kind.plural().to_owned());
            }
            let attributes: BTreeSet<_> = declared
                .iter()
                .flat_map(|resource| resource.attributes.iter().map(|asked| asked.attribute))
                .collect();
            names.extend(
                attributes
                    .into_iter()
                    .map(|id| attribute_name(kind, &catalog.attribute(id).path)),
            );
        }
        names.extend(
            desired
                .groups
                .iter()
                .filter(|group| group.members.is_some())
                .map(|group| Adoption::group(&group.key)),
        );
        Self(names)
    }

    /// Leaves out what partial sources name some of, because they do not manage who is absent from it, and
    /// marks the kinds and the groups with members. A mark stays until the kind, or the group, is adopted:
    /// whom only a partial source named was never absent from the others.
    pub(crate) fn partly_named(
        mut self,
        before: &Ownership,
        policy: &Policy,
        sources: WholeSources<'_>,
    ) -> Self {
        let is_partial = |kind: &Kind| policy.of(*kind).is_partly_named || before.was_partly_named(*kind);
        self.0.extend(Kind::ALL.into_iter().filter(is_partial).map(mark));
        let mut marks: BTreeSet<String> = before.marks_of_members().map(str::to_owned).collect();
        if policy.are_members_partly_named {
            let groups = self.0.iter().filter(|name| name.starts_with(GROUP));
            marks.extend(groups.map(|group| mark_of_members(group)));
        }
        for renamed in sources.desired.former_names_of(Kind::Group) {
            if marks.contains(&mark_of_members(&Adoption::group(&renamed.name))) {
                marks.insert(mark_of_members(&Adoption::group(&renamed.now)));
            }
        }
        self.0
            .retain(|name| !name.starts_with(GROUP) || !marks.contains(&mark_of_members(name)));
        self.0.extend(marks);
        if policy.partly_named().next().is_some() {
            self.0.extend(sources.marks(before.names(), policy));
        }
        self
    }

    /// Whether a name is managed.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// The mark of a kind of which partial sources name some.
fn mark(kind: Kind) -> String {
    format!("partial:{}", kind.plural())
}

/// How the names of groups whose members a source lists begin.
const GROUP: &str = "group:";

/// How the marks of groups begin of which partial sources name some members.
const MEMBERS_OF: &str = "partial:members of ";

/// The mark of a group of which partial sources name some members, by its name among what is managed.
fn mark_of_members(group: &str) -> String {
    format!("{MEMBERS_OF}{group}")
}

/// The name under which an attribute is managed, as `users.title`.
pub(super) fn attribute_name(kind: Kind, path: &str) -> String {
    format!("{}.{path}", kind.plural())
}

/// What a plan may remove from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ownership {
    /// Everything.
    #[default]
    Everything,
    /// What the last apply managed, and what is adopted by name.
    Of {
        /// What the last apply managed.
        managed: Managed,
        /// What is adopted by name.
        adopted: Adoption,
    },
}

impl Ownership {
    /// Whether a plan may remove from what a name stands for.
    pub(super) fn covers(&self, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Of { managed, adopted } => managed.has(name) || adopted.covers(name),
        }
    }

    /// Whether partial sources named some of a kind, and it has not been adopted since.
    fn was_partly_named(&self, kind: Kind) -> bool {
        match self {
            Self::Everything => false,
            Self::Of { managed, adopted } => managed.has(&mark(kind)) && !adopted.covers(kind.plural()),
        }
    }

    /// The names of what the last apply managed, and the marks among them.
    fn names(&self) -> impl Iterator<Item = &str> {
        let managed = match self {
            Self::Everything => None,
            Self::Of { managed, .. } => Some(managed),
        };
        let names = managed.into_iter().flat_map(|managed| &managed.0);
        names.map(String::as_str)
    }

    /// Whether the last apply managed what has a name, or set a mark.
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Everything => false,
            Self::Of { managed, .. } => managed.has(name),
        }
    }

    /// The marks of the groups of which partial sources named some members, and which have not been adopted
    /// since.
    fn marks_of_members(&self) -> impl Iterator<Item = &str> {
        let is_adopted = |group: &str| match self {
            Self::Everything => false,
            Self::Of { adopted, .. } => adopted.covers(group),
        };
        let marks = self.names().filter(|name| name.starts_with(MEMBERS_OF));
        marks.filter(move |mark| !is_adopted(&mark[MEMBERS_OF.len()..]))
    }

    /// Whether partial sources named some members of a group at the last apply. Who is in it and whom no
    /// source lists is not known to be there by somebody's hand.
    pub(crate) fn lists_in_part(&self, group: &Key) -> bool {
        self.has(&mark_of_members(&Adoption::group(group)))
    }

    /// Whether resources of a kind that are ours may be removed. Whom an applied plan declared by name needs
    /// no adoption, unless a partial source did.
    pub(crate) fn may_remove(&self, kind: Kind, policy: &Policy) -> bool {
        !self.was_partly_named(kind) && (policy.of(kind).rests_on_accounts() || self.covers(kind.plural()))
    }
}
