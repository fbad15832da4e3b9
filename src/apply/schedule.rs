//! Decides when each change is made. Changes run concurrently, each as soon as its needs are done. A change
//! that fails keeps back those that need it, and no others. In which order those start that need nothing more
//! is in `queues`; whether removals begin is in `tried`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::client::DirectoryError;
use crate::plan::reading::names_are_unique;
use crate::plan::{Action, Change};
use crate::receipt::HaltedBy;

use super::confirm::{self, Waiting};
use super::duplicates::Reach;
use super::error::ApplyError;
use super::execute::{Executor, FirstLook, Left, MadeChange, Manner, Stage, WritesGoOn};
use super::looking::Looker;
use super::needs::Needs;
use super::observer::Observer;
use super::outcome::{Ending, Halt, Outcome, Repeating, StopReason};
use super::queues::{Queues, Turn};
use super::stop::asked_to_stop;
use super::task::Apply;
use super::trace;
use super::tried::Tried;

/// The result of a task that tried to make a change.
struct Finished {
    number: usize,
    made: MadeChange,
}

/// How long requests under way may take to end after a run was stopped.
const fn grace(reason: StopReason) -> Duration {
    match reason {
        StopReason::Interrupted => Duration::from_secs(5),
        StopReason::Deadline => Duration::from_secs(30),
    }
}

/// Which changes wait, run and are done.
pub(super) struct Schedule {
    executor: Executor,
    needs: Needs,
    pub(super) outcomes: Vec<Option<Outcome>>,
    /// The changes that need nothing more and have not started.
    queues: Queues,
    /// What was tried, apart from removals that everything else comes before.
    tried: Tried,
    /// The changes that failed in the applies before this one.
    failed_before: BTreeSet<usize>,
    /// Whether a change is needed, at last, by one that is no removal.
    is_needed_before: Vec<bool>,
    /// Changes under way.
    running: BTreeSet<usize>,
    /// Changes that the directory took, and that were not read back yet.
    pub(super) waiting_for_list: Waiting,
    pub(super) stopped: Option<Halt>,
    /// Whether the directory or the journal is out of reach, so that nothing can be read back either.
    pub(super) reach: Reach,
    /// Whether anything may still be written.
    writes: WritesGoOn,
    /// Changes that are done and could not be recorded.
    pub(super) unrecorded: Vec<usize>,
}

impl Schedule {
    pub(super) fn new(
        run: &Apply<'_>,
        executor: Executor,
        outcomes: Vec<Option<Outcome>>,
        waiting_for_list: Waiting,
    ) -> Result<Self, ApplyError> {
        let needs = Needs::of(&run.plan.changes)?;
        let is_needed_before = needs.before_removals(&run.plan.changes);
        let failed_before = run.failed_before();
        let tried = Tried::of(run, &outcomes);
        let mut schedule = Self {
            executor,
            needs,
            outcomes,
            queues: Queues::default(),
            tried,
            failed_before,
            is_needed_before,
            running: BTreeSet::new(),
            waiting_for_list,
            stopped: None,
            reach: Reach::Kept,
            writes: WritesGoOn::Yes,
            unrecorded: Vec::new(),
        };
        // Found before the first release, because releasing a change that is done releases other changes too.
        for number in schedule.needs.without_any() {
            schedule.release(&run.plan.changes, number);
        }
        Ok(schedule)
    }

    /// Queues a change whose needs are done. If the change was done before this run, its dependants are
    /// released instead. If it failed before, they are not released at all.
    fn release(&mut self, changes: &[Change], number: usize) {
        if let Some(outcome) = &self.outcomes[number] {
            if outcome.is_met() {
                self.let_dependants_go(changes, number);
            } else if outcome.is_lost() {
                self.let_groups_go_without(changes, number);
            }
            return;
        }
        let turn = if self.failed_before.contains(&number) {
            Turn::Last
        } else {
            self.turn(changes, number)
        };
        self.queues.add(turn, number);
    }

    /// When a change starts, whatever became of it in earlier applies.
    fn turn(&self, changes: &[Change], number: usize) -> Turn {
        if changes[number].action.is_removal() && !self.is_needed_before[number] {
            Turn::Removal
        } else if changes[number].takes_away() {
            Turn::InWaves
        } else {
            Turn::Soon
        }
    }

    /// Lets groups go on without a member who was not made.
    fn let_groups_go_without(&mut self, changes: &[Change], lost: usize) {
        for group in self.needs.lose(changes, lost) {
            self.release(changes, group);
        }
    }

    fn let_dependants_go(&mut self, changes: &[Change], number: usize) {
        for dependant in self.needs.meet(number) {
            self.release(changes, dependant);
        }
    }

