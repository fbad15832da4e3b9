//! One change: read, decide, make the intent durable, send, read back. After an answer that was lost, read
//! and decide again: a write is never repeated blindly.

use std::sync::Arc;
use std::time::Duration;

use tracing::Instrument as _;

use crate::client::{DirectoryError, Tries, Writer};
use crate::journal::{Event, Journal, JournalError};
use crate::killpoint::reached;
use crate::model::well_known::MEMBERS;
use crate::model::{Live, Rewritten};
use crate::plan::{Action, Change};

use super::came_back;
use super::decide::{Decision, Work, again};
use super::looking::{Looker, Sighting};
use super::outcome::{Outcome, stored_something_else};
use super::sending::Sender;
use super::trace;
use super::values::Known;

/// The most times that a write is sent, not counting those that the service put off.
const ATTEMPTS: usize = 2;

/// Makes changes.
#[derive(Clone)]
pub(super) struct Executor {
    pub(super) looker: Looker,
    pub(super) sender: Sender,
    journal: Journal,
}

/// The result of trying to make a change.
pub(super) struct MadeChange {
    pub(super) outcome: Outcome,
    /// Why nothing more may be sent; `None` if the run goes on.
    pub(super) run_ends: Option<String>,
}

/// Whether anything may have reached the directory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sent {
    Nothing,
    Perhaps,
}

/// Why nothing more may be sent.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The outcome is known, and could not be recorded.
    #[error("{error}")]
    Unrecorded { outcome: Outcome, error: JournalError },
}

impl Executor {
    pub(super) fn new(writer: Writer, journal: Journal, known: Arc<Known>) -> Self {
        let reader = writer.reader().clone();
        let catalog = Arc::clone(reader.catalog());
        Self {
            looker: Looker {
                catalog: Arc::clone(&catalog),
                reader,
                known: Arc::clone(&known),
            },
            sender: Sender {
                catalog,
                writer,
                known,
            },
            journal,
        }
    }

    /// What the plan's changes know of each other.
    pub(super) fn known(&self) -> &Known {
        &self.looker.known
    }

    /// Makes a change.
    pub(super) async fn make(&self, change: &Change) -> MadeChange {
        let mut making = Making {
            executor: self,
            looker: &self.looker,
            change,
            sent: Sent::Nothing,
            came_back: Vec::new(),
        };
        let span = trace::change_span(&self.looker.reader, change);
        match making.run().instrument(span).await {
            Ok(outcome) => MadeChange {
                outcome,
                run_ends: None,
            },
            Err(Broken::Unrecorded { outcome, error }) => MadeChange {
                outcome,
                run_ends: Some(error.to_string()),
            },
            Err(broken) => {
                let reason = broken.to_string();
                MadeChange {
                    outcome: Outcome::Failed {
                        reason: reason.clone(),
                        may_have_written: making.sent == Sent::Perhaps,
                    },
                    run_ends: Some(reason),
                }
            }
        }
    }
}

/// A change while it is made.
struct Making<'a> {
    executor: &'a Executor,
    looker: &'a Looker,
    change: &'a Change,
    sent: Sent,
    /// The texts that came back in another way than they were sent.
    came_back: Vec<Rewritten>,
}

