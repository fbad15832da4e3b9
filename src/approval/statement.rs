//! The statement that an approver signs. Its lines say what the plan is and does, so that a person can read
//! them before signing.

use std::fmt::Write as _;

use crate::escape::Escaped;
use crate::plan::{Action, Plan};

/// The statement about a plan. The same plan always gives the same bytes, and each value stays on its own
/// line.
pub fn statement(plan: &Plan) -> String {
    let header = &plan.header;
    let mut out = String::from("I approve this wpsync plan (statement version 1).\n");
    let mut line = |name: &str, value: &dyn std::fmt::Display| {
        let _ = writeln!(out, "{name}: {value}");
    };
    line("plan", &header.plan_id);
    line("digest", &plan.digest);
    line("change digest", &header.change_digest);
    line("target", &Escaped(&header.directory.origin));
    line(
        "author",
        &Escaped(header.author.as_deref().unwrap_or("(unknown)")),
    );
    for action in Action::BY_RISK.into_iter().rev() {
        line(action.word(), &header.summary.get(&action).copied().unwrap_or(0));
    }
    line("removals", &removals(plan));
    line("members that leave a group", &leaving(plan));
    for waiver in &header.waivers {
        line(
            "waiver",
            &format!(
                "{}={}: {}",
                Escaped(&waiver.guard),
                waiver.count,
                Escaped(&waiver.reason)
            ),
        );
    }
    line("expires", &header.expires);
    out
}

/// How many people and groups the plan deletes or deactivates.
pub(super) fn removals(plan: &Plan) -> u64 {
    plan.header
        .summary
        .iter()
        .filter(|(action, _)| action.is_removal())
        .map(|(_, count)| count)
        .sum()
}

fn leaving(plan: &Plan) -> usize {
    plan.changes
        .iter()
        .filter_map(|change| change.members.as_ref())
        .map(|members| members.remove.len())
        .sum()
}
