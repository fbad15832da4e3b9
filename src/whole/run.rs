//! A run of all changes in one request that holds everything. First, everything is read. The request is sent
//! only if the changes, applied to the live directory, give the plan's push. So nobody without a change is
//! removed or overwritten. Then the intents are made durable, the request is sent once, and everything is
//! read again. Each change's outcome is what that reading shows.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::apply::decide::{Decision, LiveDifference};
use crate::apply::outcome::{
    Ending, Halt, Outcome, Repeating, Report, RunStart, StopReason, stored_something_else, verdict,
};
use crate::apply::{Apply, ApplyError, Duplicates, Observer, trace};
use crate::client::DirectoryError;
use crate::journal::Event;
use crate::killpoint::reached;
use crate::model::Snapshot;
use crate::receipt::{Evidence, HaltedBy};
use crate::survey;
use crate::whole::compose::{Everything, compose};
use crate::whole::content::Push;
use crate::whole::form::{PushForm, Writes};
use crate::whole::look::{Look, Looked, Unread};
use crate::whole::moved::moved;
use crate::wire::Failure;

/// How long to wait before each look at the result of a push, without the dialect's own lag.
const LOOKS: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(200),
    Duration::from_millis(800),
    Duration::from_secs(2),
];
const DRIFTED: &str =
    "something in the directory is not as the plan read it, so nothing was sent; make a new plan";
const NOT_SHOWN: &str = "the directory took the push and does not show this yet; it may still come, or wait \
                         there for an approval. Run the same apply again to find out";

/// A push under way.
pub(crate) struct Pushing<'a> {
    run: &'a Apply<'a>,
    form: &'a PushForm,
    push: &'a Push,
    look: Look<'a>,
    start: RunStart,
}

/// A reading for a push reports no progress, because it is two requests.
struct UnwatchedReading;

impl survey::ReadingObserver for UnwatchedReading {}

/// The outcomes of the changes so far. `None` for a change that is not made yet.
struct Outcomes {
    of_changes: Vec<Option<Outcome>>,
    /// The changes that are done and could not be recorded.
    unrecorded: Vec<usize>,
    /// Why the push did not go through, if the service is behind it.
    halt: Option<Halt>,
}

/// What a failed push says of the service: a refusal is about what was sent.
fn halt(error: &DirectoryError) -> Option<Halt> {
    let is_of_service = Repeating::after(error) == Repeating::MayHelp;
    is_of_service.then(|| Halt {
        by: HaltedBy::Service,
        reason: error.to_string(),
    })
}

impl Outcomes {
    /// The indexes of the changes that are not made yet.
    fn open(&self) -> Vec<usize> {
        let is_open = |number: &usize| self.of_changes[*number].is_none();
        (0..self.of_changes.len()).filter(is_open).collect()
    }
}

impl<'a> Pushing<'a> {
    /// Prepares a push. `None` if the directory is written change by change, or if the plan has no changes.
    ///
    /// # Errors
    /// If this version does not know one of the plan's attributes, or the plan has changes and no push.
    pub(crate) fn of(run: &'a Apply<'a>) -> Result<Option<Self>, ApplyError> {
        run.check_attributes()?;
        let reader = run.writer.reader();
        let Writes::Whole(form) = &reader.dialect().writes else {
            return Ok(None);
        };
        let changes = &run.plan.changes;
        match &run.plan.header.push {
            Some(push) => Ok(Some(Self {
                run,
                form,
                push,
                look: Look {
                    catalog: reader.catalog(),
                    changes,
                    form,
                },
                start: run.start(),
            })),
            None if changes.is_empty() => Ok(None),
            None => Err(ApplyError::Plan(
                "this plan holds no push, and the directory is written by nothing else; make a new plan"
                    .into(),
            )),
        }
    }

