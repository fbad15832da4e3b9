//! Checks that each name that a plan takes is free in the directory, or is given up by the same plan.

use std::collections::HashMap;

use super::change::{Action, Change};
use super::draft::DraftBasis;
use super::swap::taken_name;
use crate::desired::DesiredResource;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::escape::Escaped;
use crate::matching::{Index, Pairing};
use crate::model::{Key, Kind, Live};

/// Reports each name that a create or a rename takes although it is not free and this plan does not free it.
pub(super) fn check(
    basis: &DraftBasis<'_>,
    pairing: &Pairing,
    changes: &[Change],
    problems: &mut Diagnostics,
) {
    for kind in Kind::ALL {
        let of_kind = || changes.iter().filter(|change| change.kind == kind);
        let taking: Vec<(&Change, Key)> = of_kind()
            .filter_map(|change| Some((change, taken_name(change)?)))
            .collect();
        if taking.is_empty() {
            continue;
        }
        let mut by_resource: HashMap<&str, Vec<&Change>> = HashMap::new();
        for change in of_kind() {
            if let Some(id) = change.remote_id.as_deref() {
                by_resource.entry(id).or_default().push(change);
            }
        }
        let live = basis.snapshot.of(kind);
        let index = Index::new(basis.catalog, basis.catalog.naming(kind), live);
        for (change, name) in taking {
            for place in index.find(&name.name) {
                let holder = &live[*place as usize];
                let of_holder = by_resource.get(&*holder.id).into_iter().flatten();
                let is_own = change.remote_id.as_ref() == Some(&holder.id);
                if is_own || of_holder.into_iter().any(|change| frees(change, &name)) {
                    continue;
                }
                let declared = pairing.of(kind).desired_of[*place as usize];
                let declared = declared.map(|number| &basis.desired.of(kind)[number]);
                problems.push(taken(basis, change, holder, declared));
            }
        }
    }
}

/// Whether a change makes a live resource give up a name.
fn frees(change: &Change, name: &Key) -> bool {
    change.action == Action::Delete || taken_name(change).is_some_and(|taken| taken != *name)
}

fn taken(
    basis: &DraftBasis<'_>,
    change: &Change,
    holder: &Live,
    declared: Option<&DesiredResource>,
) -> Diagnostic {
    let mut desired = basis.desired.of(change.kind).iter();
    let wanted = desired.find(|wanted| wanted.key == change.key);
    let message = format!(
        "the name of {} is taken in the directory by another {} (id {})",
        change.key,
        change.kind.word(),
        Escaped(&holder.id)
    );
    let problem = Diagnostic {
        origin: wanted.map(|wanted| wanted.origin),
        ..Diagnostic::general("name-taken", message)
    };
    let problem = problem.hint(
        "rename or remove the other one first, or give this one the externalId of the resource that it is",
    );
    match declared {
        None => problem,
        Some(declared) => problem.related(declared.origin, "the one that has the name is declared here"),
    }
}
