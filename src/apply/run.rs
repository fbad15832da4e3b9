//! All changes of a plan, concurrently, each when what it needs is done. Everything is checked before the first write; removals that
//! nobody waits for come last, and only if everything else succeeded.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::directory::{DirectoryError, Writer};
use crate::journal::{Event, Journal, JournalError, Progress};
use crate::model::Catalog;
use crate::plan::{Action, Change, Plan, order};

use super::decide::{Decision, Drift};
use super::execute::{Executor, Found, Made};
use super::outcome::{Ending, History, Outcome, Report, verdict};
use super::values::{self, Known};

/// How long requests under way may take to end after a run was asked to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Watches a run.
pub trait Observer: Send + Sync {
    /// So many changes were checked against the directory.
    fn checked(&self, _count: usize, _total: usize) {}
    /// A change is about to be made.
    fn started(&self, _change: &Change) {}
    /// A change came to an outcome.
    fn finished(&self, _change: &Change, _outcome: &Outcome) {}
}

/// A request to stop, that a signal handler or a test sends.
pub type Stop = watch::Receiver<bool>;

/// What an apply needs.
pub struct Apply<'a> {
    /// The plan, verified.
    pub plan: &'a Plan,
    /// The attributes that exist.
    pub catalog: Arc<Catalog>,
    /// The directory.
    pub writer: Writer,
    /// The journal of this plan.
    pub journal: Journal,
    /// What the journal says of earlier runs.
    pub progress: Progress,
    /// How many changes are made at once.
    pub parallelism: usize,
    /// Asks to stop.
    pub stop: Stop,
}

/// What ends a run before it has an outcome for every change.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The plan cannot be executed by this version.
    #[error("{0}")]
    Plan(String),
    /// The directory could not be read before anything was written.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The journal could not be written before anything was sent.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Executes a plan.
///
/// # Errors
/// Only before the first write; from then on, everything is in the report.
pub async fn apply(run: Apply<'_>, observer: &dyn Observer) -> Result<Report, ApplyError> {
    check_attributes(&run)?;
    let history = if run.progress.may_have_written() { History::Resumed } else { History::Fresh };
    let executor = Executor {
        catalog: Arc::clone(&run.catalog),
        writer: run.writer.clone(),
        journal: run.journal.clone(),
        known: Arc::new(Known::default()),
    };
    let mut outcomes = check_all(&run, &executor, observer).await?;
    let mut ending = Ending::RanOut;
    let drifted = outcomes.iter().flatten().any(|outcome| matches!(outcome, Outcome::Drifted(_)));
    if !drifted {
        let mut schedule = Schedule::new(&run, executor, outcomes)?;
        ending = schedule.run(&run, observer).await;
        outcomes = schedule.outcomes;
    }
    let reason = || "something else in the directory is not as the plan read it, so nothing was written; make a new plan".to_owned();
    let fallback = || if drifted { Outcome::Skipped { reason: reason() } } else { Outcome::NotTried };
    let outcomes: Vec<Outcome> = outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(fallback)).collect();
    let verdict = verdict(run.plan, &outcomes, history, ending);
    if outcomes.iter().all(Outcome::is_done) && !run.progress.is_finished() {
        // All is done whether or not this can be recorded; a later run would find out by looking.
        let _ = run.journal.record(Event::Finished).await;
    }
    Ok(Report { verdict, outcomes, requests: run.writer.reader().tally() })
}

fn check_attributes(run: &Apply<'_>) -> Result<(), ApplyError> {
    for change in &run.plan.changes {
        for path in change.after.keys().chain(change.before.keys()) {
            if run.catalog.find(change.kind, path).is_err() {
                let path = crate::escape::Escaped(path);
                return Err(ApplyError::Plan(format!(
                    "{}: this wpsync does not know the attribute {path}; apply with the version that made the plan",
                    change.key
                )));
            }
        }
    }
    Ok(())
}

