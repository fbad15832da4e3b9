//! Reads every resource of a plan before anything is written, in few requests: the list where many are
//! touched, each by its id otherwise, and the look-ups of what is to be created together.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::client::DirectoryError;
use crate::model::{Kind, Kinds, Live};
use crate::plan::reading::{KindReading, ReadBy};
use crate::plan::{Action, Change};

use super::decide::Decision;
use super::error::ApplyError;
use super::looking::{Looker, Sighting};
use super::trace;

/// Reads the resources of changes.
pub(super) struct Checking<'a> {
    pub(super) looker: &'a Looker,
    pub(super) changes: &'a [Change],
    pub(super) readings: &'a Kinds<KindReading>,
    /// How many requests may be under way at once.
    pub(super) parallelism: usize,
    /// Told how many changes were checked.
    pub(super) progress: &'a (dyn Fn(usize) + Sync),
}

/// The readings so far, by the change's position.
type Readings = Vec<Option<Sighting>>;

/// How many of the readings are there.
fn count(readings: &Readings) -> usize {
    readings.iter().flatten().count()
}

impl Checking<'_> {
    /// Reads everything, and decides on each change. All reads come before the first decision, because a
    /// resume knows the id of a manager only after that manager was read.
    pub(super) async fn decisions(&self) -> Result<Vec<Decision>, ApplyError> {
        let mut readings: Readings = self.changes.iter().map(|_| None).collect();
        let listed = self.take_listed(&mut readings).await?;
        self.read_each(&mut readings, |change| self.looker.id_of(change).is_some())
            .await?;
        self.look_up_creates(&mut readings).await?;
        self.read_each(&mut readings, |_| true).await?;
        // A list may leave out what a reading by id has, so only the latter can tell that somebody else
        // changed the resource.
        for number in listed {
            let is_drift = matches!(self.decide(number, &readings), Some(Decision::Drift(_)));
            if is_drift {
                readings[number] = None;
            }
        }
        self.read_each(&mut readings, |_| true).await?;
        let decisions = (0..self.changes.len()).filter_map(|number| self.decide(number, &readings));
        Ok(decisions.collect())
    }

    fn decide(&self, number: usize, readings: &Readings) -> Option<Decision> {
        let found = readings[number].as_ref()?;
        Some(self.looker.decide(&self.changes[number], found))
    }

    /// Reads the lists that take fewer requests than their resources. Returns which changes they settled.
    async fn take_listed(&self, readings: &mut Readings) -> Result<Vec<usize>, ApplyError> {
        let mut taken = Vec::new();
        for kind in Kind::ALL {
            if self.readings.of(kind).check != ReadBy::List {
                continue;
            }
            let of_kind = || {
                self.changes
                    .iter()
                    .enumerate()
                    .filter(move |(_, change)| change.kind == kind)
            };
            let wanted: HashSet<Box<str>> = of_kind()
                .filter_map(|(_, change)| self.looker.id_of(change))
                .collect();
            let is_wanted = |row: &Live| wanted.contains(&row.id);
            let Some(rows) = self.looker.listed(kind, &is_wanted).await? else {
                continue;
            };
            for (number, change) in of_kind() {
                let row = self.looker.id_of(change).and_then(|id| rows.get(&id));
                let Some(row) = row.filter(|row| self.looker.is_whole(change, row)) else {
                    continue;
                };
                let row = self.looker.with_members(change, row.clone()).await?;
                readings[number] = Some(Sighting::One(Box::new(row)));
                taken.push(number);
            }
            (self.progress)(count(readings));
        }
        Ok(taken)
    }

    /// Reads the resources of the changes that were not read yet and are `due`, each by itself.
    async fn read_each(
        &self,
        readings: &mut Readings,
        due: impl Fn(&Change) -> bool,
    ) -> Result<(), ApplyError> {
        let slots = Arc::new(Semaphore::new(self.parallelism.max(1)));
        let mut tasks = JoinSet::new();
        for (number, change) in self.changes.iter().enumerate() {
            if readings[number].is_some() || !due(change) {
                continue;
            }
            let (looker, change, slots) = (self.looker.clone(), change.clone(), Arc::clone(&slots));
            tasks.spawn(async move {
                let _slot = slots.acquire().await;
                let span = trace::change_span(&looker.reader, &change);
                (number, looker.look(&change).instrument(span).await)
            });
        }
        let mut checked = count(readings);
        while let Some(task) = tasks.join_next().await {
            let (number, found) = task.map_err(|error| ended(&error))?;
            readings[number] = Some(found?);
            checked += 1;
            (self.progress)(checked);
        }
        Ok(())
    }

    /// Looks for what is to be created, with all questions of a kind together. What an earlier run may have
    /// sent is looked for until it shows, or until the service's visibility lag has passed.
    async fn look_up_creates(&self, readings: &mut Readings) -> Result<(), ApplyError> {
        for kind in Kind::ALL {
            let is_due = |number: &usize| {
                let change = &self.changes[*number];
                change.kind == kind && change.action == Action::Create && readings[*number].is_none()
            };
            let mut due: Vec<usize> = (0..self.changes.len()).filter(is_due).collect();
            let mut pauses = self.looker.looks().into_iter();
            while !due.is_empty() {
                let known = two_of(kind, readings);
                let changes: Vec<Change> = due.iter().map(|number| self.changes[*number].clone()).collect();
                let looker = self.looker.clone();
                // In a task of its own, so that a panic is an error of this run.
                let finding = tokio::spawn(async move {
                    let changes: Vec<&Change> = changes.iter().collect();
                    looker.find_all(kind, &changes, &known).await
                });
                let found = finding.await.map_err(|error| ended(&error))??;
                for (number, sighting) in due.iter().zip(found.each) {
                    if let Some(live) = sighting.live() {
                        self.looker.known.learn(&self.changes[*number].key, &live.id);
                    }
                    readings[*number] = Some(sighting);
                }
                (self.progress)(count(readings));
                due.retain(|number| {
                    let is_missing =
                        matches!(readings[*number], Some(Sighting::Nothing | Sighting::Unknown(_)));
                    is_missing && self.looker.known.was_asked_before(&self.changes[*number])
                });
                let Some(pause) = pauses.next().filter(|_| !due.is_empty()) else {
                    break;
                };
                tokio::time::sleep(pause).await;
            }
        }
        Ok(())
    }
}

