//! Quarantine: the directory failed in each of the last applies, and made nothing in any of them. The next
//! apply is refused until somebody gives a reason to go on, which is kept in the receipt. Quarantine has no
//! state of its own; it follows from receipts.

use super::{FileError, State};
use crate::receipt::{HaltedBy, Receipt, ReceiptLine};

/// The number of failed applies in a row that put a directory in quarantine.
pub(crate) const MOST_FAILURES: usize = 3;

/// The last applies to a directory, in all of which it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantine {
    /// How many applies failed.
    pub failures: usize,
    /// When the newest of them ended.
    pub since: jiff::Timestamp,
    /// The id of the newest one's plan.
    pub plan_id: String,
}

impl State {
    /// The quarantine of a directory, if there is one. The plan `except` does not count: resuming a plan is
    /// the way out.
    ///
    /// # Errors
    /// When a receipt cannot be read.
    pub(crate) fn quarantine(&self, origin: &str, except: &str) -> Result<Option<Quarantine>, FileError> {
        Ok(judge(&self.receipts_of_others(origin, except)?))
    }
}

fn judge(receipts: &[Receipt]) -> Option<Quarantine> {
    let mut failures = 0;
    for receipt in receipts {
        if !has_failed(receipt) {
            break;
        }
        failures += 1;
        if receipt.acknowledged.is_some() {
            break; // somebody has looked at the failures before it
        }
    }
    let newest = receipts.first().filter(|_| failures >= MOST_FAILURES)?;
    Some(Quarantine {
        failures,
        since: newest.finished,
        plan_id: newest.plan_id.clone(),
    })
}

/// Whether a failing service ended an apply before it made anything. A service that refuses single changes,
/// however often, does not fail; one that makes some changes is there.
fn has_failed(receipt: &Receipt) -> bool {
    let mut lines = receipt.outcomes.iter();
    receipt.halted == Some(HaltedBy::Service) && !lines.any(ReceiptLine::is_made)
}
