//! The computed attributes of `map:` and of presets: expressions, constants, defaults.

use jiff::Timestamp;

use super::section::{Section, text, written};
use crate::diagnostics::{Diagnostic, Diagnostics, Origin};
use crate::mapping::{Computed, Empty, ExpressionBasis, From, Language, Presence, WriteWhen, computable};
use crate::model::{Attribute, AttributeId, Catalog, Kind, Value};
use crate::source::typed;
use crate::yaml::{Node, NodeContent};

/// Reads a map of `attribute: expression` and `attribute: {…}`.
pub(super) fn computed(
    node: Node<'_>,
    kind: Kind,
    basis: ExpressionBasis<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<Computed> {
    let Some(section) = Section::open(node, "a map of expressions", diagnostics) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut seen: Vec<(AttributeId, Origin)> = Vec::new();
    for entry in section.into_entries() {
        let attribute = match computable(basis.catalog, kind, &entry.key) {
            Ok(attribute) => attribute,
            Err(problem) => {
                diagnostics.push(problem.at(entry.key_origin));
                continue;
            }
        };
        if let Some((_, earlier)) = seen.iter().find(|(seen, _)| *seen == attribute) {
            let problem = Diagnostic::error(
                "duplicate-attribute",
                entry.key_origin,
                "two expressions compute one attribute",
            );
            diagnostics.push(
                problem
                    .related(*earlier, "first here")
                    .hint("keep one of the two"),
            );
            continue;
        }
        seen.push((attribute, entry.key_origin));
        let attribute = basis.catalog.attribute(attribute);
        found.extend(attribute_mapping(entry.value, attribute, basis, diagnostics));
    }
    found
}

/// The computation of an attribute: an expression, or a map with more settings.
pub(super) fn attribute_mapping(
    node: Node<'_>,
    attribute: &Attribute,
    basis: ExpressionBasis<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Computed> {
    if !matches!(node.content, NodeContent::Map(_)) {
        let written = written(&node, "an expression", diagnostics)?;
        let from = Computed::compile(attribute, &written, Language::Cel, basis.now)
            .map_err(|problem| diagnostics.push(problem))
            .ok()?;
        return Some(Computed::new(attribute, node.origin, from));
    }
    let mut section = Section::open(node, "a mapping", diagnostics)?;
    let origin = section.origin;
    let from = source_of(&mut section, attribute, basis.now, diagnostics);
    let default = section
        .take("default")
        .and_then(|node| value(node, attribute, diagnostics));
    let apply = match section.take_word("apply", &["always", "create"], diagnostics) {
        Some((1, _)) => WriteWhen::Create,
        _ => WriteWhen::Always,
    };
    let empty = section.take_word("empty", &["ignore", "clear"], diagnostics);
    section.finish(diagnostics);
    let (from, from_origin) = from?;
    if matches!(from, From::Source) && default.is_none() {
        let problem = Diagnostic::error("missing-key", origin, "this mapping says nothing");
        diagnostics
            .push(problem.hint("add one of `expression`, `entra`, `from` and `constant`, or a `default`"));
        return None;
    }
    if apply == WriteWhen::Create && identifies(attribute, basis.catalog) {
        let message = format!(
            "`{}` identifies the {}, so it cannot be left alone once it is there",
            attribute.path,
            attribute.kind.word()
        );
        diagnostics.push(Diagnostic::error("bad-mapping", origin, message).hint("remove `apply: create`"));
    }
    let empty = match empty {
        Some((1, at)) if default.is_some() || apply == WriteWhen::Create => {
            let problem = Diagnostic::error(
                "bad-mapping",
                at,
                "`empty: clear` goes with neither `default` nor `apply: create`",
            );
            diagnostics
                .push(problem.hint("say one of the two: clear the attribute, or leave it as it was made"));
            Empty::Clear
        }
        Some((1, _)) => Empty::Clear,
        _ => Empty::NotOurs,
    };
    Some(Computed {
        default,
        apply,
        empty,
        ..Computed::new(attribute, from_origin.unwrap_or(origin), from)
    })
}

fn identifies(attribute: &Attribute, catalog: &Catalog) -> bool {
    attribute.id == catalog.naming(attribute.kind) || attribute.id == catalog.external_id(attribute.kind)
}

/// Reads the input of a mapping and its place: one of `expression`, `entra`, `from` and `constant`.
fn source_of(
    section: &mut Section<'_>,
    attribute: &Attribute,
    now: Timestamp,
    diagnostics: &mut Diagnostics,
) -> Option<(From, Option<Origin>)> {
    let mut found: Option<(From, Option<Origin>)> = None;
    for key in ["expression", "entra", "from", "constant"] {
        let Some(node) = section.take(key) else { continue };
        let origin = node.origin;
        if let Some((_, earlier)) = &found {
            let problem = Diagnostic::error("bad-mapping", origin, "an attribute comes from one place");
            let problem = problem.hint("keep one of `expression`, `entra`, `from` and `constant`");
            diagnostics.push(match earlier {
                Some(earlier) => problem.related(*earlier, "first here"),
                None => problem,
            });
            return None;
        }
        let from = match key {
            "constant" => From::Constant(value(node, attribute, diagnostics)?),
            "from" => Computed::field(text(&node, "`from`", diagnostics)?, origin),
            _ => {
                let language = if key == "entra" {
                    Language::Entra
                } else {
                    Language::Cel
                };
                let written = written(&node, "an expression", diagnostics)?;
                Computed::compile(attribute, &written, language, now)
                    .map_err(|problem| diagnostics.push(problem))
                    .ok()?
            }
        };
        found = Some((from, Some(origin)));
    }
    Some(found.unwrap_or((From::Source, None)))
}

/// A constant value.
fn value(node: Node<'_>, attribute: &Attribute, diagnostics: &mut Diagnostics) -> Option<Value> {
    let origin = node.origin;
    let texts: Vec<String> = match node.content {
        NodeContent::List(items) => items
            .iter()
            .filter_map(|item| text(item, "a value", diagnostics).map(str::to_owned))
            .collect(),
        _ => vec![text(&node, "a value", diagnostics)?.to_owned()],
    };
    typed(attribute, &texts)
        .map_err(|problem| diagnostics.push(problem.at(origin)))
        .ok()
}

/// The computed attribute, for sources that may lack its fields.
pub(super) fn optional(computed: Computed) -> Computed {
    Computed {
        presence: Presence::Optional,
        ..computed
    }
}
