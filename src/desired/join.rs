//! Rows of several files about one person or group made into one: joined by `externalId` or by name, whatever
//! the order.
//!
//! Within one file a person stands once. Across files rows complete one another, and where they disagree
//! nothing is guessed.

use hashbrown::HashMap;

use super::{DesiredAttribute, DesiredResource, Wish};
use crate::declared::DeclaredRow;
use crate::diagnostics::{Diagnostic, Diagnostics, Origin};
use crate::model::{AttributeId, Catalog, Kind};

/// The people and groups, and which of them each row is about.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// Sorted by key.
    pub(super) resources: Vec<DesiredResource>,
    /// By row; none for a row without a name.
    pub(super) of_row: Vec<Option<u32>>,
}

/// Which rows are about one resource: a forest of rows in which every tree is one resource, its root the
/// first row.
struct Union {
    parent: Vec<u32>,
}

impl Union {
    fn root(&mut self, mut row: usize) -> usize {
        while self.parent[row] as usize != row {
            self.parent[row] = self.parent[self.parent[row] as usize];
            row = self.parent[row] as usize;
        }
        row
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.parent[one.max(other)] = narrow(one.min(other));
    }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Joins all rows.
pub(super) fn join(mut rows: Vec<DeclaredRow>, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Joined {
    let mut union = Union {
        parent: (0..narrow(rows.len())).collect(),
    };
    unite(&rows, &mut union, catalog, diagnostics);
    let roots: Vec<usize> = (0..rows.len()).map(|row| union.root(row)).collect();
    let mut merging = Merging { catalog, diagnostics };
    for row in 0..rows.len() {
        if roots[row] != row {
            let nothing = DeclaredRow::nothing(rows[row].kind, rows[row].origin);
            let later = std::mem::replace(&mut rows[row], nothing);
            merging.complete(&mut rows[roots[row]], later);
        }
    }
    finish(rows, &roots, catalog, diagnostics)
}

/// Finds rows that share an identifier. Rows come in the order of their files, so the latest row with an
/// identifier is the one that could stand in the same file.
fn unite(rows: &[DeclaredRow], union: &mut Union, catalog: &Catalog, diagnostics: &mut Diagnostics) {
    let mut by_name: HashMap<(Kind, &str), usize> = HashMap::with_capacity(rows.len());
    let mut by_external: HashMap<(Kind, &str), usize> = HashMap::with_capacity(rows.len());
    for (number, row) in rows.iter().enumerate() {
        let attribute = catalog.external_id(row.kind);
        let same_name = row
            .key
            .as_ref()
            .and_then(|key| by_name.insert((row.kind, key.folded()), number));
        let same_external = row
            .text(attribute)
            .and_then(|(text, _)| by_external.insert((row.kind, text), number));
        for (earlier, attribute) in [(same_name, catalog.naming(row.kind)), (same_external, attribute)] {
            let Some(earlier) = earlier else { continue };
            if rows[earlier].origin.file == row.origin.file {
                diagnostics.push(duplicate(&rows[earlier], row, attribute, catalog));
                break;
            }
            union.join(earlier, number);
        }
    }
}

fn duplicate(
    earlier: &DeclaredRow,
    row: &DeclaredRow,
    attribute: AttributeId,
    catalog: &Catalog,
) -> Diagnostic {
    let (code, word) = match row.kind {
        Kind::User => ("duplicate-person", "person"),
        Kind::Group => ("duplicate-group", "group"),
    };
    let name = &catalog.attribute(attribute).path;
    let text = |row: &DeclaredRow| {
        row.text(attribute)
            .map_or(String::new(), |(text, _)| format!("`{text}`"))
    };
    let message = format!(
        "this {word} stands twice in this file: {name} {} is {} above",
        text(row),
        text(earlier)
    );
    Diagnostic::error(code, row.origin, message)
        .related(earlier.origin, "first here")
        .hint("remove one of the two; spellings that differ in case, width or invisible characters are one name")
}

struct Merging<'a> {
    catalog: &'a Catalog,
    diagnostics: &'a mut Diagnostics,
}

impl Merging<'_> {
    /// Adds to a row what a later file says about the same resource.
    fn complete(&mut self, first: &mut DeclaredRow, later: DeclaredRow) {
        first.lists_members |= later.lists_members;
        first.is_faulty |= later.is_faulty;
        first.key = first.key.take().or(later.key);
        let naming = self.catalog.naming(first.kind);
        for attribute in later.attributes {
            match first
                .attributes
                .binary_search_by_key(&attribute.attribute, |one| one.attribute)
            {
                Err(at) => first.attributes.insert(at, attribute),
                Ok(at) => {
                    let before = &mut first.attributes[at];
                    if before.wish.lasts() != attribute.wish.lasts() {
                        // What is said for good goes before what is only said for a start.
                        if attribute.wish.lasts() {
                            *before = attribute;
                        }
                        continue;
                    }
                    let before = &*before;
                    if !self.agree(before, &attribute, naming) {
                        let problem = self.disagreement(before, &attribute, first.kind);
                        self.diagnostics.push(problem);
                    }
                }
            }
        }
    }

