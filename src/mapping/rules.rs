//! The attributes that a configuration computes (`map:`) and the resources that it covers (`scope:`).

use jiff::Timestamp;

use super::condition::type_of;
use super::expression::{
    Expression, ExpressionError, ExpressionOutcome, ExpressionText, FieldValue, Language, Scope,
};
use super::filter::Scoping;
use super::functions::Type;
use crate::declared::{Target, target};
use crate::diagnostics::{Diagnostic, Origin, UnplacedProblem};
use crate::model::{Attribute, AttributeId, Catalog, DataType, Kind, Place, Value};

/// The expressions of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// Attributes that are computed from a row.
    pub(crate) computed: Vec<Computed>,
    /// The condition for declared people; `None` if all are covered.
    pub scope_users: Option<Scoping>,
    /// The condition for declared groups; `None` if all are covered.
    pub scope_groups: Option<Scoping>,
}

/// An attribute that is computed from a row.
#[derive(Clone, Debug)]
pub struct Computed {
    pub(crate) kind: Kind,
    pub(crate) attribute: AttributeId,
    /// The place in the configuration.
    pub(crate) origin: Origin,
    pub(crate) from: From,
    /// The value for a new resource to which nothing else gives a value.
    pub(crate) default: Option<Value>,
    /// When the value is written.
    pub(crate) apply: WriteWhen,
    /// What it means that the expression gives no value.
    pub(crate) empty: Empty,
    pub(crate) presence: Presence,
}

/// Where a computed value comes from.
#[derive(Clone, Debug)]
pub(crate) enum From {
    /// An expression over the row.
    Expression(Expression),
    /// The same value for all.
    Constant(Value),
    /// The attribute's own column or key. The mapping only gives it a default.
    Source,
}

/// When a value is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum WriteWhen {
    /// Whenever the value differs.
    #[default]
    Always,
    /// When the resource is created, and never again.
    Create,
}

/// What it means that an expression gives no value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Empty {
    /// The attribute is not managed for this resource.
    #[default]
    NotOurs,
    /// The attribute should have no value.
    Clear,
}

/// Whether some row must have a field that the expression uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Some row must have a field, because the configuration was written for these rows.
    #[default]
    Required,
    /// No row need have a field, because the expression is from a shipped mapping.
    Optional,
}

/// Two are equal if they compute the same attribute with the same text.
impl PartialEq for Computed {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, self.attribute, self.text(), &self.default)
            == (other.kind, other.attribute, other.text(), &other.default)
    }
}

impl Eq for Computed {}

impl Computed {
    /// A computed attribute that is written whenever it differs.
    pub(crate) fn new(attribute: &Attribute, origin: Origin, from: From) -> Self {
        Self {
            kind: attribute.kind,
            attribute: attribute.id,
            origin,
            from,
            default: None,
            apply: WriteWhen::default(),
            empty: Empty::default(),
            presence: Presence::default(),
        }
    }

    /// Compiles the expression for an attribute; its variable is `row`.
    ///
    /// # Errors
    /// The first mistake with its place: a mistake of the expression, or a type that the attribute does not
    /// have.
    pub(crate) fn compile(
        attribute: &Attribute,
        written: &ExpressionText<'_>,
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

    /// The value of a field, unchanged.
    pub(crate) fn field(name: &str, origin: Origin) -> From {
        From::Expression(Expression::field(name, origin))
    }

    /// The names of the fields that the expression uses, for instance `first` or `name.givenName`.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        let fields = match &self.from {
            From::Expression(expression) => expression.fields.as_slice(),
            From::Constant(_) | From::Source => &[],
        };
        fields.iter().map(|path| path.join("."))
    }

    /// The text of the expression or the constant, for messages.
    pub(crate) fn text(&self) -> &str {
        match &self.from {
            From::Expression(expression) => &expression.text,
            From::Constant(value) => value.as_text().unwrap_or("a constant"),
            From::Source => "a default",
        }
    }

    /// Runs the expression on the values of its fields.
    ///
    /// # Errors
    /// As for [`Expression::run`].
    pub(crate) fn run(
        &self,
        fields: &[Option<FieldValue<'_>>],
    ) -> Result<ExpressionOutcome, ExpressionError> {
        match &self.from {
            From::Expression(expression) => expression.run(fields),
            From::Constant(_) | From::Source => Ok(ExpressionOutcome::Nothing),
        }
    }
}

/// Checks that an expression whose type is known fits the attribute.
fn check_result(attribute: &Attribute, gives: Type) -> Result<(), UnplacedProblem> {
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
    Err(UnplacedProblem::new(
        "bad-expression",
        format!("the expression for `{}` {wrong}", attribute.path),
        hint,
    ))
}

impl Mapping {
    /// The computed attributes of a kind.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Computed> {
        self.computed.iter().filter(move |computed| computed.kind == kind)
    }

    /// Whether an expression uses the field with this name. Upper and lower case are alike.
    pub(crate) fn uses(&self, kind: Kind, name: &str) -> bool {
        self.of(kind).any(|computed| {
            computed
                .names()
                .any(|used| used.to_lowercase() == name.to_lowercase())
        })
    }

    /// Whether an attribute is computed from the field that has the attribute's own name. Then the field
    /// itself is not a value of the attribute.
    pub(crate) fn computes_from(&self, attribute: AttributeId, name: &str) -> bool {
        let own = self
            .computed
            .iter()
            .find(|computed| computed.attribute == attribute);
        own.is_some_and(|computed| {
            computed
                .names()
                .any(|used| used.to_lowercase() == name.to_lowercase())
        })
    }

    /// The condition for declared resources of a kind; `None` if all are covered.
    pub(crate) fn scope(&self, kind: Kind) -> Option<&Scoping> {
        match kind {
            Kind::User => self.scope_users.as_ref(),
            Kind::Group => self.scope_groups.as_ref(),
        }
    }
}

/// The attribute with this name, if an expression may compute it.
///
/// # Errors
/// A problem if there is no attribute with this name, if the attribute is read-only or secret, or if the name
/// means memberships or former names.
pub(crate) fn computable(catalog: &Catalog, kind: Kind, name: &str) -> Result<AttributeId, UnplacedProblem> {
    match target(catalog, kind, name)? {
        Target::Attribute(attribute) => Ok(attribute),
        other => {
            let what = if other == Target::Previously {
                "former names"
            } else {
                "memberships"
            };
            Err(UnplacedProblem::new(
                "unknown-attribute",
                format!("`{name}` cannot be computed"),
                format!("write {what} in a source"),
            ))
        }
    }
}
