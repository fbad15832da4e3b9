//! Executes a cleared plan, and records the result.

use std::collections::BTreeSet;

use super::clear::{Cleared, signature_of};
use super::opened::Opened;
use super::plan::Made;
use super::problem::Problem;
use super::surroundings::{Surroundings, whole_second};
use super::{learning, remember};
use crate::apply::{
    self, Apply, ApplyError, Duplicate, Duplicates, Observer, Outcome, Report, Stop, Verdict,
};
use crate::model::{AttributeId, Kinds};
use crate::plan::{Change, Plan};
use crate::receipt::{Memory, Receipt, ReceiptLine, Twofold};
use crate::state::FileError;
use crate::whole::run::Pushing;

/// The result of an apply.
#[derive(Debug)]
pub struct Applied {
    /// The plan.
    pub plan: Plan,
    /// The outcome of each change.
    pub report: Report,
    /// Why the record that `drift` reads was not written; `None` if it was written. The apply stands either
    /// way.
    pub forgotten: Option<FileError>,
    /// Why the receipt was not written; `None` if it was written. The apply stands either way.
    pub unkept: Option<FileError>,
}

/// Executes a cleared plan until it ends or is asked to stop. The lock is held until then.
///
/// # Errors
/// If something fails before the first write. Every later failure is in the report.
pub async fn apply(cleared: Cleared, stop: Stop, around: &Surroundings<'_>) -> Result<Applied, Problem> {
    let Cleared {
        opened,
        plan,
        approvers,
        acknowledged,
        started,
        writer,
        journal,
        progress,
        parallelism,
        on_drift,
        lock,
    } = cleared;
    let catalog = std::sync::Arc::clone(&opened.catalog);
    let header = &plan.header;
    let failed_in_earlier_applies = opened
        .state
        .failed_before(&header.directory.origin, &header.plan_id)?;
    let run = Apply {
        plan: &plan,
        catalog,
        writer,
        journal,
        progress,
        parallelism,
        on_drift,
        stop,
        learnt: learning::known(&opened),
        matched_by: matched_by(&opened),
        failed_in_earlier_applies,
    };
    let report = execute(&run, around.watch).await?;
    learning::keep(&opened, &report.rewritten, around);
    let forgotten = remember::after(&opened, &plan, &report.outcomes, around).err();
    let receipt = Receipt {
        acknowledged,
        approved_by: approvers.iter().map(signature_of).collect(),
        ..receipt(&plan, &report, started, around.machine.now())
    };
    let unkept = opened.state.write_receipt(&receipt).err();
    drop(lock);
    Ok(Applied {
        plan,
        report,
        forgotten,
        unkept,
    })
}

fn matched_by(opened: &Opened) -> Kinds<Vec<AttributeId>> {
    let policy = opened.policy();
    Kinds {
        users: policy.users.matched_by.clone(),
        groups: policy.groups.matched_by.clone(),
    }
}

/// Executes a plan in the way its directory is written: change by change, or all in one request.
async fn execute(run: &Apply<'_>, observer: &dyn Observer) -> Result<Report, ApplyError> {
    match Pushing::of(run)? {
        Some(pushing) => pushing.run(observer).await,
        None => apply::apply(run, observer).await,
    }
}

/// Records that a plan found nothing to do. It writes a receipt only if the plan manages something new: later
/// plans may remove from that.
///
/// # Errors
/// When a receipt is due and cannot be written.
pub fn finish_empty(opened: &Opened, made: &Made, around: &Surroundings<'_>) -> Result<(), Problem> {
    let plan = made.plan();
    let last = made.history.last.as_ref();
    if last.is_none_or(|last| last.managed != plan.header.managed) {
        opened.state.prepare()?;
        let report = Report {
            outcomes: Vec::new(),
            duplicates: Duplicates::default(),
            verdict: Verdict::NothingToDo,
            requests: made.requests(),
            unrecorded: Vec::new(),
            rewritten: BTreeSet::new(),
            halt: None,
        };
        let receipt = receipt(plan, &report, plan.header.created, around.machine.now());
        opened.state.write_receipt(&receipt)?;
    }
    remember::unchanged(opened, plan, around);
    Ok(())
}

fn receipt(plan: &Plan, report: &Report, started: jiff::Timestamp, now: jiff::Timestamp) -> Receipt {
    let line = |change: &Change, outcome: &Outcome| ReceiptLine {
        action: change.own_action(),
        change: change.id.clone(),
        detail: outcome.detail(change),
        evidence: outcome.evidence(),
        left_undone: outcome.left_undone().cloned(),
        memberships: Some(
            outcome
                .made(change)
                .map_or(change.memberships(), |made| made.memberships()),
        ),
        outcome: outcome.word().to_owned(),
    };
    let outcomes = plan.changes.iter().zip(&report.outcomes);
    let twofold = |duplicate: &Duplicate| Twofold {
        attribute: duplicate.attribute.clone(),
        change: plan.changes[duplicate.change].id.clone(),
        ids: duplicate.ids.clone(),
    };
    let unmade = outcomes.clone().filter(|(_, outcome)| outcome.wrote_nothing());
    let unmade: Vec<Change> = unmade.map(|(change, _)| change.clone()).collect();
    Receipt {
        wpsync_receipt: 1,
        acknowledged: None,
        approved_by: Vec::new(),
        change_digest: plan.header.change_digest,
        directory: plan.header.directory.origin.clone(),
        duplicates: report.duplicates.found.iter().map(twofold).collect(),
        duplicates_unknown: report.duplicates.unlooked.clone(),
        finished: whole_second(now),
        halted: report.halt.as_ref().map(|halt| halt.by),
        memory: Some(Memory::of(plan, &unmade, now)),
        outcomes: outcomes.map(|(change, outcome)| line(change, outcome)).collect(),
        plan: plan.digest,
        plan_id: plan.header.plan_id.clone(),
        requests: report.requests,
        started: whole_second(started),
        verdict: report.verdict.word().to_owned(),
    }
}
