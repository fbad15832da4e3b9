//! Checks a saved plan without its directory: that it is the plan that was reviewed and approved, still in
//! force, for this directory, and allowed.

use super::approvals::{self, Approving};
use super::binding;
use super::open::{open_under, policy};
use super::opened::{Location, Opened};
use super::plan::Made;
use super::problem::{Problem, ProblemKind};
use super::surroundings::Surroundings;
use crate::apply::Verdict;
use crate::approval::Approver;
use crate::digest::Digest;
use crate::plan::Plan;
use crate::plan::guard::{self, Account, Trial};

/// The claims of an apply about its plan.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// The digest that the plan must have: that of the file, or that of the changes' meaning.
    pub expected: Option<String>,
    /// The approvals of the plan.
    pub approving: Approving,
    /// Why to apply although the directory is in quarantine: it failed in each of the last applies.
    pub acknowledged: Option<String>,
}

/// A verified plan. Only the directory and other runs can still prevent its apply.
#[derive(Debug)]
pub struct Verified {
    pub(super) opened: Opened,
    pub(super) plan: Plan,
    pub(super) approvers: Vec<Approver>,
    pub(super) acknowledged: Option<String>,
    /// When its apply began.
    pub(super) started: jiff::Timestamp,
}

impl Verified {
    /// The plan.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// The result of verifying a plan.
#[derive(Debug)]
pub enum Verification {
    /// It may be cleared.
    Ready(Box<Verified>),
    /// The plan was applied here to its end at this time. Nothing is written a second time.
    AppliedBefore(jiff::Timestamp),
}

/// Verifies a saved plan. Its seal must hold, its digest must be the expected one, and it must have its
/// approvals. It must be for this directory, configuration and policy, no newer plan may have been applied,
/// and guards must allow it.
///
/// # Errors
/// When a file cannot be read, or when one of these conditions does not hold. The first failure is reported.
pub fn verify(
    file: &[u8],
    location: &Location,
    claims: &Claims,
    around: &Surroundings<'_>,
) -> Result<Verification, Problem> {
    let plan = Plan::from_bytes(file)?;
    let policy = policy(location, around)?;
    let approving = &claims.approving;
    let approvers = match approvals::rules(location, policy.as_ref(), approving, around)? {
        Some(rules) => approvals::approvers(&rules, &approving.folder, &plan, around.machine.now())?,
        None => Vec::new(),
    };
    match &claims.expected {
        Some(expected) => check_expected(&plan, expected)?,
        None if around.environment.is_ci() && approvers.is_empty() => return Err(unreviewed()),
        None => {}
    }
    let trusted = Trusted {
        opened: open_under(location, policy, around)?,
        plan,
        approvers,
    };
    trusted.verified(claims.acknowledged.as_deref(), around)
}

/// Verifies a plan that was made just now from this project.
///
/// # Errors
/// As [`verify`], except for the checks that only a saved plan needs; and when the policy asks for approvals,
/// which a new plan cannot have.
pub fn verify_made(
    opened: Opened,
    made: Made,
    acknowledged: Option<&str>,
    around: &Surroundings<'_>,
) -> Result<Verification, Problem> {
    check_unapproved(&opened)?;
    if !made.refusals().is_empty() {
        return Err(refused(made.refusals()));
    }
    let trusted = Trusted {
        opened,
        plan: made.plan,
        approvers: Vec::new(),
    };
    trusted.verified(acknowledged, around)
}

/// Refuses a project whose policy asks for approvals: a plan that is made now has none.
///
/// # Errors
/// When the policy asks for approvals.
pub fn check_unapproved(opened: &Opened) -> Result<(), Problem> {
    if approvals::are_asked(opened.policy_file.as_ref()) {
        let message =
            "the policy asks for approvals, and nobody can approve a plan that is made now; nothing was sent";
        return Err(Problem::new(ProblemKind::Seal, message)
            .hint("`wpsync plan`, `wpsync approve`, then `wpsync apply PLAN`"));
    }
    Ok(())
}

fn check_expected(plan: &Plan, expected: &str) -> Result<(), Problem> {
    let expected = Digest::parse(expected).ok_or_else(|| {
        let message = "--expect takes a digest: sha256: and 64 hexadecimal digits";
        Problem::new(ProblemKind::Usage, message)
    })?;
    if expected == plan.digest || expected == plan.header.change_digest {
        return Ok(());
    }
    let message = format!(
        "this is not the plan that was expected: its digest is {}",
        plan.digest
    );
    Err(Problem::new(ProblemKind::Seal, message)
        .hint("a digest inside a file does not prove who wrote it; apply the plan that was reviewed"))
}

fn unreviewed() -> Problem {
    let message = "in CI, what was reviewed comes from outside the file: its digest (--expect or \
                   WPSYNC_EXPECT), or those who may approve it (--allowed-signers or WPSYNC_ALLOWED_SIGNERS)";
    Problem::new(ProblemKind::Seal, message).hint("pass the digest that the reviewed plan printed")
}

/// A plan with the expected digest, and the people who approved it.
struct Trusted {
    opened: Opened,
    plan: Plan,
    approvers: Vec<Approver>,
}

impl Trusted {
    fn verified(
        self,
        acknowledged: Option<&str>,
        around: &Surroundings<'_>,
    ) -> Result<Verification, Problem> {
        if let Some(finished) = self.applied_before()? {
            return Ok(Verification::AppliedBefore(finished));
        }
        let now = around.machine.now();
        binding::check(&self.opened, &self.plan, now)?;
        judge(&self.opened, &self.plan, &Account::default(), now)?;
        let acknowledged = self.quarantine(acknowledged)?;
        Ok(Verification::Ready(Box::new(Verified {
            opened: self.opened,
            plan: self.plan,
            approvers: self.approvers,
            acknowledged,
            started: now,
        })))
    }

