//! Joins the rows of several files about the same person or group, by `externalId` or by name. The order of
//! the rows does not matter.
//!
//! Within one file, a person may stand once. Rows of several files complete each other. Where they disagree,
//! the disagreement is an error.

use hashbrown::HashMap;

use super::position::narrow;
use super::{DesiredAttribute, DesiredResource, Unreadable, Wish};
use crate::declared::{DeclaredRow, Loss, MemberList, RowFault, RowProblem};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::escape::{CodePoints, look_alike};
use crate::model::{AttributeId, Catalog, Key, Kind, Value, uncased};

/// The people and groups, and for each row the person or group that it is about.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// Sorted by key.
    pub(super) resources: Vec<DesiredResource>,
    /// The position of each row's resource; `None` for a row without a name.
    pub(super) of_row: Vec<Option<u32>>,
    /// The rows of which it cannot be read whom they declare.
    pub(super) unreadable: Vec<Unreadable>,
}

/// The rows that are about the same resource, as a forest: each tree is one resource, and its root is the
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

    fn join(&mut self, left: usize, right: usize) {
        let (left, right) = (self.root(left), self.root(right));
        self.parent[left.max(right)] = narrow(left.min(right));
    }
}

/// Joins all rows.
pub(super) fn join(mut rows: Vec<DeclaredRow>, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Joined {
    let mut union = Union {
        parent: (0..narrow(rows.len())).collect(),
    };
    for (row, fault) in unite(&rows, &mut union, catalog, diagnostics) {
        RowFault::add(&mut rows[row].fault, fault);
    }
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

/// Finds rows that share an identifier. Rows come in the order of their files, so only the latest row with an
/// identifier can be in the same file. Two rows of one file are an error, and are one resource all the same,
/// unless each has a name of its own. Returns the faults of rows.
fn unite(
    rows: &[DeclaredRow],
    union: &mut Union,
    catalog: &Catalog,
    diagnostics: &mut Diagnostics,
) -> Vec<(usize, RowFault)> {
    let mut faults = Vec::new();
    let mut by_name: HashMap<(Kind, &str), usize> = HashMap::with_capacity(rows.len());
    let mut by_external: HashMap<(Kind, &str), usize> = HashMap::with_capacity(rows.len());
    for (number, row) in rows.iter().enumerate() {
        let attribute = catalog.external_id(row.kind);
        let same_name = row
            .key
            .as_ref()
            .and_then(|key| by_name.insert((row.kind, key.uncased()), number));
        let same_external = row
            .text(attribute)
            .and_then(|(text, _)| by_external.insert((row.kind, text), number));
        for (earlier, attribute) in [(same_name, catalog.naming(row.kind)), (same_external, attribute)] {
            let Some(earlier) = earlier else { continue };
            if rows[earlier].origin.file == row.origin.file {
                let problem = duplicate(&rows[earlier], row, attribute, catalog);
                faults.extend([earlier, number].map(|at| (at, fault(&problem, Loss::Value))));
                diagnostics.push(problem);
                let name = |row: &DeclaredRow| row.key.as_ref().map(|key| key.uncased().to_owned());
                let names = name(&rows[earlier]).zip(name(row));
                if names.is_none_or(|(earlier, later)| earlier == later) {
                    union.join(earlier, number);
                }
                break;
            }
            union.join(earlier, number);
        }
    }
    faults
}

/// The fault of a row with a problem.
fn fault(problem: &Diagnostic, loss: Loss) -> RowFault {
    RowFault {
        problem: RowProblem::of(problem),
        loss,
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
        .hint("remove one of the two; spellings that differ in capitals alone are one name")
        .of_row()
}

struct Merging<'a> {
    catalog: &'a Catalog,
    diagnostics: &'a mut Diagnostics,
}

impl Merging<'_> {
    /// Adds to a row what a later file says about the same resource.
    fn complete(&mut self, first: &mut DeclaredRow, later: DeclaredRow) {
        first.members = first.members.max(later.members);
        if let Some(fault) = later.fault {
            RowFault::add(&mut first.fault, *fault);
        }
        let is_reported = first.origin.file == later.origin.file; // it stands twice in one file
        first.key = first.key.take().or(later.key);
        let naming = self.catalog.naming(first.kind);
        for attribute in later.attributes {
            match first
                .attributes
                .binary_search_by_key(&attribute.attribute, |known| known.attribute)
            {
                Err(at) => first.attributes.insert(at, attribute),
                Ok(at) => {
                    let before = &mut first.attributes[at];
                    if before.wish.lasts() != attribute.wish.lasts() {
                        // A lasting wish takes precedence over a wish for the creation only.
                        if attribute.wish.lasts() {
                            *before = attribute;
                        }
                        continue;
                    }
                    if before.wish == Wish::Empty && attribute.wish == Wish::Clear {
                        // A written wish takes precedence over an empty place.
                        *before = attribute;
                        continue;
                    }
                    let before = &*before;
                    if !self.agree(before, &attribute, naming) {
                        let loss = if self.catalog.identifies(first.kind, attribute.attribute) {
                            Loss::Identity // the account of the other value has nobody who declares it
                        } else {
                            Loss::Value
                        };
                        let problem = self.disagreement(before, &attribute, first.kind);
                        RowFault::add(&mut first.fault, fault(&problem, loss));
                        if !is_reported {
                            self.diagnostics.push(problem);
                        }
                    }
                }
            }
        }
    }

    fn agree(&self, earlier: &DesiredAttribute, later: &DesiredAttribute, naming: AttributeId) -> bool {
        match (&earlier.wish, &later.wish) {
            (earlier, later) if earlier.clears() && later.clears() => true,
            (Wish::Set(earlier_value), Wish::Set(later_value))
            | (Wish::Initially(earlier_value), Wish::Initially(later_value)) => {
                let name = |value: &'_ Value| value.as_text().map(|text| uncased(text).into_owned());
                let attribute = self.catalog.attribute(earlier.attribute);
                (earlier.attribute == naming && name(earlier_value) == name(later_value))
                    || attribute.same(earlier_value, later_value)
            }
            _ => false,
        }
    }

    fn disagreement(&self, earlier: &DesiredAttribute, later: &DesiredAttribute, kind: Kind) -> Diagnostic {
        let attribute = earlier.attribute;
        let name = &self.catalog.attribute(attribute).path;
        let identifies =
            attribute == self.catalog.naming(kind) || attribute == self.catalog.external_id(kind);
        let plain = |wish: &Wish| wish.value().map(Value::plain);
        let (here, elsewhere) = (plain(&later.wish), plain(&earlier.wish));
        let apart = here
            .as_deref()
            .zip(elsewhere.as_deref())
            .is_some_and(|(here, elsewhere)| look_alike(here, elsewhere));
        let shown = |text: Option<String>| match text {
            None => "no value".to_owned(),
            Some(text) if apart => format!("`{}`", CodePoints(&text)),
            Some(text) => format!("`{text}`"),
        };
        let (here, elsewhere) = (shown(here), shown(elsewhere));
        let (code, message) = if identifies {
            let word = kind.word();
            (
                "two-identities",
                format!(
                    "the identifiers of this {word} belong to two: \
                     {name} is {here} here and {elsewhere} elsewhere"
                ),
            )
        } else {
            (
                "disagreement",
                format!("two files disagree on {name}: {here} here and {elsewhere} elsewhere"),
            )
        };
        Diagnostic::error(code, later.origin, message)
            .related(earlier.origin, "the other value")
            .hint("correct one of the two files; no file has precedence")
            .of_row()
    }
}

/// Sorts the joined resources and finds the position of each row's resource.
fn finish(
    rows: Vec<DeclaredRow>,
    roots: &[usize],
    catalog: &Catalog,
    diagnostics: &mut Diagnostics,
) -> Joined {
    let mut found: Vec<(u32, DesiredResource)> = Vec::with_capacity(rows.len());
    let mut unreadable = Vec::new();
    for (number, row) in rows.into_iter().enumerate() {
        if roots[number] != number {
            continue;
        }
        let key = row.key.clone().or_else(|| other_key(&row, catalog));
        let mut row = row;
        if key.is_none() && row.fault.is_none() {
            row.fault = Some(Box::new(report_nameless(&row, catalog, diagnostics)));
        }
        let fault = row.fault;
        if let Some(fault) = fault.as_ref().filter(|fault| fault.loss == Loss::Identity) {
            unreadable.push(Unreadable {
                kind: row.kind,
                named: key.clone(),
                problem: fault.problem.clone(),
            });
        }
        if let Some(key) = key {
            let members = (row.members != MemberList::None).then(Vec::new);
            found.push((
                narrow(number),
                DesiredResource {
                    key,
                    origin: row.origin,
                    attributes: row.attributes,
                    members,
                    has_unread_members: false,
                    empties_members: row.members == MemberList::Emptied,
                    problem: fault.map(|fault| Box::new(fault.problem)),
                },
            ));
        }
    }
    found.sort_unstable_by(|(_, left), (_, right)| (&left.key, left.origin).cmp(&(&right.key, right.origin)));
    report_shared_keys(&found, catalog, diagnostics);
    let mut of_root = vec![None; roots.len()];
    for (position, (row, _)) in found.iter().enumerate() {
        of_root[*row as usize] = Some(narrow(position));
    }
    let of_row = roots.iter().map(|root| of_root[*root]).collect();
    Joined {
        resources: found.into_iter().map(|(_, resource)| resource).collect(),
        of_row,
        unreadable,
    }
}

/// The key of a row without a name, where people may have none.
fn other_key(row: &DeclaredRow, catalog: &Catalog) -> Option<Key> {
    let mut keys = catalog.keys(row.kind).iter();
    let (text, _) = keys.find_map(|attribute| row.text(*attribute))?;
    Some(Key::new(row.kind, text))
}

/// Reports whoever has no name and is identified by what is somebody else's key.
fn report_shared_keys(found: &[(u32, DesiredResource)], catalog: &Catalog, diagnostics: &mut Diagnostics) {
    for pair in found.windows(2) {
        let (first, later) = (&pair[0].1, &pair[1].1);
        let is_nameless = |one: &DesiredResource| one.get(catalog.naming(one.key.kind)).is_none();
        if first.key == later.key && (is_nameless(first) || is_nameless(later)) {
            let message = format!("two people are {}: one of them has no name", later.key);
            let problem = Diagnostic::error("duplicate-person", later.origin, message);
            diagnostics.push(
                problem
                    .related(first.origin, "the other one")
                    .hint("give the one without a name another identifier, or make the two one"),
            );
        }
    }
}

fn report_nameless(row: &DeclaredRow, catalog: &Catalog, diagnostics: &mut Diagnostics) -> RowFault {
    let name = &catalog.attribute(catalog.naming(row.kind)).path;
    let message = format!("no file gives this {} a `{name}`", row.kind.word());
    let hint = format!("add `{name}`, here or in the file that has its `externalId`");
    let problem = Diagnostic::error("missing-name", row.origin, message)
        .hint(hint)
        .of_row();
    let fault = fault(&problem, Loss::Identity);
    diagnostics.push(problem);
    fault
}
