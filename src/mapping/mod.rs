//! `map:`, `scope:` and `within:`: the configuration's expressions over rows, people and groups.
//!
//! The expressions are CEL. Operators know it, it always ends, and it has no access to files, the environment
//! or a clock.

mod basis;
mod clause;
mod condition;
mod expression;
mod filter;
mod functions;
mod rules;

pub use basis::ExpressionBasis;
pub(crate) use clause::Clause;
pub use condition::{Condition, ConditionError};
pub use expression::ExpressionError;
pub use filter::{ScopeFilter, Scoping};
pub use rules::{Computed, Mapping};

pub(crate) use clause::ClauseText;
pub(crate) use expression::{ExpressionOutcome, ExpressionText, FieldValue, Language};
pub(crate) use functions::read_date;
pub(crate) use rules::{Empty, From, Presence, WriteWhen, computable};
