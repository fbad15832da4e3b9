//! What sources say: rows, values and memberships with their places, before the rows of all files are joined.
//! Words for [`crate::source`], which reads them, and [`crate::desired`], which joins them; nothing here
//! reads or judges.

mod rows;
mod target;

pub use rows::{Removal, Removing};
pub use target::Target;

pub(crate) use rows::{Declared, DeclaredRow, Membership, Party, Row};
pub(crate) use target::target;

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

/// Of an attribute's three states, the two that a source can ask for, and one that turns into the third: *not
/// ours*, which is the attribute's absence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The attribute should have this value.
    Set(Value),
    /// The attribute should have no value.
    Clear,
    /// The attribute should have this value when the resource is made, and is left alone from then on.
    Initially(Value),
}

impl Wish {
    /// The value that is asked for.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Set(value) | Self::Initially(value) => Some(value),
            Self::Clear => None,
        }
    }

    /// Whether it says something about a resource that is there already.
    pub fn lasts(&self) -> bool {
        !matches!(self, Self::Initially(_))
    }
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFacts {
    /// Its path as users know it, relative to the configuration.
    pub path: Arc<str>,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many people, groups and memberships it declares.
    pub rows: u64,
    /// SHA-256 of its bytes, as 64 hexadecimal digits.
    pub sha256: String,
}