    pub(super) async fn run(&mut self, run: &Apply<'_>, observer: &dyn Observer) -> Ending {
        let mut stop = run.stop.clone();
        let mut tasks: JoinSet<Finished> = JoinSet::new();
        let reason = loop {
            let asked = *stop.borrow();
            if let Some(reason) = asked {
                break reason;
            }
            if self.is_time_to_read_back(&tasks) {
                tokio::select! {
                    rows = self.list_taken(run) => self.confirm_all(run, rows, &mut tasks),
                    reason = asked_to_stop(&mut stop) => break reason,
                }
            }
            self.start_ready(run, &mut tasks, observer);
            if tasks.is_empty() {
                if self.can_read_back() {
                    continue;
                }
                return self.close(run, Ending::RanOut);
            }
            tokio::select! {
                Some(task) = tasks.join_next() => self.take(run, task, observer),
                reason = asked_to_stop(&mut stop) => break reason,
            }
        };
        // Nothing new is written. Requests under way may end, and are recorded if they do.
        self.writes = WritesGoOn::No;
        let mut end = Instant::now() + grace(reason);
        loop {
            let is_idle = tasks.is_empty();
            if is_idle && !self.can_read_back() {
                break;
            }
            tokio::select! {
                rows = self.list_taken(run), if is_idle => self.confirm_all(run, rows, &mut tasks),
                Some(task) = tasks.join_next() => self.take(run, task, observer),
                () = tokio::time::sleep_until(end) => break,
                Ok(()) = stop.changed() => end = end.min(Instant::now() + grace(StopReason::Interrupted)),
            }
        }
        self.close(run, Ending::Stopped(reason))
    }

    /// Whether changes wait to be read back and nothing else can be sent before that.
    fn is_time_to_read_back(&self, tasks: &JoinSet<Finished>) -> bool {
        let is_idle = self.stopped.is_some() || !self.queues.can_start_one();
        tasks.is_empty() && is_idle && self.can_read_back()
    }

    /// Whether changes wait to be read back, and the directory can be read.
    fn can_read_back(&self) -> bool {
        self.reach == Reach::Kept && !self.waiting_for_list.is_empty()
    }

    /// Reads the lists that show the waiting changes.
    async fn list_taken(&self, run: &Apply<'_>) -> Result<confirm::ListedRows, DirectoryError> {
        let changes = self
            .waiting_for_list
            .numbers()
            .map(|number| &run.plan.changes[number]);
        self.waiting_for_list
            .rows(&self.executor, &changes.collect::<Vec<_>>())
            .await
    }

    /// Starts to read back every waiting change. Where no list could be read, each is read by its id.
    fn confirm_all(
        &mut self,
        run: &Apply<'_>,
        rows: Result<confirm::ListedRows, DirectoryError>,
        tasks: &mut JoinSet<Finished>,
    ) {
        let mut rows = rows.unwrap_or_default();
        self.waiting_for_list.keep_namesakes(&rows);
        let writes = if self.stopped.is_some() {
            WritesGoOn::No
        } else {
            self.writes
        };
        let slots = Arc::new(Semaphore::new(run.parallelism.max(1)));
        for number in self.waiting_for_list.take_all() {
            let change = run.plan.changes[number].clone();
            let row = self
                .executor
                .looker
                .id_of(&change)
                .and_then(|id| rows.remove(&(change.kind, id)));
            self.running.insert(number);
            let (executor, slots) = (self.executor.clone(), Arc::clone(&slots));
            tasks.spawn(async move {
                let _slot = slots.acquire().await;
                let made = executor.confirm(&change, row, writes).await;
                Finished { number, made }
            });
        }
    }

    fn start_ready(&mut self, run: &Apply<'_>, tasks: &mut JoinSet<Finished>, observer: &dyn Observer) {
        let halt = self.tried.no_prospect();
        if halt.is_some() && !tasks.is_empty() {
            return; // what is under way decides
        }
        self.stopped = self.stopped.take().or(halt);
        if self.stopped.is_some() {
            return;
        }
        if tasks.is_empty() {
            self.let_the_next_turn_begin(&run.plan.changes);
        }
        while tasks.len() < run.parallelism.max(1) {
            let Some(number) = self.queues.next() else { return };
            let change = run.plan.changes[number].clone();
            observer.started(&change);
            self.running.insert(number);
            let (executor, manner) = (self.executor.clone(), self.manner(&change));
            tasks.spawn(async move {
                let made = executor.make(&change, manner).await;
                Finished { number, made }
            });
        }
    }

    /// How a change that starts now is made.
    fn manner(&mut self, change: &Change) -> Manner {
        let looker = &self.executor.looker;
        let Looker { catalog, reader, .. } = looker;
        // The check before the run found nothing, or found a part of it: then its id is known. Another look
        // helps where the directory would make somebody twice, and one look-up tells it.
        let is_looked_up_again = looker.id_of(change).is_some()
            || !names_are_unique(change.kind, catalog) && reader.has_proved(catalog.naming(change.kind));
        Manner {
            first_look: if change.action == Action::Create && !is_looked_up_again {
                FirstLook::NotNeeded
            } else {
                FirstLook::Needed
            },
            read_back: self.waiting_for_list.read_back(change, &self.executor),
        }
    }

