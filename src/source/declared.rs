//! What the source files say, row by row, before the rows of all files are joined.

use super::problem::Problem;
use super::text::Way;
use super::typing;
use crate::desired::{DesiredAttribute, Wish};
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Origin};
use crate::mapping::{Given, Mapping, Outcome};
use crate::model::{AttributeId, Catalog, Key, Kind, Value, well_known};

/// The rows of all files, in the order in which they were read.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) rows: Vec<DeclaredRow>,
    pub(crate) memberships: Vec<Membership>,
    /// Which of the mapping's expressions some row had a field for.
    pub(crate) computed: Vec<usize>,
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
    pub(crate) mapping: &'a Mapping,
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
    pub(crate) fn new(catalog: &'a Catalog, mapping: &'a Mapping, file: FileId, declared: &'a mut Declared) -> Self {
        Self { catalog, mapping, file, declared, problems: Diagnostics::new(), shown: 0, hidden: 0, rows: 0 }
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

    /// Sets an attribute of a row to what the mapping's expression of that number gives for the row's fields. A row that has none of
    /// the fields is not the expression's business.
    pub(crate) fn compute(&mut self, number: usize, fields: &[Option<Given<'_>>], row: &mut Row) {
        if !fields.is_empty() && fields.iter().all(Option::is_none) {
            return;
        }
        let computed = &self.mapping.computed[number];
        if !self.declared.computed.contains(&number) {
            self.declared.computed.push(number);
        }
        let attribute = self.catalog.attribute(computed.attribute);
        let wish = computed.expression.run(fields).map_err(|reason| {
            let message = format!("the expression for `{}` fails on this {}: {reason}", attribute.path, row.kind.word());
            Problem::new("map-failed", message, "ask `has(row.name)` before a field that may be missing")
        });
        let wish = wish.and_then(|outcome| match outcome {
            Outcome::Nothing => Ok(Some(Wish::Clear)),
            Outcome::Text(text) if text.is_empty() => Ok(None),
            Outcome::List(texts) if texts.is_empty() => Ok(Some(Wish::Clear)),
            Outcome::Boolean(value) => typing::single(attribute, if value { "true" } else { "false" }, Way::Yaml).map(Wish::Set).map(Some),
            Outcome::List(texts) if typing::is_set(attribute) => {
                let values: Result<Vec<_>, _> = texts.iter().map(|text| typing::single(attribute, text, Way::Yaml)).collect();
                values.map(|values| Some(Wish::Set(Value::set(values))))
            }
            Outcome::Text(text) if !typing::is_set(attribute) => typing::single(attribute, &text, Way::Yaml).map(Wish::Set).map(Some),
            Outcome::List(_) | Outcome::Text(_) => {
                let message = format!("the expression for `{}` gives a list for one value, or one value for a list", attribute.path);
                Err(Problem::new("map-failed", message, "write `[…]` around the value, or join the list with `join(\", \", …)`"))
            }
        });
        let origin = computed.expression.origin;
        let (id, path) = (computed.attribute, attribute.path.clone());
        match wish {
            Ok(None) => {}
            Ok(Some(wish)) => {
                if let Some(earlier) = row.ask(id, wish, row.origin) {
                    let problem =
                        Diagnostic::error("duplicate-attribute", earlier, format!("`{path}` is written here and computed by `map`"));
                    self.report(problem.related(origin, "computed here").hint("keep one of the two"));
                }
            }
            Err(problem) => {
                row.is_faulty = true;
                self.report(problem.at(row.origin).related(origin, "the expression"));
            }
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
            row.is_faulty = true;
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
        let external = self.catalog.well_known(row.kind, well_known::EXTERNAL_ID);
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