/// Reads every resource that the plan touches and then decides on each, before anything is written: a resume knows the id of a manager
/// only when that manager was read. A change that is done or drifted has its outcome; the others have none yet.
async fn check_all(run: &Apply<'_>, executor: &Executor, observer: &dyn Observer) -> Result<Vec<Option<Outcome>>, ApplyError> {
    let total = run.plan.changes.len();
    let slots = Arc::new(Semaphore::new(run.parallelism.max(1)));
    let mut tasks = JoinSet::new();
    for (number, change) in run.plan.changes.iter().cloned().enumerate() {
        let (executor, slots) = (executor.clone(), Arc::clone(&slots));
        tasks.spawn(async move {
            let _slot = slots.acquire().await;
            (number, executor.look(&change).await)
        });
    }
    let mut readings: Vec<Option<Found>> = run.plan.changes.iter().map(|_| None).collect();
    let mut count = 0;
    while let Some(task) = tasks.join_next().await {
        let (number, found) = task.map_err(|error| ApplyError::Plan(format!("a check ended unexpectedly: {error}")))?;
        readings[number] = Some(found?);
        count += 1;
        observer.checked(count, total);
    }
    let decided = run.plan.changes.iter().zip(readings).map(|(change, found)| settled(change, executor.decide(change, &found?)));
    Ok(decided.collect())
}

fn settled(change: &Change, decision: Decision) -> Option<Outcome> {
    // The later part of a create that was split: its resource is not there before the first part is done.
    let is_not_there_yet = change.remote_id.is_none() && change.action != Action::Create;
    match decision {
        Decision::Drift(drifts) if is_not_there_yet && drifts == [Drift::Gone] => None,
        Decision::Drift(drifts) => Some(Outcome::Drifted(drifts)),
        Decision::AlreadyDone => Some(Outcome::AlreadyDone),
        Decision::Do(_) => None,
    }
}

/// Which changes wait, run and are done.
struct Schedule {
    executor: Executor,
    graph: order::Graph,
    outcomes: Vec<Option<Outcome>>,
    /// How many needs of each change are not done yet.
    waiting: Vec<usize>,
    ready: BTreeSet<usize>,
    /// Removals that are ready, and held back until everything else is done.
    held: BTreeSet<usize>,
    /// Changes under way.
    running: BTreeSet<usize>,
    stopped: Option<String>,
}

impl Schedule {
    fn new(run: &Apply<'_>, executor: Executor, outcomes: Vec<Option<Outcome>>) -> Result<Self, ApplyError> {
        let graph = order::graph(&run.plan.changes).map_err(ApplyError::Plan)?;
        let waiting = graph.node_indices().map(|node| graph.neighbors_directed(node, Direction::Incoming).count()).collect();
        let mut schedule = Self {
            executor,
            graph,
            outcomes,
            waiting,
            ready: BTreeSet::new(),
            held: BTreeSet::new(),
            running: BTreeSet::new(),
            stopped: None,
        };
        // Found before the first is released, since releasing what is done lets others go.
        let unneeding: Vec<usize> = (0..schedule.waiting.len()).filter(|number| schedule.waiting[*number] == 0).collect();
        for number in unneeding {
            schedule.release(&run.plan.changes, number);
        }
        Ok(schedule)
    }

    /// A change whose needs are done may start, or is held back; one that was done before lets the next ones go.
    fn release(&mut self, changes: &[Change], number: usize) {
        if self.outcomes[number].is_some() {
            self.let_dependants_go(changes, number);
            return;
        }
        let is_waited_for = self.graph.neighbors(NodeIndex::new(number)).next().is_some();
        let last = changes[number].action.is_removal() && !is_waited_for;
        if last {
            self.held.insert(number)
        } else {
            self.ready.insert(number)
        };
    }

    fn let_dependants_go(&mut self, changes: &[Change], number: usize) {
        let dependants: Vec<usize> = self.graph.neighbors(NodeIndex::new(number)).map(NodeIndex::index).collect();
        for dependant in dependants {
            self.waiting[dependant] -= 1;
            if self.waiting[dependant] == 0 {
                self.release(changes, dependant);
            }
        }
    }

