//! One change: read, decide, make the intent durable, send, read back (`evidence`). After an answer that was
//! lost, read and decide again: a write is never repeated blindly.

use std::borrow::Cow;
use std::sync::Arc;

use tracing::Instrument as _;

use crate::client::{DirectoryError, Tries, Writer};
use crate::journal::{Event, Journal, JournalError};
use crate::killpoint::reached;
use crate::model::{Live, Rewritten};
use crate::plan::{Action, Change};
use crate::receipt::{Evidence, HaltedBy};

use super::broken::Broken;
use super::dangling::Dangling;
use super::decide::{Decision, Work, again};
use super::looking::{Looker, Sighting};
use super::outcome::{Halt, Outcome, Repeating, not_ruled_out, sent_and_unknown, stored_something_else};
use super::refusals::Refusals;
use super::sending::Sender;
use super::stored;
use super::trace;
use super::values::{self, Known};

/// The most times that a write is sent, not counting those that the service put off.
const ATTEMPTS: usize = 2;
/// The most times that a write is refused because the version has moved. Other changes of the run move it
/// too: a group's members are deleted while the group is.
const MOST_MOVES: usize = 5;

/// Makes changes.
#[derive(Clone)]
pub(super) struct Executor {
    pub(super) looker: Looker,
    pub(super) sender: Sender,
    journal: Journal,
}

/// How far a change has come.
pub(super) enum Stage {
    /// It has its outcome.
    Settled(Outcome),
    /// The directory took it. It waits to be read back with others.
    Taken,
}

/// The result of trying to make a change.
pub(super) struct MadeChange {
    pub(super) stage: Stage,
    /// Why nothing more may be sent; `None` if the run goes on.
    pub(super) run_ends: Option<Halt>,
    /// What a reading after a failure showed.
    pub(super) left: Left,
}

impl MadeChange {
    /// What came of a whole change, whose references may lead nowhere, by what came of the rest.
    fn of_whole(self, dangling: &Dangling<'_>) -> Self {
        let stage = match self.stage {
            Stage::Settled(outcome) => Stage::Settled(dangling.outcome(outcome)),
            Stage::Taken => Stage::Taken,
        };
        Self { stage, ..self }
    }
}

/// What is known of a resource after a change of it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// It is as it was, or done but for what was refused: nothing was sent, the directory refused or ignored
    /// it, or a later reading showed it.
    AsItWas,
    /// It may be otherwise.
    Unknown,
}

/// When a change is read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadBack {
    /// Right after its write.
    Now,
    /// Later, with others, by one list.
    WithOthers,
}

/// Whether anything may still be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WritesGoOn {
    /// The run goes on.
    Yes,
    /// It was stopped. What was written may still be read.
    No,
}

/// How a change is to be made.
pub(super) struct Manner {
    /// Whether the resource is read just before its first write.
    pub(super) first_look: FirstLook,
    /// When it is read back.
    pub(super) read_back: ReadBack,
}

/// Whether the resource is read just before its first write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstLook {
    /// It is read.
    Needed,
    /// The check before the run found nothing, and another look would tell no more, or the directory refuses
    /// to have it twice.
    NotNeeded,
}

/// Whether anything may have reached the directory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    Nothing,
    Perhaps,
}

/// How often a write was sent.
#[derive(Default)]
struct Sends {
    /// Without those that were put off or met another version.
    counted: usize,
    /// How often the version had moved.
    moved: usize,
}

impl Sends {
    fn note(&mut self, error: &DirectoryError) {
        let is_moved = error.status() == Some(412);
        self.moved += usize::from(is_moved);
        let is_counted = error.may_have_been_applied() || !(error.is_put_off() || is_moved);
        self.counted += usize::from(is_counted);
    }