    fn agree(&self, one: &DesiredAttribute, other: &DesiredAttribute, naming: AttributeId) -> bool {
        match (&one.wish, &other.wish) {
            (Wish::Clear, Wish::Clear) => true,
            (Wish::Set(one_value), Wish::Set(other_value))
            | (Wish::Initially(one_value), Wish::Initially(other_value)) => {
                let folded = |value: &crate::model::Value| value.as_text().map(crate::model::fold);
                (one.attribute == naming && folded(one_value) == folded(other_value))
                    || self.catalog.attribute(one.attribute).same(one_value, other_value)
            }
            _ => false,
        }
    }

    fn disagreement(&self, one: &DesiredAttribute, other: &DesiredAttribute, kind: Kind) -> Diagnostic {
        let name = &self.catalog.attribute(one.attribute).path;
        let identifies =
            one.attribute == self.catalog.naming(kind) || one.attribute == self.catalog.external_id(kind);
        let shown = |wish: &Wish| {
            wish.value()
                .map_or("no value".to_owned(), |value| format!("`{}`", value.plain()))
        };
        let (mine, theirs) = (shown(&other.wish), shown(&one.wish));
        let (code, message) = if identifies {
            (
                "two-identities",
                format!(
                    "the identifiers of this {} belong to two: {name} is {mine} here and {theirs} elsewhere",
                    kind.word()
                ),
            )
        } else {
            (
                "disagreement",
                format!("two files disagree on {name}: {mine} here and {theirs} elsewhere"),
            )
        };
        Diagnostic::error(code, other.origin, message)
            .related(one.origin, "the other value")
            .hint("correct one of the two files; no file has precedence")
    }
}

/// Sorts what the rows became, and remembers which row is what.
fn finish(
    rows: Vec<DeclaredRow>,
    roots: &[usize],
    catalog: &Catalog,
    diagnostics: &mut Diagnostics,
) -> Joined {
    let mut found: Vec<(u32, DesiredResource)> = Vec::with_capacity(rows.len());
    for (number, row) in rows.into_iter().enumerate() {
        if roots[number] != number {
            continue;
        }
        match row.key {
            Some(key) => {
                let members = row.lists_members.then(Vec::new);
                found.push((
                    narrow(number),
                    DesiredResource {
                        key,
                        origin: row.origin,
                        attributes: row.attributes,
                        members,
                    },
                ));
            }
            None if row.is_faulty => {}
            None => report_nameless(row.kind, row.origin, catalog, diagnostics),
        }
    }
    found
        .sort_unstable_by(|(_, one), (_, other)| one.key.cmp(&other.key).then(one.origin.cmp(&other.origin)));
    let mut of_root = vec![None; roots.len()];
    for (position, (row, _)) in found.iter().enumerate() {
        of_root[*row as usize] = Some(narrow(position));
    }
    let of_row = roots.iter().map(|root| of_root[*root]).collect();
    Joined {
        resources: found.into_iter().map(|(_, resource)| resource).collect(),
        of_row,
    }
}

fn report_nameless(kind: Kind, origin: Origin, catalog: &Catalog, diagnostics: &mut Diagnostics) {
    let name = &catalog.attribute(catalog.naming(kind)).path;
    let message = format!("no file gives this {} a `{name}`", kind.word());
    diagnostics.push(Diagnostic::error("missing-name", origin, message).hint(format!(
        "add `{name}`, here or in the file that has its `externalId`"
    )));
}
