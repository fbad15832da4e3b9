//! The last checks before an apply: that no other run goes on, the directory itself, and the account that
//! writes.

use std::time::Duration;

use super::opened::Opened;
use super::problem::{Problem, ProblemKind};
use super::reading;
use super::surroundings::Surroundings;
use super::verify::{Verified, judge};
use super::writing::{self, Sending};
use crate::approval::Approver;
use crate::client::Writer;
use crate::escape::Escaped;
use crate::journal::{Journal, Progress};
use crate::plan::Plan;
use crate::project::OnDrift;
use crate::review::time;
use crate::state::Lock;

/// How a plan is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplySettings {
    /// How many changes are made at the same time.
    pub parallelism: usize,
    /// How writes are sent.
    pub sending: Sending,
    /// The time after which no new change is started.
    pub deadline: Option<Duration>,
    /// What is done about drift. `None`: what the configuration says.
    pub on_drift: Option<OnDrift>,
}

impl Default for ApplySettings {
    /// Ten changes at a time, one request for each, without a deadline.
    fn default() -> Self {
        Self {
            parallelism: 10,
            sending: Sending::Single,
            deadline: None,
            on_drift: None,
        }
    }
}

/// A plan that may be applied now: its seal, its binding, guards and approvals hold, the directory was
/// reached, and no other run goes on while this lives. There is no other way to apply a plan.
pub struct Cleared {
    pub(super) opened: Opened,
    pub(super) plan: Plan,
    pub(super) approvers: Vec<Approver>,
    pub(super) acknowledged: Option<String>,
    pub(super) started: jiff::Timestamp,
    pub(super) writer: Writer,
    pub(super) journal: Journal,
    pub(super) progress: Progress,
    pub(super) parallelism: usize,
    pub(super) on_drift: OnDrift,
    pub(super) lock: Lock,
}

impl std::fmt::Debug for Cleared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Cleared {}", self.plan.digest)
    }
}

impl Cleared {
    /// The plan.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// Takes the lock, keeps a copy of the plan and opens the directory. Then it judges the plan again, by the
/// directory's clock, by the account that writes, and by the applies that ended in the meantime.
///
/// # Errors
/// When another run holds the lock, state cannot be written, the directory cannot be opened, or the plan is
/// refused now.
pub async fn clear(
    verified: Verified,
    settings: ApplySettings,
    around: &Surroundings<'_>,
) -> Result<Cleared, Problem> {
    let Verified {
        opened,
        plan,
        approvers,
        acknowledged,
        started,
    } = verified;
    let lock = lock(&opened, around)?;
    opened.state.keep_plan(&plan)?;
    for approver in &approvers {
        around
            .watch
            .note(&format!("Approved by {}", signature_of(approver)));
    }
    warn_of_deadline(&plan, settings.deadline, around);
    let parallelism = match settings.sending {
        Sending::Single => settings.parallelism,
        Sending::Bulk => settings.parallelism.max(writing::bulk_operations(&opened)?),
    };
    let writer = writing::writer(&opened, settings.sending, around).await?;
    let now = around.machine.now();
    reading::check_clock(writer.reader(), now)?;
    // This runs under the lock, so that every other apply is counted, and with the account that writes.
    let account = reading::account(&opened, writer.reader()).await;
    judge(&opened, &plan, &account, now)?;
    let (journal, progress) = opened.state.journal(&plan).await?;
    let on_drift = settings.on_drift.unwrap_or(opened.project.on_drift);
    Ok(Cleared {
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
    })
}

fn lock(opened: &Opened, around: &Surroundings<'_>) -> Result<Lock, Problem> {
    opened.state.prepare()?;
    let lock = opened.state.lock(around.machine.now())?.map_err(|held| {
        let message = format!(
            "another run holds the lock ({}); nothing was sent",
            Escaped(&held.by)
        );
        Problem::new(ProblemKind::Locked, message)
            .hint("wait until it has ended, then run the same apply again")
    })?;
    if !lock.excludes_others() {
        around.watch.warn(
            "the file system of .wpsync locks nobody out, as some network folders do: \
             see to it yourself that one apply runs at a time",
        );
    }
    Ok(lock)
}

/// Warns before the first request that the plan takes longer than the deadline.
fn warn_of_deadline(plan: &Plan, deadline: Option<Duration>, around: &Surroundings<'_>) {
    let needed = Duration::from_secs(plan.header.cost.seconds);
    if let Some(deadline) = deadline.filter(|deadline| needed > *deadline) {
        let (needed, deadline) = (time(needed.as_secs()), time(deadline.as_secs()));
        around.watch.warn(&format!(
            "this takes at least {needed} under the service's limits, and the deadline is {deadline}: \
             it will stop part-way; run the same apply again to go on"
        ));
    }
}

/// `ada (SHA256:…)`
pub(super) fn signature_of(approver: &Approver) -> String {
    format!("{} ({})", Escaped(&approver.name), approver.fingerprint)
}
