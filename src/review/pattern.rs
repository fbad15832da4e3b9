//! Patterns: several changes of an attribute from the same value to the same value. A reviewer reads one line
//! instead of four hundred.

use std::collections::HashMap;

use crate::model::Kind;
use crate::plan::{Action, Plan};

use super::words::show_both;

/// One difference that several changes make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern<'a> {
    pub(super) kind: Kind,
    pub(super) path: &'a str,
    /// The value before, for people.
    pub(super) before: String,
    /// The value after, for people.
    pub(super) after: String,
    /// The indexes of the changes in the plan.
    pub(super) changes: Vec<usize>,
}

/// The patterns of a plan, the most frequent first. Each has at least two changes.
pub(super) fn patterns(plan: &Plan) -> Vec<Pattern<'_>> {
    let mut found: HashMap<(Kind, &str, String, String), Vec<usize>> = HashMap::new();
    for (number, change) in plan.changes.iter().enumerate() {
        if matches!(change.action, Action::Create | Action::Delete) {
            continue;
        }
        for (path, value) in &change.after {
            let read = change.before.get(path).and_then(Option::as_ref);
            let [before, after] = show_both(read, value.as_ref());
            found
                .entry((change.kind, path, before, after))
                .or_default()
                .push(number);
        }
    }
    let mut patterns: Vec<_> = found
        .into_iter()
        .filter(|(_, changes)| changes.len() > 1)
        .map(|((kind, path, before, after), changes)| Pattern {
            kind,
            path,
            before,
            after,
            changes,
        })
        .collect();
    patterns.sort_by(|one, other| {
        let rank = |pattern: &Pattern| std::cmp::Reverse(pattern.changes.len());
        (rank(one), one.kind, one.path, &one.before, &one.after).cmp(&(
            rank(other),
            other.kind,
            other.path,
            &other.before,
            &other.after,
        ))
    });
    patterns
}
