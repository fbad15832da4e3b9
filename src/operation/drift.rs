//! What changed in the directory since the last apply. It holds a reader, and so cannot write to a directory.

use super::by_hand::{Ours, compared};
use super::opened::Opened;
use super::plan::{Comparison, read};
use super::problem::Problem;
use super::surroundings::Surroundings;
use super::{learning, reading};
use crate::drift::{Drift, LastApplied};
use crate::plan::Draft;

/// What changed, and since when.
#[derive(Debug)]
pub struct Drifted {
    /// What changed.
    pub drift: Drift,
    /// The last apply from here, if there was one.
    pub last: Option<LastApplied>,
    /// What a plan would do and leave undone. `None` if no plan can be made.
    pub draft: Option<Draft>,
}

/// Compares the directory with what was last applied to it.
///
/// # Errors
/// When the directory or the record of the last apply cannot be read.
pub async fn drift(opened: &Opened, around: &Surroundings<'_>) -> Result<Drifted, Problem> {
    let last = reading::last_applied(opened)?;
    let reader = reading::reader(opened, around).await?;
    let accounts = reading::accounts(opened)?;
    let snapshot = read(opened, &reader, &accounts, around).await?;
    let ownership = reading::ownership(opened, around)?;
    let catalog = learning::checked(opened, &snapshot);
    let ours = Ours {
        ownership: &ownership,
        accounts: &accounts,
    };
    let drift = compared(opened, &snapshot, last.as_ref(), ours);
    let comparison = Comparison {
        catalog: &catalog,
        opened,
        snapshot: &snapshot,
        ownership: &ownership,
        access: &reading::access(opened, &snapshot)?,
        accounts: &accounts,
        waivers: &[],
        selection: None,
    };
    Ok(Drifted {
        draft: comparison.draft(around).ok(),
        drift,
        last,
    })
}
