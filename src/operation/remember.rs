//! Records after an apply what it left in the directory, so that `drift` can tell what changed. A failure
//! here does not change the apply's own result.

use std::borrow::Cow;
use std::collections::HashSet;

use super::opened::Opened;
use super::surroundings::Surroundings;
use crate::apply::Outcome;
use crate::apply::decide::LiveDifference;
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
    let all = || plan.changes.iter().zip(outcomes);
    let made: Vec<Cow<'_, Change>> = all()
        .filter_map(|(change, outcome)| outcome.made(change))
        .collect();
    let mistaken = all().filter(|(change, outcome)| is_somebody_else(opened, change, outcome));
    let came = CameOf {
        done: made.iter().map(|change| &**change).collect(),
        undone: outcomes.iter().filter(|outcome| !outcome.is_done()).count(),
        mistaken: mistaken.map(|(change, _)| &*change.id).collect(),
    };
    keep(opened, plan, came, around)
}

/// What came of the changes of a plan.
#[derive(Default)]
struct CameOf<'a> {
    done: Vec<&'a Change>,
    undone: usize,
    mistaken: HashSet<&'a str>,
}

/// Whether the account of a change is not whom the plan took it for: it is gone, or somebody gave it another
/// identity.
fn is_somebody_else(opened: &Opened, change: &Change, outcome: &Outcome) -> bool {
    let Outcome::Drifted(differences) = outcome else {
        return false;
    };
    let policy = opened.policy();
    let matched_by = &policy.of(change.kind).matched_by;
    let identifies = |path: &str| {
        let attribute = opened.catalog.find(change.kind, path);
        path == change.kind.naming_attribute() || attribute.is_ok_and(|one| matched_by.contains(&one.id))
    };
    let is_other = |difference: &LiveDifference| match difference {
        LiveDifference::Attribute { path, .. } => identifies(path),
        _ => true,
    };
    differences.iter().any(is_other)
}

/// Records that a plan found nothing to do. If another run holds the lock, that run's record is newer.
pub(super) fn unchanged(opened: &Opened, plan: &Plan, around: &Surroundings<'_>) {
    let state = &opened.state;
    let keep = || match state.prepare().and_then(|()| state.lock(around.machine.now()))? {
        Ok(_lock) => keep(opened, plan, CameOf::default(), around),
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

fn keep(opened: &Opened, plan: &Plan, came: CameOf<'_>, around: &Surroundings<'_>) -> Result<(), FileError> {
    let state = &opened.state;
    let run = EndedApply {
        plan,
        done: came.done,
        undone: came.undone,
        mistaken: came.mistaken,
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
