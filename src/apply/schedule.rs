//! Which change is made when: concurrently, each when what it needs is done. Removals that nobody waits for come last, and only if
//! everything else succeeded.

use std::collections::BTreeSet;
use std::time::Duration;

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use tokio::task::JoinSet;

use crate::plan::{Change, order};

use super::execute::{Executor, Made};
use super::outcome::{Ending, Outcome};
use super::run::{Apply, ApplyError, Observer};
use super::values;

/// How long requests under way may take to end after a run was asked to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Which changes wait, run and are done.
pub(super) struct Schedule {
    executor: Executor,
    graph: order::Graph,
    pub(super) outcomes: Vec<Option<Outcome>>,
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
    pub(super) fn new(run: &Apply<'_>, executor: Executor, outcomes: Vec<Option<Outcome>>) -> Result<Self, ApplyError> {
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

    pub(super) async fn run(&mut self, run: &Apply<'_>, observer: &dyn Observer) -> Ending {
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
