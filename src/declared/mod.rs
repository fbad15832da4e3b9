//! What sources say: rows, values and memberships with their places, before the rows of all files are joined. Words for
//! [`crate::source`], which reads them, and [`crate::desired`], which joins them; nothing here reads or judges.

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

/// Of an attribute's three states, the two that a source can ask for; the third, *not ours*, is the attribute's absence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The attribute should have this value.
    Set(Value),
    /// The attribute should have no value.
    Clear,
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
