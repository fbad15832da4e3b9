//! The people to be removed. No source may declare such a person. Whoever stands among them twice is removed
//! once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::names::DeclaredNames;
use super::problems::ResourceProblems;
use super::{DesiredResource, Removal, Removing};
use crate::diagnostics::{Diagnostic, Origin};
use crate::model::{AttributeId, Kind};

/// Checks and sorts the removals.
pub(super) fn check(
    removals: Vec<Removal>,
    names: &DeclaredNames<'_>,
    resources: &[DesiredResource],
    problems: &mut ResourceProblems<'_>,
) -> Vec<Removal> {
    let mut removals = once_each(removals, names, problems);
    // Whoever is declared and to be removed is held, which is neither.
    removals.retain(|removal| {
        let Some(origin) = removal.origin else { return true };
        let Some(declared) = names.holder(removal.by, &removal.key) else {
            return true;
        };
        let message = format!("{} is to be removed here, and is declared elsewhere", removal.key);
        let problem = Diagnostic::error("contradiction", origin, message);
        let problem = problem
            .related(resources[declared].origin, "declared here")
            .hint("take the person out of one of the two");
        problems.report([declared], problem);
        false
    });
    removals.sort_by(|left, right| (&left.key, left.by).cmp(&(&right.key, right.by)));
    removals
}

/// Each removal once, at its first place. Where two places ask for different removals of one person, the
/// milder one is left: it ends the access, and can be undone.
fn once_each(
    removals: Vec<Removal>,
    names: &DeclaredNames<'_>,
    problems: &mut ResourceProblems<'_>,
) -> Vec<Removal> {
    let mut kept: Vec<Removal> = Vec::with_capacity(removals.len());
    let mut seen: HashMap<(Kind, AttributeId, Box<str>), usize> = HashMap::new();
    for removal in removals {
        let identifier = (
            removal.key.kind,
            removal.by,
            names.compared(removal.by, &removal.key),
        );
        match seen.entry(identifier) {
            Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push(removal);
            }
            Entry::Occupied(place) => {
                let earlier = &mut kept[*place.get()];
                if earlier.removing != removal.removing {
                    let places = earlier.origin.zip(removal.origin);
                    if let Some((first, here)) = places {
                        problems.others().push(disagreement(&removal, here, first));
                    }
                    earlier.removing = Removing::Deactivate;
                }
            }
        }
    }
    kept
}

fn disagreement(removal: &Removal, here: Origin, first: Origin) -> Diagnostic {
    let (here_word, first_word) = match removal.removing {
        Removing::Delete => ("deleted", "deactivated"),
        Removing::Deactivate => ("deactivated", "deleted"),
    };
    let key = &removal.key;
    let message = format!("{key} is to be {here_word} here, and {first_word} elsewhere");
    Diagnostic::error("disagreement", here, message)
        .related(first, "the other one")
        .hint("take the person out of one of the two; a plan that goes on deactivates the account")
        .of_row()
}
