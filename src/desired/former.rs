//! The names that declared people and groups had before.
//!
//! A former name may stay in a source for good. It means nothing once somebody is declared under it.

use super::FormerName;
use super::names::DeclaredNames;
use super::problems::ResourceProblems;
use crate::declared::DeclaredFormerName;
use crate::diagnostics::Diagnostic;
use crate::model::Key;

/// Sorts the former names, each once. Leaves out the names that a source declares now, and reports a name
/// that two resources claim.
pub(super) fn check(
    declared: Vec<DeclaredFormerName>,
    of_row: &[Option<u32>],
    names: &DeclaredNames<'_>,
    problems: &mut ResourceProblems<'_>,
) -> Vec<FormerName> {
    let of_resource = |former: DeclaredFormerName| {
        let now = names.key(of_row[former.row as usize]? as usize);
        let name = Key::new(now.kind, &former.name);
        (!names.declares(&name)).then(|| FormerName {
            name,
            now: now.clone(),
            origin: former.origin,
        })
    };
    let mut found: Vec<FormerName> = declared.into_iter().filter_map(of_resource).collect();
    found.sort_by(|left, right| (&left.name, left.origin).cmp(&(&right.name, right.origin)));
    found.dedup_by(|later, first| {
        let is_same = later.name == first.name;
        if is_same && later.now != first.now {
            let both = [&later.now, &first.now].map(|key| names.position(key));
            problems.report(both.into_iter().flatten(), claimed_twice(later, first));
        }
        is_same
    });
    found
}

fn claimed_twice(later: &FormerName, first: &FormerName) -> Diagnostic {
    let message = format!("{} and {} were both {}", first.now, later.now, later.name);
    Diagnostic::error("claimed-twice", later.origin, message)
        .related(first.origin, "the other claim")
        .hint("take it out of one of the two: one account cannot become two")
}
