//! Names that a plan takes: each must be free in the directory, or be given up by the same plan.

use super::build::Inputs;
use super::change::{Action, Change};
use crate::desired::DesiredResource;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::escape::Escaped;
use crate::matching::Matches;
use crate::model::{Kind, Value, fold};

impl Inputs<'_> {
    /// A name that a create or a rename takes must be free, or be freed by this plan.
    pub(super) fn check_names(&self, matches: &[Matches; 2], changes: &[Change], problems: &mut Diagnostics) {
        for (kind, matches) in Kind::ALL.into_iter().zip(matches) {
            let naming = self.catalog.naming(kind);
            let path = &self.catalog.attribute(naming).path;
            let taking: Vec<_> = changes
                .iter()
                .filter(|change| change.kind == kind && change.after.contains_key(path))
                .collect();
            if taking.is_empty() {
                continue;
            }
            let index = crate::matching::Index::new(self.catalog, kind, naming, self.snapshot.of(kind));
            for change in taking {
                let Some(name) = change
                    .after
                    .get(path)
                    .and_then(Option::as_ref)
                    .and_then(Value::as_text)
                else {
                    continue;
                };
                for place in index.find(name) {
                    let holder = &self.snapshot.of(kind)[*place as usize];
                    if Some(&*holder.id) == change.remote_id.as_deref()
                        || frees(changes, &holder.id, path, name)
                    {
                        continue;
                    }
                    let declared =
                        matches.desired_of[*place as usize].map(|number| &self.desired_of(kind)[number]);
                    problems.push(self.taken(change, holder, declared));
                }
            }
        }
    }

    fn taken(
        &self,
        change: &Change,
        holder: &crate::model::Live,
        declared: Option<&DesiredResource>,
    ) -> Diagnostic {
        let wanted = self
            .desired_of(change.kind)
            .iter()
            .find(|one| one.key == change.key);
        let message = format!(
            "the name of {} is taken in the directory by another {} (id {})",
            change.key,
            change.kind.word(),
            Escaped(&holder.id)
        );
        let origin = wanted.map(|one| one.origin);
        let mut problem = Diagnostic { origin, ..Diagnostic::general("name-taken", message) }
            .hint("rename or remove the other one first, or give this one the externalId of the resource that it is");
        if let Some(declared) = declared {
            problem = problem.related(declared.origin, "the one that has the name is declared here");
        }
        problem
    }
}

/// Whether a change of the plan makes a live resource give up a name.
fn frees(changes: &[Change], holder: &str, path: &str, name: &str) -> bool {
    changes
        .iter()
        .filter(|change| change.remote_id.as_deref() == Some(holder))
        .any(|change| {
            let takes = change
                .after
                .get(path)
                .and_then(Option::as_ref)
                .and_then(Value::as_text);
            change.action == Action::Delete || takes.is_some_and(|taken| fold(taken) != fold(name))
        })
}
