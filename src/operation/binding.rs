//! Checks that everything a plan is bound to is as it was when the plan was made. Each difference has its own
//! message, and is refused before anything is connected.

use super::opened::Opened;
use super::problem::{Problem, ProblemKind};
use super::target;
use crate::digest::Digest;
use crate::escape::Escaped;
use crate::plan::guard::History;
use crate::plan::{Plan, header};

/// The hint for a plan that no longer holds.
const AGAIN: &str = "make a new plan with `wpsync plan`, and have that one reviewed";

fn stale(message: String) -> Problem {
    Problem::new(ProblemKind::Stale, message).hint(AGAIN)
}

/// Checks the tool, the time, the directory, the configuration and the policy.
pub(super) fn check(opened: &Opened, plan: &Plan, now: jiff::Timestamp) -> Result<(), Problem> {
    if plan.header.tool != header::tool() {
        return Err(stale(format!(
            "the plan was made by {}, and this is {}",
            Escaped(&plan.header.tool),
            header::tool()
        )));
    }
    if now > plan.header.expires {
        return Err(stale(format!("the plan expired at {}", plan.header.expires)));
    }
    directory(opened, plan)?;
    let config = &plan.header.config;
    if config.sha256 != opened.project.digest {
        return Err(stale(format!(
            "the configuration {} is not the one that the plan was made with",
            Escaped(&config.path)
        )));
    }
    policy(
        plan.header.policy.as_ref(),
        opened.policy_file.as_ref().map(|policy| &policy.digest),
    )
}

/// Checks that the plan is for this directory.
fn directory(opened: &Opened, plan: &Plan) -> Result<(), Problem> {
    let (here, there) = (target::facts(opened)?, &plan.header.directory);
    if here.origin != there.origin {
        return Err(Problem::new(
            ProblemKind::Stale,
            format!(
                "the plan is for {}, and the configuration names {}",
                Escaped(&there.origin),
                Escaped(&here.origin)
            ),
        )
        .hint("apply it where it was made for, or plan again"));
    }
    if here.tenant != there.tenant {
        let name = |tenant: &Option<String>| {
            tenant
                .as_ref()
                .map_or_else(|| "no tenant".to_owned(), |name| Escaped(name).to_string())
        };
        return Err(Problem::new(
            ProblemKind::Stale,
            format!(
                "the plan is for the tenant {}, and the configuration names {}",
                name(&there.tenant),
                name(&here.tenant)
            ),
        )
        .hint("apply it where it was made for, or plan again"));
    }
    if (&here.dialect, here.dialect_digest) != (&there.dialect, there.dialect_digest) {
        return Err(stale(
            "the dialect of the directory is not the one that the plan was made with".into(),
        ));
    }
    Ok(())
}

fn policy(then: Option<&Digest>, now: Option<&Digest>) -> Result<(), Problem> {
    let hint = "WPSYNC_POLICY names the policy file; it must be the same where plans are made and where they \
                are applied";
    let message = match (then, now) {
        (Some(then), Some(now)) if then == now => return Ok(()),
        (None, None) => return Ok(()),
        (Some(_), Some(_)) => "the policy file is not the one that the plan was made with",
        (Some(_), None) => "the plan was made with a policy file, and there is none here",
        (None, Some(_)) => "the plan was made without a policy file, and there is one here",
    };
    Err(Problem::new(ProblemKind::Stale, message).hint(hint))
}

/// Refuses a plan that is older than the newest applied plan: it would undo that plan.
pub(super) fn check_order(plan: &Plan, history: &History) -> Result<(), Problem> {
    match &history.newest {
        Some((created, id)) if *created > plan.header.created => Err(stale(format!(
            "a newer plan was applied since: {}, made at {created}; this one was made at {}",
            Escaped(id),
            plan.header.created
        ))),
        _ => Ok(()),
    }
}
