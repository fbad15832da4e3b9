//! The outcome of each change, and the verdict of a run. The verdict is computed from what the plan asked and
//! what was done, never from "no error was raised".

use std::collections::BTreeSet;

use crate::client::{DirectoryError, Tally};
use crate::escape::Escaped;
use crate::model::well_known::MEMBERS;
use crate::model::{Rewritten, Value};
use crate::plan::{Change, Plan};

use super::decide::LiveDifference;

/// The outcome of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This run made it, and read it back.
    Done,
    /// This plan made it, in this run or an earlier one, and the readable attributes were read back. The
    /// directory does not return the attributes in this list.
    Unverified(Vec<Box<str>>),
    /// The resource was as wanted before this run.
    AlreadyDone,
    /// Somebody else changed the resource since the plan was made; nothing was written to it.
    Drifted(Vec<LiveDifference>),
    /// The change was refused, or had no effect.
    Failed {
        /// Why.
        reason: String,
        /// Whether something may have been written.
        may_have_written: bool,
    },
    /// It was not tried, because of another change.
    Skipped {
        /// Why.
        reason: String,
    },
    /// It was not tried, because the run was stopped.
    NotTried,
}

impl Outcome {
    /// The outcome in one word, as receipts have it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unverified(_) => "unverified",
            Self::AlreadyDone => "already-done",
            Self::Drifted(_) => "drifted",
            Self::Failed { .. } => "failed",
            Self::Skipped { .. } => "skipped",
            Self::NotTried => "not-tried",
        }
    }

    /// Whether the directory is as the change wants it, as far as the directory tells.
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done | Self::Unverified(_) | Self::AlreadyDone)
    }

    /// Why it is not done, for people, naming the source line that asked for it.
    pub fn detail(&self, change: &Change) -> Option<String> {
        let origin = |path: &str| {
            change
                .origin_of(path)
                .map(|place| format!(" (declared at {})", Escaped(place)))
                .unwrap_or_default()
        };
        match self {
            Self::Done | Self::AlreadyDone | Self::NotTried => None,
            Self::Unverified(paths) => Some(untold(paths)),
            Self::Failed { reason, .. } => Some(format!("{reason}{}", origin(""))),
            Self::Skipped { reason } => Some(reason.clone()),
            Self::Drifted(drifts) => Some(
                drifts
                    .iter()
                    .map(|drift| describe(drift, origin))
                    .collect::<Vec<_>>()
                    .join("; "),
            ),
        }
    }
}

/// The outcome of a change after which the directory holds something else. `refused` is the error of the last
/// request, if it failed. A refusal (a status below 500) comes first in the reason.
pub(crate) fn stored_something_else(
    change: &Change,
    drifts: Vec<LiveDifference>,
    refused: Option<&DirectoryError>,
) -> Outcome {
    let detail = Outcome::Drifted(drifts).detail(change).unwrap_or_default();
    let reason = match refused {
        Some(refused) if refused.status().is_some_and(|status| status < 500) => {
            format!("{refused}; {detail}")
        }
        _ => format!("the directory stored something else: {detail}"),
    };
    Outcome::Failed {
        reason,
        may_have_written: true,
    }
}

/// The sentence about attributes that the directory took and does not return.
fn untold(paths: &[Box<str>]) -> String {
    let names = paths
        .iter()
        .map(|path| {
            if **path == *MEMBERS {
                "who is in a group"
            } else {
                path
            }
        })
        .collect::<Vec<_>>();
    format!("the directory took it, and does not tell {}", names.join(", "))
}