    /// Makes all changes in one request.
    ///
    /// # Errors
    /// If the directory cannot be read, or an intent cannot be made durable. There are no errors after the
    /// request.
    pub(crate) async fn run(self, observer: &dyn Observer) -> Result<Report, ApplyError> {
        let changes = &self.run.plan.changes;
        let now = self.read().await?;
        let looked = self.look.at(&now, self.unread_before(&now));
        for (change, looked) in changes.iter().zip(&looked) {
            let span = trace::change_span(self.run.writer.reader(), change);
            span.in_scope(|| trace::decided(&looked.decision));
        }
        observer.checked(changes.len(), changes.len());
        let mut outcomes = Outcomes {
            of_changes: looked.iter().map(|looked| looked.settled(self.start)).collect(),
            unrecorded: Vec::new(),
            halt: None,
        };
        let is_open = !outcomes.open().is_empty();
        let mut ending = Ending::RanOut;
        if self.has_drifted(&now, &mut outcomes) {
            for outcome in &mut outcomes.of_changes {
                outcome.get_or_insert_with(|| Outcome::Skipped {
                    reason: DRIFTED.to_owned(),
                });
            }
        } else if let Some(reason) = self.asked_to_stop().filter(|_| is_open) {
            ending = Ending::Stopped(reason);
        } else if is_open {
            self.send(&mut outcomes, observer).await?;
        }
        Ok(self.report(outcomes, ending).await)
    }

    async fn report(&self, outcomes: Outcomes, ending: Ending) -> Report {
        let Outcomes {
            of_changes,
            unrecorded,
            halt,
        } = outcomes;
        let outcomes = of_changes
            .into_iter()
            .map(|outcome| outcome.unwrap_or(Outcome::NotTried));
        let outcomes: Vec<Outcome> = outcomes.collect();
        let verdict = verdict(self.run.plan, &outcomes, self.start, ending);
        if outcomes.iter().all(Outcome::is_done) && !self.run.progress.is_finished() {
            // A failure to record does not change the result; a later run finds it out by reading.
            let _ = self.run.journal.record(Event::Finished).await;
            reached("plan.finished");
        }
        Report {
            rewritten: BTreeSet::new(),
            // One request says everything that is there.
            duplicates: Duplicates::default(),
            verdict,
            outcomes,
            requests: self.run.writer.reader().tally(),
            unrecorded,
            halt,
        }
    }

    /// Whether a change has drifted, or the push would undo a change by others. The latter becomes the
    /// outcome of the first change that is not made yet.
    fn has_drifted(&self, now: &Snapshot, outcomes: &mut Outcomes) -> bool {
        let is_drift = |outcome: &Outcome| matches!(outcome, Outcome::Drifted(_));
        if outcomes.of_changes.iter().flatten().any(is_drift) {
            return true;
        }
        let Some(first) = outcomes.of_changes.iter_mut().find(|outcome| outcome.is_none()) else {
            return false;
        };
        let what = self.moved(now);
        let drifted = !what.is_empty();
        if drifted {
            *first = Some(Outcome::Drifted(vec![LiveDifference::Elsewhere { what }]));
        }
        drifted
    }

    /// The assumption about values that cannot be read, before a push. If all readable parts of an earlier
    /// push are there, it has arrived as a whole.
    fn unread_before(&self, now: &Snapshot) -> Unread {
        let is_done = |looked: &Looked| looked.decision == Decision::AlreadyDone;
        let has_arrived = self.start == RunStart::Resumed
            && self.look.shows()
            && self.look.at(now, Unread::AsPushed).iter().all(is_done);
        if has_arrived {
            Unread::AsPushed
        } else {
            Unread::AsBefore
        }
    }

    fn asked_to_stop(&self) -> Option<StopReason> {
        *self.run.stop.borrow()
    }

    async fn read(&self) -> Result<Snapshot, DirectoryError> {
        survey::everything(self.run.writer.reader(), &UnwatchedReading).await
    }

    fn moved(&self, now: &Snapshot) -> Vec<String> {
        let everything = Everything {
            catalog: self.look.catalog,
            changes: self.look.changes,
            form: self.form,
            snapshot: now,
        };
        match compose(&everything, self.push.settings.clone()) {
            Ok(would_be) => moved(self.push, &would_be, self.form),
            Err(error) => error.problems,
        }
    }

    /// Makes the intents durable, sends the push once, and finds the outcome of each change.
    async fn send(&self, outcomes: &mut Outcomes, observer: &dyn Observer) -> Result<(), ApplyError> {
        let open = outcomes.open();
        self.intend(&open, observer).await?;
        reached("push.intended");
        let sent = self.run.writer.push(self.push.request(self.form)).await;
        reached("push.answered");
        let refused = sent.err();
        outcomes.halt = refused.as_ref().and_then(halt);
        if let Some(error) = refused.as_ref().filter(|error| !error.may_have_been_applied()) {
            self.fail(&open, error, outcomes).await;
            return Ok(());
        }
        let seen = self.read_back(&open, refused.as_ref()).await;
        for (number, outcome) in open.into_iter().zip(seen) {
            let change = &self.look.changes[number];
            if outcome.is_done() {
                let event = Event::Done {
                    change: change.id.clone(),
                    id: self.look.id_of(change),
                };
                if self.run.journal.record(event).await.is_err() {
                    outcomes.unrecorded.push(number); // the change is done; a later run finds it by reading
                }
                reached("push.recorded");
            }
            trace::came_to(self.run.writer.reader(), change, &outcome);
            observer.finished(change, &outcome);
            outcomes.of_changes[number] = Some(outcome);
        }
        Ok(())
    }

