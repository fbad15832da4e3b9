//! Records after an apply what it left in the directory, so that `drift` can tell what changed. A failure
//! here does not change the apply's own result.

use super::opened::Opened;
use super::surroundings::Surroundings;
use crate::apply::Outcome;
use crate::drift::{EndedApply, LastApplied};
use crate::plan::{Change, Plan};
use crate::project::Absent;
use crate::state::FileError;

/// Records what a run left in the directory. The caller holds the lock.
pub(super) fn after(
    opened: &Opened,
    plan: &Plan,
    outcomes: &[Outcome],
    around: &Surroundings<'_>,
) -> Result<(), FileError> {
    let done = plan
        .changes
        .iter()
        .zip(outcomes)
        .filter(|(_, outcome)| outcome.is_done())
        .map(|(change, _)| change)
        .collect();
    keep(opened, plan, done, around)
}

/// Records that a plan found nothing to do. If another run holds the lock, that run's record is newer.
pub(super) fn unchanged(opened: &Opened, plan: &Plan, around: &Surroundings<'_>) {
    let state = &opened.state;
    let keep = || match state.prepare().and_then(|()| state.lock(around.machine.now()))? {
        Ok(_lock) => keep(opened, plan, Vec::new(), around),
        Err(_) => Ok(()),
    };
    if let Err(error) = keep() {
        around.watch.note(&forgotten(&error));
    }
}

/// The message that `drift` will not know of an apply.
pub fn forgotten(error: &FileError) -> String {
    format!("The directory is as the summary says, and `drift` will not know of it: {error}")
}

fn keep(
    opened: &Opened,
    plan: &Plan,
    done: Vec<&Change>,
    around: &Surroundings<'_>,
) -> Result<(), FileError> {
    let state = &opened.state;
    let run = EndedApply {
        plan,
        done,
        ids: state.ids(&plan.header.plan_id),
        finished: around.second(),
        desired: Some(&opened.desired).filter(|_| rests_on(plan, opened)),
        catalog: &opened.catalog,
        decides_access: opened.policy().users.absent == Absent::Deactivate,
    };
    if !run.says_something() {
        return Ok(());
    }
    state.write_last_applied(&LastApplied::after(state.read_last_applied()?, &run))
}

/// Whether the plan was made from these sources and this configuration.
fn rests_on(plan: &Plan, opened: &Opened) -> bool {
    let here = opened
        .desired
        .sources
        .iter()
        .map(|source| (&*source.path, source.sha256.as_str()));
    let there = plan
        .header
        .sources
        .iter()
        .map(|source| (&*source.path, source.sha256.as_str()));
    plan.header.config.sha256 == opened.project.digest && here.eq(there)
}
