//! The result of an apply, as a file has it: which plan, what became of each change, how many requests it
//! took.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::model::{Kind, Reference};
use crate::plan::facts::FileFacts;
use crate::plan::guard::{counts_for_later, joins_for_later, losses_for_later};
use crate::plan::ownership::Managed;
use crate::plan::{Action, Change, Plan};
use crate::wire::Tally;

/// The result of an apply. A resumed apply replaces the receipt of the run before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The version of the file's form.
    #[cfg_attr(test, schemars(extend("const" = 1)))]
    pub wpsync_receipt: u32,
    /// The reason that was given for an apply although earlier ones had failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<String>,
    /// Who approved the plan, each with the fingerprint of the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved_by: Vec<String>,
    /// The digest of the changes' meaning.
    pub change_digest: Digest,
    /// The directory's address.
    pub directory: String,
    /// What was created and is there more than once. Receipts of older versions do not have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<Twofold>,
    /// Why nobody knows whether something that was created is there more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicates_unknown: Option<String>,
    /// When the last run ended.
    pub finished: jiff::Timestamp,
    /// What ended the sending before everything was tried. Receipts of older versions do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halted: Option<HaltedBy>,
    /// What the guards of later plans need to know of this one. Receipts of older versions do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
    /// What became of each change, in the plan's order.
    pub outcomes: Vec<ReceiptLine>,
    /// The plan's digest.
    pub plan: Digest,
    /// The plan's id.
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9a-f]{32}$")))]
    pub plan_id: String,
    /// How many requests the last run sent, by method.
    pub requests: Tally,
    /// When the last run began.
    pub started: jiff::Timestamp,
    /// The run's result in one word.
    #[cfg_attr(test, schemars(extend("enum" = [
        "applied",
        "already-applied",
        "nothing-to-do",
        "partial",
        "drifted",
        "failed",
        "interrupted",
        "out-of-time"
    ])))]
    pub verdict: String,
}

/// What the guards of later plans need to know of an apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// When the apply ended, to the last digit: of two receipts, the later one counts.
    pub at: jiff::Timestamp,
    /// What each guard counted, without what was waived and what was not made.
    pub counts: BTreeMap<String, u64>,
    /// When the plan was made.
    pub created: jiff::Timestamp,
    /// How many members joined each group, by the group's id. Receipts of older versions do not have it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub joined_members: BTreeMap<Box<str>, u64>,
    /// How many members each group lost, by the group's id.
    #[serde(default)]
    pub lost_members: BTreeMap<Box<str>, u64>,
    /// What the plan managed.
    pub managed: Managed,
    /// The sources of the plan.
    pub sources: Vec<FileFacts>,
    /// How many people the directory has afterwards.
    pub users: u64,
}

impl Memory {
    /// What is remembered of a plan that is applied. `unmade` are the changes of which nothing was written.
    pub(crate) fn of(plan: &Plan, unmade: &[Change], at: jiff::Timestamp) -> Self {
        let count = |changes: &[Change], action| {
            let of_people = changes.iter().filter(|change| change.kind == Kind::User);
            of_people.filter(|change| change.action == action).count() as u64
        };
        let people = |action| count(&plan.changes, action).saturating_sub(count(unmade, action));
        let header = &plan.header;
        Self {
            at,
            counts: counts_for_later(plan, unmade),
            created: header.created,
            joined_members: joins_for_later(plan, unmade),
            lost_members: losses_for_later(plan, unmade),
            managed: header.managed.clone(),
            sources: header.sources.clone(),
            users: (header.snapshot.users + people(Action::Create)).saturating_sub(people(Action::Delete)),
        }
    }
}

