//! What is wrong with a value, for code that does not know the value's place.

use super::{Diagnostic, Origin};

/// A problem without a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnplacedProblem {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl UnplacedProblem {
    pub(crate) fn new(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// The problem at its place.
    pub(crate) fn at(self, origin: Origin) -> Diagnostic {
        Diagnostic::error(self.code, origin, self.message).hint(self.hint)
    }
}
