//! What the source files say, row by row, before the rows of all files are joined.

use super::{DesiredAttribute, Wish};
use crate::diagnostics::{FileId, Origin};
use crate::model::{AttributeId, Key, Kind, Value};

/// The rows of all files, in the order in which they were read.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) rows: Vec<DeclaredRow>,
    pub(crate) memberships: Vec<Membership>,
    /// The people who should not be there.
    pub(crate) removals: Vec<Removal>,
    /// The files in which a name may mean somebody whom only the directory has.
    pub(crate) live_names: Vec<FileId>,
    /// Who leads which group, as memberships are written.
    pub(crate) leaders: Vec<Membership>,
    /// Whether a file says so, so that whom it does not name leads none.
    pub(crate) tells_leaders: bool,
    /// Which of the mapping's expressions some row had a field for.
    pub(crate) computed: Vec<usize>,
    /// Whether people or groups may be missing, because a file could not be read to its end. Who is not found
    /// may then be declared.
    pub(crate) is_partial: bool,
}

/// What one row or node says about one person or group.
#[derive(Debug)]
pub(crate) struct DeclaredRow {
    pub(crate) kind: Kind,
    /// By its `userName` or `displayName`; none where the row names it by `externalId` alone.
    pub(crate) key: Option<Key>,
    pub(crate) origin: Origin,
    /// Sorted by attribute, each once.
    pub(crate) attributes: Vec<DesiredAttribute>,
    /// Whether the row lists the group's members, be it none.
    pub(crate) lists_members: bool,
    /// Whether it cannot be without a name for a reason that has been reported.
    pub(crate) is_faulty: bool,
}

/// One membership, said on the group, on the member, or in a file of its own.
#[derive(Debug)]
pub(crate) struct Membership {
    pub(crate) group: Party,
    pub(crate) member: Party,
    pub(crate) origin: Origin,
}

/// One side of a membership.
#[derive(Clone, Debug)]
pub(crate) enum Party {
    /// The resource that this row is about.
    Row(u32),
    /// A resource by name, to be looked up when all files have been read.
    Name(Box<str>),
    /// A person or a group by `externalId`, to be looked up then too.
    External(Kind, Box<str>),
}

/// What becomes of somebody who should not be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removing {
    /// The account is deleted.
    Delete,
    /// The account stays, and can no longer be used.
    Deactivate,
}

/// Somebody who should not be there: by which attribute they go, and where it is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The kind and the name as it was written.
    pub key: Key,
    /// The attribute that holds the name.
    pub by: AttributeId,
    /// Delete or deactivate.
    pub removing: Removing,
    /// The row that says so; none where the command line does.
    pub origin: Option<Origin>,
}

impl DeclaredRow {
    /// A row that says nothing.
    pub(crate) fn nothing(kind: Kind, origin: Origin) -> Self {
        Self {
            kind,
            key: None,
            origin,
            attributes: Vec::new(),
            lists_members: false,
            is_faulty: false,
        }
    }

    /// The text that the row sets an attribute to.
    pub(crate) fn text(&self, attribute: AttributeId) -> Option<(&str, Origin)> {
        let at = self
            .attributes
            .binary_search_by_key(&attribute, |one| one.attribute)
            .ok()?;
        self.attributes[at]
            .wish
            .value()
            .and_then(Value::as_text)
            .map(|text| (text, self.attributes[at].origin))
    }
}

/// A row while it is read.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) kind: Kind,
    pub(crate) origin: Origin,
    pub(crate) attributes: Vec<DesiredAttribute>,
    pub(crate) groups: Vec<(Box<str>, Origin)>,
    pub(crate) members: Option<Vec<(Box<str>, Origin)>>,
    /// Whether a part of it was refused, so that what is missing may have been there.
    pub(crate) is_faulty: bool,
}

impl Row {
    pub(crate) fn new(kind: Kind, origin: Origin) -> Self {
        Self {
            kind,
            origin,
            attributes: Vec::new(),
            groups: Vec::new(),
            members: None,
            is_faulty: false,
        }
    }

    /// Asks something of an attribute, once; gives the earlier place where something was asked of it before.
    pub(crate) fn ask(&mut self, attribute: AttributeId, wish: Wish, origin: Origin) -> Option<Origin> {
        if let Some(earlier) = self.attributes.iter().find(|one| one.attribute == attribute) {
            return Some(earlier.origin);
        }
        self.attributes.push(DesiredAttribute {
            attribute,
            wish,
            origin,
        });
        None
    }
}
