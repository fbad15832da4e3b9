//! The outcome of each change, and the verdict of a run. The verdict is computed from what the plan asked and
//! what was done, never from "no error was raised".

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::client::{DirectoryError, Tally};
use crate::escape::Escaped;
use crate::model::Rewritten;
use crate::model::well_known::MEMBERS;
use crate::plan::{Change, Plan};
use crate::receipt::{Evidence, HaltedBy, LeftUndone};

use super::decide::LiveDifference;
use super::stored;

/// The outcome of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This run made it, and a reading after the write shows it.
    Done(Evidence),
    /// This plan made it, in this run or an earlier one, and the readable attributes were read back. The
    /// directory does not return the attributes in this list.
    Unverified(Vec<Box<str>>),
    /// The directory took it, and holds these texts as it did before: it rewrites them so, or does not take
    /// them. They were sent twice, or the service is known to rewrite such texts so.
    Unmoved(Vec<Box<str>>),
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
        /// Whether the same apply may succeed if it is run again.
        repeating: Repeating,
    },
    /// The directory holds what the change asks for, but for members whom it refused or who are not there,
    /// and for references to somebody who is not there.
    InPart {
        /// What is left, and why.
        reason: String,
        /// The same as data.
        left: LeftUndone,
    },
    /// It was not tried, because of another change.
    Skipped {
        /// Why.
        reason: String,
    },
    /// It was not tried, because the run was stopped.
    NotTried,
}

/// Whether a change that failed may succeed if the same apply is run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeating {
    /// It may: the directory was not well, did not answer, or did not accept the token.
    MayHelp,
    /// It does not: the directory refused the change itself, or stored something else.
    DoesNot,
    /// It cannot be told whether the directory holds it, so somebody must look before anything is sent.
    Look,
}

impl Repeating {
    /// Whether repeating a write helps that failed with an error.
    pub(crate) fn after(error: &DirectoryError) -> Self {
        match error.status() {
            Some(401 | 408 | 423 | 425 | 429) => Self::MayHelp,
            Some(400..500) => Self::DoesNot,
            _ => Self::MayHelp,
        }
    }
}

