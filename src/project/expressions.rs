//! `map:` and `scope:` what is computed from rows, and which declared people and groups count.

use super::section::{Section, written};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::mapping::{Computed, Condition, Mapping, computable};
use crate::model::{AttributeId, Catalog, Kind};
use crate::yaml::Node;

pub(super) fn mapping(config: &mut Section<'_>, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Mapping {
    let mut mapping = Mapping::default();
    if let Some(mut map) = config.take("map").and_then(|node| Section::open(node, "`map`", diagnostics)) {
        for kind in Kind::ALL {
            if let Some(node) = map.take(kind.plural()) {
                computed(node, kind, &mut mapping.computed, (catalog, diagnostics));
            }
        }
        map.finish(diagnostics);
    }
    if let Some(mut scope) = config.take("scope").and_then(|node| Section::open(node, "`scope`", diagnostics)) {
        mapping.scope_users = scope.take("users").and_then(|node| condition(&node, Kind::User, catalog, diagnostics));
        mapping.scope_groups = scope.take("groups").and_then(|node| condition(&node, Kind::Group, catalog, diagnostics));
        scope.finish(diagnostics);
    }
    mapping
}

fn condition(node: &Node<'_>, kind: Kind, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Option<Condition> {
    let written = written(node, "a scope", diagnostics)?;
    Condition::compile(&written, kind, catalog).map_err(|problem| diagnostics.push(problem)).ok()
}

/// `attribute: expression`, any number.
pub(super) fn computed(node: Node<'_>, kind: Kind, found: &mut Vec<Computed>, (catalog, diagnostics): (&Catalog, &mut Diagnostics)) {
    let Some(section) = Section::open(node, "a map of expressions", diagnostics) else { return };
    let mut seen: Vec<(AttributeId, crate::diagnostics::Origin)> = Vec::new();
    for entry in section.into_entries() {
        let attribute = match computable(catalog, kind, &entry.key) {
            Ok(attribute) => attribute,
            Err(problem) => {
                diagnostics.push(problem.at(entry.key_origin));
                continue;
            }
        };
        if let Some((_, earlier)) = seen.iter().find(|one| one.0 == attribute) {
            let problem = Diagnostic::error("duplicate-attribute", entry.key_origin, "two expressions compute one attribute");
            diagnostics.push(problem.related(*earlier, "first here").hint("keep one of the two"));
            continue;
        }
        seen.push((attribute, entry.key_origin));
        let Some(written) = written(&entry.value, "an expression", diagnostics) else { continue };
        match Computed::compile(attribute, kind, &written) {
            Ok(one) => found.push(one),
            Err(problem) => diagnostics.push(problem),
        }
    }
}
