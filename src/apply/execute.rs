//! One change: read, decide, make the intent durable, send, read back. After an answer that was lost, read and decide again: a write is
//! never repeated blindly.

use std::sync::Arc;
use std::time::Duration;

use crate::directory::{Deactivation, DirectoryError, Live, Reactivation, Writer};
use crate::journal::{Event, Journal, JournalError, Status};
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Catalog, Value};
use crate::plan::{Action, Change};

use super::decide::{Decision, Drift, Work, decide};
use super::outcome::Outcome;
use super::values::{self, Known};

/// How long to wait before each look at a resource whose write may or may not have been done. A service may show a write late.
const LOOKS: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(500), Duration::from_secs(2)];
/// How often a write is sent at the most.
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
enum Found {
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

/// Why a change cannot go on. A broken journal stops everything.
pub(super) enum Broken {
    Directory(DirectoryError),
    Journal(JournalError),
}

impl From<DirectoryError> for Broken {
    fn from(error: DirectoryError) -> Self {
        Self::Directory(error)
    }
}

impl From<JournalError> for Broken {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl Executor {
    /// Reads the resource of a change and decides, without writing. Learns the id of a create that is done.
    pub(super) async fn check(&self, change: &Change) -> Result<Decision, DirectoryError> {
        let found = self.read(change).await?;
        Ok(self.decide(change, &found))
    }

    /// Makes a change. `status` is what the journal of an earlier run says of it.
    pub(super) async fn make(&self, change: &Change, status: Option<&Status>) -> Result<Outcome, Broken> {
        let mut wrote = matches!(status, Some(Status::Intended));
        let mut last: Option<DirectoryError> = None;
        for attempt in 0..=ATTEMPTS {
            let found = self.read(change).await?;
            match self.decide(change, &found) {
                Decision::AlreadyDone => {
                    let id = found.live().map(|live| live.id.clone());
                    self.journal.record(Event::Done { change: change.id.clone(), id }).await?;
                    return Ok(if last.is_some() { Outcome::Done } else { Outcome::AlreadyDone });
                }
                Decision::Drift(drifts) => return Ok(self.drifted(drifts, last)),
                Decision::Do(_) if attempt == ATTEMPTS => break,
                Decision::Do(work) => {
                    self.journal.record(Event::Intent { change: change.id.clone() }).await?;
                    match self.write(change, &found, &work).await {
                        Ok(live) => return self.read_back(change, live).await,
                        // The version moved between reading and writing; whether that matters, the values say.
                        Err(error) if error.status() == Some(412) => last = Some(error),
                        Err(error) if error.may_have_been_applied() => {
                            wrote = true;
                            self.look_until_settled(change, &work).await?;
                            last = Some(error);
                        }
                        Err(error) => return self.failed(change, error, wrote).await,
                    }
                }
            }
        }
        match last {
            Some(error) => self.failed(change, error, wrote).await,
            None => Ok(Outcome::Failed { reason: "it did not take hold".into(), may_have_written: wrote }),
        }
    }

