//! What was not done in an apply, by cause: however many people one cause concerns, it takes one line.

use std::collections::HashMap;

use serde::Serialize;
use wpsync::apply::{Report, cause, of_several};
use wpsync::plan::Plan;

use super::redact::Names;

/// How many of a cause's people and groups are named.
const NAMED: usize = 3;

/// Outcomes that have one cause.
#[derive(Debug, Serialize)]
pub(super) struct Concerned {
    /// The outcome in one word.
    outcome: &'static str,
    /// The cause, as the first of them has it.
    cause: String,
    /// How many changes have it.
    count: usize,
    /// The first of these changes: what was to be done, and to whom.
    changes: Vec<String>,
    /// Whether others of them have the cause in other words, with names of their own.
    #[serde(skip)]
    has_other_words: bool,
}

/// The outcomes that have something to explain, by word and cause, in the plan's order.
pub(super) fn by_cause(plan: &Plan, report: &Report, names: &Names) -> Vec<Concerned> {
    let mut found: Vec<Concerned> = Vec::new();
    let mut places: HashMap<(&str, String), usize> = HashMap::new();
    let is_push = plan.header.push.is_some();
    for (change, outcome) in plan.changes.iter().zip(&report.outcomes) {
        // A push leaves something unverified for nearly everybody. One line says so.
        if is_push && outcome.is_done() {
            continue;
        }
        let Some(detail) = names.detail(change, outcome) else {
            continue;
        };
        let of_change = format!("{} {}", change.action.word(), names.key(change));
        let place = (outcome.word(), cause(change, &detail));
        let place = *places.entry(place).or_insert_with(|| {
            found.push(Concerned {
                outcome: outcome.word(),
                cause: detail.clone(),
                count: 0,
                changes: Vec::new(),
                has_other_words: false,
            });
            found.len() - 1
        });
        let concerned = &mut found[place];
        concerned.has_other_words |= of_several(&concerned.cause) != of_several(&detail);
        concerned.count += 1;
        if concerned.changes.len() < NAMED {
            concerned.changes.push(of_change);
        }
    }
    found
}

impl Concerned {
    /// `failed   update user:ada: the reason`, or the same of many changes.
    pub(super) fn line(&self) -> String {
        let Self {
            outcome,
            cause,
            count,
            changes,
            has_other_words,
        } = self;
        let named = changes.join(", ");
        let whose = if *has_other_words { "of the first: " } else { "" };
        let cause_of_all = of_several(cause);
        match (count, count - changes.len()) {
            (1, _) => format!("{outcome:<8} {named}: {cause}"),
            (_, 0) => format!("{outcome:<8} {count} changes ({named}): {whose}{cause_of_all}"),
            (_, more) => {
                format!("{outcome:<8} {count} changes ({named} and {more} more): {whose}{cause_of_all}")
            }
        }
    }
}