    async fn run(&mut self, run: &Apply<'_>, observer: &dyn Observer) -> Ending {
        let mut stop = run.stop.clone();
        let mut tasks: JoinSet<(usize, Made)> = JoinSet::new();
        loop {
            let asked_to_stop = *stop.borrow();
            if asked_to_stop {
                break;
            }
            self.start_ready(run, &mut tasks, observer);
            if tasks.is_empty() {
                return self.close(run, Ending::RanOut);
            }
            tokio::select! {
                Some(task) = tasks.join_next() => self.take(run, task, observer),
                _ = stop.changed() => {}
            }
        }
        // Nothing new is sent; what is under way may end, and is recorded if it does.
        let _ = tokio::time::timeout(GRACE, async {
            while let Some(task) = tasks.join_next().await {
                self.take(run, task, observer);
            }
        })
        .await;
        self.close(run, Ending::Interrupted)
    }

    fn start_ready(&mut self, run: &Apply<'_>, tasks: &mut JoinSet<(usize, Made)>, observer: &dyn Observer) {
        if self.stopped.is_some() {
            return;
        }
        if tasks.is_empty() && self.ready.is_empty() && self.others_succeeded(run) {
            self.ready.append(&mut self.held);
        }
        while tasks.len() < run.parallelism.max(1) {
            let Some(number) = self.ready.pop_first() else { return };
            let change = run.plan.changes[number].clone();
            observer.started(&change);
            self.running.insert(number);
            let executor = self.executor.clone();
            tasks.spawn(async move {
                let made = match values::unresolved(&change, &executor.known) {
                    Some(missing) => {
                        let reason = format!("{missing}, which it refers to, is not in the directory");
                        Made { outcome: Outcome::Skipped { reason }, run_ends: None }
                    }
                    None => executor.make(&change).await,
                };
                (number, made)
            });
        }
    }

    /// Whether everything but the removals that are held back is done.
    fn others_succeeded(&self, run: &Apply<'_>) -> bool {
        (0..run.plan.changes.len())
            .all(|number| self.held.contains(&number) || self.outcomes[number].as_ref().is_some_and(Outcome::is_done))
    }

    fn take(&mut self, run: &Apply<'_>, task: Result<(usize, Made), tokio::task::JoinError>, observer: &dyn Observer) {
        let changes = &run.plan.changes;
        let (number, Made { outcome, run_ends }) = match task {
            Ok(made) => made,
            Err(panic) => {
                self.stopped = Some(format!("a worker ended unexpectedly: {panic}"));
                return;
            }
        };
        self.stopped = self.stopped.take().or(run_ends);
        self.running.remove(&number);
        observer.finished(&changes[number], &outcome);
        match &outcome {
            outcome if outcome.is_done() => {
                self.outcomes[number] = Some(outcome.clone());
                self.let_dependants_go(changes, number);
            }
            // The directory did not do as it said: nothing more is sent to it.
            Outcome::Failed { reason, may_have_written: true } => {
                self.stopped = Some(format!("{} {reason}", changes[number].key));
                self.outcomes[number] = Some(outcome);
            }
            _ => self.outcomes[number] = Some(outcome),
        }
    }

    /// Gives every change without an outcome its reason.
    fn close(&mut self, run: &Apply<'_>, ending: Ending) -> Ending {
        for number in std::mem::take(&mut self.running) {
            let reason = "the run ended before the directory answered; run the same apply again to find out".into();
            self.outcomes[number] = Some(Outcome::Failed { reason, may_have_written: true });
        }
        for number in 0..self.outcomes.len() {
            if self.outcomes[number].is_some() || ending == Ending::Interrupted {
                continue;
            }
            let reason = match &self.stopped {
                Some(reason) => format!("the run stopped: {reason}"),
                None if self.held.contains(&number) => "removals come last, and something before them did not succeed".into(),
                None => self.missing_need(run, number),
            };
            self.outcomes[number] = Some(Outcome::Skipped { reason });
        }
        ending
    }

    fn missing_need(&self, run: &Apply<'_>, number: usize) -> String {
        let needs = self.graph.neighbors_directed(NodeIndex::new(number), Direction::Incoming);
        let missing = needs.map(NodeIndex::index).find(|need| !self.outcomes[*need].as_ref().is_some_and(Outcome::is_done));
        missing.map_or_else(|| "it was not reached".into(), |need| format!("it needs {}, which is not done", run.plan.changes[need].key))
    }
}
