//! Why an operation could not do its work.

use std::error::Error;
use std::fmt;

use crate::apply::ApplyError;
use crate::client::DirectoryError;
use crate::diagnostics::{Diagnostics, Files};
use crate::journal::JournalError;
use crate::plan::SealError;
use crate::state::FileError;
use crate::wire::Failure;

/// The kind of a problem. None of them has written anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// An error in a file, of the network, or of the service.
    Error,
    /// The plan or the directory has changed since.
    Stale,
    /// A guard or the policy refuses the plan.
    Refused,
    /// The plan's seal or its approvals do not hold.
    Seal,
    /// Another run holds the lock.
    Locked,
    /// The request makes no sense.
    Usage,
    /// Somebody asked to stop.
    Interrupted,
}

/// Problems in people's files, with the text of the files to show them in.
pub struct FileProblems {
    /// The problems. At least one is an error.
    pub diagnostics: Diagnostics,
    /// The files.
    pub files: Files,
}

impl fmt::Debug for FileProblems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The files hold personal data.
        self.diagnostics.fmt(formatter)
    }
}

/// Why an operation failed: what went wrong, and the way out.
#[derive(Debug)]
pub struct Problem {
    /// The kind of problem.
    pub kind: ProblemKind,
    /// What went wrong, in a sentence or a list.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
    /// The problems in people's files, if they are the reason.
    pub in_files: Option<Box<FileProblems>>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Problem {
    /// A problem of a kind.
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            in_files: None,
            source: None,
        }
    }

    /// An error in a file, of the network, or of the service.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(ProblemKind::Error, message)
    }

    /// Errors in people's files.
    pub fn of_files(diagnostics: Diagnostics, files: Files) -> Self {
        Self {
            in_files: Some(Box::new(FileProblems { diagnostics, files })),
            ..Self::error("the files of the project have errors")
        }
    }

    /// Adds the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the error that caused the problem.
    #[must_use]
    pub fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// A problem whose message is that of an error.
    fn of(error: impl Error + Send + Sync + 'static) -> Self {
        Self::error(error.to_string()).caused_by(error)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        Self::of(error)
    }
}

impl From<JournalError> for Problem {
    fn from(error: JournalError) -> Self {
        Self::of(error)
    }
}

impl From<SealError> for Problem {
    fn from(error: SealError) -> Self {
        let hint = "nothing was sent; make the plan again with `wpsync plan`, and have that one reviewed";
        Self::new(ProblemKind::Seal, error.to_string())
            .caused_by(error)
            .hint(hint)
    }
}

impl From<DirectoryError> for Problem {
    fn from(error: DirectoryError) -> Self {
        let hint = match error.status() {
            _ if error.refuses_groups() => Some(
                "if the service has no groups, or this token may not read them and no source declares any, \
                 say `groups: none` in a dialect file of your own (`directory: dialect: FILE.yaml`)",
            ),
            None if matches!(error.failure, Failure::Unreachable { .. }) => {
                Some("is the address in `directory: scim:` right, and may this machine connect to it?")
            }
            Some(401) => {
                Some("the token is not accepted: is it the right one for this directory, and has it expired?")
            }
            Some(403) => Some("the token is not allowed to do this: does it have the right scope?"),
            Some(404) => Some("is the address in `directory: scim:` the SCIM base, as https://…/scim/v2?"),
            _ => None,
        };
        let problem = Self::of(error);
        match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}

impl From<ApplyError> for Problem {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Plan(reason) => Self::new(ProblemKind::Seal, reason),
            ApplyError::Order(error) => Self::new(ProblemKind::Seal, error.to_string()),
            ApplyError::Directory(error) => error.into(),
            ApplyError::Journal(error) => error.into(),
        }
    }
}
