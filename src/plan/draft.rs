//! A draft of a plan, and what it is made from.

use super::access::AccessRecord;
use super::by_hand::ByHand;
use super::change::Change;
use super::guard::{Released, Waiver};
use super::ownership::Ownership;
use super::remainder::{Counted, Remainder};
use super::selection::Selection;
use crate::desired::Desired;
use crate::diagnostics::{Diagnostics, Files};
use crate::dialect::UniqueAttributes;
use crate::matching::{Matcher, Pairing};
use crate::model::{Catalog, ManagedAccounts, Snapshot};
use crate::policy::Policy;

/// What a draft is made from.
pub struct DraftBasis<'a> {
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// What the sources declare.
    pub desired: &'a Desired,
    /// The source files, for the places of declarations.
    pub files: &'a Files,
    /// What the directory holds.
    pub snapshot: &'a Snapshot,
    /// What the configuration allows.
    pub policy: &'a Policy,
    /// What the plan may remove from.
    pub ownership: &'a Ownership,
    /// Who has access, as far as the applies of this project have decided it.
    pub access: &'a AccessRecord,
    /// Who is managed, as far as the applies of this project have recorded it.
    pub accounts: &'a ManagedAccounts,
    /// The attributes of which the service holds each value once.
    pub unique: &'a UniqueAttributes,
    /// The exceptions that the command line makes.
    pub waivers: &'a [Waiver],
    /// What the plan is narrowed to. `None` if the plan is about everything.
    pub selection: Option<&'a Selection>,
}

impl DraftBasis<'_> {
    /// Pairs what is desired with what is live.
    pub(crate) fn pair(&self) -> Pairing {
        Pairing::of_kinds(|kind| {
            let matcher = Matcher {
                catalog: self.catalog,
                kind,
                order: &self.policy.of(kind).matched_by,
                former_names: self.desired.former_names_of(kind),
                managed: self.accounts,
            };
            matcher.pair(self.desired.of(kind), self.snapshot.of(kind))
        })
    }
}

/// The changes, before they are sealed.
#[derive(Debug, Default)]
pub struct Draft {
    /// The changes, by key.
    pub changes: Vec<Change>,
    /// How many undeclared live people the plan leaves alone.
    pub unmanaged_users: u64,
    /// How many undeclared live groups the plan leaves alone.
    pub unmanaged_groups: u64,
    /// How many active people are declared, or covered by `absent` and `within`.
    pub managed_users: u64,
    /// What the plan leaves undone.
    pub remainder: Remainder,
    /// Whom a file says to deactivate although nobody knows them.
    pub unknown_leavers: Counted,
    /// What somebody changed by hand since the last apply and the changes overwrite.
    pub by_hand: Vec<ByHand>,
    /// The accounts that are declared and are not known as managed before this plan.
    pub newly_managed: ManagedAccounts,
    /// Whom the waivers released who would be held otherwise. `None` if it does not rest on the sources.
    pub released: Option<Released>,
    /// The ids of everything live that no source declares, sorted. `None` if they are not known, or too many
    /// to keep.
    pub undeclared: Option<Vec<Box<str>>>,
}

/// The largest number of undeclared ids that a plan keeps.
pub(super) const MOST_UNDECLARED: usize = 20_000;

/// Why no plan can be made from valid sources.
#[derive(Debug)]
pub struct Blocked(pub Diagnostics);
