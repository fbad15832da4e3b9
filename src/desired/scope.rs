//! Takes out the declared people and groups that the configuration's `scope` does not cover.
//!
//! They are left alone. As members of groups and as managers they stay what the sources say. Whoever has a
//! row with an error stays in scope: the value that decides may be the one that cannot be read.

use std::collections::HashSet;

use super::{Desired, DesiredResource, RowProblem};
use crate::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::mapping::{Mapping, Scoping};
use crate::model::{AttributeId, Catalog, Key, Kind, well_known};

/// Moves the resources outside of the scope to [`Desired::out_of_scope`].
pub(crate) fn keep_in_scope(
    desired: &mut Desired,
    mapping: &Mapping,
    catalog: &Catalog,
    diagnostics: &mut Diagnostics,
) {
    let active = catalog.well_known(Kind::User, well_known::ACTIVE);
    for (scope, declared) in [
        (&mapping.scope_users, &mut desired.users),
        (&mapping.scope_groups, &mut desired.groups),
    ] {
        if let Some(scope) = scope {
            desired.out_of_scope.extend(declared.extract_if(.., |resource| {
                !holds(scope, resource, diagnostics) && !may_hold(resource, active)
            }));
        }
    }
    let outside: HashSet<&Key> = desired
        .out_of_scope
        .iter()
        .map(|resource| &resource.key)
        .collect();
    desired.lost.retain(|lost| !outside.contains(&lost.holder));
}

/// Whether the scope may cover a resource that it does not cover as far as the resource can be read. Nothing
/// is asked of its access then.
fn may_hold(resource: &mut DesiredResource, active: AttributeId) -> bool {
    let is_in_doubt = resource.problem.is_some();
    if is_in_doubt {
        resource.attributes.retain(|asked| asked.attribute != active);
    }
    is_in_doubt
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
