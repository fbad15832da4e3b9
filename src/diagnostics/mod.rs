//! Problems in files that people write, as data: what is wrong, where, and how to fix it.
//!
//! Readers collect every problem of every file in one run ([`Diagnostics`]). Nothing here prints or ends a
//! run. A failure of the network or a disk is an error type of the module that met it, never a diagnostic.

mod cause;
mod draw;
mod event;
mod origin;
mod problem;
pub(crate) mod suggest;

pub use cause::Diagnostics;
pub use draw::{draw, draw_in};
pub use event::DiagnosticEvent;
pub(crate) use problem::UnplacedProblem;

pub use origin::{FileId, Files, NamedOrigin, Origin};

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing can be planned from this.
    Error,
    /// Worth a look; the run goes on.
    Warning,
}

impl Severity {
    /// The word in messages and events.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// What a problem makes unusable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// The file, or the configuration. Nothing is planned from any file then.
    File,
    /// The person or group of one row. Where the configuration says `problems: hold`, only they wait.
    Row,
}

/// One problem: what is wrong, where, and how to fix it. The same problem at several places is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A short stable name of the rule, as `duplicate-person`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// What the problem makes unusable.
    pub reach: Reach,
    /// One sentence without a final full stop. It may quote foreign text, so drawing escapes it.
    pub message: String,
    /// The first place of the problem; `None` if it is in no file.
    pub origin: Option<Origin>,
    /// The next two places of the same problem.
    pub also: Vec<Origin>,
    /// How often the problem was found.
    pub count: u64,
    /// Further places that explain the problem, each with a few words.
    pub related: Vec<(Origin, String)>,
    /// How to fix it.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub(crate) fn error(code: &'static str, origin: Origin, message: impl Into<String>) -> Self {
        Self {
            origin: Some(origin),
            ..Self::general(code, message)
        }
    }

    /// An error without a place in a file.
    pub(crate) fn general(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            reach: Reach::File,
            message: message.into(),
            origin: None,
            also: Vec::new(),
            count: 1,
            related: Vec::new(),
            hint: None,
        }
    }

    /// A warning at a place.
    pub(crate) fn warning(code: &'static str, origin: Origin, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, origin, message)
        }
    }

    /// The problem as one of a single row.
    #[must_use]
    pub(crate) fn of_row(mut self) -> Self {
        self.reach = Reach::Row;
        self
    }

    /// Adds how to fix it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a further place that explains the problem.
    #[must_use]
    pub(crate) fn related(mut self, origin: Origin, words: impl Into<String>) -> Self {
        self.related.push((origin, words.into()));
        self
    }
}