    /// Makes the intents of all changes durable at the same time.
    async fn intend(&self, open: &[usize], observer: &dyn Observer) -> Result<(), ApplyError> {
        let mut durable = JoinSet::new();
        for number in open {
            let change = &self.look.changes[*number];
            observer.started(change);
            let (journal, change) = (self.run.journal.clone(), change.id.clone());
            durable.spawn(async move { journal.record(Event::Intent { change }).await });
        }
        while let Some(recorded) = durable.join_next().await {
            recorded.map_err(|error| {
                ApplyError::Plan(format!("the journal's writer ended unexpectedly: {error}"))
            })??;
        }
        Ok(())
    }

    /// Records that no change was made.
    async fn fail(&self, open: &[usize], error: &DirectoryError, outcomes: &mut Outcomes) {
        for number in open {
            let reason = error.to_string();
            let event = Event::Failed {
                change: self.look.changes[*number].id.clone(),
                reason: reason.clone(),
            };
            let _ = self.run.journal.record(event).await;
            outcomes.of_changes[*number] = Some(Outcome::Failed {
                reason,
                may_have_written: false,
                repeating: Repeating::after(error),
            });
        }
    }

    /// The outcomes of changes, read for as long as the service may take to show them.
    async fn read_back(&self, open: &[usize], refused: Option<&DirectoryError>) -> Vec<Outcome> {
        // If the push was accepted, values that cannot be read are as sent. If its answer was lost, they are
        // as sent if the readable ones are.
        let is_lost = |error: &DirectoryError| matches!(error.failure, Failure::NoAnswer { .. });
        let unread = match refused {
            None => Unread::AsPushed,
            Some(error) if is_lost(error) && self.look.shows() => Unread::AsPushed,
            Some(_) => Unread::AsBefore,
        };
        let lag = self.run.writer.reader().dialect().visibility_lag;
        let later = std::iter::repeat_n(LOOKS[3], usize::try_from(lag).unwrap_or(usize::MAX) / 2);
        let mut pauses = LOOKS.into_iter().chain(later).peekable();
        let looked = loop {
            tokio::time::sleep(pauses.next().unwrap_or_default()).await;
            let looked = self.read().await.map(|now| self.look.at(&now, unread));
            let is_settled = |number: &usize| {
                let looked = looked.as_ref();
                looked.is_ok_and(|looked| looked[*number].decision == Decision::AlreadyDone)
            };
            let is_over = open.iter().all(is_settled) || self.asked_to_stop().is_some();
            if is_over || pauses.peek().is_none() {
                break looked;
            }
        };
        let judge = |number: &usize| match &looked {
            Ok(looked) => self.judge(*number, &looked[*number], refused),
            Err(error) => Outcome::Failed {
                reason: format!("it was sent, and cannot be read back: {error}"),
                may_have_written: true,
                repeating: Repeating::MayHelp,
            },
        };
        open.iter().map(judge).collect()
    }

    fn judge(&self, number: usize, looked: &Looked, refused: Option<&DirectoryError>) -> Outcome {
        match (&looked.decision, refused) {
            (Decision::AlreadyDone, _) if looked.unread.is_empty() => Outcome::Done(Evidence::Listed),
            (Decision::AlreadyDone, _) => Outcome::Unverified(looked.unread.clone()),
            (Decision::Drift(drifts), None) => {
                stored_something_else(&self.look.changes[number], drifts, None)
            }
            (_, Some(error)) => Outcome::Failed {
                reason: error.to_string(),
                may_have_written: true,
                repeating: Repeating::after(error),
            },
            (_, None) => Outcome::Failed {
                reason: NOT_SHOWN.to_owned(),
                may_have_written: true,
                repeating: Repeating::MayHelp,
            },
        }
    }
}
