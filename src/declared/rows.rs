//! What the source files say, row by row, before the rows of all files are joined.

use super::{DesiredAttribute, NamedGroups, RowFault, RowProblem, Unreadable, Wish};
use crate::diagnostics::{FileId, Origin};
use crate::model::{AttributeId, Key, Kind, Value};

/// The rows of all files, in the order in which they were read.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) rows: Vec<DeclaredRow>,
    pub(crate) memberships: Vec<DeclaredMembership>,
    /// The names that people and groups had before.
    pub(crate) former_names: Vec<DeclaredFormerName>,
    /// The people who should not be in the directory.
    pub(crate) removals: Vec<Removal>,
    /// The files in which a name that no source declares may still name a person in the directory.
    pub(crate) live_names: Vec<FileId>,
    /// The leaders of groups: `member` leads `group`.
    pub(crate) leaders: Vec<DeclaredMembership>,
    /// Whether a file lists the leaders. Then a person it does not list leads no group.
    pub(crate) tells_leaders: bool,
    /// The numbers of the mapping's expressions for which some row had a field.
    pub(crate) computed: Vec<usize>,
    /// The groups of memberships that cannot be read, each with the problem of the membership.
    pub(crate) unread_memberships: Vec<(Party, RowProblem)>,
    /// The rows of which it cannot be read whom they declare.
    pub(crate) unreadable: Vec<Unreadable>,
    /// The rows whose cell declares groups and cannot be read, by number, each with its problem.
    pub(crate) unread_groups: Vec<(u32, RowProblem)>,
    /// The groups that exist because a person's row names them.
    pub(crate) named_groups: NamedGroups,
    /// Whether a file could not be read to its end. Then a person or group that is not found here may be
    /// declared all the same.
    pub(crate) is_cut: bool,
}

/// What one row or node says about one person or group.
#[derive(Debug)]
pub(crate) struct DeclaredRow {
    pub(crate) kind: Kind,
    /// The `userName` or `displayName`; `None` if the row has only an `externalId`.
    pub(crate) key: Option<Key>,
    pub(crate) origin: Origin,
    /// Sorted by attribute, each once.
    pub(crate) attributes: Vec<DesiredAttribute>,
    /// How the row lists the group's members.
    pub(crate) members: MemberList,
    /// What is wrong with the row; it is reported already. A missing name is then not reported again.
    pub(crate) fault: Option<Box<RowFault>>,
}

/// How a row lists the members of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MemberList {
    /// The row does not list members.
    None,
    /// By their names; an empty cell names nobody.
    Names,
    /// The row writes that there are none, as `members: []`.
    Emptied,
}

/// One membership, written on the group, on the member, or in a file of memberships.
#[derive(Debug)]
pub(crate) struct DeclaredMembership {
    pub(crate) group: Party,
    pub(crate) member: Party,
    pub(crate) origin: Origin,
}

/// A name that a person or a group had before, as `previously` writes it.
#[derive(Debug)]
pub(crate) struct DeclaredFormerName {
    /// The row of the resource that has another name now.
    pub(crate) row: u32,
    pub(crate) name: Box<str>,
    pub(crate) origin: Origin,
}

/// One side of a membership.
#[derive(Clone, Debug)]
pub(crate) enum Party {
    /// The resource that this row is about.
    Row(u32),
    /// A resource by name; looked up when all files have been read.
    Name(Box<str>),
    /// A person or a group by `externalId`; looked up when all files have been read.
    External(Kind, Box<str>),
}

/// How a person is removed from the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removing {
    /// The account is deleted.
    Delete,
    /// The account stays, and can no longer be used.
    Deactivate,
}

/// A person who should not be in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The person's name, as the source wrote it.
    pub key: Key,
    /// The attribute that holds this name: `userName` or `externalId`.
    pub by: AttributeId,
    /// Delete or deactivate.
    pub removing: Removing,
    /// The place in the source; `None` for a removal from the command line.
    pub origin: Option<Origin>,
    /// For a removal from the command line by an identifier: the name that the sources declare beside it.
    /// Another removal is by that name.
    pub beside: Option<NameBeside>,
}

/// The name of whoever the command line removes by an identifier too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameBeside {
    /// The name.
    pub key: Key,
    /// Whether the command line says the name. Then the account of the name is meant, if there is one.
    pub is_asked: bool,
}

impl DeclaredRow {
    /// A row without a key and without attributes.
    pub(crate) fn nothing(kind: Kind, origin: Origin) -> Self {
        Self {
            kind,
            key: None,
            origin,
            attributes: Vec::new(),
            members: MemberList::None,
            fault: None,
        }
    }

    /// The text that the row sets an attribute to, and its place; `None` if it sets no text.
    pub(crate) fn text(&self, attribute: AttributeId) -> Option<(&str, Origin)> {
        let at = self
            .attributes
            .binary_search_by_key(&attribute, |desired| desired.attribute)
            .ok()?;
        self.attributes[at]
            .wish
            .value()
            .and_then(Value::as_text)
            .map(|text| (text, self.attributes[at].origin))
    }
}

/// A row while its cells or keys are read. [`DeclaredRow`] is what it becomes.
#[derive(Debug)]
pub(crate) struct RowDraft {
    pub(crate) kind: Kind,
    pub(crate) origin: Origin,
    pub(crate) attributes: Vec<DesiredAttribute>,
    pub(crate) groups: Vec<(Box<str>, Origin)>,
    /// The names that the resource had before.
    pub(crate) former_names: Vec<(Box<str>, Origin)>,
    pub(crate) members: Option<Vec<(Box<str>, Origin)>>,
    /// Whether the row writes that the group has no members, as `members: []`.
    pub(crate) empties_members: bool,
    /// What is wrong with the row. What is missing from it may be in the part that was refused.
    pub(crate) fault: Option<Box<RowFault>>,
    /// Whether a cell that declares groups cannot be read.
    pub(crate) hides_groups: bool,
}

impl RowDraft {
    pub(crate) fn new(kind: Kind, origin: Origin) -> Self {
        Self {
            kind,
            origin,
            attributes: Vec::new(),
            groups: Vec::new(),
            former_names: Vec::new(),
            members: None,
            empties_members: false,
            fault: None,
            hides_groups: false,
        }
    }

    /// Adds a wish for an attribute. An attribute takes one wish: for a second one, nothing is added and the
    /// place of the first is returned.
    pub(crate) fn ask(&mut self, attribute: AttributeId, wish: Wish, origin: Origin) -> Option<Origin> {
        if let Some(earlier) = self
            .attributes
            .iter()
            .find(|desired| desired.attribute == attribute)
        {
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
