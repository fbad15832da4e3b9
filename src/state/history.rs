//! The history of applies from receipts, which guards use. A receipt that cannot be read is an error, because
//! guards without history allow more.

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
