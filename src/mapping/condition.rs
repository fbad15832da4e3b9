//! A yes-or-no question about a person or a group, as `user.userName.endsWith("@example.com")`.

use super::basis::ExpressionBasis;
use super::expression::{
    Expression, ExpressionError, ExpressionOutcome, ExpressionText, FieldValue, Language, Scope,
};
use super::functions::Type;
use crate::declared::{Target, target};
use crate::diagnostics::{Diagnostic, Origin, UnplacedProblem};
use crate::model::{Attribute, AttributeId, Attributes, DataType, Kind, Place, Value};

/// A compiled condition over the attributes of people or of groups. Two conditions with the same text are
/// equal.
#[derive(Clone, Debug)]
pub struct Condition {
    expression: Expression,
    /// The attributes that the condition uses, in the order of the expression's fields.
    attributes: Vec<AttributeId>,
}

/// The error for a condition that gave neither yes nor no for a person or a group. Neither answer may be
/// assumed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the condition `{condition}` cannot be decided: {reason}")]
pub struct ConditionError {
    /// The condition's text.
    pub condition: String,
    /// The reason.
    #[source]
    pub reason: ExpressionError,
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.expression.text == other.expression.text
    }
}

impl Eq for Condition {}

impl Condition {
    /// Compiles a condition; its variable is `user` or `group`.
    ///
    /// # Errors
    /// The first mistake with its place: a mistake of the expression, an unknown attribute, or an expression
    /// that does not give true or false.
    pub(crate) fn compile(
        written: &ExpressionText<'_>,
        kind: Kind,
        ExpressionBasis { catalog, now }: ExpressionBasis<'_>,
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
            Ok(other) => {
                let what = if other == Target::Previously {
                    "former names"
                } else {
                    "memberships"
                };
                let message = format!("a condition asks for attributes, not for {what}");
                Err(
                    UnplacedProblem::new("bad-expression", message, "use an attribute, as `department`")
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

    /// The condition's text.
    pub fn text(&self) -> &str {
        &self.expression.text
    }

    /// The condition's place in the configuration.
    pub(crate) fn origin(&self) -> Origin {
        self.expression.origin
    }

    /// Whether the condition holds for a resource with these attributes. An attribute without a value is
    /// absent: a condition asks `has(user.title)` first.
    ///
    /// # Errors
    /// [`ConditionError`] if the condition uses an absent attribute, or a function fails.
    pub(crate) fn holds(&self, attributes: &Attributes) -> Result<bool, ConditionError> {
        self.holds_where(|attribute| attributes.get(attribute))
    }

    /// Whether the condition holds for a resource. `value_of` gives the values of its attributes.
    ///
    /// # Errors
    /// As for [`Self::holds`].
    pub(crate) fn holds_where<'v>(
        &self,
        value_of: impl Fn(AttributeId) -> Option<&'v Value>,
    ) -> Result<bool, ConditionError> {
        let values: Vec<_> = self
            .attributes
            .iter()
            .map(|attribute| value_of(*attribute).map(given))
            .collect();
        let error = |reason: ExpressionError| ConditionError {
            condition: self.expression.text.clone(),
            reason,
        };
        match self.expression.run(&values).map_err(error)? {
            ExpressionOutcome::Boolean(answer) => Ok(answer),
            _ => Err(error(ExpressionError::NotABoolean)),
        }
    }
}

/// The type of an attribute's value in an expression.
pub(super) fn type_of(attribute: &Attribute) -> Type {
    match attribute.data_type {
        _ if matches!(attribute.place, Place::Set { .. }) => Type::List,
        DataType::Boolean => Type::Boolean,
        DataType::Integer => Type::Integer,
        _ => Type::Text,
    }
}

fn given(value: &Value) -> FieldValue<'_> {
    match value {
        Value::Boolean(value) => FieldValue::Boolean(*value),
        Value::Integer(value) => FieldValue::Integer(*value),
        Value::Text(text) => FieldValue::Text(text),
        Value::List(values) => FieldValue::List(values.iter().map(Value::plain).collect()),
        Value::Reference(reference) => FieldValue::Text(
            reference
                .key
                .as_ref()
                .map_or_else(|| reference.id.as_deref().unwrap_or_default(), |key| &key.name),
        ),
    }
}
