//! What ends the sending of a run.

use crate::client::DirectoryError;
use crate::journal::JournalError;

use super::error::ApplyError;
use super::outcome::Outcome;

/// Why nothing more may be sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The outcome is known, and could not be recorded.
    #[error("{error}")]
    Unrecorded { outcome: Outcome, error: JournalError },
}

impl From<Broken> for ApplyError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Directory(error) => Self::Directory(error),
            Broken::Journal(error) | Broken::Unrecorded { error, .. } => Self::Journal(error),
        }
    }
}
