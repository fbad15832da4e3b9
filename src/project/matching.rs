//! `match:`: the attributes that say who is who.

use super::section::{Section, list, text};
use crate::diagnostics::{Diagnostic, Diagnostics, UnplacedProblem, suggest};
use crate::model::{Attribute, AttributeId, Catalog, Kind, well_known};
use crate::yaml::Node;

/// The attributes by which a declared resource is matched with a live one, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matching {
    /// For people; by default `externalId`, then `userName`.
    pub users: Vec<AttributeId>,
    /// For groups; by default `externalId`, then `displayName`.
    pub groups: Vec<AttributeId>,
}

impl Matching {
    /// The order that holds where the configuration says none.
    fn usual(catalog: &Catalog) -> Self {
        let usual = |kind| vec![catalog.external_id(kind), catalog.naming(kind)];
        Self {
            users: usual(Kind::User),
            groups: usual(Kind::Group),
        }
    }

    /// The attributes for a kind.
    pub(crate) fn of(&self, kind: Kind) -> &[AttributeId] {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }
}

pub(super) fn matching(node: Option<Node<'_>>, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Matching {
    let mut matching = Matching::usual(catalog);
    let Some(mut section) = node.and_then(|node| Section::open(node, "`match`", diagnostics)) else {
        return matching;
    };
    if let Some(node) = section.take("users") {
        matching.users = order(node, Kind::User, catalog, diagnostics);
    }
    if let Some(node) = section.take("groups") {
        matching.groups = order(node, Kind::Group, catalog, diagnostics);
    }
    section.finish(diagnostics);
    matching
}

fn order(node: Node<'_>, kind: Kind, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Vec<AttributeId> {
    let origin = node.origin;
    let mut order = Vec::new();
    for node in list(node, "the order of matching", diagnostics) {
        let Some(name) = text(&node, "an attribute", diagnostics) else {
            continue;
        };
        match identifier(catalog, kind, name) {
            Ok(id) if order.contains(&id) => {
                let problem =
                    Diagnostic::error("duplicate-key", node.origin, format!("`{name}` stands twice"));
                diagnostics.push(problem.hint("remove one of the two"));
            }
            Ok(id) => order.push(id),
            Err(problem) => diagnostics.push(problem.at(node.origin)),
        }
    }
    if order.is_empty() && !diagnostics.has_errors() {
        let problem = Diagnostic::error(
            "empty-match",
            origin,
            "without an attribute nothing can be matched",
        );
        diagnostics.push(problem.hint("write `[externalId, userName]`, or leave the line out"));
    }
    order
}

/// The attribute with a name, if it can say who somebody is.
fn identifier(catalog: &Catalog, kind: Kind, name: &str) -> Result<AttributeId, UnplacedProblem> {
    let found = catalog.find(kind, name).map_err(|unknown| {
        let near = unknown
            .suggestion
            .unwrap_or_else(|| well_known::EXTERNAL_ID.to_owned());
        UnplacedProblem::new(
            "unknown-attribute",
            format!("`{name}` is not an attribute of a {}", kind.word()),
            format!("did you mean `{near}`?"),
        )
    })?;
    match found.unfit_to_match() {
        None => Ok(found.id),
        Some(why) => Err(UnplacedProblem::new(
            "not-an-identifier",
            format!("nothing can be matched by `{}`: {why}", found.path),
            instead_of(found, catalog),
        )),
    }
}

fn instead_of(attribute: &Attribute, catalog: &Catalog) -> String {
    let beneath = format!("{}.", attribute.path);
    let fit = catalog
        .of(attribute.kind)
        .filter(|one| one.unfit_to_match().is_none());
    let elements = fit
        .map(|one| &*one.path)
        .filter(|path| path.starts_with(&beneath));
    if let Some(near) = suggest::closest(&format!("{}.work", attribute.path), elements) {
        return format!("name one of its elements, as `{near}`");
    }
    let naming = &catalog.attribute(catalog.naming(attribute.kind)).path;
    format!("name attributes with one text each, as `externalId` or `{naming}`")
}
