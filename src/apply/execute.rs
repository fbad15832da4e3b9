//! One change: read, decide, make the intent durable, send, read back. After an answer that was lost, read
//! and decide again: a write is never repeated blindly.

use std::sync::Arc;
use std::time::Duration;

use crate::dialect::Deactivation;

use crate::client::DirectoryError;

use crate::model::Live;

use crate::dialect::Reactivation;

use crate::client::Tries;

use crate::client::Writer;
use crate::journal::{Event, Journal, JournalError};
use crate::killpoint::reached;
use crate::model::well_known::{EXTERNAL_ID, MEMBERS};
use crate::model::{Catalog, Value};
use crate::plan::{Action, Change};

use super::decide::{Decision, Drift, Work, decide};
use super::outcome::Outcome;
use super::values::{self, Known};

/// How long to wait before each look at a resource whose write may or may not have been done. A service may
/// show a write late.
const LOOKS: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
];
/// The longest of these waits, where a service takes its time.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How often a write is sent at the most that the service did not put off.
const ATTEMPTS: usize = 2;

/// What it takes to make a change.
#[derive(Clone)]
pub(super) struct Executor {
    pub(super) catalog: Arc<Catalog>,
    pub(super) writer: Writer,
    pub(super) journal: Journal,
    pub(super) known: Arc<Known>,
}

/// What a reading found.
pub(super) enum Found {
    Nothing,
    One(Box<Live>),
    Several,
}

impl Found {
    fn live(&self) -> Option<&Live> {
        match self {
            Self::One(live) => Some(live),
            _ => None,
        }
    }
}

/// How a change came out.
pub(super) struct Made {
    pub(super) outcome: Outcome,
    /// Why nothing more may be sent, if so.
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
    /// Reads the resource of a change, without writing. Where a create finds its resource, its id is known
    /// from now on: what refers to it can only be decided after that.
    pub(super) async fn look(&self, change: &Change) -> Result<Found, DirectoryError> {
        let found = self.read(change).await?;
        if let (Action::Create, Some(live)) = (change.action, found.live()) {
            self.known.learn(&change.key, &live.id);
        }
        Ok(found)
    }

    /// Makes a change.
    pub(super) async fn make(&self, change: &Change) -> Made {
        let mut sent = Sent::Nothing;
        match self.attempts(change, &mut sent).await {
            Ok(outcome) => Made {
                outcome,
                run_ends: None,
            },
            Err(Broken::Unrecorded { outcome, error }) => Made {
                outcome,
                run_ends: Some(error.to_string()),
            },
            Err(broken) => {
                let reason = broken.to_string();
                Made {
                    outcome: Outcome::Failed {
                        reason: reason.clone(),
                        may_have_written: sent == Sent::Perhaps,
                    },
                    run_ends: Some(reason),
                }
            }
        }
    }

    async fn attempts(&self, change: &Change, sent: &mut Sent) -> Result<Outcome, Broken> {
        let (mut last, mut tries, mut sends) = (None, Tries::default(), 0);
        while sends < ATTEMPTS {
            let found = self.read(change).await?;
            let work = match self.decide(change, &found) {
                Decision::Do(work) => work,
                settled => return self.settle(change, settled, &found, (*sent, last.as_ref())).await,
            };
            reached("change.decided");
            self.journal
                .record(Event::Intent {
                    change: change.id.clone(),
                })
                .await?;
            reached("change.intended");
            let error = match self.write(change, &found, &work).await {
                Ok(answer) => {
                    *sent = Sent::Perhaps;
                    return self.read_back(change, answer).await;
                }
                Err(error) => error,
            };
            let may_be_in = error.may_have_been_applied();
            if may_be_in {
                *sent = Sent::Perhaps;
            }
            if error.is_put_off() {
                if !self.writer.waited_to_repeat(&mut tries, &error).await {
                    return Err(error.into());
                }
            } else if error.stops_everything() {
                return Err(error.into());
            }
            sends += usize::from(may_be_in || !error.is_put_off());
            // The version moved between reading and writing; whether that matters, the values say.
            let is_worth_repeating = may_be_in || error.is_put_off() || error.status() == Some(412);
            if may_be_in {
                self.look_until_settled(change, &work).await?;
            }
            last = Some(error);
            if !is_worth_repeating {
                break;
            }
        }
        if *sent == Sent::Nothing {
            // What is done already is refused in many words, whoever did it: what is there decides.
            *sent = Sent::Perhaps;
            let found = self.look_for_refused(change).await?;
            if self.decide(change, &found) == Decision::AlreadyDone {
                return self
                    .settle(change, Decision::AlreadyDone, &found, (*sent, None))
                    .await;
            }
            *sent = Sent::Nothing;
        }
        let found = if *sent == Sent::Perhaps {
            self.read(change).await?
        } else {
            Found::Nothing
        };
        match self.decide(change, &found) {
            settled @ Decision::AlreadyDone if *sent == Sent::Perhaps => {
                self.settle(change, settled, &found, (*sent, None)).await
            }
            _ => self.failed(change, last, *sent).await,
        }
    }