impl Outcome {
    /// The outcome in one word, as receipts have it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Unverified(_) | Self::Unmoved(_) => "unverified",
            Self::AlreadyDone => "already-done",
            Self::Drifted(_) => "drifted",
            Self::Failed { .. } | Self::InPart { .. } => "failed",
            Self::Skipped { .. } => "skipped",
            Self::NotTried => "not-tried",
        }
    }

    /// The reading that shows that it was done by this run; `None` for every other outcome.
    pub const fn evidence(&self) -> Option<Evidence> {
        match self {
            Self::Done(evidence) => Some(*evidence),
            _ => None,
        }
    }

    /// Whether the directory is as the change wants it, as far as the directory tells.
    pub const fn is_done(&self) -> bool {
        matches!(
            self,
            Self::Done(_) | Self::Unverified(_) | Self::Unmoved(_) | Self::AlreadyDone
        )
    }

    /// Whether what waits for the change may go on: it is done, or done but for members or references.
    pub(crate) const fn is_met(&self) -> bool {
        self.is_done() || matches!(self, Self::InPart { .. })
    }

    /// The part of a change that the directory is seen to hold. `None` if none is seen.
    pub fn made<'c>(&self, change: &'c Change) -> Option<Cow<'c, Change>> {
        match self {
            Self::InPart { left, .. } => Some(Cow::Owned(left.made_of(change))),
            outcome if outcome.is_done() => Some(Cow::Borrowed(change)),
            _ => None,
        }
    }

    /// What is left as it was of a change that is done otherwise.
    pub const fn left_undone(&self) -> Option<&LeftUndone> {
        match self {
            Self::InPart { left, .. } => Some(left),
            _ => None,
        }
    }

    /// Whether the change is lost to this run. A service that fails altogether ends the run, so nothing goes
    /// on without a change because of it.
    pub(crate) const fn is_lost(&self) -> bool {
        matches!(
            self,
            Self::Drifted(_) | Self::Skipped { .. } | Self::Failed { .. }
        )
    }

    /// Whether nothing of the change was written: it was refused, or was not tried.
    pub(crate) const fn wrote_nothing(&self) -> bool {
        match self {
            Self::Done(_)
            | Self::Unverified(_)
            | Self::Unmoved(_)
            | Self::AlreadyDone
            | Self::InPart { .. } => false,
            Self::Failed { may_have_written, .. } => !*may_have_written,
            Self::Drifted(_) | Self::Skipped { .. } | Self::NotTried => true,
        }
    }

    /// Why it is not done, for people, naming the source line that asked for it.
    pub fn detail(&self, change: &Change) -> Option<String> {
        let origin = || {
            let place = change.origin.as_deref();
            place
                .map(|place| format!(" (declared at {})", Escaped(place)))
                .unwrap_or_default()
        };
        match self {
            Self::Done(_) | Self::AlreadyDone | Self::NotTried => None,
            Self::Unverified(paths) => Some(untold(paths)),
            Self::Unmoved(texts) => Some(format!(
                "the directory took it, and holds {} as before: it rewrites such texts, or does \
                 not take them",
                texts.join(", ")
            )),
            Self::Failed { reason, .. } | Self::InPart { reason, .. } => {
                Some(format!("{reason}{}", origin()))
            }
            Self::Skipped { reason } => Some(reason.clone()),
            Self::Drifted(drifts) => Some(
                drifts
                    .iter()
                    .map(|drift| stored::difference_since_the_plan(change, drift))
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
    drifts: &[LiveDifference],
    refused: Option<&DirectoryError>,
) -> Outcome {
    let is_gone = |difference: &LiveDifference| matches!(difference, LiveDifference::Vanished { .. });
    if let Some(gone) = drifts.iter().find(|difference| is_gone(difference)) {
        return Outcome::Failed {
            reason: stored::something_else(change, std::slice::from_ref(gone)),
            may_have_written: true,
            repeating: Repeating::Look,
        };
    }
    let detail = stored::something_else(change, drifts);
    let reason = match refused {
        Some(refused) if refused.status().is_some_and(|status| status < 500) => {
            format!("{refused}; {detail}")
        }
        _ => format!("the directory stored something else: {detail}"),
    };
    Outcome::Failed {
        reason,
        may_have_written: true,
        repeating: Repeating::DoesNot,
    }
}

/// The outcome of a change that was sent, and of which it cannot be told whether the directory has it.
/// `answered` is what came of the last request, if it is known.
pub(crate) fn sent_and_unknown(why: &str, answered: Option<&DirectoryError>) -> Outcome {
    let answered = answered.map(|error| format!(" ({error})")).unwrap_or_default();
    Outcome::Failed {
        reason: format!(
            "unknown, look at it: it was sent{answered}, and whether it was made cannot be told: {why}; it \
             is not sent again while that is so"
        ),
        may_have_written: true,
        repeating: Repeating::Look,
    }
}

/// The outcome of a change that was never sent, since it cannot be told whether the directory has it already.
pub(crate) fn not_ruled_out(why: &str) -> Outcome {
    Outcome::Failed {
        reason: format!("it was not sent, since it may be there already: {why}"),
        may_have_written: false,
        repeating: Repeating::Look,
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

/// An identifier that several resources have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The position of the change that created one of them.
    pub change: usize,
    /// The attribute whose value they share, as a path.
    pub attribute: Box<str>,
    /// The ids of the resources. The one that the plan created comes first, where its id is known.
    pub ids: Vec<Box<str>>,
}

/// What is known of duplicates after an apply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// Those that were found, in the plan's order.
    pub found: Vec<Duplicate>,
    /// Why they could not be looked for; `None` if they were, or if nothing was created.
    pub unlooked: Option<String>,
}

impl Duplicates {
    /// Whether nothing that was created is there twice, as far as the directory tells.
    pub const fn are_ruled_out(&self) -> bool {
        self.found.is_empty() && self.unlooked.is_none()
    }

    /// The verdict of a run, in which all may be done and something may be there twice.
    pub(super) fn verdict(&self, verdict: Verdict, ending: Ending) -> Verdict {
        let is_complete = matches!(verdict, Verdict::Applied | Verdict::AlreadyApplied);
        match ending {
            _ if self.are_ruled_out() || !is_complete => verdict,
            Ending::Stopped(StopReason::Interrupted) => Verdict::Interrupted,
            Ending::Stopped(StopReason::Deadline) => Verdict::OutOfTime,
            Ending::RanOut => Verdict::Partial,
        }
    }
}

/// Why a run sent nothing more before everything was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// What ended it.
    pub by: HaltedBy,
    /// The same in words.
    pub reason: String,
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
    /// What was created and is there more than once.
    pub duplicates: Duplicates,
    /// The texts that the service stored in another way than they were sent.
    pub rewritten: BTreeSet<Rewritten>,
    /// Why nothing more was sent before everything was tried; `None` if everything was tried that could be.
    pub halt: Option<Halt>,
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

/// What goes on after a run that did not do everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The same apply, run again.
    SameApply,
    /// A new plan. The same apply would meet the same refusal.
    NewPlan,
    /// Somebody looks at these changes, by position: it cannot be told whether the directory has them.
    Look(Vec<usize>),
    /// Somebody deletes what is there twice, and then a new plan.
    Duplicates,
}

impl Report {
    /// The positions of the changes of which it cannot be told whether the directory has them.
    fn unknown(&self) -> Vec<usize> {
        let is_unknown = |outcome: &Outcome| {
            matches!(
                outcome,
                Outcome::Failed {
                    repeating: Repeating::Look,
                    ..
                }
            )
        };
        let numbered = self.outcomes.iter().enumerate();
        let unknown = numbered.filter(|(_, outcome)| is_unknown(outcome));
        unknown.map(|(number, _)| number).collect()
    }

    /// What goes on after this run. `None` if everything is done.
    pub fn next(&self) -> Option<Next> {
        let lasts = |outcome: &Outcome| {
            let refused = matches!(
                outcome,
                Outcome::Failed {
                    repeating: Repeating::DoesNot,
                    ..
                }
            );
            refused || matches!(outcome, Outcome::Drifted(_) | Outcome::InPart { .. })
        };
        if !self.duplicates.found.is_empty() {
            return Some(Next::Duplicates);
        }
        match self.verdict {
            Verdict::Applied | Verdict::AlreadyApplied | Verdict::NothingToDo => None,
            // Nobody has tried what is left.
            Verdict::Interrupted | Verdict::OutOfTime => Some(Next::SameApply),
            Verdict::Partial | Verdict::Drifted | Verdict::Failed => {
                let unknown = self.unknown();
                if !unknown.is_empty() {
                    return Some(Next::Look(unknown));
                }
                let is_refused = self.outcomes.iter().any(lasts);
                Some(if is_refused {
                    Next::NewPlan
                } else {
                    Next::SameApply
                })
            }
        }
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
            Outcome::Done(_)
                | Outcome::Unverified(_)
                | Outcome::Unmoved(_)
                | Outcome::InPart { .. }
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
