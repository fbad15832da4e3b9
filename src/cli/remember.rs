//! After an apply: what it left in the directory is kept, so that `drift` can tell who changed what. A
//! failure here is said and changes nothing of the apply's own result.

use wpsync::apply::Outcome;
use wpsync::drift::{LastApplied, Run};
use wpsync::plan::{Change, Plan};
use wpsync::state::{FileError, State};

use super::context::Context;
use super::ui::Ui;

/// Keeps what a run has left. The lock is held.
pub(crate) fn after(state: &State, context: &Context, (plan, outcomes): (&Plan, &[Outcome]), ui: &Ui) {
    let done = plan
        .changes
        .iter()
        .zip(outcomes)
        .filter(|(_, outcome)| outcome.is_done())
        .map(|(change, _)| change)
        .collect();
    say(keep(state, context, plan, done), ui);
}

/// Keeps that a plan found nothing to do. Where another run holds the lock, that run knows better.
pub(crate) fn unchanged(context: &Context, plan: &Plan, ui: &Ui) {
    let state = State::of(&context.root);
    let keep = || match state.prepare().and_then(|()| state.lock())? {
        Ok(_lock) => keep(&state, context, plan, Vec::new()),
        Err(_) => Ok(()),
    };
    say(keep(), ui);
}

fn say(result: Result<(), FileError>, ui: &Ui) {
    if let Err(error) = result {
        ui.note(&format!(
            "The directory is as the summary says, and `drift` will not know of it: {error}"
        ));
    }
}

fn keep(state: &State, context: &Context, plan: &Plan, done: Vec<&Change>) -> Result<(), FileError> {
    let desired = Some(&context.desired).filter(|_| rests_on(plan, context));
    let ids = state.ids(&plan.header.plan_id);
    let now = jiff::Timestamp::now();
    let finished = now.round(jiff::Unit::Second).unwrap_or(now);
    let run = Run {
        plan,
        done,
        ids,
        finished,
        desired,
        catalog: &context.catalog,
    };
    if !run.says_something() {
        return Ok(());
    }
    state.write_last_applied(&LastApplied::after(state.read_last_applied()?, &run))
}

/// Whether the sources and the configuration at hand are those that the plan was made of.
fn rests_on(plan: &Plan, context: &Context) -> bool {
    let here = context
        .desired
        .sources
        .iter()
        .map(|source| (&*source.path, source.sha256.as_str()));
    let there = plan
        .header
        .sources
        .iter()
        .map(|source| (&*source.path, source.sha256.as_str()));
    plan.header.config.sha256 == context.project.digest && here.eq(there)
}
