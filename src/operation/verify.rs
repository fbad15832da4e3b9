//! What can be known of a plan that shall be applied without its directory: that it is the plan that was
//! reviewed, agreed to, still in force, for this directory, and allowed.

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

/// What whoever applies a plan says of it.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// The digest that the plan must have: of the file, or of its changes' meaning.
    pub expected: Option<String>,
    /// Who approved it.
    pub approving: Approving,
    /// Why to go on although the last applies to this directory have all failed.
    pub acknowledged: Option<String>,
}

/// A plan to which nothing stands in the way but the directory and other runs.
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

/// How verifying a plan came out.
#[derive(Debug)]
pub enum Verification {
    /// It may be cleared.
    Ready(Box<Verified>),
    /// It was applied here to its end before, at this time. Nothing is written a second time.
    AppliedBefore(jiff::Timestamp),
}

/// Believes a saved plan only if its seal holds, it is the one that was expected, those who must approve it
/// did, it is for this directory, configuration and policy, nothing newer was applied since, and guards allow
/// it.
///
/// # Errors
/// The first of these that does not hold, and files that cannot be read.
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

/// Takes a plan that was made just now, by the project that it was made of.
///
/// # Errors
/// As [`verify`], but for what is known of a plan that was made just now; and where the policy asks for
/// approvals, which nobody can give to it.
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
/// Where it does.
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

/// A plan that is the one that was meant, and those who agreed to it.
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

    /// When this plan was applied here to its end, if it was.
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

    /// Refuses a directory whose last applies have all failed, unless somebody says why to go on; gives what
    /// they say where it counts.
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
            "this directory is in quarantine: its last {} applies have failed, the newest at {}; \
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

/// Judges a plan again, by the limits and the receipts of now.
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

/// A refusal by guards, with every reason.
pub fn refused(refusals: &[String]) -> Problem {
    let message = format!("refused, and nothing was sent:\n  - {}", refusals.join("\n  - "));
    Problem::new(ProblemKind::Refused, message)
}
