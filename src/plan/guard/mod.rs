//! Guards: named limits on what a plan may do, on by default, judged when it is made and again before it is
//! applied. All or nothing: one guard that refuses, and nothing is sent. The way out is a waiver inside the
//! plan, with the exact number and a reason, seen by reviewers; whom nothing may touch has no such way out.
//!
//! Each guard is a pure function from [`Facts`] to a figure; the figures stand in the plan's header, and
//! [`refusals`] judges them.

mod groups;
mod history;
mod limit;
mod lookalike;
mod people;
mod verdict;
mod volume;
mod world;

pub use history::{History, LastApply};
pub use limit::Volume;
pub use verdict::{Judged, counts_for_later, losses_for_later, refusals, refusals_said};

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::Change;
use super::header::FileFacts;
use crate::model::Snapshot;
use crate::model::{Catalog, Key};
use crate::policy::Policy;

/// How many cases of a figure a header names.
const MOST_CASES: usize = 20;

/// A guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// New people.
    Create,
    /// People and groups that are deleted or deactivated, and people who lose their last group.
    Remove,
    /// People whose name, address, identifier, activity or roles change.
    Identity,
    /// Changed people.
    Update,
    /// A group that would have no members left.
    GroupEmptied,
    /// A group of ten or more that would lose more than a quarter of its members.
    GroupShrunk,
    /// People and groups that nothing may touch.
    Protected,
    /// The account of the token.
    OwnAccount,
    /// Too few administrators would stay.
    LastAdmins,
    /// A source that is gone or declares nothing.
    SourceEmpty,
    /// A source that declares much less than at the last apply.
    SourceShrunk,
    /// A directory that holds much less than after the last apply.
    DirectoryShrunk,
    /// One person who would be removed under one name and created under another.
    Rename,
    /// A person who would be created beside their own inactive account.
    Rehire,
    /// An account that somebody deactivated since the last apply, and that would be activated again.
    Reactivate,
    /// A name that looks like somebody else's and is another.
    Lookalike,
}

impl Guard {
    /// All guards, in the order in which they are said.
    pub const ALL: [Self; 16] = [
        Self::Protected,
        Self::OwnAccount,
        Self::LastAdmins,
        Self::Remove,
        Self::GroupEmptied,
        Self::GroupShrunk,
        Self::SourceEmpty,
        Self::SourceShrunk,
        Self::DirectoryShrunk,
        Self::Rename,
        Self::Rehire,
        Self::Reactivate,
        Self::Lookalike,
        Self::Identity,
        Self::Create,
        Self::Update,
    ];

    /// Its name, in headers and waivers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Remove => "remove",
            Self::Identity => "identity",
            Self::Update => "update",
            Self::GroupEmptied => "group-emptied",
            Self::GroupShrunk => "group-shrunk",
            Self::Protected => "protected",
            Self::OwnAccount => "self",
            Self::LastAdmins => "last-admins",
            Self::SourceEmpty => "source-empty",
            Self::SourceShrunk => "source-shrunk",
            Self::DirectoryShrunk => "directory-shrunk",
            Self::Rename => "rename",
            Self::Rehire => "rehire",
            Self::Reactivate => "reactivate",
            Self::Lookalike => "lookalike",
        }
    }

    /// The guard of a name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|guard| guard.word() == word)
    }

    /// Whether a waiver is a way out. Whom nothing may touch is said in the configuration or the policy, and
    /// nowhere else.
    pub const fn is_waivable(self) -> bool {
        !matches!(self, Self::Protected | Self::OwnAccount | Self::LastAdmins)
    }

    /// Its figure for a plan.
    fn figure(self, facts: &Facts<'_>) -> GuardFigure {
        match self {
            Self::Create | Self::Identity | Self::Update => volume::counted(self, facts),
            Self::Remove => volume::removals(facts),
            Self::GroupEmptied => groups::emptied(facts.changes),
            Self::GroupShrunk => groups::shrunk(facts.changes, facts.history),
            Self::Protected => people::protected(facts.changes, facts.policy),
            Self::OwnAccount => people::own_account(facts.changes, facts.account),
            Self::LastAdmins => groups::last_admins(facts),
            Self::SourceEmpty => world::source_empty(facts),
            Self::SourceShrunk => world::source_shrunk(facts),
            Self::DirectoryShrunk => world::directory_shrunk(facts),
            Self::Rename => people::renamed(facts.changes),
            Self::Rehire => people::rehired(facts),
            Self::Reactivate => people::reactivated(facts),
            Self::Lookalike => lookalike::lookalikes(facts),
        }
    }
}

/// A guard's figures, as the plan carries them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardFigure {
    /// Whom or what it counts, where that is worth a name; the first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
    /// How many the plan has.
    pub count: u64,
    /// How many were applied in the last days, and not waived.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub earlier: u64,
    /// The guard's name, as `remove`.
    pub guard: String,
    /// How many are allowed.
    pub limit: u64,
    /// Of how many.
    pub of: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl GuardFigure {
    /// A figure of named cases, none of which is allowed.
    fn of_cases(guard: Guard, cases: Vec<String>) -> Self {
        Self {
            count: cases.len() as u64,
            guard: guard.word().to_owned(),
            ..Self::default()
        }
        .naming(cases)
    }

    /// With the first of its cases.
    fn naming(mut self, mut cases: Vec<String>) -> Self {
        cases.sort();
        cases.truncate(MOST_CASES);
        self.cases = cases;
        self
    }

    /// Whether there is more of it than is allowed.
    pub const fn is_over(&self) -> bool {
        self.count > 0 && self.count + self.earlier > self.limit
    }
}

/// An exception to a guard, inside the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The exact number that it allows.
    pub count: u64,
    /// The guard's name.
    pub guard: String,
    /// Why.
    pub reason: String,
}

impl Waiver {
    /// Reads `remove=137: branch closed`.
    pub fn parse(text: &str) -> Option<Self> {
        let (guard, rest) = text.split_once('=')?;
        let (count, reason) = rest.split_once(':')?;
        let (guard, reason) = (guard.trim().to_owned(), reason.trim().to_owned());
        let count = count.trim().parse().ok()?;
        (!guard.is_empty() && !reason.is_empty()).then_some(Self { count, guard, reason })
    }
}

/// The account that the token belongs to, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Its id, where the service tells.
    pub id: Option<Box<str>>,
    /// Its names: the configured ones, and the one that the service tells.
    pub keys: Vec<Key>,
}

/// What guards judge by.
pub struct Facts<'a> {
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// What the plan would do.
    pub changes: &'a [Change],
    /// What the directory holds.
    pub snapshot: &'a Snapshot,
    /// How many active people of the directory are managed: percentages are of these.
    pub managed_users: u64,
    /// The files that were read.
    pub sources: &'a [FileFacts],
    /// What the configuration and the policy file allow.
    pub policy: &'a Policy,
    /// What was applied before.
    pub history: &'a History,
    /// The account of the token.
    pub account: &'a Account,
    /// The people whom the last apply left active, as far as that is known here.
    pub left_active: &'a HashSet<Key>,
}

/// The figures of all guards.
pub fn figures(facts: &Facts<'_>) -> Vec<GuardFigure> {
    Guard::ALL.into_iter().map(|guard| guard.figure(facts)).collect()
}
