//! `map:` and `scope:` what is computed from rows, and which declared people and groups count.

use jiff::Timestamp;

use super::section::{Section, list, text, written};
use super::shipped;
use crate::diagnostics::{Diagnostic, Diagnostics, Origin};
use crate::mapping::{
    Apply, Clause, Computed, Condition, Empty, Filter, From, Language, Mapping, Presence, Scoping, computable,
};
use crate::model::{Attribute, AttributeId, Catalog, Kind, Value};
use crate::source::typed;
use crate::yaml::{Node, NodeContent};

/// What expressions are compiled by: the attributes that there are, and the instant of the plan.
pub(super) type Given<'a> = (&'a Catalog, Timestamp);

pub(super) fn mapping(config: &mut Section<'_>, given: Given<'_>, diagnostics: &mut Diagnostics) -> Mapping {
    let mut mapping = Mapping::default();
    if let Some(mut map) = config
        .take("map")
        .and_then(|node| Section::open(node, "`map`", diagnostics))
    {
        let preset = map.take_text("preset", diagnostics);
        for kind in Kind::ALL {
            if let Some(node) = map.take(kind.plural()) {
                computed(node, kind, &mut mapping.computed, (given, diagnostics));
            }
        }
        if let Some((name, origin)) = preset {
            // What the configuration says itself takes the place of what is shipped.
            let said: Vec<AttributeId> = mapping.computed.iter().map(|one| one.attribute).collect();
            match shipped::mapping(&name, origin, given) {
                Ok(shipped) => mapping
                    .computed
                    .extend(shipped.into_iter().filter(|one| !said.contains(&one.attribute))),
                Err(problem) => diagnostics.push(problem),
            }
        }
        map.finish(diagnostics);
    }
    if let Some(mut scope) = config
        .take("scope")
        .and_then(|node| Section::open(node, "`scope`", diagnostics))
    {
        mapping.scope_users = scope
            .take("users")
            .and_then(|node| scoping(node, Kind::User, given, diagnostics));
        mapping.scope_groups = scope
            .take("groups")
            .and_then(|node| scoping(node, Kind::Group, given, diagnostics));
        scope.finish(diagnostics);
    }
    mapping
}

/// A condition in CEL, or a list of filters.
fn scoping(node: Node<'_>, kind: Kind, given: Given<'_>, diagnostics: &mut Diagnostics) -> Option<Scoping> {
    if !matches!(node.content, NodeContent::List(_)) {
        let written = written(&node, "a scope", diagnostics)?;
        let condition = Condition::compile(&written, kind, given)
            .map_err(|problem| diagnostics.push(problem))
            .ok()?;
        return Some(Scoping::Condition(condition));
    }
    let origin = node.origin;
    let filters: Vec<_> = list(node, "a scope", diagnostics);
    if filters.is_empty() {
        let problem = Diagnostic::error(
            "empty-scope",
            origin,
            "a scope without a filter leaves everybody out",
        );
        diagnostics.push(problem.hint("write a filter, or leave the line out to keep everybody"));
        return None;
    }
    let filters: Vec<_> = filters
        .into_iter()
        .filter_map(|node| filter(node, kind, given.0, diagnostics))
        .collect();
    if filters.is_empty() {
        None
    } else {
        Some(Scoping::Filters(filters))
    }
}

/// `{title: …, clauses: [{attribute: …, operator: …, value: …}]}`.
fn filter(node: Node<'_>, kind: Kind, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Option<Filter> {
    let mut section = Section::open(node, "a filter", diagnostics)?;
    let origin = section.origin;
    let title = section.take_text("title", diagnostics).map(|(title, _)| title);
    let nodes = section.require(
        "clauses",
        "clauses: [{ attribute: department, operator: EQUALS, value: Sales }]",
        diagnostics,
    );
    section.finish(diagnostics);
    let nodes = list(nodes?, "`clauses`", diagnostics);
    if nodes.is_empty() {
        let problem = Diagnostic::error("empty-scope", origin, "a filter without a clause keeps everybody");
        diagnostics.push(
            problem.hint("write a clause, as `{ attribute: department, operator: EQUALS, value: Sales }`"),
        );
        return None;
    }
    let clauses = nodes
        .into_iter()
        .filter_map(|node| clause(node, kind, catalog, diagnostics))
        .collect();
    Some(Filter {
        title,
        clauses,
        origin,
    })
}

