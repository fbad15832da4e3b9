//! Reads all of the directory, with every attribute, independent of any plan.

use super::problem::Problem;
use super::surroundings::Surroundings;
use crate::client::Reader;
use crate::model::Snapshot;
use crate::survey;

/// Reads all of a directory.
pub(super) async fn everything(reader: &Reader, around: &Surroundings<'_>) -> Result<Snapshot, Problem> {
    around.watch.reading_begins();
    let snapshot = survey::everything(reader, around.watch).await;
    around.watch.reading_ends();
    Ok(snapshot?)
}
