//! What is wrong with a single declaration, where the rest of its file can be used.

use crate::diagnostics::{Diagnostic, Origin};
use crate::model::{Key, Kind};

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

impl RowProblem {
    /// The problem that a diagnostic with a place describes.
    ///
    /// # Panics
    /// If the diagnostic has no place.
    pub(crate) fn of(diagnostic: &Diagnostic) -> Self {
        Self {
            message: diagnostic.message.clone(),
            next: diagnostic.hint.clone().unwrap_or_default(),
            origin: diagnostic.origin.expect("a problem of a row has a place"),
        }
    }
}

/// What cannot be read of a row that has an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Loss {
    /// Something that says nothing about who it is.
    Value,
    /// A value that may say who it is. The account of the row may then look as if nobody declared it.
    Identity,
}

/// The first error of a row.
#[derive(Clone, Debug)]
pub(crate) struct RowFault {
    pub(crate) problem: RowProblem,
    /// The worst loss of all errors of the row.
    pub(crate) loss: Loss,
}

impl RowFault {
    /// Adds an error to what is wrong with a row already.
    pub(crate) fn add(fault: &mut Option<Box<Self>>, more: Self) {
        match fault {
            None => *fault = Some(Box::new(more)),
            Some(first) => first.loss = first.loss.max(more.loss),
        }
    }
}

/// A row of which it cannot be read for certain whom it declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Whether it declares a person or a group.
    pub kind: Kind,
    /// Whose row it is, where the name can be read and something else that identifies it cannot. The person
    /// or group of that name is declared, with the same problem. Of a row that declares groups beside a
    /// person, the person.
    pub named: Option<Key>,
    /// Why it cannot be read.
    pub problem: RowProblem,
}

impl Unreadable {
    /// Whether the name of somebody of a kind stands in the row and cannot be read.
    pub(crate) fn hides_name_of(&self, kind: Kind) -> bool {
        self.kind == kind && self.named.as_ref().is_none_or(|named| named.kind != kind)
    }
}