    /// Where nothing else is left: removals, if little failed; then what failed in earlier applies, among it
    /// removals.
    fn let_the_next_turn_begin(&mut self, changes: &[Change]) {
        let is_settled =
            |schedule: &Self| !schedule.queues.can_start_one() && schedule.waiting_for_list.is_empty();
        if is_settled(self) && self.tried.too_many().is_none() {
            self.queues.let_removals_begin();
        }
        if is_settled(self) {
            for number in self.queues.take_last() {
                self.queues.add(self.turn(changes, number), number);
            }
        }
        if is_settled(self) && self.tried.too_many().is_none() {
            self.queues.let_removals_begin();
        }
    }

    fn take(
        &mut self,
        run: &Apply<'_>,
        task: Result<Finished, tokio::task::JoinError>,
        observer: &dyn Observer,
    ) {
        let changes = &run.plan.changes;
        let Finished {
            number,
            made:
                MadeChange {
                    stage,
                    run_ends,
                    left,
                },
        } = match task {
            Ok(finished) => finished,
            Err(panic) => {
                let reason = format!("a worker ended unexpectedly: {panic}");
                self.stop(HaltedBy::OurSide, reason);
                return;
            }
        };
        self.running.remove(&number);
        let outcome = match stage {
            Stage::Settled(outcome) => outcome,
            Stage::Taken => {
                observer.taken(&changes[number]);
                return self.take_taken(changes, number);
            }
        };
        if run_ends.is_some() && outcome.is_done() {
            self.unrecorded.push(number);
        }
        if let Some(halt) = run_ends {
            trace::stops(run.writer.reader(), &halt.reason);
            self.reach = Reach::Lost;
            self.stopped.get_or_insert(halt);
        }
        trace::came_to(run.writer.reader(), &changes[number], &outcome);
        observer.finished(&changes[number], &outcome);
        self.count(&changes[number], number, &outcome, left);
        let (is_met, is_lost) = (outcome.is_met(), outcome.is_lost());
        self.outcomes[number] = Some(outcome);
        if self.waiting_for_list.was_taken(number) {
            return;
        }
        if is_met {
            self.let_dependants_go(changes, number);
        } else if is_lost {
            self.let_groups_go_without(changes, number);
        }
    }

    /// Counts an outcome.
    fn count(&mut self, change: &Change, number: usize, outcome: &Outcome, left: Left) {
        if self.failed_before.contains(&number) && !outcome.is_met() {
            self.tried.note_again(outcome);
        } else {
            self.tried.note(change, outcome);
        }
        if !change.takes_away() {
            return;
        }
        let waves = &mut self.queues.waves;
        match outcome {
            outcome if outcome.is_met() => waves.succeed(),
            Outcome::Failed { .. } if left == Left::Unknown => waves.fail(&change.key.to_string()),
            _ => waves.refuse(),
        }
    }

    /// Starts nothing more. What was taken can still be read back.
    fn stop(&mut self, by: HaltedBy, reason: String) {
        self.stopped.get_or_insert(Halt { by, reason });
    }

    /// Lets go on what waits for a change that the directory took. The change is read back later.
    fn take_taken(&mut self, changes: &[Change], number: usize) {
        self.waiting_for_list.add(number);
        self.tried.take();
        self.let_dependants_go(changes, number);
    }

    /// Gives a reason to every change that has no outcome.
    fn close(&mut self, run: &Apply<'_>, ending: Ending) -> Ending {
        let taken = self.waiting_for_list.take_all();
        for number in std::mem::take(&mut self.running).into_iter().chain(taken) {
            let reason = "the run ended before it was read back; run the same apply again to find out".into();
            self.outcomes[number] = Some(Outcome::Failed {
                reason,
                may_have_written: true,
                repeating: Repeating::MayHelp,
            });
        }
        for number in 0..self.outcomes.len() {
            if self.outcomes[number].is_some() || ending != Ending::RanOut {
                continue;
            }
            let is_ready = self.needs.has_none(number);
            let reason = match &self.stopped {
                Some(halt) => format!("the run stopped: {}", halt.reason),
                None if self.queues.holds(number) => self.tried.too_many().unwrap_or_default(),
                None if is_ready && run.plan.changes[number].takes_away() => self
                    .queues
                    .waves
                    .ended()
                    .unwrap_or("it was not reached")
                    .to_owned(),
                None => self.missing_need(run, number),
            };
            self.outcomes[number] = Some(Outcome::Skipped { reason });
        }
        ending
    }

    fn missing_need(&self, run: &Apply<'_>, number: usize) -> String {
        let is_open = |need: &usize| !self.outcomes[*need].as_ref().is_some_and(Outcome::is_met);
        let missing = self.needs.needs_of(number).find(is_open);
        missing.map_or_else(
            || "it was not reached".into(),
            |need| format!("it needs {}, which is not done", run.plan.changes[need].key),
        )
    }
}