impl Making<'_> {
    async fn run(&mut self) -> Result<Outcome, Broken> {
        let (mut last, mut tries, mut sends, mut attempt) = (None, Tries::default(), 0, 0);
        while sends < ATTEMPTS + usize::from(!self.came_back.is_empty()) {
            let found = self.looker.read(self.change).await?;
            let decision = self.decide(&found);
            // The first decision repeats that of the check before the run, unless something has happened
            // since.
            if attempt > 0 || !matches!(decision, Decision::Do(_)) {
                trace::decided(&decision);
            }
            let work = match decision {
                Decision::Do(work) => work,
                settled => return self.settle(settled, &found, last.as_ref()).await,
            };
            self.intend().await?;
            attempt += 1;
            let writing = self.executor.sender.write(self.change, &found, &work);
            let error = match writing.instrument(trace::attempt_span(attempt)).await {
                Ok(answer) => {
                    self.sent = Sent::Perhaps;
                    let Some(outcome) = self.read_back(answer).await? else {
                        sends += 1;
                        continue;
                    };
                    return Ok(outcome);
                }
                Err(error) => error,
            };
            let may_be_in = error.may_have_been_applied();
            if may_be_in {
                self.sent = Sent::Perhaps;
            }
            if error.is_put_off() {
                if !self
                    .executor
                    .sender
                    .writer
                    .waited_to_repeat(&mut tries, &error)
                    .await
                {
                    return Err(error.into());
                }
            } else if error.stops_everything() {
                return Err(error.into());
            }
            sends += usize::from(may_be_in || !error.is_put_off());
            // The version may have moved between reading and writing. The values decide whether that matters.
            let is_worth_repeating = may_be_in || error.is_put_off() || error.status() == Some(412);
            if may_be_in {
                self.looker.look_until_settled(self.change, &work).await?;
            }
            last = Some(error);
            if !is_worth_repeating {
                break;
            }
        }
        self.look_in_the_end(last).await
    }

    /// Decides, and sends a text again that came back in another way in this run.
    fn decide(&self, found: &Sighting) -> Decision {
        let is_again =
            !self.came_back.is_empty() && self.looker.rewritten(self.change, found) == self.came_back;
        if is_again {
            Decision::Do(again(self.change, &self.came_back))
        } else {
            self.looker.decide(self.change, found)
        }
    }

    /// Makes the intent to write durable.
    async fn intend(&self) -> Result<(), JournalError> {
        reached("change.decided");
        let change = self.change.id.clone();
        self.record(Event::Intent { change }).await?;
        reached("change.intended");
        Ok(())
    }

    /// The outcome of a change whose writes were all refused or had no answer.
    async fn look_in_the_end(&mut self, last: Option<DirectoryError>) -> Result<Outcome, Broken> {
        if self.sent == Sent::Nothing {
            // Services refuse what is done already in many different words, so the directory's state decides.
            self.sent = Sent::Perhaps;
            let found = self.looker.look_for_refused(self.change).await?;
            if self.looker.decide(self.change, &found) == Decision::AlreadyDone {
                return self.settle(Decision::AlreadyDone, &found, None).await;
            }
            self.sent = Sent::Nothing;
            return self.failed(last).await;
        }
        let found = self.looker.read(self.change).await?;
        match self.looker.decide(self.change, &found) {
            Decision::AlreadyDone => self.settle(Decision::AlreadyDone, &found, None).await,
            _ => self.failed(last).await,
        }
    }

    /// The outcome of a change that needs no write, or no further write. `refused` is the refusal of the last
    /// write, if there was one.
    async fn settle(
        &self,
        decision: Decision,
        found: &Sighting,
        refused: Option<&DirectoryError>,
    ) -> Result<Outcome, Broken> {
        let outcome = match (decision, self.sent) {
            (Decision::Drift(drifts), Sent::Nothing) => return Ok(Outcome::Drifted(drifts)),
            // After an answer that was lost, a difference may be our own write, stored by half or in other
            // words.
            (Decision::Drift(drifts), Sent::Perhaps) => {
                return Ok(stored_something_else(self.change, drifts, refused));
            }
            (_, Sent::Nothing) => Outcome::AlreadyDone,
            (_, Sent::Perhaps) => Outcome::Done,
        };
        reached("change.read-back");
        let (change, id) = (self.change.id.clone(), found.live().map(|live| live.id.clone()));
        match self.record(Event::Done { change, id }).await {
            Ok(()) => {
                reached("change.recorded");
                Ok(outcome)
            }
            Err(error) => Err(Broken::Unrecorded { outcome, error }),
        }
    }

    async fn failed(&self, error: Option<DirectoryError>) -> Result<Outcome, Broken> {
        let reason = error.map_or_else(|| "it did not take hold".into(), |error| error.to_string());
        if self.sent == Sent::Nothing {
            let change = self.change.id.clone();
            self.record(Event::Failed {
                change,
                reason: reason.clone(),
            })
            .await?;
        }
        Ok(Outcome::Failed {
            reason,
            may_have_written: self.sent == Sent::Perhaps,
        })
    }

    async fn record(&self, event: Event) -> Result<(), JournalError> {
        self.executor.journal.record(event).await
    }

    /// Whether the write shows, and its texts are stored in another way: so they are not what was there
    /// before, or they have come back so once, or the service is known for it.
    fn shows_another(&self, found: &Sighting) -> bool {
        let rewritten = self.looker.rewritten(self.change, found);
        !rewritten.is_empty()
            && (rewritten == self.came_back
                || self.looker.known.rewrites.know(&rewritten)
                || !rewritten.iter().any(|one| came_back::was_there(self.change, one)))
    }

    /// Compares what the directory stored with what was asked. The stored values come from the answer if it
    /// is complete, else from a new reading, and from later readings where a service shows a write late.
    /// `None` if the service may rewrite texts: they are to be sent again.
    async fn read_back(&mut self, answer: Option<Live>) -> Result<Option<Outcome>, Broken> {
        reached("change.answered");
        let change = self.change;
        // An answer without members says nothing about a change of members.
        let is_silent = |live: &Live| change.members.is_some() && live.members.is_none();
        // A change that takes something away is always read again, because the waves rest on it.
        let mut found = match answer.filter(|live| !is_silent(live) && !change.takes_away()) {
            Some(live) => Sighting::One(Box::new(live)),
            None => self.looker.read(change).await?,
        };
        for pause in std::iter::once(Duration::ZERO).chain(self.looker.looks()) {
            let decision = self.looker.decide(change, &found);
            if decision == Decision::AlreadyDone {
                break;
            }
            // The service hides inactive people, so a missing person is what the change asked for.
            let is_deactivation = change.action == Action::Deactivate;
            if is_deactivation && found.live().is_none() && self.looker.hides_inactive() {
                return self.settle(Decision::AlreadyDone, &found, None).await.map(Some);
            }
            if self.shows_another(&found) {
                break; // no later look is needed
            }
            // The service does not tell the members of a group. It accepted the change, and nothing more can
            // be read.
            let no_attribute_is_left =
                matches!(decision, Decision::Do(ref work) if work.attributes.is_empty());
            if found.live().is_some_and(is_silent) && no_attribute_is_left {
                self.settle(Decision::AlreadyDone, &found, None).await?;
                return Ok(Some(Outcome::Unverified(vec![MEMBERS.into()])));
            }
            tokio::time::sleep(pause).await;
            found = self.looker.read(change).await?;
        }
        let rewritten = self.looker.rewritten(change, &found);
        if !rewritten.is_empty() {
            let rewrites = &self.looker.known.rewrites;
            if rewritten == self.came_back || rewrites.know(&rewritten) {
                rewrites.add(rewritten);
                return self.settle(Decision::AlreadyDone, &found, None).await.map(Some);
            }
            if self.came_back.is_empty() {
                self.came_back = rewritten;
                return Ok(None);
            }
        }
        match self.looker.decide(change, &found) {
            Decision::Do(work) => Ok(Some(Outcome::Failed {
                reason: format!("the directory accepted it and did not do it: {}", describe(&work)),
                may_have_written: true,
            })),
            settled => self.settle(settled, &found, None).await.map(Some),
        }
    }
}

/// The undone part of a change, in a few words.
fn describe(work: &Work) -> String {
    let attributes = work.attributes.iter().map(ToString::to_string);
    let counted = |count: usize, what: &str| (count > 0).then(|| format!("{count} members {what}"));
    let members = [
        counted(work.add.len(), "to add"),
        counted(work.remove.len(), "to remove"),
    ];
    attributes
        .chain(members.into_iter().flatten())
        .collect::<Vec<_>>()
        .join(", ")
}
