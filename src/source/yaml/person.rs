//! One person or group from its YAML map. Nested names (`name: {givenName: …}`) and dotted names
//! (`name.givenName: …`) mean the same.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use super::value::give;
use crate::declared::{RowDraft, Target, is_known, target};
use crate::diagnostics::{Diagnostic, UnplacedProblem};
use crate::mapping::FieldValue;
use crate::model::Kind;
use crate::source::reading::FileReading;
use crate::yaml::{MapEntry, Node, NodeContent};

/// The meaning of each written path. It is kept for the whole file, because all its people use the same
/// paths.
pub(super) struct KnownPaths {
    kind: Kind,
    /// The names that have parts, as `name` of `name.givenName`, in lower case. Found when a name is unknown.
    holders: OnceCell<HashSet<String>>,
    known: HashMap<String, KnownPath>,
    /// The values of the current row that expressions use, by path in lower case.
    fields: HashMap<String, Field>,
}

/// The value that an expression uses.
enum Field {
    Text(String),
    List(Vec<String>),
}

impl Field {
    /// The value of a node. `None` for a map and for a node without a value.
    fn of(content: &NodeContent<'_>) -> Option<Self> {
        let text = |content: &NodeContent<'_>| match content {
            NodeContent::Scalar(scalar) if !scalar.is_null() => Some(scalar.text.to_string()),
            _ => None,
        };
        match content {
            NodeContent::List(items) => items
                .iter()
                .map(|item| text(&item.content))
                .collect::<Option<_>>()
                .map(Self::List),
            content => text(content).map(Self::Text),
        }
    }

    fn value(&self) -> FieldValue<'_> {
        match self {
            Self::Text(text) => FieldValue::Text(text),
            Self::List(texts) => FieldValue::List(texts.clone()),
        }
    }
}

struct KnownPath {
    meaning: PathMeaning,
    /// Whether an expression of the mapping uses the path.
    is_field: bool,
}

enum PathMeaning {
    Value(Target),
    /// A name with parts, for instance `name`. It has no value itself.
    Holder,
    /// A name that only an expression of the mapping uses.
    Field,
    Wrong(UnplacedProblem),
}

