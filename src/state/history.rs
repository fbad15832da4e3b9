//! The history of applies from receipts, which guards use. A receipt that cannot be read is an error, because
//! guards without history allow more.

use std::collections::BTreeSet;
use std::path::Path;

use super::{FileError, State};
use crate::apply::Verdict;
use crate::plan::guard::{History, LastApply};
use crate::receipt::{Memory, Receipt};

impl State {
    /// The history of applies to a directory, without the plan `except`: a resumed plan does not count
    /// against itself.
    ///
    /// # Errors
    /// When a receipt cannot be read.
    pub(crate) fn history(
        &self,
        origin: &str,
        now: jiff::Timestamp,
        except: Option<&str>,
    ) -> Result<History, FileError> {
        let mut history = History::default();
        for receipt in self
            .receipts()?
            .into_iter()
            .filter(|receipt| receipt.directory == origin && Some(&*receipt.plan_id) != except)
        {
            remember(&mut history, receipt, now);
        }
        Ok(history)
    }

    /// The ids of the changes that failed when the last apply that tried them did. The plan `except` does not
    /// count: what the same plan meets again is still new.
    ///
    /// # Errors
    /// When a receipt cannot be read.
    pub(crate) fn failed_before(&self, origin: &str, except: &str) -> Result<BTreeSet<String>, FileError> {
        let receipts = self.receipts_of_others(origin, except)?;
        let lines = receipts.iter().flat_map(|receipt| &receipt.outcomes);
        let tried = lines.filter(|line| line.is_done() || line.has_failed());
        let mut seen = BTreeSet::new();
        let newest = tried.filter(|line| seen.insert(&*line.change));
        let failed = newest.filter(|line| line.has_failed());
        Ok(failed.map(|line| line.change.clone()).collect())
    }

    /// The receipts of a directory, without those of the plan `except`, the newest first.
    pub(super) fn receipts_of_others(&self, origin: &str, except: &str) -> Result<Vec<Receipt>, FileError> {
        let mut receipts = self.receipts()?;
        receipts.retain(|receipt| receipt.directory == origin && receipt.plan_id != except);
        // The exact time is used if it is known, because several applies may end within one second.
        let ended = |receipt: &Receipt| {
            let memory = receipt.memory.as_ref();
            memory.map_or(receipt.finished, |memory| memory.at)
        };
        receipts.sort_by_key(|receipt| std::cmp::Reverse(ended(receipt)));
        Ok(receipts)
    }

    /// All receipts.
    ///
    /// # Errors
    /// When a receipt cannot be read.
    pub(crate) fn receipts(&self) -> Result<Vec<Receipt>, FileError> {
        let mut receipts = Vec::new();
        for name in self.store.list("receipts")? {
            // The folder also holds the plans of the receipts.
            let Some(stem) = name.strip_suffix(".json") else {
                continue;
            };
            if Path::new(stem).extension().is_some_and(|kind| kind == "plan") {
                continue;
            }
            receipts.extend(self.parsed(&format!("receipts/{name}"))?);
        }
        Ok(receipts)
    }
}

fn remember(history: &mut History, receipt: Receipt, now: jiff::Timestamp) {
    let Some(memory) = receipt.memory.clone() else {
        return;
    };
    let is = |verdicts: &[Verdict]| verdicts.iter().any(|verdict| verdict.word() == receipt.verdict);
    let is_complete = is(&[Verdict::Applied, Verdict::AlreadyApplied, Verdict::NothingToDo]);
    // One who is refused for ever must not keep the rest from being managed.
    if is_complete || !is(&[Verdict::Drifted]) && receipt.tried_something() {
        remember_last(history, &memory);
    }
    // A run that ended part-way counts with what it made. If it is resumed, its receipt counts the rest.
    if !is_complete && !is(&[Verdict::Partial, Verdict::Interrupted, Verdict::OutOfTime]) {
        return;
    }
    if now.duration_since(receipt.finished) < History::WINDOW {
        for (guard, count) in memory.counts {
            *history.counts.entry(guard).or_default() += count;
        }
        for (group, count) in memory.joined_members {
            history.members.entry(group).or_default().joined += count;
        }
        for (group, count) in memory.lost_members {
            history.members.entry(group).or_default().left += count;
        }
    }
    if !receipt.outcomes.is_empty()
        && history
            .newest
            .as_ref()
            .is_none_or(|(created, _)| *created < memory.created)
    {
        history.newest = Some((memory.created, receipt.plan_id));
    }
}

/// Takes an apply for the last one, if it is.
fn remember_last(history: &mut History, memory: &Memory) {
    if history.last.as_ref().is_none_or(|last| last.at <= memory.at) {
        history.last = Some(LastApply {
            at: memory.at,
            managed: memory.managed.clone(),
            sources: memory.sources.clone(),
            users: memory.users,
        });
    }
}
