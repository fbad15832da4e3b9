//! Exit codes. Users script against them.

use std::process::ExitCode;

use wpsync::apply::Verdict;
use wpsync::operation::ProblemKind;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// An error; nothing was written.
    Error = 1,
    /// Changes are present, or something is withheld, held, or cannot be written (`--detailed-exitcode`).
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

impl From<ProblemKind> for Exit {
    fn from(kind: ProblemKind) -> Self {
        match kind {
            ProblemKind::Error => Self::Error,
            ProblemKind::Stale => Self::Drift,
            ProblemKind::Refused => Self::Refused,
            ProblemKind::Seal => Self::Seal,
            ProblemKind::Locked => Self::Locked,
            ProblemKind::Usage => Self::Usage,
            ProblemKind::Interrupted => Self::Interrupted,
        }
    }
}