    /// Whether the write may be sent once more. What came back in another way is sent again.
    fn may_go_on(&self, came_back: &[Rewritten]) -> bool {
        self.counted < ATTEMPTS + usize::from(!came_back.is_empty()) && self.moved < MOST_MOVES
    }
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
                journal: journal.clone(),
            },
            journal,
        }
    }

    /// What the plan's changes know of each other.
    pub(super) fn known(&self) -> &Known {
        &self.looker.known
    }

    /// Makes a change.
    pub(super) async fn make(&self, change: &Change, manner: Manner) -> MadeChange {
        let dangling = Dangling::of(change, self.known());
        let Some(rest) = dangling.rest() else {
            return MadeChange {
                stage: Stage::Settled(dangling.skipped()),
                run_ends: None,
                left: Left::AsItWas,
            };
        };
        let mut making = self.making(&rest, Sent::Nothing);
        making.read_back = manner.read_back;
        making
            .refusals
            .leave_out(values::unresolved_members(change, self.known()));
        let span = trace::change_span(&self.looker.reader, change);
        let made = making.run(manner.first_look).instrument(span).await;
        making.result(made).of_whole(&dangling)
    }

    /// Reads back a change that the directory took. `row` is its resource in a list that was read since.
    pub(super) async fn confirm(&self, change: &Change, row: Option<Live>, writes: WritesGoOn) -> MadeChange {
        let dangling = Dangling::of(change, self.known());
        let rest = dangling.rest().unwrap_or(Cow::Borrowed(change));
        let mut making = self.making(&rest, Sent::Perhaps);
        let span = trace::change_span(&self.looker.reader, change);
        let made = making.confirm(row, writes).instrument(span).await;
        making.result(made).of_whole(&dangling)
    }

    fn making<'m>(&'m self, change: &'m Change, sent: Sent) -> Making<'m> {
        Making {
            executor: self,
            looker: &self.looker,
            change,
            sent,
            by: Evidence::ReadById,
            read_back: ReadBack::Now,
            came_back: Vec::new(),
            refusals: Refusals::default(),
            left: Left::Unknown,
        }
    }
}

/// A change while it is made.
pub(super) struct Making<'a> {
    executor: &'a Executor,
    pub(super) looker: &'a Looker,
    pub(super) change: &'a Change,
    pub(super) sent: Sent,
    /// How the resource was last read.
    pub(super) by: Evidence,
    pub(super) read_back: ReadBack,
    /// The texts that came back in another way than they were sent.
    pub(super) came_back: Vec<Rewritten>,
    pub(super) left: Left,
    /// What the directory refused of the change while it took the rest.
    pub(super) refusals: Refusals,
}

