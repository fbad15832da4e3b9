//! One person or group from its YAML map: nested names (`name: {givenName: …}`) and dotted names
//! (`name.givenName: …`) are one.

use std::collections::HashMap;

use crate::declared::RowDraft;
use crate::declared::Wish;
use crate::declared::{Target, target};
use crate::diagnostics::Problem;
use crate::diagnostics::suggest;
use crate::diagnostics::{Diagnostic, Origin};
use crate::mapping::Given;
use crate::model::{AttributeId, Kind, Value};
use crate::source::reading::Reading;
use crate::source::text::{self, Way};
use crate::source::typing;
use crate::yaml::{MapEntry, Node, NodeContent};

/// What each written path stands for, remembered because every person of a file has the same.
pub(super) struct Paths {
    kind: Kind,
    known: HashMap<String, Known>,
    /// The texts of the row being read that expressions use, by path in lower case.
    fields: HashMap<String, Field>,
}

/// The value that an expression uses.
enum Field {
    Text(String),
    List(Vec<String>),
}

impl Field {
    /// The value of a node; none where it has parts, or nothing.
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

    fn given(&self) -> Given<'_> {
        match self {
            Self::Text(text) => Given::Text(text),
            Self::List(texts) => Given::List(texts.clone()),
        }
    }
}

struct Known {
    meaning: Meaning,
    /// Whether an expression of the mapping uses it.
    is_field: bool,
}

enum Meaning {
    Value(Target),
    /// A name with parts, as `name`; no value of its own.
    Holder,
    /// Not an attribute, but an expression of the mapping uses it.
    Field,
    Wrong(Problem),
}