impl KnownPaths {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            holders: OnceCell::new(),
            known: HashMap::new(),
            fields: HashMap::new(),
        }
    }

    /// Reads one element of `users:` or `groups:` into a row.
    pub(super) fn read(&mut self, node: Node<'_>, mut row: RowDraft, reading: &mut FileReading<'_>) {
        let entries = match node.content {
            NodeContent::Map(entries) => entries,
            NodeContent::Refused => return,
            NodeContent::Scalar(_) | NodeContent::List(_) => {
                let message = format!(
                    "a {} is a map of attributes, not {}",
                    self.kind.word(),
                    node.what()
                );
                let naming = reading
                    .catalog
                    .attribute(reading.catalog.naming(self.kind))
                    .path
                    .clone();
                let problem = Diagnostic::error("not-a-map", node.origin, message);
                return reading.refuse_unknown(self.kind, problem.hint(format!("write `- {naming}: …`")));
            }
        };
        row.origin = node.origin;
        let mut path = String::new();
        self.read_entries(entries, &mut path, &mut row, reading);
        self.compute(&mut row, reading);
        reading.add(row);
    }

    /// Runs the mapping's expressions on the current row.
    fn compute(&mut self, row: &mut RowDraft, reading: &mut FileReading<'_>) {
        let mapping = reading.mapping;
        for (number, computed) in mapping
            .computed
            .iter()
            .enumerate()
            .filter(|(_, computed)| computed.kind == self.kind)
        {
            let fields: Vec<_> = computed
                .names()
                .map(|name| self.fields.get(&name.to_lowercase()).map(Field::value))
                .collect();
            reading.compute(number, &fields, row);
        }
        self.fields.clear();
    }

    fn read_entries(
        &mut self,
        entries: Vec<MapEntry<'_>>,
        path: &mut String,
        row: &mut RowDraft,
        reading: &mut FileReading<'_>,
    ) {
        let parent = path.len();
        for entry in entries {
            if parent > 0 {
                path.push(if is_urn(path) { ':' } else { '.' });
            }
            path.push_str(&entry.key);
            self.read_entry(entry, path, row, reading);
            path.truncate(parent);
        }
    }

    fn meaning(&self, path: &str, reading: &FileReading<'_>) -> PathMeaning {
        let kind = self.kind;
        if reading.shows_enough() && !is_known(reading.catalog, kind, path) {
            let message = || format!("`{path}` is not an attribute of a {}", kind.word());
            let hint = "correct the problems that are shown first";
            let problem = || UnplacedProblem::new("unknown-attribute", message(), hint);
            return self.unknown(path, reading, problem);
        }
        match target(reading.catalog, kind, path) {
            Ok(Target::Attribute(id)) if reading.mapping.computes_from(id, path) => PathMeaning::Field,
            Ok(target) => PathMeaning::Value(target),
            Err(problem) if problem.code == "unknown-attribute" => self.unknown(path, reading, || problem),
            Err(problem) => PathMeaning::Wrong(problem),
        }
    }

    /// The meaning of a name that is no attribute.
    fn unknown(
        &self,
        path: &str,
        reading: &FileReading<'_>,
        problem: impl FnOnce() -> UnplacedProblem,
    ) -> PathMeaning {
        if reading.mapping.uses(self.kind, path) {
            return PathMeaning::Field;
        }
        let holders = self.holders.get_or_init(|| holders(self.kind, reading));
        if is_urn(path) || holders.contains(&path.to_lowercase()) {
            PathMeaning::Holder
        } else {
            PathMeaning::Wrong(problem())
        }
    }

    fn read_entry(
        &mut self,
        entry: MapEntry<'_>,
        path: &mut String,
        row: &mut RowDraft,
        reading: &mut FileReading<'_>,
    ) {
        let MapEntry {
            key_origin, value, ..
        } = entry;
        if !self.known.contains_key(path.as_str()) {
            let known = KnownPath {
                meaning: self.meaning(path, reading),
                is_field: reading.mapping.uses(self.kind, path),
            };
            self.known.insert(path.clone(), known);
        }
        let KnownPath { meaning, is_field } = &self.known[path.as_str()];
        if *is_field && let Some(field) = Field::of(&value.content) {
            self.fields.insert(path.to_lowercase(), field);
        }
        match (meaning, value.content) {
            (_, NodeContent::Refused) => {} // reported where the YAML is read; the row has its fault
            (PathMeaning::Value(Target::Attribute(_)) | PathMeaning::Holder, NodeContent::Map(entries)) => {
                self.read_entries(entries, path, row, reading);
            }
            (PathMeaning::Field, _) => {}
            (PathMeaning::Value(target), content) => {
                let value = Node {
                    origin: value.origin,
                    content,
                };
                give(*target, value, row, reading);
            }
            (PathMeaning::Holder, _) => {
                let problem = holder_without_parts(path, self.kind, reading).at(key_origin);
                reading.refuse(row, None, problem);
            }
            (PathMeaning::Wrong(problem), _) => {
                let problem = problem.clone().at(key_origin);
                reading.refuse(row, None, problem);
            }
        }
    }
}

/// The last word of a resource schema's URN, after which an attribute's name follows.
fn is_resource_word(word: &str) -> bool {
    Kind::ALL
        .iter()
        .any(|kind| kind.word().eq_ignore_ascii_case(word))
}

fn is_urn(path: &str) -> bool {
    path.starts_with("urn:") && path.rsplit(':').next().is_some_and(is_resource_word)
}

/// Every name that has parts, in lower case.
fn holders(kind: Kind, reading: &FileReading<'_>) -> HashSet<String> {
    let paths = reading
        .catalog
        .of(kind)
        .map(|attribute| attribute.path.to_lowercase());
    paths
        .flat_map(|path| {
            let ends = path.match_indices('.').map(|(end, _)| end);
            ends.map(|end| path[..end].to_owned()).collect::<Vec<_>>()
        })
        .collect()
}

/// The attributes under a name: `name.givenName`, … under `name`.
fn parts<'a>(path: &str, kind: Kind, reading: &'a FileReading<'_>) -> impl Iterator<Item = &'a str> {
    let prefix = format!("{}.", path.to_lowercase());
    reading
        .catalog
        .of(kind)
        .map(|attribute| &*attribute.path)
        .filter(move |path| path.to_lowercase().starts_with(&prefix))
}

fn holder_without_parts(path: &str, kind: Kind, reading: &FileReading<'_>) -> UnplacedProblem {
    let known: Vec<_> = parts(path, kind, reading)
        .map(|part| format!("`{part}`"))
        .take(6)
        .collect();
    let hint = if known.is_empty() {
        "write a map of attributes".to_owned()
    } else {
        format!("write one of {}", known.join(", "))
    };
    UnplacedProblem::new(
        "not-a-value",
        format!("`{path}` has parts and takes no value of its own"),
        hint,
    )
}
