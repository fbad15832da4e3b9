//! A yes-or-no question about a person or a group, as `user.userName.endsWith("@example.com")`.

use super::expression::{Expression, Given, Language, Outcome, Scope, Written};
use super::functions::Type;
use jiff::Timestamp;

use crate::declared::{Target, target};
use crate::diagnostics::Problem;
use crate::diagnostics::{Diagnostic, Origin};
use crate::model::{Attribute, AttributeId, Attributes, Catalog, DataType, Kind, Place, Value};

/// A compiled condition over the attributes of one kind; equal where the text is.
#[derive(Clone, Debug)]
pub struct Condition {
    expression: Expression,
    /// The attributes that it asks for, in the order of its fields.
    attributes: Vec<AttributeId>,
}

/// A condition that gave neither yes nor no. Whoever asks must not take it for either.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the condition `{condition}` cannot be decided: {reason}")]
pub struct ConditionError {
    /// The condition's text.
    pub condition: String,
    /// Why.
    pub reason: String,
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.expression.text == other.expression.text
    }
}

impl Eq for Condition {}

impl Condition {
    /// Compiles a condition; its variable is `user` or `group`.
    pub(crate) fn compile(
        written: &Written<'_>,
        kind: Kind,
        (catalog, now): (&Catalog, Timestamp),
    ) -> Result<Self, Diagnostic> {
        let type_of = |path: &[String]| catalog.find(kind, &path.join(".")).map_or(Type::Any, type_of);
        let scope = Scope {
            variable: kind.word(),
            now,
            type_of: &type_of,
        };
        let expression = Expression::compile(written, Language::Cel, scope)?;
        if !matches!(expression.gives, Type::Any | Type::Boolean) {
            let problem = Diagnostic::error(
                "bad-expression",
                written.origin,
                "this gives neither true nor false",
            );
            return Err(problem.hint("write a condition, as `user.department == \"Sales\"`"));
        }
        let attribute = |path: &Vec<String>| match target(catalog, kind, &path.join(".")) {
            Ok(Target::Attribute(attribute)) => Ok(attribute),
            Ok(Target::Groups | Target::Members) => {
                let message = "a condition asks for attributes, not for memberships";
                Err(
                    Problem::new("bad-expression", message, "use an attribute, as `department`")
                        .at(written.origin),
                )
            }
            Err(problem) => Err(problem.at(written.origin)),
        };
        let attributes = expression
            .fields
            .iter()
            .map(attribute)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            expression,
            attributes,
        })
    }

    /// The condition as it was written.
    pub fn text(&self) -> &str {
        &self.expression.text
    }

    /// Where it was written.
    pub fn origin(&self) -> Origin {
        self.expression.origin
    }

    /// Whether it holds for a resource with these attributes. An attribute without a value is absent: ask
    /// `has(user.title)` first.
    pub fn holds(&self, attributes: &Attributes) -> Result<bool, ConditionError> {
        self.holds_where(|attribute| attributes.get(attribute))
    }

    /// Whether it holds where attributes have the values that are given for them.
    pub fn holds_where<'v>(
        &self,
        value_of: impl Fn(AttributeId) -> Option<&'v Value>,
    ) -> Result<bool, ConditionError> {
        let values: Vec<_> = self
            .attributes
            .iter()
            .map(|attribute| value_of(*attribute).map(given))
            .collect();
        let error = |reason: String| ConditionError {
            condition: self.expression.text.clone(),
            reason,
        };
        match self.expression.run(&values).map_err(error)? {
            Outcome::Boolean(answer) => Ok(answer),
            _ => Err(error("it gives neither true nor false".to_owned())),
        }
    }
}

/// What an attribute holds.
pub(super) fn type_of(attribute: &Attribute) -> Type {
    match attribute.data_type {
        _ if matches!(attribute.place, Place::Set { .. }) => Type::List,
        DataType::Boolean => Type::Boolean,
        DataType::Integer => Type::Integer,
        _ => Type::Text,
    }
}

fn given(value: &Value) -> Given<'_> {
    match value {
        Value::Boolean(value) => Given::Boolean(*value),
        Value::Integer(value) => Given::Integer(*value),
        Value::Text(text) => Given::Text(text),
        Value::List(values) => Given::List(values.iter().map(Value::plain).collect()),
        Value::Reference(reference) => Given::Text(
            reference
                .key
                .as_ref()
                .map_or_else(|| reference.id.as_deref().unwrap_or_default(), |key| &key.name),
        ),
    }
}