impl Paths {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            known: HashMap::new(),
            fields: HashMap::new(),
        }
    }

    /// Reads one element of `users:` or `groups:` into a row.
    pub(super) fn read(&mut self, node: Node<'_>, mut row: RowDraft, reading: &mut Reading<'_>) {
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
                return reading.report(
                    Diagnostic::error("not-a-map", node.origin, message)
                        .hint(format!("write `- {naming}: …`")),
                );
            }
        };
        row.origin = node.origin;
        let mut path = String::new();
        self.read_entries(entries, &mut path, &mut row, reading);
        self.compute(&mut row, reading);
        reading.add(row);
    }

    /// Runs the mapping's expressions on the row that was read.
    fn compute(&mut self, row: &mut RowDraft, reading: &mut Reading<'_>) {
        let mapping = reading.mapping;
        for (number, computed) in mapping
            .computed
            .iter()
            .enumerate()
            .filter(|(_, computed)| computed.kind == self.kind)
        {
            let fields: Vec<_> = computed
                .names()
                .map(|name| self.fields.get(&name.to_lowercase()).map(Field::given))
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
        reading: &mut Reading<'_>,
    ) {
        let parent = path.len();
        for MapEntry {
            key,
            key_origin,
            value,
        } in entries
        {
            if parent > 0 {
                path.push(
                    if path.starts_with("urn:") && path.rsplit(':').next().is_some_and(is_resource_word) {
                        ':'
                    } else {
                        '.'
                    },
                );
            }
            path.push_str(&key);
            self.read_entry(value, key_origin, path, row, reading);
            path.truncate(parent);
        }
    }

    fn read_entry(
        &mut self,
        value: Node<'_>,
        key_origin: Origin,
        path: &mut String,
        row: &mut RowDraft,
        reading: &mut Reading<'_>,
    ) {
        if !self.known.contains_key(path.as_str()) {
            let known = Known {
                meaning: meaning(path, self.kind, reading),
                is_field: reading.mapping.uses(self.kind, path),
            };
            self.known.insert(path.clone(), known);
        }
        let Known { meaning, is_field } = &self.known[path.as_str()];
        if *is_field && let Some(field) = Field::of(&value.content) {
            self.fields.insert(path.to_lowercase(), field);
        }
        match (meaning, value.content) {
            (_, NodeContent::Refused) => row.is_faulty = true,
            (Meaning::Value(Target::Attribute(_)) | Meaning::Holder, NodeContent::Map(entries)) => {
                self.read_entries(entries, path, row, reading);
            }
            (Meaning::Field, _) => {}
            (Meaning::Value(target), content) => {
                let value = Node {
                    origin: value.origin,
                    content,
                };
                give(*target, value, row, reading);
            }
            (Meaning::Holder, _) => {
                row.is_faulty = true;
                reading.report(holder_without_parts(path, self.kind, reading).at(key_origin));
            }
            (Meaning::Wrong(problem), _) => {
                row.is_faulty = true;
                let problem = problem.clone().at(key_origin);
                reading.report(problem);
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

fn meaning(path: &str, kind: Kind, reading: &Reading<'_>) -> Meaning {
    match target(reading.catalog, kind, path) {
        Ok(Target::Attribute(id)) if reading.mapping.computes_from(id, path) => Meaning::Field,
        Ok(target) => Meaning::Value(target),
        Err(problem) if problem.code == "unknown-attribute" && reading.mapping.uses(kind, path) => {
            Meaning::Field
        }
        Err(problem) => {
            let holds_parts = problem.code == "unknown-attribute"
                && (is_urn(path) || parts(path, kind, reading).next().is_some());
            if holds_parts {
                Meaning::Holder
            } else {
                Meaning::Wrong(problem)
            }
        }
    }
}

fn is_urn(path: &str) -> bool {
    path.starts_with("urn:") && path.rsplit(':').next().is_some_and(is_resource_word)
}

/// The attributes under a name: `name.givenName`, … under `name`.
fn parts<'a>(path: &str, kind: Kind, reading: &'a Reading<'_>) -> impl Iterator<Item = &'a str> {
    let prefix = format!("{}.", path.to_lowercase());
    reading
        .catalog
        .of(kind)
        .map(|attribute| &*attribute.path)
        .filter(move |path| path.to_lowercase().starts_with(&prefix))
}

fn holder_without_parts(path: &str, kind: Kind, reading: &Reading<'_>) -> Problem {
    let known: Vec<_> = parts(path, kind, reading)
        .map(|part| format!("`{part}`"))
        .take(6)
        .collect();
    let hint = if known.is_empty() {
        "write a map of attributes".to_owned()
    } else {
        format!("write one of {}", known.join(", "))
    };
    Problem::new(
        "not-a-value",
        format!("`{path}` has parts and takes no value of its own"),
        hint,
    )
}

/// Gives a value to where it belongs.
fn give(target: Target, value: Node<'_>, row: &mut RowDraft, reading: &mut Reading<'_>) {
    match target {
        Target::Attribute(attribute) => ask(attribute, value, row, reading),
        Target::Groups => {
            let names = names(value, "groups", row, reading);
            row.groups.extend(names);
        }
        Target::Members => {
            let names = names(value, "members", row, reading);
            row.members.get_or_insert_default().extend(names);
        }
    }
}

fn ask(attribute: AttributeId, value: Node<'_>, row: &mut RowDraft, reading: &mut Reading<'_>) {
    let origin = value.origin;
    match wish(attribute, value, reading) {
        Ok(wish) => {
            if let Some(earlier) = row.ask(attribute, wish, origin) {
                let name = reading.catalog.attribute(attribute).path.clone();
                let problem = Diagnostic::error(
                    "duplicate-attribute",
                    origin,
                    format!("`{name}` is written twice for one {}", row.kind.word()),
                );
                reading.report(problem.related(earlier, "first here").hint("keep one of the two"));
            }
        }
        Err(problem) => {
            row.is_faulty = true;
            reading.report(problem);
        }
    }
}

fn wish(attribute: AttributeId, value: Node<'_>, reading: &Reading<'_>) -> Result<Wish, Diagnostic> {
    let attribute = reading.catalog.attribute(attribute);
    let origin = value.origin;
    match value.content {
        NodeContent::Scalar(scalar) if scalar.is_null() => Ok(Wish::Clear),
        NodeContent::Scalar(scalar) if scalar.text.is_empty() => {
            let message = format!("`{}` is an empty text", attribute.path);
            let hint = "write null to clear the attribute, or leave the line out to leave it alone";
            Err(Diagnostic::error("empty-text", origin, message).hint(hint))
        }
        NodeContent::Scalar(scalar) if typing::is_set(attribute) => {
            let hint = format!("write a list: [{}]", scalar.text);
            Err(Diagnostic::error(
                "not-a-list",
                origin,
                format!("`{}` holds several values", attribute.path),
            )
            .hint(hint))
        }
        NodeContent::Scalar(scalar) => typing::single(attribute, &scalar.text, Way::Yaml)
            .map(Wish::Set)
            .map_err(|problem| problem.at(origin)),
        NodeContent::List(items) if typing::is_set(attribute) => {
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                let text = item_text(&item, &attribute.path)?;
                values.push(
                    typing::single(attribute, text, Way::Yaml).map_err(|problem| problem.at(item.origin))?,
                );
            }
            Ok(if values.is_empty() {
                Wish::Clear
            } else {
                Wish::Set(Value::set(values))
            })
        }
        NodeContent::List(_) | NodeContent::Map(_) | NodeContent::Refused => {
            let mut problem = Diagnostic::error(
                "not-a-value",
                origin,
                format!("`{}` takes a single value", attribute.path),
            );
            let typed: Vec<_> = reading
                .catalog
                .of(attribute.kind)
                .map(|one| &*one.path)
                .filter(|path| path.starts_with(&format!("{}.", attribute.path)))
                .collect();
            problem = problem.hint(
                match suggest::closest(&format!("{}.work", attribute.path), typed) {
                    Some(near) => format!("write one value, or name which one it is, as `{near}`"),
                    None => "write one value".to_owned(),
                },
            );
            Err(problem)
        }
    }
}

/// The text of one element of a list.
fn item_text<'a>(item: &'a Node<'_>, list: &str) -> Result<&'a str, Diagnostic> {
    match &item.content {
        NodeContent::Scalar(scalar) if !scalar.text.is_empty() && !scalar.is_null() => Ok(&scalar.text),
        NodeContent::Scalar(_) => Err(Diagnostic::error(
            "empty-text",
            item.origin,
            format!("this element of `{list}` is empty"),
        )
        .hint("remove the element")),
        _ => Err(Diagnostic::error(
            "not-a-value",
            item.origin,
            format!(
                "an element of `{list}` must be a single value, not {}",
                item.what()
            ),
        )
        .hint("write it as one word or text after `- `")),
    }
}

/// The names in a list of members or groups. No list at all names nobody: `members: null` empties a group as
/// `[]` does.
fn names(
    value: Node<'_>,
    list: &str,
    row: &mut RowDraft,
    reading: &mut Reading<'_>,
) -> Vec<(Box<str>, Origin)> {
    let mut names = Vec::new();
    let items = match value.content {
        NodeContent::List(items) => items,
        NodeContent::Scalar(scalar) if scalar.is_null() => Vec::new(),
        content => {
            row.is_faulty = true;
            let found = Node {
                origin: value.origin,
                content,
            };
            let problem = Diagnostic::error(
                "not-a-list",
                found.origin,
                format!("`{list}` is a list, not {}", found.what()),
            );
            reading.report(problem.hint(format!("write `{list}: [name, name]`")));
            Vec::new()
        }
    };
    for item in items {
        let checked = item_text(&item, list).and_then(|text| {
            text::check_name(text)
                .map(|()| text)
                .map_err(|problem| problem.at(item.origin))
        });
        match checked {
            Ok(text) => names.push((text.into(), item.origin)),
            Err(problem) => reading.report(problem),
        }
    }
    names
}
