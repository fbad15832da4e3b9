//! What the source files say, row by row, before the rows of all files are joined.

use crate::desired::{DesiredAttribute, Wish};
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Origin};
use crate::model::{AttributeId, Catalog, Key, Kind};

/// The rows of all files, in the order in which they were read.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) rows: Vec<DeclaredRow>,
    pub(crate) memberships: Vec<Membership>,
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
#[derive(Debug)]
pub(crate) enum Party {
    /// The resource that this row is about.
    Row(u32),
    /// A resource by name, to be looked up when all files have been read.
    Name(Box<str>),
}

impl DeclaredRow {
    /// A row that says nothing.
    pub(crate) fn nothing(kind: Kind, origin: Origin) -> Self {
        Self { kind, key: None, origin, attributes: Vec::new(), lists_members: false, is_faulty: false }
    }

    /// The text that the row sets an attribute to.
    pub(crate) fn text(&self, attribute: AttributeId) -> Option<(&str, Origin)> {
        let at = self.attributes.binary_search_by_key(&attribute, |one| one.attribute).ok()?;
        match &self.attributes[at].wish {
            Wish::Set(value) => value.as_text().map(|text| (text, self.attributes[at].origin)),
            Wish::Clear => None,
        }
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
        Self { kind, origin, attributes: Vec::new(), groups: Vec::new(), members: None, is_faulty: false }
    }

    /// Asks something of an attribute, once; gives the earlier place where something was asked of it before.
    pub(crate) fn ask(&mut self, attribute: AttributeId, wish: Wish, origin: Origin) -> Option<Origin> {
        if let Some(earlier) = self.attributes.iter().find(|one| one.attribute == attribute) {
            return Some(earlier.origin);
        }
        self.attributes.push(DesiredAttribute { attribute, wish, origin });
        None
    }
}

/// The reading of one file: where its rows go, and how many problems it has shown.
pub(crate) struct Reading<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) file: FileId,
    pub(crate) declared: &'a mut Declared,
    problems: Diagnostics,
    shown: usize,
    hidden: usize,
    rows: u64,
}

/// The most problems that are shown of one file: a file with a shifted column has as many as it has rows.
const MOST_SHOWN: usize = 200;

impl<'a> Reading<'a> {
    pub(crate) fn new(catalog: &'a Catalog, file: FileId, declared: &'a mut Declared) -> Self {
        Self { catalog, file, declared, problems: Diagnostics::new(), shown: 0, hidden: 0, rows: 0 }
    }

    /// Adds a problem, up to the most that are shown.
    pub(crate) fn report(&mut self, problem: Diagnostic) {
        if self.shown < MOST_SHOWN {
            self.shown += 1;
            self.problems.push(problem);
        } else {
            self.hidden += 1;
        }
    }

    /// Adds a finished row.
    pub(crate) fn add(&mut self, mut row: Row) {
        self.rows += 1;
        row.attributes.sort_unstable_by_key(|one| one.attribute);
        row.attributes.shrink_to_fit();
        let naming = self.catalog.naming(row.kind);
        if let Some(cleared) = row.attributes.iter().find(|one| one.attribute == naming && one.wish == Wish::Clear) {
            let name = &self.catalog.attribute(naming).path;
            let problem =
                Diagnostic::error("name-cleared", cleared.origin, format!("`{name}` cannot be cleared: it names the {}", row.kind.word()));
            self.report(problem.hint("write the name, or leave the line out to leave the name alone"));
        }
        let number = u32::try_from(self.declared.rows.len()).unwrap_or(u32::MAX);
        for (group, origin) in row.groups {
            self.declared.memberships.push(Membership { group: Party::Name(group), member: Party::Row(number), origin });
        }
        let (lists_members, is_faulty) = (row.members.is_some(), row.is_faulty);
        for (member, origin) in row.members.into_iter().flatten() {
            self.declared.memberships.push(Membership { group: Party::Row(number), member: Party::Name(member), origin });
        }
        let mut row = DeclaredRow { kind: row.kind, key: None, origin: row.origin, attributes: row.attributes, lists_members, is_faulty };
        row.key = row.text(naming).map(|(name, _)| Key::new(row.kind, name));
        let external = self.catalog.external_id(row.kind);
        if row.key.is_none() && row.text(external).is_none() && !is_faulty {
            row.is_faulty = true;
            self.report_nameless(&row, naming);
        }
        self.declared.rows.push(row);
    }

    /// Adds a membership from a file of its own.
    pub(crate) fn add_membership(&mut self, group: &str, member: &str, origin: Origin) {
        self.rows += 1;
        self.declared.memberships.push(Membership { group: Party::Name(group.into()), member: Party::Name(member.into()), origin });
    }

    /// How many rows the file has given so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether the file has a problem.
    pub(crate) fn has_problems(&self) -> bool {
        self.shown > 0
    }

    /// Ends the reading; gives the number of rows.
    pub(crate) fn finish(mut self, diagnostics: &mut Diagnostics) -> u64 {
        if self.hidden > 0 {
            let message = format!("{} more problems in this file are not shown", self.hidden);
            let problem = Diagnostic::error("more-problems", Origin::start_of(self.file), message);
            self.problems.push(problem.hint("repair the first ones, then check again: they are often one mistake"));
        }
        diagnostics.append(self.problems);
        self.rows
    }

    fn report_nameless(&mut self, row: &DeclaredRow, naming: AttributeId) {
        let name = self.catalog.attribute(naming).path.clone();
        let problem = Diagnostic::error("missing-name", row.origin, format!("this {} has no `{name}`", row.kind.word()));
        self.report(problem.hint(format!("add `{name}`, or `externalId` where another file gives the name")));
    }
}
