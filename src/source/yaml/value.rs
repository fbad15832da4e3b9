//! The value of one key of a person or a group: an attribute, or a list of groups, members or former names.

use crate::declared::{RowDraft, Target, Wish};
use crate::diagnostics::{Diagnostic, Origin, suggest};
use crate::model::{Attribute, AttributeId, Value};
use crate::source::reading::FileReading;
use crate::source::text::{self, Medium};
use crate::source::typing;
use crate::yaml::{Node, NodeContent};

/// Adds a value to the row: as an attribute, or as groups, members or former names.
pub(super) fn give(target: Target, value: Node<'_>, row: &mut RowDraft, reading: &mut FileReading<'_>) {
    match target {
        Target::Attribute(attribute) => ask(attribute, value, row, reading),
        Target::Groups => {
            let names = names(value, target, row, reading);
            row.groups.extend(names);
        }
        Target::Members => {
            row.empties_members = is_empty_list(&value);
            let names = names(value, target, row, reading);
            row.members.get_or_insert_default().extend(names);
        }
        Target::Previously => {
            let names = names(as_list(value), target, row, reading);
            row.former_names.extend(names);
        }
    }
}

fn ask(attribute: AttributeId, value: Node<'_>, row: &mut RowDraft, reading: &mut FileReading<'_>) {
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
                let problem = problem.related(earlier, "first here").hint("keep one of the two");
                reading.refuse(row, Some(Target::Attribute(attribute)), problem);
            }
        }
        Err(problem) => {
            reading.refuse(row, Some(Target::Attribute(attribute)), problem);
        }
    }
}

fn wish(attribute: AttributeId, value: Node<'_>, reading: &FileReading<'_>) -> Result<Wish, Diagnostic> {
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
        NodeContent::Scalar(scalar) => typing::single(attribute, &scalar.text, Medium::Yaml)
            .map(Wish::Set)
            .map_err(|problem| problem.at(origin)),
        NodeContent::List(items) if typing::is_set(attribute) => {
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                let text = item_text(&item, &attribute.path)?;
                values.push(
                    typing::single(attribute, text, Medium::Yaml)
                        .map_err(|problem| problem.at(item.origin))?,
                );
            }
            Ok(if values.is_empty() {
                Wish::Clear
            } else {
                Wish::Set(Value::set(values))
            })
        }
        NodeContent::List(_) | NodeContent::Map(_) | NodeContent::Refused => {
            Err(not_single(attribute, origin, reading))
        }
    }
}

/// The problem of a list or a map for an attribute with one value.
fn not_single(attribute: &Attribute, origin: Origin, reading: &FileReading<'_>) -> Diagnostic {
    let typed: Vec<_> = reading
        .catalog
        .of(attribute.kind)
        .map(|attribute| &*attribute.path)
        .filter(|path| path.starts_with(&format!("{}.", attribute.path)))
        .collect();
    let hint = match suggest::closest(&format!("{}.work", attribute.path), typed) {
        Some(near) => format!("write one value, or name which one it is, as `{near}`"),
        None => "write one value".to_owned(),
    };
    let message = format!("`{}` takes a single value", attribute.path);
    Diagnostic::error("not-a-value", origin, message).hint(hint)
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

/// Whether a value is `[]` or `null`.
fn is_empty_list(value: &Node<'_>) -> bool {
    match &value.content {
        NodeContent::List(items) => items.is_empty(),
        NodeContent::Scalar(scalar) => scalar.is_null(),
        NodeContent::Map(_) | NodeContent::Refused => false,
    }
}

/// A single name as a list with one element.
fn as_list(value: Node<'_>) -> Node<'_> {
    match value.content {
        NodeContent::Scalar(scalar) if !scalar.is_null() => {
            let origin = value.origin;
            let content = NodeContent::Scalar(scalar);
            Node {
                origin,
                content: NodeContent::List(vec![Node { origin, content }]),
            }
        }
        _ => value,
    }
}

/// The names in a list of members, groups or former names. `null` and `[]` both mean an empty list.
fn names(
    value: Node<'_>,
    target: Target,
    row: &mut RowDraft,
    reading: &mut FileReading<'_>,
) -> Vec<(Box<str>, Origin)> {
    let list = match target {
        Target::Members => "members",
        Target::Previously => "previously",
        Target::Groups | Target::Attribute(_) => "groups",
    };
    let mut names = Vec::new();
    let items = match value.content {
        NodeContent::List(items) => items,
        NodeContent::Scalar(scalar) if scalar.is_null() => Vec::new(),
        content => {
            let found = Node {
                origin: value.origin,
                content,
            };
            let problem = Diagnostic::error(
                "not-a-list",
                found.origin,
                format!("`{list}` is a list, not {}", found.what()),
            );
            let problem = problem.hint(format!("write `{list}: [name, name]`"));
            reading.refuse(row, Some(target), problem);
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
            Err(problem) => reading.refuse(row, Some(target), problem),
        }
    }
    names
}
