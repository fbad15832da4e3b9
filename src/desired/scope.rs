//! Takes out the declared people and groups that the configuration's `scope` does not cover.
//!
//! They are left alone. As members of groups and as managers they stay what the sources say.

use std::collections::HashSet;

use super::{Desired, DesiredResource, RowProblem};
use crate::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::mapping::{Mapping, Scoping};
use crate::model::Key;

/// Moves the resources outside of the scope to [`Desired::out_of_scope`].
pub(crate) fn keep_in_scope(desired: &mut Desired, mapping: &Mapping, diagnostics: &mut Diagnostics) {
    for (scope, declared) in [
        (&mapping.scope_users, &mut desired.users),
        (&mapping.scope_groups, &mut desired.groups),
    ] {
        if let Some(scope) = scope {
            desired
                .out_of_scope
                .extend(declared.extract_if(.., |resource| !holds(scope, resource, diagnostics)));
        }
    }
    let outside: HashSet<&Key> = desired
        .out_of_scope
        .iter()
        .map(|resource| &resource.key)
        .collect();
    desired.lost.retain(|lost| !outside.contains(&lost.holder));
}

/// Whether the scope covers a resource. A condition that cannot be decided is an error of the resource, which
/// stays in scope with it.
fn holds(scope: &Scoping, resource: &mut DesiredResource, diagnostics: &mut Diagnostics) -> bool {
    let decided = scope.holds_where(|attribute| resource.value(attribute));
    decided.unwrap_or_else(|error| {
        let problem = Diagnostic::error("scope-failed", resource.origin, error.to_string())
            .related(scope.origin(), "the condition")
            .hint("ask `has(user.name)` before an attribute that may be missing")
            .of_row();
        let of_row = RowProblem::of(&problem);
        resource.problem.get_or_insert_with(|| Box::new(of_row));
        if diagnostics.knows(&problem) || diagnostics.count(Severity::Error) < 200 {
            diagnostics.push(problem);
        }
        true
    })
}
