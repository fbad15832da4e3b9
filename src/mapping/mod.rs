//! `map:`, `scope:` and `within:`: expressions of the configuration over rows and people.
//!
//! Expressions are CEL: known to operators, not able to loop forever, without access to files, the environment or the clock.

mod condition;
mod expression;
mod rules;

pub use condition::{Condition, ConditionError};
pub(crate) use rules::computable;
pub use rules::{Computed, Mapping};

pub(crate) use expression::{Given, Outcome, Written};