fn clause(node: Node<'_>, kind: Kind, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Option<Clause> {
    let mut section = Section::open(node, "a clause", diagnostics)?;
    let origin = section.origin;
    let attribute = section.require("attribute", "attribute: department", diagnostics);
    let attribute = attribute.and_then(|node| text(&node, "`attribute`", diagnostics).map(str::to_owned));
    let operator = section.require("operator", "operator: EQUALS", diagnostics);
    let operator = operator.and_then(|node| text(&node, "`operator`", diagnostics).map(str::to_owned));
    let value = section.take_text("value", diagnostics);
    section.finish(diagnostics);
    let written = (
        &*attribute?,
        &*operator?,
        value.as_ref().map(|(value, _)| value.as_str()),
    );
    Clause::new(catalog, kind, written)
        .map_err(|problem| diagnostics.push(problem.at(origin)))
        .ok()
}

/// `attribute: expression` or `attribute: {…}`, any number.
pub(super) fn computed(
    node: Node<'_>,
    kind: Kind,
    found: &mut Vec<Computed>,
    (given, diagnostics): (Given<'_>, &mut Diagnostics),
) {
    let Some(section) = Section::open(node, "a map of expressions", diagnostics) else {
        return;
    };
    let mut seen: Vec<(AttributeId, Origin)> = Vec::new();
    for entry in section.into_entries() {
        let attribute = match computable(given.0, kind, &entry.key) {
            Ok(attribute) => attribute,
            Err(problem) => {
                diagnostics.push(problem.at(entry.key_origin));
                continue;
            }
        };
        if let Some((_, earlier)) = seen.iter().find(|one| one.0 == attribute) {
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
        found.extend(one(
            entry.value,
            given.0.attribute(attribute),
            (given, diagnostics),
        ));
    }
}

/// What one attribute is computed from: an expression, or a map that says more.
pub(super) fn one(
    node: Node<'_>,
    attribute: &Attribute,
    (given, diagnostics): (Given<'_>, &mut Diagnostics),
) -> Option<Computed> {
    if !matches!(node.content, NodeContent::Map(_)) {
        let written = written(&node, "an expression", diagnostics)?;
        let from = Computed::compile(attribute, &written, Language::Cel, given.1)
            .map_err(|problem| diagnostics.push(problem))
            .ok()?;
        return Some(Computed::new(attribute, node.origin, from));
    }
    let mut section = Section::open(node, "a mapping", diagnostics)?;
    let origin = section.origin;
    let from = source_of(&mut section, attribute, given.1, diagnostics);
    let default = section
        .take("default")
        .and_then(|node| value(node, attribute, diagnostics));
    let apply = match section.take_word("apply", &["always", "create"], diagnostics) {
        Some((1, _)) => Apply::Create,
        _ => Apply::Always,
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
    if apply == Apply::Create && identifies(attribute, given.0) {
        let message = format!(
            "`{}` identifies the {}, so it cannot be left alone once it is there",
            attribute.path,
            attribute.kind.word()
        );
        diagnostics.push(Diagnostic::error("bad-mapping", origin, message).hint("remove `apply: create`"));
    }
    let empty = match empty {
        Some((1, at)) if default.is_some() || apply == Apply::Create => {
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

/// The one of `expression`, `entra`, `from` and `constant` that a mapping has, and where.
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

/// A value that is written out.
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

/// Marks what need not be there in every source.
pub(super) fn optional(one: Computed) -> Computed {
    Computed {
        presence: Presence::Optional,
        ..one
    }
}