impl Receipt {
    /// The changes of the plan that are done, by the run or before it; of one that is done but for a part,
    /// the rest.
    pub(crate) fn made<'p>(&self, plan: &'p Plan) -> Vec<Cow<'p, Change>> {
        let lines: HashMap<&str, &ReceiptLine> =
            self.outcomes.iter().map(|line| (&*line.change, line)).collect();
        let made = plan.changes.iter().filter_map(|change| {
            let line = lines.get(&*change.id)?;
            match &line.left_undone {
                _ if line.is_done() => Some(Cow::Borrowed(change)),
                Some(left) => Some(Cow::Owned(left.made_of(change))),
                None => None,
            }
        });
        made.collect()
    }

    /// How many changes are done but for a part.
    pub fn made_in_part(&self) -> usize {
        self.outcomes.iter().filter(|line| line.is_made_in_part()).count()
    }

    /// Whether at least one change was tried, or found done: the directory was reached with a plan that was
    /// cleared.
    pub(crate) fn tried_something(&self) -> bool {
        let is_tried = |line: &ReceiptLine| line.is_done() || line.outcome == "failed";
        self.outcomes.iter().any(is_tried)
    }
}

impl ReceiptLine {
    /// Whether the change is done, by the run or before it.
    pub fn is_done(&self) -> bool {
        ["done", "unverified", "already-done"].contains(&&*self.outcome)
    }

    /// Whether the change is done but for a part.
    pub const fn is_made_in_part(&self) -> bool {
        self.left_undone.is_some()
    }

    /// Whether the directory took the change from the last run, or may have.
    pub(crate) fn is_made(&self) -> bool {
        ["done", "unverified"].contains(&&*self.outcome)
    }

    /// Whether the change was tried, and the directory refused it, failed at it, or did something else.
    pub(crate) fn has_failed(&self) -> bool {
        self.outcome == "failed"
    }
}

/// Something that was created and is there more than once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Twofold {
    /// The attribute whose value they share, as a path.
    pub attribute: Box<str>,
    /// The change that created one of them.
    pub change: String,
    /// The ids of all, that of the created one first where it is known.
    pub ids: Vec<Box<str>>,
}

/// What became of one change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReceiptLine {
    /// What happens to the person or group itself; none where only members change, and in receipts of older
    /// versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// The change.
    pub change: String,
    /// Why, where it is not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The reading of the directory that shows that it was done, where the last run did it. Receipts of older
    /// versions do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// What is left as it was, where the rest of the change is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_undone: Option<LeftUndone>,
    /// How many memberships begin and end. Of a change that is done but for a part, those that did. Receipts
    /// of older versions do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memberships: Option<u64>,
    /// The outcome in one word.
    #[cfg_attr(test, schemars(extend("enum" = [
        "done", "unverified", "already-done", "drifted", "failed", "skipped", "not-tried"
    ])))]
    pub outcome: String,
}

/// What is left as it was of a change that is done otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LeftUndone {
    /// The attributes that refer to somebody who is not in the directory, as paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Box<str>>,
    /// The members of a group who did not join it, or did not leave it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Reference>,
}

impl LeftUndone {
    /// The part of a change that is done.
    pub(crate) fn made_of(&self, change: &Change) -> Change {
        let mut made = change.clone();
        for path in &self.attributes {
            made.take(path);
        }
        made.leave_members(&self.members);
        made
    }
}

/// What ended the sending of an apply before everything was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HaltedBy {
    /// The service failed: it said that it is broken or busy, did not answer, or did not take the token.
    /// Three such applies in a row that made nothing put a directory in quarantine.
    Service,
    /// The first changes all failed for one cause.
    OneCause,
    /// The service answered about somebody else, whom it may have written to.
    SomebodyElse,
    /// The journal could not be written, or a part of this program failed.
    OurSide,
}

/// The reading of the directory that shows that a change was done. It is never the write's own answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// The resource was read by its id.
    ReadById,
    /// The resource was looked up by its name or `externalId`.
    LookedUp,
    /// A list that was read after the write holds the resource as the change wants it.
    Listed,
}

impl Evidence {
    /// All readings.
    pub(crate) const ALL: [Self; 3] = [Self::ReadById, Self::LookedUp, Self::Listed];

    /// The reading in words.
    pub(crate) const fn said(self) -> &'static str {
        match self {
            Self::ReadById => "read by id",
            Self::LookedUp => "looked up",
            Self::Listed => "seen in a list",
        }
    }
}