fn describe(drift: &LiveDifference, origin: impl Fn(&str) -> String) -> String {
    let show = |value: &Option<Value>| {
        value.as_ref().map_or_else(
            || "nothing".to_owned(),
            |value| format!("{:?}", Escaped(&value.plain()).to_string()),
        )
    };
    match drift {
        LiveDifference::Attribute {
            path,
            expected,
            found,
        } => {
            format!(
                "{} was {} when the plan was made and is {} now{}",
                Escaped(path),
                show(expected),
                show(found),
                origin(path)
            )
        }
        LiveDifference::Gone => format!("it is gone from the directory{}", origin("")),
        LiveDifference::Appeared { id } => format!(
            "it has appeared in the directory since, with other values (id {}){}",
            Escaped(id),
            origin("")
        ),
        LiveDifference::Elsewhere { what } => format!(
            "nothing was sent, since the push would undo what somebody else did: {}",
            what.join("; ")
        ),
        LiveDifference::Ambiguous => format!(
            "several resources in the directory answer to its identifiers{}",
            origin("")
        ),
    }
}

/// The result of a run in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every change is done, at least one of them by this run.
    Applied,
    /// Every change was done before.
    AlreadyApplied,
    /// The plan has no changes.
    NothingToDo,
    /// Some changes are done and some are not.
    Partial,
    /// Drift was found before anything was written.
    Drifted,
    /// The run failed before anything was written.
    Failed,
    /// The run was asked to stop.
    Interrupted,
    /// Its deadline passed.
    OutOfTime,
}

impl Verdict {
    /// The word, as receipts and events have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::AlreadyApplied => "already-applied",
            Self::NothingToDo => "nothing-to-do",
            Self::Partial => "partial",
            Self::Drifted => "drifted",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::OutOfTime => "out-of-time",
        }
    }
}

/// The outcome of a run.
#[derive(Debug)]
pub struct Report {
    /// The outcome of each change, in the plan's order.
    pub outcomes: Vec<Outcome>,
    /// The verdict.
    pub verdict: Verdict,
    /// How many requests this run sent, by method.
    pub requests: Tally,
    /// The positions of the changes that are done and could not be recorded in the journal.
    pub unrecorded: Vec<usize>,
    /// The texts that the service stored in another way than they were sent.
    pub rewritten: BTreeSet<Rewritten>,
}

impl Report {
    /// How many changes have the outcome with this word.
    pub fn count(&self, word: &str) -> usize {
        self.outcomes
            .iter()
            .filter(|outcome| outcome.word() == word)
            .count()
    }
}

/// How a run begins. The verdict depends on it and on the outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunStart {
    /// Nothing was ever written for this plan, as far as the journal knows.
    Fresh,
    /// An earlier run may have written.
    Resumed,
}

/// Why a run is stopped from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// A signal asked the run to stop.
    Interrupted,
    /// Its deadline passed.
    Deadline,
}

/// How a run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing was left that could be tried.
    RanOut,
    /// It was stopped.
    Stopped(StopReason),
}

/// The verdict on outcomes.
pub(crate) fn verdict(plan: &Plan, outcomes: &[Outcome], start: RunStart, ending: Ending) -> Verdict {
    let all_done = outcomes.iter().all(Outcome::is_done) && outcomes.len() == plan.changes.len();
    let may_have_written = |outcome: &Outcome| {
        matches!(
            outcome,
            Outcome::Done
                | Outcome::Unverified(_)
                | Outcome::Failed {
                    may_have_written: true,
                    ..
                }
        )
    };
    if plan.changes.is_empty() {
        Verdict::NothingToDo
    } else if all_done {
        if outcomes.iter().any(may_have_written) {
            Verdict::Applied
        } else {
            Verdict::AlreadyApplied
        }
    } else if let Ending::Stopped(reason) = ending {
        match reason {
            StopReason::Interrupted => Verdict::Interrupted,
            StopReason::Deadline => Verdict::OutOfTime,
        }
    } else if start == RunStart::Resumed || outcomes.iter().any(may_have_written) {
        Verdict::Partial
    } else if outcomes
        .iter()
        .any(|outcome| matches!(outcome, Outcome::Drifted(_)))
    {
        Verdict::Drifted
    } else {
        Verdict::Failed
    }
}
