//! What applies created that did not come to their end. Their journals know the ids, and no record of a later
//! apply does.

use std::collections::HashSet;

use super::{FileError, State, journal_name};
use crate::apply::Verdict;
use crate::journal::{Progress, replay};
use crate::model::ManagedAccounts;
use crate::plan::{Action, Plan};

impl State {
    /// The people and groups that applies to a directory created, if no receipt says that these applies came
    /// to their end. A journal that is damaged, or whose plan was not kept, says nothing.
    ///
    /// # Errors
    /// When a receipt or a journal exists and cannot be read.
    pub(crate) fn created_by_unfinished(&self, directory: &str) -> Result<ManagedAccounts, FileError> {
        let is_whole = |verdict: &str| {
            let whole = [Verdict::Applied, Verdict::AlreadyApplied, Verdict::NothingToDo];
            whole.iter().any(|known| known.word() == verdict)
        };
        let receipts = self.receipts()?.into_iter();
        let ended = receipts.filter(|receipt| is_whole(&receipt.verdict));
        let ended: HashSet<String> = ended.map(|receipt| receipt.plan_id).collect();
        let mut created = ManagedAccounts::default();
        for plan_id in self.store.list("journal")? {
            if ended.contains(&plan_id) {
                continue;
            }
            let bytes = self.store.get(&journal_name(&plan_id))?.unwrap_or_default();
            let plan = self.read_plan(&plan_id).ok();
            let plan = plan.and_then(|bytes| Plan::from_bytes(&bytes).ok());
            let (Ok(replay), Some(plan)) = (replay(&bytes), plan) else {
                continue;
            };
            // What an undo creates counts as managed only when a source declares it.
            if plan.header.directory.origin != directory || plan.header.reverses.is_some() {
                continue;
            }
            let progress = Progress::of(&replay.events);
            for change in plan
                .changes
                .iter()
                .filter(|change| change.action == Action::Create)
            {
                if let Some(id) = progress.id_of(&change.id) {
                    created.add(id.into(), &change.key);
                }
            }
        }
        Ok(created)
    }
}
