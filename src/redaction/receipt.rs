//! The view of a receipt. The plan of the receipt gives the names that its own views have.

use std::collections::HashMap;

use super::level::Redaction;
use super::pseudonym::Pseudonyms;
use super::redacted;
use crate::plan::Plan;
use crate::receipt::{LeftUndone, Receipt, ReceiptLine, Twofold};

/// The text in the place of what is not shown.
const HIDDEN: &str = "(redacted)";

/// The view of a receipt, whose plan is `plan`. Outcomes, times and counts stay. The reasons of outcomes are
/// hidden, because they quote values and the service's answers.
pub fn redacted_receipt(receipt: &Receipt, plan: &Plan, redaction: Redaction) -> Receipt {
    if redaction == Redaction::None {
        return receipt.clone();
    }
    let view = redacted(plan, redaction);
    let changes = plan.changes.iter().zip(&view.changes);
    let names: HashMap<&str, &str> = changes
        .map(|(change, shown)| (change.id.as_str(), shown.id.as_str()))
        .collect();
    let line = |line: &ReceiptLine| ReceiptLine {
        change: names.get(&*line.change).copied().unwrap_or(HIDDEN).to_owned(),
        detail: line.detail.as_ref().map(|_| HIDDEN.to_owned()),
        // Who it is stays hidden, and that something is left shows.
        left_undone: line.left_undone.as_ref().map(|_| LeftUndone::default()),
        ..line.clone()
    };
    // A service's ids may be addresses.
    let twofold = |twofold: &Twofold| Twofold {
        change: names.get(&*twofold.change).copied().unwrap_or(HIDDEN).to_owned(),
        ids: twofold.ids.iter().map(|_| HIDDEN.into()).collect(),
        ..twofold.clone()
    };
    let pseudonyms = Pseudonyms::new(&plan.header.pseudonym_key);
    let approver = |name: &String| pseudonyms.of("author", name);
    Receipt {
        acknowledged: receipt.acknowledged.as_ref().map(|_| HIDDEN.to_owned()),
        approved_by: receipt.approved_by.iter().map(approver).collect(),
        duplicates: receipt.duplicates.iter().map(twofold).collect(),
        duplicates_unknown: receipt.duplicates_unknown.as_ref().map(|_| HIDDEN.to_owned()),
        // No form shows it; see `Plan::shown_change_digest`.
        change_digest: receipt.plan,
        memory: None,
        outcomes: receipt.outcomes.iter().map(line).collect(),
        ..receipt.clone()
    }
}
