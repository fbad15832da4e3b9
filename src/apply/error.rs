//! Why an apply did not begin.

use crate::client::DirectoryError;
use crate::journal::JournalError;
use crate::plan::order::OrderError;

/// The errors that end a run before every change has an outcome.
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
