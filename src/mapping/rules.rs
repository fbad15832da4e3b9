//! What a configuration computes and leaves out: `map:` and `scope:`.

use super::condition::Condition;
use super::expression::{Expression, Written};
use crate::declared::{Target, target};
use crate::diagnostics::Diagnostic;
use crate::model::{AttributeId, Catalog, Kind};

/// The expressions of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// Attributes that are computed from a row.
    pub(crate) computed: Vec<Computed>,
    /// Which declared people count; all where nothing is said.
    pub scope_users: Option<Condition>,
    /// Which declared groups count; all where nothing is said.
    pub scope_groups: Option<Condition>,
}

/// An attribute that is computed from a row.
#[derive(Clone, Debug)]
pub struct Computed {
    pub(crate) kind: Kind,
    pub(crate) attribute: AttributeId,
    pub(crate) expression: Expression,
}

/// Two are one when they compute the same attribute in the same words.
impl PartialEq for Computed {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, self.attribute, &self.expression.text) == (other.kind, other.attribute, &other.expression.text)
    }
}

impl Eq for Computed {}

impl Computed {
    /// Compiles the expression for an attribute; its variable is `row`.
    pub(crate) fn compile(attribute: AttributeId, kind: Kind, written: &Written<'_>) -> Result<Self, Diagnostic> {
        Ok(Self { kind, attribute, expression: Expression::compile(written, "row")? })
    }

    /// The names that it uses of a row, as `first` or `name.givenName`.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        self.expression.fields.iter().map(|path| path.join("."))
    }
}

impl Mapping {
    /// What is computed for a kind.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Computed> {
        self.computed.iter().filter(move |one| one.kind == kind)
    }

    /// Whether an expression uses a name of a row, without regard to case.
    pub(crate) fn uses(&self, kind: Kind, name: &str) -> bool {
        self.of(kind).any(|one| one.names().any(|used| used.to_lowercase() == name.to_lowercase()))
    }

    /// The condition for a declared resource to count.
    pub fn scope(&self, kind: Kind) -> Option<&Condition> {
        match kind {
            Kind::User => self.scope_users.as_ref(),
            Kind::Group => self.scope_groups.as_ref(),
        }
    }
}

/// The attribute that an expression may be written for.
pub(crate) fn computable(catalog: &Catalog, kind: Kind, name: &str) -> Result<AttributeId, crate::diagnostics::Problem> {
    match target(catalog, kind, name)? {
        Target::Attribute(attribute) => Ok(attribute),
        Target::Groups | Target::Members => Err(crate::diagnostics::Problem::new(
            "unknown-attribute",
            format!("`{name}` cannot be computed"),
            "write memberships in a source",
        )),
    }
}