impl Making<'_> {
    fn result(&self, stage: Result<Stage, Broken>) -> MadeChange {
        let left = if self.sent == Sent::Nothing {
            Left::AsItWas
        } else {
            self.left
        };
        let (stage, run_ends) = match stage {
            Ok(stage) => (stage, None),
            Err(Broken::Unrecorded { outcome, error }) => {
                let (by, reason) = (HaltedBy::OurSide, error.to_string());
                (Stage::Settled(outcome), Some(Halt { by, reason }))
            }
            Err(broken) => {
                let reason = broken.to_string();
                let outcome = Outcome::Failed {
                    reason: reason.clone(),
                    may_have_written: self.sent == Sent::Perhaps,
                    repeating: broken.repeating(),
                };
                let halted_by = broken.ends_run();
                (Stage::Settled(outcome), halted_by.map(|by| Halt { by, reason }))
            }
        };
        MadeChange {
            stage,
            run_ends,
            left,
        }
    }

    /// Reads the resource, and notes how.
    pub(super) async fn read(&mut self) -> Result<Sighting, DirectoryError> {
        let (found, by) = self.looker.read_somehow(self.change).await?;
        self.by = by;
        Ok(found)
    }

    pub(super) async fn run(&mut self, first_look: FirstLook) -> Result<Stage, Broken> {
        let (mut last, mut tries, mut sends, mut attempt) = (None, Tries::default(), Sends::default(), 0);
        while sends.may_go_on(&self.came_back) {
            let found = self.look_before(first_look).await?;
            let decision = self.decide(&found);
            // The first decision repeats that of the check before the run, unless something has happened
            // since.
            if attempt > 0 || !matches!(decision, Decision::Do(_)) {
                trace::decided(&decision);
            }
            let work = match decision {
                Decision::Do(work) => work,
                settled => {
                    let outcome = self.settle(settled, &found, last.as_ref()).await?;
                    return Ok(Stage::Settled(outcome));
                }
            };
            self.intend().await?;
            attempt += 1;
            let span = trace::attempt_span(attempt);
            let error = match self.send(&found, &work).instrument(span).await {
                Ok(answer) => {
                    if let Some(stage) = self.taken(answer, &work).await? {
                        return Ok(stage);
                    }
                    sends.counted += 1;
                    continue;
                }
                Err(Broken::Directory(error)) => error,
                Err(broken) => {
                    self.sent = Sent::Perhaps;
                    return Err(broken);
                }
            };
            if self.is_refused_create(&error, &found) {
                match self.after_refused_create(error, &work).await? {
                    Some(outcome) => return Ok(Stage::Settled(outcome)),
                    None => continue,
                }
            }
            let may_be_in = error.may_have_been_applied();
            if may_be_in {
                self.sent = Sent::Perhaps;
            }
            if !self.may_go_on(&error, &mut tries).await {
                return Err(error.into());
            }
            sends.note(&error);
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
        self.look_in_the_end(last).await.map(Stage::Settled)
    }

    async fn send(&mut self, found: &Sighting, work: &Work) -> Result<Option<Live>, Broken> {
        let sender = &self.executor.sender;
        sender.write(self.change, found, work, &mut self.refusals).await
    }

    /// The resource before a write, as far as it must be read. The check before the run may have found it,
    /// with members to add: then it is known by its id, and read.
    async fn look_before(&mut self, first_look: FirstLook) -> Result<Sighting, DirectoryError> {
        let has_id = self.looker.id_of(self.change).is_some();
        if first_look == FirstLook::NotNeeded && self.sent == Sent::Nothing && !has_id {
            return Ok(Sighting::Nothing);
        }
        self.read().await
    }

    /// Whether the run may go on after a failed write. Waits where the directory asks to come back later.
    async fn may_go_on(&self, error: &DirectoryError, tries: &mut Tries) -> bool {
        if error.is_put_off() {
            let writer = &self.executor.sender.writer;
            return writer.waited_to_repeat(tries, error).await;
        }
        !error.stops_everything()
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
            let found;
            (found, self.by) = self.looker.look_for_refused(self.change).await?;
            if self.looker.decide(self.change, &found) == Decision::AlreadyDone {
                return self.settle(Decision::AlreadyDone, &found, None).await;
            }
            self.sent = Sent::Nothing;
            return self.failed(last).await;
        }
        let found = self.read().await?;
        let decision = self.looker.decide(self.change, &found);
        if matches!(decision, Decision::AlreadyDone | Decision::Unknown(_)) {
            return self.settle(decision, &found, last.as_ref()).await;
        }
        self.left = self.left_by(&found);
        self.failed(last).await
    }

    /// What the last reading shows of a change that failed.
    pub(super) fn left_by(&self, found: &Sighting) -> Left {
        let whole = |work: &Work| work.attributes.len() == self.change.after.len();
        match self.looker.decide(self.change, found) {
            Decision::Do(work) if whole(&work) || self.change.action == Action::Delete => Left::AsItWas,
            _ => Left::Unknown,
        }
    }

    /// The outcome of a change that needs no write, or no further write. `refused` is the refusal of the last
    /// write, if there was one.
    pub(super) async fn settle(
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
                return Ok(stored_something_else(self.change, &drifts, refused));
            }
            (Decision::Unknown(why), Sent::Nothing) => return Ok(not_ruled_out(&why)),
            (Decision::Unknown(why), Sent::Perhaps) => return Ok(sent_and_unknown(&why, refused)),
            (_, Sent::Nothing) => Outcome::AlreadyDone,
            (_, Sent::Perhaps) => Outcome::Done(self.by),
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

    pub(super) async fn failed(&self, error: Option<DirectoryError>) -> Result<Outcome, Broken> {
        let repeating = error.as_ref().map_or(Repeating::MayHelp, Repeating::after);
        let versions = self.looker.reader.dialect().versions;
        let reason = error.map_or_else(
            || "it did not take hold".into(),
            |error| stored::refused(self.change, &error, versions),
        );
        self.failed_because(reason, repeating).await
    }

    pub(super) async fn failed_because(
        &self,
        reason: String,
        repeating: Repeating,
    ) -> Result<Outcome, Broken> {
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
            repeating,
        })
    }

    /// Notes that the directory took the change. Of a create, this is noted as soon as its id is known.
    pub(super) async fn record_taken(&self) -> Result<(), JournalError> {
        if self.change.action == Action::Create {
            return Ok(());
        }
        let (change, id) = (self.change.id.clone(), self.looker.id_of(self.change));
        self.record(Event::Taken { change, id }).await
    }

    pub(super) fn decided_on(&self, live: Box<Live>) -> Decision {
        self.looker.decide(self.change, &Sighting::One(live))
    }

    async fn record(&self, event: Event) -> Result<(), JournalError> {
        self.executor.journal.record(event).await
    }
}
