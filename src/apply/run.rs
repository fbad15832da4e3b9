//! A whole run. First everything is checked, then the changes are made in the order of their needs, then the
//! verdict is computed.

use std::sync::Arc;

use crate::journal::Event;
use crate::killpoint::reached;
use crate::model::Kinds;
use crate::plan::reading::{KindReading, readings};
use crate::plan::{Action, Change};
use crate::project::OnDrift;

use super::checking::Checking;
use super::confirm::Waiting;
use super::decide::{Decision, LiveDifference};
use super::duplicates::{NewNames, Reach, Search};
use super::error::ApplyError;
use super::execute::Executor;
use super::looking::Looker;
use super::observer::Observer;
use super::outcome::{
    Duplicates, Ending, Outcome, Report, not_ruled_out, sent_and_unknown, stored_something_else, verdict,
};
use super::schedule::Schedule;
use super::stop::asked_to_stop;
use super::task::Apply;
use super::trace;
use super::tried::borne;
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
    let known = Arc::new(Known::of(run.plan, run.learnt.clone(), &run.progress));
    let executor = Executor::new(run.writer.clone(), run.journal.clone(), Arc::clone(&known));
    let counts = Kinds {
        users: run.plan.header.snapshot.users,
        groups: run.plan.header.snapshot.groups,
    };
    let readings = readings(&run.plan.changes, &counts, executor.looker.reader.dialect());
    let mut stop = run.stop.clone();
    let checked = tokio::select! {
        biased;
        reason = asked_to_stop(&mut stop) => Err(reason),
        outcomes = check_all(run, &executor, &readings, observer) => Ok(outcomes?),
    };
    let (mut outcomes, mut ending) = match checked {
        Ok(outcomes) => (outcomes, Ending::RanOut),
        Err(reason) => (vec![None; run.plan.changes.len()], Ending::Stopped(reason)),
    };
    let looker = executor.looker.clone();
    let (mut unrecorded, mut waited) = (Vec::new(), None);
    let refused = too_much_drift(run, &outcomes);
    let mut halt = None;
    if refused.is_none() && ending == Ending::RanOut {
        reached("plan.checked");
        let waiting = Waiting::new(readings, NewNames::of(run, &looker));
        let mut schedule = Schedule::new(run, executor, outcomes, waiting)?;
        ending = schedule.run(run, observer).await;
        waited = Some((schedule.waiting_for_list, schedule.reach));
        (outcomes, unrecorded, halt) = (schedule.outcomes, schedule.unrecorded, schedule.stopped);
    }
    let untried = refused.map_or(Outcome::NotTried, |reason| Outcome::Skipped { reason });
    let outcomes = outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(|| untried.clone()));
    let outcomes: Vec<Outcome> = outcomes.collect();
    let (duplicates, ending) = look_for_duplicates(run, &looker, &outcomes, waited, ending).await;
    let verdict = duplicates.verdict(verdict(run.plan, &outcomes, start, ending), ending);
    if outcomes.iter().all(Outcome::is_done) && !run.progress.is_finished() {
        reached("plan.done");
        // All changes are done, whether or not this can be recorded; a later run would find out by looking.
        let _ = run.journal.record(Event::Finished).await;
        reached("plan.finished");
    }
    Ok(Report {
        verdict,
        outcomes,
        duplicates,
        requests: run.writer.reader().tally(),
        unrecorded,
        rewritten: known.rewrites.all(),
        halt,
    })
}

/// Why nothing is written at all, for what the directory holds otherwise than the plan read. What an earlier
/// run of the plan wrote, and the directory stored otherwise, is no reason.
fn too_much_drift(run: &Apply<'_>, outcomes: &[Option<Outcome>]) -> Option<String> {
    let is_drift = |outcome: &&Outcome| matches!(outcome, Outcome::Drifted(_));
    let drifted = outcomes.iter().flatten().filter(is_drift).count() as u64;
    let borne = borne(outcomes.len() as u64);
    match run.on_drift {
        _ if drifted == 0 => None,
        OnDrift::Stop => Some(DRIFTED.to_owned()),
        OnDrift::Skip if drifted <= borne => None,
        OnDrift::Skip => Some(format!(
            "{drifted} of {} changes have drifted, which is more than the {borne} that are skipped, so \
             nothing was written; make a new plan",
            outcomes.len()
        )),
    }
}

/// Looks for duplicates after a run, of which `waited` is what it has listed and whether the directory can
/// still be read. `None` for a run that made nothing.
async fn look_for_duplicates(
    run: &Apply<'_>,
    looker: &Looker,
    outcomes: &[Outcome],
    waited: Option<(Waiting, Reach)>,
    ending: Ending,
) -> (Duplicates, Ending) {
    let Some((waiting, reach)) = waited else {
        return (Duplicates::default(), ending);
    };
    let search = Search {
        run,
        outcomes,
        looker,
        new_names: &waiting.new_names,
    };
    search.until_stopped(waiting.namesakes, reach, ending).await
}

/// Reads every resource that the plan touches, and then decides on each change, before anything is written. A
/// change that is done or drifted has its outcome; the others have none yet.
async fn check_all(
    run: &Apply<'_>,
    executor: &Executor,
    readings: &Kinds<KindReading>,
    observer: &dyn Observer,
) -> Result<Vec<Option<Outcome>>, ApplyError> {
    let total = run.plan.changes.len();
    let checking = Checking {
        looker: &executor.looker,
        changes: &run.plan.changes,
        readings,
        parallelism: run.parallelism,
        progress: &|count| observer.checked(count, total),
    };
    let decided = run.plan.changes.iter().zip(checking.decisions().await?);
    let outcomes = decided.map(|(change, decision)| {
        let span = trace::change_span(&executor.looker.reader, change);
        span.in_scope(|| trace::decided(&decision));
        settled(run, change, decision)
    });
    Ok(outcomes.collect())
}

/// The outcome of a change that needs no write, or must have none.
fn settled(run: &Apply<'_>, change: &Change, decision: Decision) -> Option<Outcome> {
    // This change is the later part of a create that was split: its resource does not exist before the first
    // part is done.
    let is_not_there_yet = change.remote_id.is_none() && change.action != Action::Create;
    let is_create = change.action == Action::Create;
    match decision {
        Decision::Drift(drifts) if is_not_there_yet && drifts == [LiveDifference::Gone] => None,
        // The journal says whose work it is: an earlier run of this plan made it.
        Decision::Drift(drifts) if run.progress.id_of(&change.id).is_some() && is_create => {
            Some(stored_something_else(change, &drifts, None))
        }
        Decision::Drift(drifts) if run.progress.was_left_open(&change.id) && !is_create => {
            Some(stored_something_else(change, &drifts, None))
        }
        Decision::Drift(drifts) => Some(Outcome::Drifted(drifts)),
        Decision::Unknown(why) if run.progress.may_have_written_of(&change.id) => {
            Some(sent_and_unknown(&why, None))
        }
        Decision::Unknown(why) => Some(not_ruled_out(&why)),
        Decision::AlreadyDone => Some(Outcome::AlreadyDone),
        Decision::Do(_) => None,
    }
}
