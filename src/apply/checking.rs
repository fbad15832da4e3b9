//! Reads every resource of a plan before anything is written, in few requests: the list where many are
//! touched, each by its id otherwise, and the look-ups of what is to be created together.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::client::DirectoryError;
use crate::client::lookup::LookupQuestion;
use crate::model::{Kind, Kinds, Live, Value, fold};
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

    /// Looks up what is to be created, with all questions of a kind together.
    async fn look_up_creates(&self, readings: &mut Readings) -> Result<(), ApplyError> {
        for kind in Kind::ALL {
            let asked: Vec<(usize, Vec<LookupQuestion>)> = self
                .changes
                .iter()
                .enumerate()
                .filter(|(number, change)| {
                    change.kind == kind && change.action == Action::Create && readings[*number].is_none()
                })
                .map(|(number, change)| (number, self.looker.questions(change)))
                .collect();
            let questions: Vec<LookupQuestion> = asked
                .iter()
                .flat_map(|(_, questions)| questions)
                .cloned()
                .collect();
            let known = two_of(kind, readings);
            let reader = self.looker.reader.clone();
            let asking = async move {
                let found = reader.find_each(kind, &questions, &known).await;
                (questions, found)
            };
            let (questions, rows) = tokio::spawn(asking).await.map_err(|error| ended(&error))?;
            let rows = rows?;
            let index = self.index(&rows, &questions);
            for (number, questions) in asked {
                let change = &self.changes[number];
                let found = self
                    .looker
                    .among(change, self.rows_of(&questions, &rows, &index))
                    .await?;
                if let Some(live) = found.live() {
                    self.looker.known.learn(&change.key, &live.id);
                }
                readings[number] = Some(found);
            }
            (self.progress)(count(readings));
        }
        Ok(())
    }

    /// The positions of rows by the folded texts of the attributes that were asked about.
    fn index(&self, rows: &[Live], questions: &[LookupQuestion]) -> HashMap<String, Vec<usize>> {
        let asked: HashSet<_> = questions.iter().map(|question| question.attribute).collect();
        let mut index: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            for attribute in &asked {
                if let Some(text) = row.attributes.get(*attribute).and_then(Value::as_text) {
                    let text = fold(&self.looker.catalog.attribute(*attribute).normal(text));
                    index.entry(text).or_default().push(place);
                }
            }
        }
        index
    }

    /// The rows that answer one of the questions, each once.
    fn rows_of(
        &self,
        questions: &[LookupQuestion],
        rows: &[Live],
        index: &HashMap<String, Vec<usize>>,
    ) -> Vec<Live> {
        let mut places: Vec<usize> = Vec::new();
        for question in questions {
            let attribute = self.looker.catalog.attribute(question.attribute);
            let candidates = index.get(&fold(&attribute.normal(&question.value)));
            let answers = candidates.into_iter().flatten().copied();
            places.extend(answers.filter(|place| self.looker.reader.is_answer(question, &rows[*place])));
        }
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|place| rows[place].clone()).collect()
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
