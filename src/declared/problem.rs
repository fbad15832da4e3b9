//! What is wrong with a single declaration, where the rest of its file can be used.

use crate::diagnostics::Origin;
use crate::model::Kind;

/// An error of one row or node, which concerns the person or group of that row alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// What is wrong, in a sentence without an end.
    pub message: String,
    /// What ends it, in a sentence without an end.
    pub next: String,
    /// Where it is.
    pub origin: Origin,
}

/// A row of which it cannot be read whom it declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Whether it declares a person or a group.
    pub kind: Kind,
    /// Why it cannot be read.
    pub problem: RowProblem,
}
