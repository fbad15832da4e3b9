//! A whole run. First everything is checked, then the changes are made in the order of their needs, then the
//! verdict is computed.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::journal::Event;
use crate::killpoint::reached;
use crate::plan::{Action, Change};

use super::decide::{Decision, LiveDifference};
use super::error::ApplyError;
use super::execute::Executor;
use super::looking::Sighting;
use super::observer::Observer;
use super::outcome::{Ending, Outcome, Report, verdict};
use super::schedule::Schedule;
use super::stop::asked_to_stop;
use super::task::Apply;
use super::trace;
use super::values::Known;

const DRIFTED: &str = "something else in the directory is not as the plan read it, so nothing was written; \
                       make a new plan";

/// Executes a plan change by change.
///
/// # Errors
/// If the run fails before its first write. From then on, every failure is in the report.
pub(crate) async fn apply(run: &Apply<'_>, observer: &dyn Observer) -> Result<Report, ApplyError> {
    run.check_attributes()?;
    let start = run.start();
    let known = Arc::new(Known::of(&run.plan.changes, run.learnt.clone()));
    let executor = Executor::new(run.writer.clone(), run.journal.clone(), Arc::clone(&known));
    let mut stop = run.stop.clone();
    let checked = tokio::select! {
        biased;
        reason = asked_to_stop(&mut stop) => Err(reason),
        outcomes = check_all(run, &executor, observer) => Ok(outcomes?),
    };
    let (mut outcomes, mut ending) = match checked {
        Ok(outcomes) => (outcomes, Ending::RanOut),
        Err(reason) => (vec![None; run.plan.changes.len()], Ending::Stopped(reason)),
    };
    let mut unrecorded = Vec::new();
    let drifted = outcomes
        .iter()
        .flatten()
        .any(|outcome| matches!(outcome, Outcome::Drifted(_)));
    if !drifted && ending == Ending::RanOut {
        reached("plan.checked");
        let mut schedule = Schedule::new(run, executor, outcomes)?;
        ending = schedule.run(run, observer).await;
        (outcomes, unrecorded) = (schedule.outcomes, schedule.unrecorded);
    }
    let untried = if drifted {
        Outcome::Skipped {
            reason: DRIFTED.to_owned(),
        }
    } else {
        Outcome::NotTried
    };
    let outcomes = outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(|| untried.clone()));
    let outcomes: Vec<Outcome> = outcomes.collect();
    let verdict = verdict(run.plan, &outcomes, start, ending);
    if outcomes.iter().all(Outcome::is_done) && !run.progress.is_finished() {
        reached("plan.done");
        // All changes are done, whether or not this can be recorded; a later run would find out by looking.
        let _ = run.journal.record(Event::Finished).await;
        reached("plan.finished");
    }
    Ok(Report {
        verdict,
        outcomes,
        requests: run.writer.reader().tally(),
        unrecorded,
        rewritten: known.rewrites.all(),
    })
}

/// Reads every resource that the plan touches, and then decides on each change, before anything is written.
/// All reads come first because a resume knows the id of a manager only after that manager was read. A change
/// that is done or drifted has its outcome; the others have none yet.
async fn check_all(
    run: &Apply<'_>,
    executor: &Executor,
    observer: &dyn Observer,
) -> Result<Vec<Option<Outcome>>, ApplyError> {
    let total = run.plan.changes.len();
    let slots = Arc::new(Semaphore::new(run.parallelism.max(1)));
    let mut tasks = JoinSet::new();
    for (number, change) in run.plan.changes.iter().cloned().enumerate() {
        let (executor, slots) = (executor.clone(), Arc::clone(&slots));
        tasks.spawn(async move {
            let _slot = slots.acquire().await;
            let looking = executor.looker.look(&change);
            let span = trace::change_span(&executor.looker.reader, &change);
            (number, looking.instrument(span).await)
        });
    }
    let mut readings: Vec<Option<Sighting>> = run.plan.changes.iter().map(|_| None).collect();
    let mut count = 0;
    while let Some(task) = tasks.join_next().await {
        let (number, found) =
            task.map_err(|error| ApplyError::Plan(format!("a check ended unexpectedly: {error}")))?;
        readings[number] = Some(found?);
        count += 1;
        observer.checked(count, total);
    }
    let decided = run.plan.changes.iter().zip(readings).map(|(change, found)| {
        let decision = executor.looker.decide(change, &found?);
        let span = trace::change_span(&executor.looker.reader, change);
        span.in_scope(|| trace::decided(&decision));
        settled(change, decision)
    });
    Ok(decided.collect())
}

fn settled(change: &Change, decision: Decision) -> Option<Outcome> {
    // This change is the later part of a create that was split: its resource does not exist before the first
    // part is done.
    let is_not_there_yet = change.remote_id.is_none() && change.action != Action::Create;
    match decision {
        Decision::Drift(drifts) if is_not_there_yet && drifts == [LiveDifference::Gone] => None,
        Decision::Drift(drifts) => Some(Outcome::Drifted(drifts)),
        Decision::AlreadyDone => Some(Outcome::AlreadyDone),
        Decision::Do(_) => None,
    }
}
