//! What breaks the making of a change off, and whether it ends the run.

use crate::client::DirectoryError;
use crate::journal::JournalError;
use crate::receipt::HaltedBy;

use super::error::ApplyError;
use super::outcome::{Outcome, Repeating};

/// Why the making of a change was broken off.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The directory answered about another resource, and may have written to it.
    #[error("{0}")]
    SomebodyElse(String),
    /// The outcome is known, and could not be recorded.
    #[error("{error}")]
    Unrecorded { outcome: Outcome, error: JournalError },
}

impl Broken {
    /// What ends the run; `None` if the trouble is the change's own.
    pub(super) fn ends_run(&self) -> Option<HaltedBy> {
        match self {
            Self::Directory(error) if error.stops_everything() || error.is_put_off() => {
                Some(HaltedBy::Service)
            }
            Self::Directory(_) => None,
            Self::SomebodyElse(_) => Some(HaltedBy::SomebodyElse),
            Self::Journal(_) | Self::Unrecorded { .. } => Some(HaltedBy::OurSide),
        }
    }

    /// Whether the same apply may succeed if it is run again.
    pub(super) fn repeating(&self) -> Repeating {
        match self {
            Self::Directory(error) => Repeating::after(error),
            Self::SomebodyElse(_) => Repeating::DoesNot,
            Self::Journal(_) | Self::Unrecorded { .. } => Repeating::MayHelp,
        }
    }
}

impl From<Broken> for ApplyError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Directory(error) => Self::Directory(error),
            Broken::SomebodyElse(reason) => Self::Plan(reason),
            Broken::Journal(error) | Broken::Unrecorded { error, .. } => Self::Journal(error),
        }
    }
}
