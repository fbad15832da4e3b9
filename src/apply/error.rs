//! Why an apply did not begin.

use crate::client::DirectoryError;
use crate::journal::JournalError;
use crate::plan::order::OrderError;

/// What ends a run before it has an outcome for every change.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The plan cannot be executed by this version.
    #[error("{0}")]
    Plan(String),
    /// Its changes have no order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The directory could not be read before anything was written.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The journal could not be written before anything was sent.
    #[error(transparent)]
    Journal(#[from] JournalError),
}
