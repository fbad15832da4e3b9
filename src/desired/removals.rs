//! The people to be removed. A person may be among them only once, and no source may declare the person.

use std::collections::HashMap;

use super::names::DeclaredNames;
use super::problems::ResourceProblems;
use super::{DesiredResource, Removal};
use crate::diagnostics::Diagnostic;
use crate::model::{AttributeId, Kind};

/// Checks and sorts the removals.
pub(super) fn check(
    mut removals: Vec<Removal>,
    names: &DeclaredNames<'_>,
    resources: &[DesiredResource],
    problems: &mut ResourceProblems<'_>,
) -> Vec<Removal> {
    let mut contradicted = Vec::new();
    let mut seen: HashMap<(Kind, AttributeId, String), usize> = HashMap::new();
    for (number, removal) in removals.iter().enumerate() {
        let Some(origin) = removal.origin else { continue };
        let earlier = seen.insert(
            (removal.key.kind, removal.by, removal.key.uncased().to_owned()),
            number,
        );
        if let Some(earlier) = earlier.and_then(|at| removals[at].origin) {
            let message = format!("{} stands twice among those who are to be removed", removal.key);
            let problem = Diagnostic::error("duplicate-person", origin, message);
            let problem = problem
                .related(earlier, "first here")
                .hint("remove one of the two");
            problems.others().push(problem);
        }
        if let Some(declared) = names.holder(removal.by, &removal.key) {
            let message = format!("{} is to be removed here, and is declared elsewhere", removal.key);
            let problem = Diagnostic::error("contradiction", origin, message);
            let problem = problem
                .related(resources[declared].origin, "declared here")
                .hint("take the person out of one of the two");
            problems.report([declared], problem);
            contradicted.push(number);
        }
    }
    // Whoever is declared and to be removed is held, which is neither.
    for number in contradicted.into_iter().rev() {
        removals.remove(number);
    }
    removals.sort_by(|left, right| (&left.key, left.by).cmp(&(&right.key, right.by)));
    removals
}
