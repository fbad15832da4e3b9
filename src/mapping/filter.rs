//! Which resources a configuration covers: a condition in CEL, or scoping filters as in Entra. All clauses of
//! a filter must hold, and one filter that holds is enough.

use std::borrow::Cow;

use super::clause::Clause;
use super::condition::{Condition, ConditionError};
use crate::diagnostics::Origin;
use crate::model::{AttributeId, Value};

/// Whether the configuration covers a declared person or group.
#[derive(Clone, Debug)]
pub enum Scoping {
    /// A condition in CEL.
    Condition(Condition),
    /// Filters, at least one of which must hold.
    Filters(Vec<ScopeFilter>),
}

/// One filter: all its clauses must hold.
#[derive(Clone, Debug)]
pub struct ScopeFilter {
    pub(crate) title: Option<String>,
    pub(crate) clauses: Vec<Clause>,
    pub(crate) origin: Origin,
}

impl Scoping {
    /// The place in the configuration.
    pub(crate) fn origin(&self) -> Origin {
        match self {
            Self::Condition(condition) => condition.origin(),
            Self::Filters(filters) => filters[0].origin,
        }
    }

    /// The condition or the filters as text, for messages.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Condition(condition) => condition.text().into(),
            Self::Filters(filters) => filters
                .iter()
                .map(ScopeFilter::text)
                .collect::<Vec<_>>()
                .join(", or ")
                .into(),
        }
    }

    /// Whether a resource is covered. `value_of` gives the values of its attributes.
    ///
    /// # Errors
    /// [`ConditionError`] if a condition uses an absent attribute, or a function fails.
    pub(crate) fn holds_where<'v>(
        &self,
        value_of: impl Fn(AttributeId) -> Option<&'v Value>,
    ) -> Result<bool, ConditionError> {
        match self {
            Self::Condition(condition) => condition.holds_where(value_of),
            Self::Filters(filters) => Ok(filters.iter().any(|filter| filter.holds(&value_of))),
        }
    }
}

impl ScopeFilter {
    fn text(&self) -> String {
        let clauses = self
            .clauses
            .iter()
            .map(|clause| clause.text.as_str())
            .collect::<Vec<_>>()
            .join(" and ");
        match &self.title {
            Some(title) => format!("{title} ({clauses})"),
            None => clauses,
        }
    }

    fn holds<'v>(&self, value_of: &impl Fn(AttributeId) -> Option<&'v Value>) -> bool {
        self.clauses
            .iter()
            .all(|clause| clause.holds(value_of(clause.attribute)))
    }
}
