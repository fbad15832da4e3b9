//! Leaves out the declared people and groups that the configuration's `scope` does not cover.
//!
//! Who is left out is left alone: they stay members of groups and managers of others, as the sources say.

use super::{Desired, DesiredResource};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::mapping::{Condition, Mapping};

/// Keeps what counts.
pub(crate) fn keep_in_scope(desired: &mut Desired, mapping: &Mapping, diagnostics: &mut Diagnostics) {
    if let Some(scope) = &mapping.scope_users {
        desired.users.retain(|one| holds(scope, one, diagnostics));
    }
    if let Some(scope) = &mapping.scope_groups {
        desired.groups.retain(|one| holds(scope, one, diagnostics));
    }
}

/// A condition that cannot be decided is an error: neither answer may be guessed.
fn holds(scope: &Condition, resource: &DesiredResource, diagnostics: &mut Diagnostics) -> bool {
    scope.holds_where(|attribute| resource.value(attribute)).unwrap_or_else(|error| {
        if diagnostics.count(crate::diagnostics::Severity::Error) < 200 {
            let problem = Diagnostic::error("scope-failed", resource.origin, error.to_string());
            diagnostics.push(
                problem.related(scope.origin(), "the condition").hint("ask `has(user.name)` before an attribute that may be missing"),
            );
        }
        false
    })
}