    /// Looks at what was refused; at what may have been made, for as long as it may take to show.
    async fn look_for_refused(&self, change: &Change) -> Result<Found, DirectoryError> {
        let mut found = self.read(change).await?;
        if change.action == Action::Create && self.writer.reader().dialect().visibility_lag > 0 {
            for pause in self.looks() {
                if found.live().is_some() {
                    break;
                }
                tokio::time::sleep(pause).await;
                found = self.read(change).await?;
            }
        }
        Ok(found)
    }

    /// A change that needs no write, or no further one.
    async fn settle(
        &self,
        change: &Change,
        decision: Decision,
        found: &Found,
        (sent, last): (Sent, Option<&DirectoryError>),
    ) -> Result<Outcome, Broken> {
        match decision {
            Decision::Drift(drifts) if sent == Sent::Nothing => Ok(Outcome::Drifted(drifts)),
            // After an answer that was lost, drift may be our own write, stored by half or in other words.
            Decision::Drift(drifts) => Ok(stored_something_else(change, drifts, last)),
            _ => {
                let id = found.live().map(|live| live.id.clone());
                reached("change.read-back");
                let outcome = if sent == Sent::Nothing {
                    Outcome::AlreadyDone
                } else {
                    Outcome::Done
                };
                match self
                    .journal
                    .record(Event::Done {
                        change: change.id.clone(),
                        id,
                    })
                    .await
                {
                    Ok(()) => {
                        reached("change.recorded");
                        Ok(outcome)
                    }
                    Err(error) => Err(Broken::Unrecorded { outcome, error }),
                }
            }
        }
    }

    async fn failed(
        &self,
        change: &Change,
        error: Option<DirectoryError>,
        sent: Sent,
    ) -> Result<Outcome, Broken> {
        let reason = error.map_or_else(|| "it did not take hold".into(), |error| error.to_string());
        if sent == Sent::Nothing {
            self.journal
                .record(Event::Failed {
                    change: change.id.clone(),
                    reason: reason.clone(),
                })
                .await?;
        }
        Ok(Outcome::Failed {
            reason,
            may_have_written: sent == Sent::Perhaps,
        })
    }

    pub(super) fn decide(&self, change: &Change, found: &Found) -> Decision {
        if matches!(found, Found::Several) {
            return Decision::Drift(vec![Drift::Ambiguous]);
        }
        let decision = decide(&self.catalog, change, &self.known, found.live());
        if let (Action::Create, Some(live)) = (change.action, found.live())
            && !matches!(decision, Decision::Drift(_))
        {
            self.known.learn(&change.key, &live.id);
        }
        decision
    }

