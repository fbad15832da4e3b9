//! `map:` and `scope:`: the computed attributes, and the declared people and groups that are covered.

use super::computed::computed;
use super::section::{Section, list, text, written};
use super::shipped;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::mapping::{Clause, ClauseText, Condition, ExpressionBasis, Mapping, ScopeFilter, Scoping};
use crate::model::{AttributeId, Catalog, Kind};
use crate::yaml::{Node, NodeContent};

pub(super) fn mapping(
    config: &mut Section<'_>,
    basis: ExpressionBasis<'_>,
    diagnostics: &mut Diagnostics,
) -> Mapping {
    let mut mapping = Mapping::default();
    if let Some(mut map) = config
        .take("map")
        .and_then(|node| Section::open(node, "`map`", diagnostics))
    {
        let preset = map.take_text("preset", diagnostics);
        for kind in Kind::ALL {
            if let Some(node) = map.take(kind.plural()) {
                mapping.computed.extend(computed(node, kind, basis, diagnostics));
            }
        }
        if let Some((name, origin)) = preset {
            // The configuration's own expressions take precedence over those of the preset.
            let own: Vec<AttributeId> = mapping
                .computed
                .iter()
                .map(|computed| computed.attribute)
                .collect();
            match shipped::mapping(&name, origin, basis) {
                Ok(shipped) => mapping.computed.extend(
                    shipped
                        .into_iter()
                        .filter(|shipped| !own.contains(&shipped.attribute)),
                ),
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
            .and_then(|node| scoping(node, Kind::User, basis, diagnostics));
        mapping.scope_groups = scope
            .take("groups")
            .and_then(|node| scoping(node, Kind::Group, basis, diagnostics));
        scope.finish(diagnostics);
    }
    mapping
}

/// A condition in CEL, or a list of filters.
fn scoping(
    node: Node<'_>,
    kind: Kind,
    basis: ExpressionBasis<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Scoping> {
    if !matches!(node.content, NodeContent::List(_)) {
        let written = written(&node, "a scope", diagnostics)?;
        let condition = Condition::compile(&written, kind, basis)
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
        .filter_map(|node| filter(node, kind, basis.catalog, diagnostics))
        .collect();
    if filters.is_empty() {
        None
    } else {
        Some(Scoping::Filters(filters))
    }
}

/// `{title: …, clauses: [{attribute: …, operator: …, value: …}]}`.
fn filter(
    node: Node<'_>,
    kind: Kind,
    catalog: &Catalog,
    diagnostics: &mut Diagnostics,
) -> Option<ScopeFilter> {
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
    Some(ScopeFilter {
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
    let written = ClauseText {
        attribute: &attribute?,
        operator: &operator?,
        value: value.as_ref().map(|(value, _)| value.as_str()),
    };
    Clause::new(catalog, kind, written)
        .map_err(|problem| diagnostics.push(problem.at(origin)))
        .ok()
}