    fn decide(&self, change: &Change, found: &Found) -> Decision {
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

    /// After a lost answer, drift may be the write itself, stored by half or in other words.
    fn drifted(&self, drifts: Vec<Drift>, last: Option<DirectoryError>) -> Outcome {
        match last {
            None => Outcome::Drifted(drifts),
            Some(error) => {
                let detail = Outcome::Drifted(drifts);
                Outcome::Failed {
                    reason: format!("{error}; and what is there now is neither the old nor the new: {detail:?}"),
                    may_have_written: true,
                }
            }
        }
    }

    async fn failed(&self, change: &Change, error: DirectoryError, may_have_written: bool) -> Result<Outcome, Broken> {
        if error.stops_everything() {
            return Err(Broken::Directory(error));
        }
        if !may_have_written {
            self.journal.record(Event::Failed { change: change.id.clone(), reason: error.to_string() }).await?;
        }
        Ok(Outcome::Failed { reason: error.to_string(), may_have_written })
    }

    /// The resource of a change as it is now: by id, or by each identifier of a resource that is to be created.
    async fn read(&self, change: &Change) -> Result<Found, DirectoryError> {
        let reader = self.writer.reader();
        let id = change.remote_id.clone().or_else(|| (change.action != Action::Create).then(|| self.known.id(&change.key)).flatten());
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
            let value = change.after.get(path).and_then(Option::as_ref).and_then(Value::as_text);
            // A create that was split names its resource by its key alone.
            let value = value.or((attribute == naming).then_some(&*change.key.name));
            let Some(value) = value.filter(|_| reader.can_find(attribute)) else { continue };
            for live in reader.find(attribute, value).await? {
                if found.iter().all(|known| known.id != live.id) {
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

    /// A group that does not tell its members, with those that the change is about, where the service can be asked.
    async fn with_members(&self, change: &Change, mut live: Live) -> Result<Live, DirectoryError> {
        let Some(delta) = change.members.as_ref().filter(|_| live.members.is_none() && change.action != Action::Delete) else {
            return Ok(live);
        };
        let about = delta.add.iter().chain(&delta.remove).filter_map(|one| values::resolve_reference(&self.known, one).id);
        live.members = self.writer.reader().ask_members(&live, &about.collect::<Vec<_>>()).await?;
        Ok(live)
    }

    /// Sends what is still to do. A group gets its attributes first, then its members.
    async fn write(&self, change: &Change, found: &Found, work: &Work) -> Result<Option<Live>, DirectoryError> {
        let (add, remove) = (values::members(&work.add), values::members(&work.remove));
        match (change.action, found.live()) {
            (Action::Create, None) => {
                let at_once = self.writer.reader().dialect().members_on_create().min(add.len());
                let created =
                    self.writer.create(change.kind, &values::attributes(&self.catalog, change, &self.known), &add[..at_once]).await?;
                self.known.learn(&change.key, &created.id);
                if at_once == add.len() {
                    return Ok(Some(created));
                }
                self.writer.change_members(&created.id, &add[at_once..], &[]).await
            }
            (Action::Delete, Some(live)) => {
                self.writer.delete(change.kind, &live.id, live.version.as_deref()).await?;
                Ok(None)
            }
            (Action::Reactivate, Some(live)) if self.writer.reader().dialect().reactivation == Reactivation::Create => {
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
                let updated = if edits.is_empty() { None } else { self.writer.update(live, &edits).await? };
                if add.is_empty() && remove.is_empty() {
                    return Ok(updated);
                }
                self.writer.change_members(&live.id, &add, &remove).await
            }
            (_, None) => Ok(None), // decide never asks to change what is not there
        }
    }

    /// Compares what the directory stored with what was asked: from the answer where it is complete, else from a new reading.
    async fn read_back(&self, change: &Change, answer: Option<Live>) -> Result<Outcome, Broken> {
        // An answer that does not tell the members says nothing of a change of them.
        let is_silent = |live: &Live| change.members.is_some() && live.members.is_none();
        let from_answer = answer.filter(|live| !is_silent(live)).map(|live| Found::One(Box::new(live)));
        let holds = |found: &Found| self.decide(change, found) == Decision::AlreadyDone;
        let found = match from_answer {
            Some(found) if holds(&found) => found,
            _ => self.read_until(change, &holds).await?,
        };
        let decision = self.decide(change, &found);
        // A service hides who is inactive, or does not tell who is in a group: it took the change, and nothing more can be read.
        let is_hidden = change.action == Action::Deactivate && found.live().is_none() && self.hides_inactive();
        let is_untold = found.live().is_some_and(is_silent) && matches!(&decision, Decision::Do(work) if work.attributes.is_empty());
        match decision {
            _ if is_hidden || is_untold => {
                let id = found.live().map(|live| live.id.clone());
                self.journal.record(Event::Done { change: change.id.clone(), id }).await?;
                Ok(Outcome::Done)
            }
            Decision::AlreadyDone => {
                let id = found.live().map(|live| live.id.clone());
                self.journal.record(Event::Done { change: change.id.clone(), id }).await?;
                Ok(Outcome::Done)
            }
            Decision::Drift(drifts) => {
                let detail = Outcome::Drifted(drifts).detail(change).unwrap_or_default();
                Ok(Outcome::Failed { reason: format!("the directory stored something else: {detail}"), may_have_written: true })
            }
            Decision::Do(work) => {
                let missing = describe(&work);
                Ok(Outcome::Failed { reason: format!("the directory accepted it and did not do it: {missing}"), may_have_written: true })
            }
        }
    }

    fn hides_inactive(&self) -> bool {
        self.writer.reader().dialect().deactivation == Deactivation::Hides
    }

    /// Reads a resource that was written, again for as long as the service may take to show it.
    async fn read_until(&self, change: &Change, holds: &(dyn Fn(&Found) -> bool + Send + Sync)) -> Result<Found, DirectoryError> {
        let mut left = Duration::from_secs(self.writer.reader().dialect().visibility_lag);
        loop {
            let found = self.read(change).await?;
            if left.is_zero() || holds(&found) {
                return Ok(found);
            }
            let pause = left.min(LOOKS[2]);
            tokio::time::sleep(pause).await;
            left -= pause;
        }
    }

    /// Waits until a write that may have been done shows, or long enough to say that it was not.
    async fn look_until_settled(&self, change: &Change, work: &Work) -> Result<(), DirectoryError> {
        for pause in LOOKS {
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
    let members = members.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} members {what}"));
    attributes.chain(members).collect::<Vec<_>>().join(", ")
}
