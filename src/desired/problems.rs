//! Errors of single people and groups that show only when the rows of all files are together.

use super::{DesiredResource, RowProblem};
use crate::diagnostics::{Diagnostic, Diagnostics};

/// Reports errors, and keeps whose they are.
pub(super) struct ResourceProblems<'d> {
    diagnostics: &'d mut Diagnostics,
    found: Vec<(usize, RowProblem)>,
}

impl<'d> ResourceProblems<'d> {
    pub(super) const fn new(diagnostics: &'d mut Diagnostics) -> Self {
        Self {
            diagnostics,
            found: Vec::new(),
        }
    }

    /// Reports an error at a place, which concerns the resources at these positions.
    pub(super) fn report(&mut self, resources: impl IntoIterator<Item = usize>, problem: Diagnostic) {
        let problem = problem.of_row();
        for position in resources {
            self.hold(position, RowProblem::of(&problem));
        }
        self.diagnostics.push(problem);
    }

    /// Adds an error of a resource that is reported already.
    pub(super) fn hold(&mut self, resource: usize, problem: RowProblem) {
        self.found.push((resource, problem));
    }

    /// Where to report what concerns no declared resource.
    pub(super) const fn others(&mut self) -> &mut Diagnostics {
        self.diagnostics
    }

    /// Gives each resource its first error.
    pub(super) fn place(self, resources: &mut [DesiredResource]) {
        for (position, problem) in self.found {
            resources[position]
                .problem
                .get_or_insert_with(|| Box::new(problem));
        }
    }
}
