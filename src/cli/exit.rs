//! Exit codes, and the errors that lead to them. Users script against both.

use std::process::ExitCode;

use wpsync::apply::{ApplyError, Verdict};
use wpsync::client::DirectoryError;
use wpsync::journal::JournalError;
use wpsync::plan::SealError;
use wpsync::state::FileError;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// An error; nothing was written.
    Error = 1,
    /// Changes are present (`--detailed-exitcode`).
    Changes = 2,
    /// Stopped part-way; the same apply goes on.
    Partial = 3,
    /// Drift or a stale plan; nothing was written.
    Drift = 4,
    /// Refused by a guard or policy.
    Refused = 5,
    /// The plan's seal or approval does not hold.
    Seal = 6,
    /// Another run holds the lock.
    Locked = 7,
    /// The command line is wrong.
    Usage = 64,
    /// Interrupted; the same apply goes on.
    Interrupted = 130,
}

impl Exit {
    /// The code in words, for `--json`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Error => "error",
            Self::Changes => "changes",
            Self::Partial => "partial",
            Self::Drift => "drift",
            Self::Refused => "refused",
            Self::Seal => "seal",
            Self::Locked => "locked",
            Self::Usage => "usage",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Applied | Verdict::AlreadyApplied | Verdict::NothingToDo => Self::Done,
            Verdict::Partial | Verdict::OutOfTime => Self::Partial,
            Verdict::Drifted => Self::Drift,
            Verdict::Failed => Self::Error,
            Verdict::Interrupted => Self::Interrupted,
        }
    }
}

/// Why a command could not do its work: what to say, the way out, and the exit code.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
    /// The exit code.
    pub exit: Exit,
}

impl Failure {
    /// An error without a write.
    pub fn error(message: impl Into<String>) -> Self {
        Self::with(Exit::Error, message)
    }

    /// A failure with an exit code of its own.
    pub fn with(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            exit,
        }
    }

    /// Adds the way out.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::error(error.to_string())
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::error(error.to_string())
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        Self::with(Exit::Seal, error.to_string())
            .hint("nothing was sent; make the plan again with `wpsync plan`, and have that one reviewed")
    }
}

impl From<DirectoryError> for Failure {
    fn from(error: DirectoryError) -> Self {
        let hint = match error.status() {
            None if matches!(error.failure, wpsync::wire::Failure::Unreachable { .. }) => {
                Some("is the address in `directory: scim:` right, and may this machine connect to it?")
            }
            Some(401) => {
                Some("the token is not accepted: is it the right one for this directory, and has it expired?")
            }
            Some(403) => Some("the token is not allowed to do this: does it have the right scope?"),
            Some(404) => Some("is the address in `directory: scim:` the SCIM base, as https://…/scim/v2?"),
            _ => None,
        };
        let failure = Self::error(error.to_string());
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Plan(reason) => Self::with(Exit::Seal, reason),
            ApplyError::Directory(error) => error.into(),
            ApplyError::Journal(error) => error.into(),
        }
    }
}