/// Two resources of a kind that were read, to try look-ups with.
fn two_of(kind: Kind, readings: &Readings) -> Vec<Live> {
    let lives = readings.iter().flatten().filter_map(Sighting::live);
    lives.filter(|live| live.kind == kind).take(2).cloned().collect()
}

fn ended(error: &tokio::task::JoinError) -> ApplyError {
    ApplyError::Plan(format!("a check ended unexpectedly: {error}"))
}

impl Looker {
    /// The rows of a list that are wanted, by id. `None` if the list cannot be trusted: then each is read by
    /// its id.
    pub(super) async fn listed(
        &self,
        kind: Kind,
        is_wanted: &(dyn Fn(&Live) -> bool + Sync),
    ) -> Result<Option<HashMap<Box<str>, Live>>, DirectoryError> {
        let mut rows = HashMap::new();
        let mut keep = |row: Live| {
            if is_wanted(&row) {
                rows.insert(row.id.clone(), row);
            }
        };
        match self.reader.list(kind, &mut keep, &|_| {}).await {
            Ok(listed) => {
                rows.retain(|id, _| !listed.vanished(id));
                Ok(Some(rows))
            }
            Err(error) if error.failure.is_about_the_answer() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a row of a list says enough about a change: a group that is listed without members may have
    /// them when it is read by its id.
    pub(super) fn is_whole(&self, change: &Change, row: &Live) -> bool {
        change.members.is_none() || row.members.is_some() || self.reader.dialect().hides_members()
    }
}
