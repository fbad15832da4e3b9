//! What somebody changed in the directory by hand since the last apply.

use super::opened::Opened;
use super::problem::Problem;
use super::{learning, reading};
use crate::drift::{self, Drift, LastApplied, ThreeWay};
use crate::model::{ManagedAccounts, Snapshot};
use crate::plan::Draft;
use crate::plan::by_hand::ByHand;
use crate::plan::ownership::Ownership;

/// What is ours in a directory.
#[derive(Clone, Copy)]
pub(super) struct Ours<'o> {
    /// What a plan may remove from.
    pub(super) ownership: &'o Ownership,
    /// Who is managed.
    pub(super) accounts: &'o ManagedAccounts,
}

/// What somebody changed in the directory by hand since the last apply and the changes of a draft overwrite.
/// Nothing is known of it without a record of that apply, which is as long as the directory is large; it is
/// read only for a draft that changes something.
pub(super) fn by_hand(
    opened: &Opened,
    snapshot: &Snapshot,
    ours: Ours<'_>,
    draft: &Draft,
) -> Result<Vec<ByHand>, Problem> {
    if draft.changes.is_empty() {
        return Ok(Vec::new());
    }
    let Some(last) = reading::last_applied(opened)? else {
        return Ok(Vec::new());
    };
    let drift = compared(opened, snapshot, Some(&last), ours);
    Ok(drift::overwritten(&drift, &draft.changes, &opened.catalog))
}

/// The three sides: what was last applied, what the sources ask for, what is live.
pub(super) fn compared(
    opened: &Opened,
    snapshot: &Snapshot,
    last: Option<&LastApplied>,
    ours: Ours<'_>,
) -> Drift {
    let sides = ThreeWay {
        catalog: &learning::checked(opened, snapshot),
        desired: &opened.desired,
        files: &opened.files,
        snapshot,
        policy: &opened.policy(),
        last,
        is_fixed: &|attribute| opened.dialect.keeps_as_made(attribute),
        ownership: ours.ownership,
        accounts: ours.accounts,
    };
    drift::compare(&sides)
}