    /// When this plan was applied here to its end. `None` if it was not.
    fn applied_before(&self) -> Result<Option<jiff::Timestamp>, Problem> {
        let receipt = self.opened.state.read_receipt(&self.plan.header.plan_id)?;
        let done = receipt.filter(|receipt| {
            receipt.plan == self.plan.digest
                && [Verdict::Applied, Verdict::AlreadyApplied]
                    .iter()
                    .any(|verdict| verdict.word() == receipt.verdict)
        });
        Ok(done.map(|receipt| receipt.finished))
    }

    /// Refuses a directory that failed in each of the last applies, unless the user gives a reason to go on.
    /// Returns that reason if the directory is in quarantine.
    fn quarantine(&self, acknowledged: Option<&str>) -> Result<Option<String>, Problem> {
        let header = &self.plan.header;
        let state = &self.opened.state;
        let Some(found) = state.quarantine(&header.directory.origin, &header.plan_id)? else {
            return Ok(None);
        };
        if let Some(why) = acknowledged {
            return Ok(Some(why.to_owned()));
        }
        let message = format!(
            "this directory is in quarantine: it failed in each of the last {} applies, the newest at {}; \
             nothing was sent",
            found.failures, found.since
        );
        let hint = format!(
            "read the receipt .wpsync/receipts/{}.json and remove the cause, \
             then apply with --acknowledge \"why it will work now\"",
            found.plan_id
        );
        Err(Problem::new(ProblemKind::Refused, message).hint(hint))
    }
}

/// Judges a plan again, by the current limits and receipts.
pub(super) fn judge(
    opened: &Opened,
    plan: &Plan,
    account: &Account,
    now: jiff::Timestamp,
) -> Result<(), Problem> {
    let header = &plan.header;
    let history = opened
        .state
        .history(&header.directory.origin, now, Some(&header.plan_id))?;
    binding::check_order(plan, &history)?;
    let refusals = guard::refusals(&Trial {
        header,
        changes: &plan.changes,
        policy: &opened.policy(),
        history: &history,
        account,
    });
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(refused(&refusals))
    }
}

/// A problem that lists every reason why guards refuse.
pub fn refused(refusals: &[String]) -> Problem {
    let message = format!("refused, and nothing was sent:\n  - {}", refusals.join("\n  - "));
    Problem::new(ProblemKind::Refused, message)
}
