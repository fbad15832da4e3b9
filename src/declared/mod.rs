//! What sources say: rows, values and memberships with their places, before the rows of all files are joined.
//!
//! [`crate::source`] produces these types and [`crate::desired`] joins them. Nothing here reads a file or
//! judges a value.

mod coverage;
mod named;
mod problem;
mod rows;
mod target;

pub use coverage::Coverage;
pub(crate) use named::{NamedGroup, NamedGroups};
pub(crate) use problem::{Loss, RowFault};
pub use problem::{RowProblem, Unreadable};
pub use rows::{NameBeside, Removal, Removing};
pub use target::Target;

pub(crate) use rows::{
    Declared, DeclaredFormerName, DeclaredMembership, DeclaredRow, MemberList, Party, RowDraft,
};
pub(crate) use target::{is_known, target};

use std::sync::Arc;

use crate::diagnostics::Origin;
use crate::model::{AttributeId, Value};

/// What is asked of one attribute, and where.
#[derive(Clone, Debug)]
pub struct DesiredAttribute {
    /// The attribute.
    pub attribute: AttributeId,
    /// Set it or clear it.
    pub wish: Wish,
    /// The value's place.
    pub origin: Origin,
}

/// What a source asks of an attribute. An attribute that no source mentions has no wish: it is not managed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The attribute should have this value.
    Set(Value),
    /// The attribute should have no value: the source writes this, as `title: null` or `roles: []`.
    Clear,
    /// The attribute should have no value, because its place in the source is empty: a cell under
    /// `empty: clear`. That is absence, which removes nothing from what is newly managed.
    Empty,
    /// The attribute should have this value when the resource is created. It is not managed after that.
    Initially(Value),
}

impl Wish {
    /// The value that is asked for; `None` if the attribute should have no value.
    pub(crate) fn value(&self) -> Option<&Value> {
        match self {
            Self::Set(value) | Self::Initially(value) => Some(value),
            Self::Clear | Self::Empty => None,
        }
    }

    /// Whether the attribute should have no value.
    pub(crate) const fn clears(&self) -> bool {
        matches!(self, Self::Clear | Self::Empty)
    }

    /// Whether the wish holds for a resource that exists already.
    pub(crate) fn lasts(&self) -> bool {
        !matches!(self, Self::Initially(_))
    }
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFacts {
    /// The file's path, relative to the configuration.
    pub path: Arc<str>,
    /// The file's size in bytes.
    pub bytes: u64,
    /// The pattern of the entry of `sources` that names the file. `None` if the entry names this file alone.
    pub pattern: Option<Arc<str>>,
    /// Whether the file names everybody whom it is about.
    pub coverage: Coverage,
    /// How many people, groups and memberships the file declares.
    pub rows: u64,
    /// SHA-256 of the file's bytes, as 64 hexadecimal digits.
    pub sha256: String,
}
