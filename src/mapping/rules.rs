//! What a configuration computes and leaves out: `map:` and `scope:`.

use jiff::Timestamp;

use super::condition::type_of;
use super::expression::{Expression, Given, Language, Outcome, Scope, Written};
use super::filter::Scoping;
use super::functions::Type;
use crate::declared::{Target, target};
use crate::diagnostics::{Diagnostic, Origin, Problem};
use crate::model::{Attribute, AttributeId, Catalog, DataType, Kind, Place, Value};

/// The expressions of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// Attributes that are computed from a row.
    pub(crate) computed: Vec<Computed>,
    /// Which declared people count; all where nothing is said.
    pub scope_users: Option<Scoping>,
    /// Which declared groups count; all where nothing is said.
    pub scope_groups: Option<Scoping>,
}

/// An attribute that is computed from a row.
#[derive(Clone, Debug)]
pub struct Computed {
    pub(crate) kind: Kind,
    pub(crate) attribute: AttributeId,
    /// Where it is said.
    pub(crate) origin: Origin,
    pub(crate) from: From,
    /// What a new resource gets where there is nothing else.
    pub(crate) default: Option<Value>,
    /// When the value is written.
    pub(crate) apply: Apply,
    /// What it means that there is no value.
    pub(crate) empty: Empty,
    pub(crate) presence: Presence,
}

/// Where a computed value comes from.
#[derive(Clone, Debug)]
pub(crate) enum From {
    /// An expression over the row.
    Expression(Expression),
    /// The same for all.
    Constant(Value),
    /// A column or a key of the attribute's own; there is only a default for it.
    Source,
}

/// When a value is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Apply {
    /// Whenever it differs.
    #[default]
    Always,
    /// When the resource is made, and never again.
    Create,
}

/// What it means that an expression gives no value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Empty {
    /// Nothing: the attribute is left alone.
    #[default]
    NotOurs,
    /// That the attribute should have no value.
    Clear,
}

/// Whether some row must have a field for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Presence {
    /// One must: somebody wrote it for these rows.
    #[default]
    Required,
    /// None need be: it is a row of a shipped mapping.
    Optional,
}

/// Two are one when they compute the same attribute in the same words.
impl PartialEq for Computed {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, self.attribute, self.text(), &self.default)
            == (other.kind, other.attribute, other.text(), &other.default)
    }
}

impl Eq for Computed {}

impl Computed {
    /// Something computed for an attribute, always written.
    pub(crate) fn new(attribute: &Attribute, origin: Origin, from: From) -> Self {
        Self {
            kind: attribute.kind,
            attribute: attribute.id,
            origin,
            from,
            default: None,
            apply: Apply::default(),
            empty: Empty::default(),
            presence: Presence::default(),
        }
    }

    /// Compiles the expression for an attribute; its variable is `row`.
    pub(crate) fn compile(
        attribute: &Attribute,
        written: &Written<'_>,
        language: Language,
        now: Timestamp,
    ) -> Result<From, Diagnostic> {
        let scope = Scope {
            variable: "row",
            now,
            type_of: &|_| Type::Any,
        };
        let expression = Expression::compile(written, language, scope)?;
        check_result(attribute, expression.gives).map_err(|problem| problem.at(written.origin))?;
        Ok(From::Expression(expression))
    }

    /// The value of one field, as it is.
    pub(crate) fn field(name: &str, origin: Origin) -> From {
        From::Expression(Expression::field(name, origin))
    }

    /// The names that it uses of a row, as `first` or `name.givenName`.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        let fields = match &self.from {
            From::Expression(expression) => expression.fields.as_slice(),
            From::Constant(_) | From::Source => &[],
        };
        fields.iter().map(|path| path.join("."))
    }

    /// What is written for it, for people.
    pub(crate) fn text(&self) -> &str {
        match &self.from {
            From::Expression(expression) => &expression.text,
            From::Constant(value) => value.as_text().unwrap_or("a constant"),
            From::Source => "a default",
        }
    }

    /// Runs the expression over the values of its fields.
    pub(crate) fn run(&self, fields: &[Option<Given<'_>>]) -> Result<Outcome, String> {
        match &self.from {
            From::Expression(expression) => expression.run(fields),
            From::Constant(_) | From::Source => Ok(Outcome::Nothing),
        }
    }
}

/// An expression whose type is known must fit the attribute.
fn check_result(attribute: &Attribute, gives: Type) -> Result<(), Problem> {
    let is_set = matches!(attribute.place, Place::Set { .. });
    let wrong = match gives {
        Type::List if !is_set => "gives a list, and the attribute has one value",
        Type::Text | Type::Integer | Type::Boolean if is_set => {
            "gives one value, and the attribute has several"
        }
        Type::Boolean if type_of(attribute) == Type::Integer => {
            "gives true or false, and the attribute is a number"
        }
        Type::Integer if attribute.data_type == DataType::Boolean => {
            "gives a number, and the attribute is true or false"
        }
        _ => return Ok(()),
    };
    let hint = if is_set {
        "write `[…]` around the value"
    } else {
        "choose one with `Item`, or join them with `Join`"
    };
    Err(Problem::new(
        "bad-expression",
        format!("the expression for `{}` {wrong}", attribute.path),
        hint,
    ))
}

impl Mapping {
    /// What is computed for a kind.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Computed> {
        self.computed.iter().filter(move |one| one.kind == kind)
    }

    /// Whether an expression uses a name of a row, without regard to case.
    pub(crate) fn uses(&self, kind: Kind, name: &str) -> bool {
        self.of(kind)
            .any(|one| one.names().any(|used| used.to_lowercase() == name.to_lowercase()))
    }

    /// Whether an attribute is computed from what stands under a name that is its own: then that is no value
    /// of it.
    pub(crate) fn computes_from(&self, attribute: AttributeId, name: &str) -> bool {
        let own = self.computed.iter().find(|one| one.attribute == attribute);
        own.is_some_and(|one| one.names().any(|used| used.to_lowercase() == name.to_lowercase()))
    }

    /// What decides whether a declared resource counts.
    pub fn scope(&self, kind: Kind) -> Option<&Scoping> {
        match kind {
            Kind::User => self.scope_users.as_ref(),
            Kind::Group => self.scope_groups.as_ref(),
        }
    }
}

/// The attribute that an expression may be written for.
pub(crate) fn computable(catalog: &Catalog, kind: Kind, name: &str) -> Result<AttributeId, Problem> {
    match target(catalog, kind, name)? {
        Target::Attribute(attribute) => Ok(attribute),
        Target::Groups | Target::Members => Err(Problem::new(
            "unknown-attribute",
            format!("`{name}` cannot be computed"),
            "write memberships in a source",
        )),
    }
}
