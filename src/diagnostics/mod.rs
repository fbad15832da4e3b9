//! Problems in files that people write, as data: what is wrong, where, and how to fix it.
//!
//! Readers collect every problem of every file in one run ([`Diagnostics`]). Nothing here prints or ends a
//! run. A failure of the network or a disk is an error type of the module that met it, never a diagnostic.

mod draw;
mod event;
mod origin;
mod problem;
pub(crate) mod suggest;

pub use draw::{draw, draw_in};
pub use event::DiagnosticEvent;
pub(crate) use problem::UnplacedProblem;

pub use origin::{FileId, Files, NamedOrigin, Origin};

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// One problem: what is wrong, where, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A short stable name of the rule, as `duplicate-person`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence without a final full stop. It may quote foreign text, so drawing escapes it.
    pub message: String,
    /// The place of the problem; `None` if it is in no file.
    pub origin: Option<Origin>,
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
            message: message.into(),
            origin: None,
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

/// The problems found so far.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// No problems yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a problem.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Adds the problems of another collection.
    pub(crate) fn append(&mut self, mut more: Self) {
        self.found.append(&mut more.found);
    }

    /// Whether anything stops a plan.
    pub fn has_errors(&self) -> bool {
        self.found
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// How many problems of a severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.found
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    }

    /// The problems in the order of their places: file, line, column.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut all: Vec<_> = self.found.iter().collect();
        all.sort_by_key(|diagnostic| (diagnostic.origin.is_none(), diagnostic.origin, diagnostic.code));
        all
    }

    /// The problems in the order in which they were found.
    pub(crate) fn into_vec(self) -> Vec<Diagnostic> {
        self.found
    }

    /// How many problems there are.
    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there are no problems at all.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}
