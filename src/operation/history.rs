//! The applies to a project's directory, from the receipts in its state. It asks nobody.

use super::opened::Opened;
use super::problem::Problem;
use super::target;
use crate::escape::Escaped;
use crate::receipt::Receipt;

/// The applies to one directory.
#[derive(Debug)]
pub struct PastApplies {
    /// The directory's address.
    pub directory: String,
    /// The receipts, the newest first.
    pub receipts: Vec<Receipt>,
}

/// The applies to the project's directory.
///
/// # Errors
/// When a receipt cannot be read.
pub fn history(opened: &Opened) -> Result<PastApplies, Problem> {
    let directory = target::facts(opened)?.origin;
    let mut receipts = opened.state.receipts()?;
    receipts.retain(|receipt| receipt.directory == directory);
    // A receipt's own time is to the second. Its memory has the time to the last digit.
    let ended = |receipt: &Receipt| {
        receipt
            .memory
            .as_ref()
            .map_or(receipt.finished, |memory| memory.at)
    };
    receipts.sort_by_key(|receipt| std::cmp::Reverse(ended(receipt)));
    Ok(PastApplies { directory, receipts })
}

/// The newest apply to the project's directory that had anything to do.
///
/// # Errors
/// When there is none, or a receipt cannot be read.
pub fn last_apply(opened: &Opened) -> Result<Receipt, Problem> {
    let PastApplies { directory, receipts } = history(opened)?;
    let mut with_changes = receipts
        .into_iter()
        .filter(|receipt| !receipt.outcomes.is_empty());
    with_changes.next().ok_or_else(|| {
        let directory = Escaped(&directory);
        Problem::error(format!("no apply to {directory} is recorded here"))
            .hint("receipts are in .wpsync/receipts where the apply ran; undo takes the path of one, too")
    })
}