    /// The resource of a change as it is now: by id, or by each identifier of a resource that is to be
    /// created.
    async fn read(&self, change: &Change) -> Result<Found, DirectoryError> {
        let reader = self.writer.reader();
        let id = change.remote_id.clone().or_else(|| {
            (change.action != Action::Create)
                .then(|| self.known.id(&change.key))
                .flatten()
        });
        if let Some(id) = id {
            let live = reader.get(change.kind, &id).await?;
            return Ok(match live {
                Some(live) => Found::One(Box::new(self.with_members(change, live).await?)),
                None => Found::Nothing,
            });
        }
        let naming = self.catalog.naming(change.kind);
        let external = self.catalog.well_known(change.kind, EXTERNAL_ID);
        let mut found: Vec<Live> = Vec::new();
        for attribute in [external, naming] {
            let path = &self.catalog.attribute(attribute).path;
            let value = change
                .after
                .get(path)
                .and_then(Option::as_ref)
                .and_then(Value::as_text);
            // A create that was split names its resource by its key alone.
            let value = value.or((attribute == naming).then_some(&*change.key.name));
            let Some(value) = value.filter(|_| reader.can_find(attribute)) else {
                continue;
            };
            for live in reader.find(attribute, value).await? {
                if found.iter().all(|known| known.id != live.id) && !self.known.is_another(change, &live.id) {
                    found.push(live);
                }
            }
        }
        Ok(match found.len() {
            0 => Found::Nothing,
            1 => Found::One(Box::new(self.with_members(change, found.remove(0)).await?)),
            _ => Found::Several,
        })
    }

    /// A group that does not tell its members, with those that the change is about, where the service can be
    /// asked.
    async fn with_members(&self, change: &Change, mut live: Live) -> Result<Live, DirectoryError> {
        let Some(delta) = change
            .members
            .as_ref()
            .filter(|_| live.members.is_none() && change.action != Action::Delete)
        else {
            return Ok(live);
        };
        let about = delta
            .add
            .iter()
            .chain(&delta.remove)
            .filter_map(|one| values::resolve_reference(&self.known, one).id);
        live.members = self
            .writer
            .reader()
            .ask_members(&live, &about.collect::<Vec<_>>())
            .await?;
        // A service that told the members when the plan was made and tells none now says that there are none.
        if delta.before > 0 && !self.writer.reader().dialect().hides_members() {
            live.members.get_or_insert_default();
        }
        Ok(live)
    }

    /// Sends what is still to do. A group gets its attributes first, then its members.
    pub(super) async fn write(
        &self,
        change: &Change,
        found: &Found,
        work: &Work,
    ) -> Result<Option<Live>, DirectoryError> {
        let (add, remove) = (values::members(&work.add), values::members(&work.remove));
        match (change.action, found.live()) {
            (Action::Create, None) => {
                let at_once = self.writer.reader().dialect().members_on_create().min(add.len());
                let created = self
                    .writer
                    .create(
                        change.kind,
                        &values::attributes(&self.catalog, change, &self.known),
                        &add[..at_once],
                    )
                    .await?;
                self.known.learn(&change.key, &created.id);
                reached("change.created");
                if at_once == add.len() {
                    return Ok(Some(created));
                }
                self.writer
                    .change_members(&created.id, &add[at_once..], &[])
                    .await
                    .map_err(DirectoryError::after_others)
            }
            (Action::Delete, Some(live)) => {
                self.writer
                    .delete(change.kind, &live.id, live.version.as_deref())
                    .await?;
                Ok(None)
            }
            (Action::Reactivate, Some(live))
                if self.writer.reader().dialect().reactivation == Reactivation::Create =>
            {
                let mut whole = live.attributes.clone();
                whole.retain(|attribute| self.catalog.attribute(attribute).is_writable());
                for edit in values::edits(&self.catalog, change, &self.known, &work.attributes) {
                    match edit.value {
                        Some(value) => whole.set(edit.attribute, value),
                        None => drop(whole.clear(edit.attribute)),
                    }
                }
                self.writer.recreate(live, &whole).await.map(Some)
            }
            (_, Some(live)) => {
                let edits = values::edits(&self.catalog, change, &self.known, &work.attributes);
                let updated = if edits.is_empty() {
                    None
                } else {
                    self.writer.update(live, &edits).await?
                };
                if add.is_empty() && remove.is_empty() {
                    return Ok(updated);
                }
                reached("change.updated");
                let changed = self.writer.change_members(&live.id, &add, &remove).await;
                if edits.is_empty() {
                    changed
                } else {
                    changed.map_err(DirectoryError::after_others)
                }
            }
            (_, None) => Ok(None), // decide never asks to change what is not there
        }
    }

