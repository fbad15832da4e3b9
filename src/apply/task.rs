//! What an apply is given.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::client::Writer;
use crate::escape::Escaped;
use crate::journal::{Journal, Progress};
use crate::model::{AttributeId, Catalog, Kinds, Learnt};
use crate::plan::Plan;
use crate::project::OnDrift;

use super::error::ApplyError;
use super::outcome::RunStart;
use super::stop::Stop;

/// What an apply needs.
pub(crate) struct Apply<'a> {
    /// The plan, verified.
    pub plan: &'a Plan,
    /// The attributes that exist.
    pub catalog: Arc<Catalog>,
    /// The directory.
    pub writer: Writer,
    /// The journal of this plan.
    pub journal: Journal,
    /// The progress of earlier runs, by the journal.
    pub progress: Progress,
    /// How many changes are made at once.
    pub parallelism: usize,
    /// What is done about drift that is found before the first write.
    pub on_drift: OnDrift,
    /// Asks to stop.
    pub stop: Stop,
    /// What earlier applies learnt of the service.
    pub learnt: Learnt,
    /// The attributes that tell who is who, strongest first.
    pub matched_by: Kinds<Vec<AttributeId>>,
    /// The ids of changes that failed when an earlier apply tried them last.
    pub failed_in_earlier_applies: BTreeSet<String>,
}

impl Apply<'_> {
    /// The plan's changes that failed when an earlier apply tried them last, by position.
    pub(crate) fn failed_before(&self) -> BTreeSet<usize> {
        let numbered = self.plan.changes.iter().enumerate();
        let failed = numbered.filter(|(_, change)| self.failed_in_earlier_applies.contains(&change.id));
        failed.map(|(number, _)| number).collect()
    }

    /// Whether an earlier run may have written something, by the journal.
    pub(crate) fn start(&self) -> RunStart {
        if self.progress.may_have_written() {
            RunStart::Resumed
        } else {
            RunStart::Fresh
        }
    }

    /// Checks that every attribute of the plan is known.
    ///
    /// # Errors
    /// If this version does not know an attribute of the plan.
    pub(crate) fn check_attributes(&self) -> Result<(), ApplyError> {
        for change in &self.plan.changes {
            for path in change.after.keys().chain(change.before.keys()) {
                if self.catalog.find(change.kind, path).is_err() {
                    let path = Escaped(path);
                    return Err(ApplyError::Plan(format!(
                        "{}: this wpsync does not know the attribute {path}; \
                         apply with the version that made the plan",
                        change.key
                    )));
                }
            }
        }
        Ok(())
    }
}
