//! Whether a directory takes nothing any more: its last applies have all failed. The next one is refused
//! until somebody who has looked says so; what they say is in the receipt. There is no state of its own:
//! receipts tell.

use super::{FileError, State};
use crate::apply::Verdict;
use crate::receipt::Receipt;

/// So many applies in a row that fail put a directory in quarantine.
pub const MOST_FAILURES: usize = 3;

/// A directory's last applies, all of them failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantine {
    /// How many.
    pub failures: usize,
    /// When the newest ended.
    pub since: jiff::Timestamp,
    /// The newest one's plan.
    pub plan_id: String,
}

impl State {
    /// The quarantine that a directory is in, if any. The plan that is resumed does not count: going on with
    /// it is the cure.
    ///
    /// # Errors
    /// When a receipt cannot be read.
    pub fn quarantine(&self, origin: &str, except: &str) -> Result<Option<Quarantine>, FileError> {
        Ok(judge(self.receipts()?.into_iter().filter(|receipt| {
            receipt.directory == origin && receipt.plan_id != except
        })))
    }
}

fn judge(receipts: impl Iterator<Item = Receipt>) -> Option<Quarantine> {
    let mut receipts: Vec<_> = receipts.collect();
    // To the last digit where that is known: several applies may end in one second.
    receipts.sort_by_key(|receipt| {
        std::cmp::Reverse(
            receipt
                .memory
                .as_ref()
                .map_or(receipt.finished, |memory| memory.at),
        )
    });
    let mut failures = 0;
    for receipt in &receipts {
        if !has_failed(receipt) {
            break;
        }
        failures += 1;
        if receipt.acknowledged.is_some() {
            break; // what came before it was looked at
        }
    }
    let newest = receipts.first().filter(|_| failures >= MOST_FAILURES)?;
    Some(Quarantine {
        failures,
        since: newest.finished,
        plan_id: newest.plan_id.clone(),
    })
}

/// Whether an apply failed for a reason of the directory's: not one that was stopped, and not one that found
/// drift.
fn has_failed(receipt: &Receipt) -> bool {
    let is = |verdict: Verdict| verdict.word() == receipt.verdict;
    (is(Verdict::Failed) || is(Verdict::Partial))
        && receipt.outcomes.iter().any(|line| line.outcome == "failed")
}