    /// Compares what the directory stored with what was asked: from the answer where it is complete, else
    /// from a new reading, and from later ones where a service shows a write late.
    async fn read_back(&self, change: &Change, answer: Option<Live>) -> Result<Outcome, Broken> {
        reached("change.answered");
        // An answer that does not tell the members says nothing of a change of them.
        let is_silent = |live: &Live| change.members.is_some() && live.members.is_none();
        // What takes something away is believed when it is seen: waves rest on it.
        let mut found = match answer.filter(|live| !is_silent(live) && !change.takes_away()) {
            Some(live) => Found::One(Box::new(live)),
            None => self.read(change).await?,
        };
        for pause in std::iter::once(Duration::ZERO).chain(self.looks()) {
            if self.decide(change, &found) == Decision::AlreadyDone {
                break;
            }
            // A service hides who is inactive: that nobody is there is what the change asked for.
            let is_hidden =
                change.action == Action::Deactivate && found.live().is_none() && self.hides_inactive();
            if is_hidden {
                return self
                    .settle(change, Decision::AlreadyDone, &found, (Sent::Perhaps, None))
                    .await;
            }
            // It does not tell who is in a group: it took the change, and nothing more can be read.
            let has_no_attribute_left = |found: &Found| matches!(self.decide(change, found), Decision::Do(work) if work.attributes.is_empty());
            if found.live().is_some_and(is_silent) && has_no_attribute_left(&found) {
                self.settle(change, Decision::AlreadyDone, &found, (Sent::Perhaps, None))
                    .await?;
                return Ok(Outcome::Unverified(vec![MEMBERS.into()]));
            }
            tokio::time::sleep(pause).await;
            found = self.read(change).await?;
        }
        match self.decide(change, &found) {
            Decision::Do(work) => {
                let reason = format!("the directory accepted it and did not do it: {}", describe(&work));
                Ok(Outcome::Failed {
                    reason,
                    may_have_written: true,
                })
            }
            settled => self.settle(change, settled, &found, (Sent::Perhaps, None)).await,
        }
    }

    fn hides_inactive(&self) -> bool {
        self.writer.reader().dialect().deactivation == Deactivation::Hides
    }

    /// How long to wait before each look at what was written, or may have been: for as long as the service
    /// may take to show it.
    fn looks(&self) -> Vec<Duration> {
        let lag = Duration::from_secs(self.writer.reader().dialect().visibility_lag);
        let mut looks = LOOKS.to_vec();
        let (mut pause, mut waited) = (LOOKS[2], LOOKS.iter().sum());
        while waited < lag + LOOKS[1] {
            pause = (pause * 2)
                .min(LONGEST_PAUSE)
                .min((lag + LOOKS[1]).saturating_sub(waited));
            looks.push(pause);
            waited += pause;
        }
        looks
    }

    /// Waits until a write that may have been done shows, or long enough to say that it was not.
    async fn look_until_settled(&self, change: &Change, work: &Work) -> Result<(), DirectoryError> {
        for pause in self.looks() {
            tokio::time::sleep(pause).await;
            let found = self.read(change).await?;
            if self.decide(change, &found) != Decision::Do(work.clone()) {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn describe(work: &Work) -> String {
    let attributes = work.attributes.iter().map(ToString::to_string);
    let members = [(work.add.len(), "to add"), (work.remove.len(), "to remove")];
    let members = members
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} members {what}"));
    attributes.chain(members).collect::<Vec<_>>().join(", ")
}

pub(super) fn stored_something_else(
    change: &Change,
    drifts: Vec<Drift>,
    last: Option<&DirectoryError>,
) -> Outcome {
    let detail = Outcome::Drifted(drifts).detail(change).unwrap_or_default();
    let reason = match last {
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
