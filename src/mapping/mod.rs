//! `map:`, `scope:` and `within:`: expressions of the configuration over rows and people.
//!
//! Expressions are CEL: known to operators, not able to loop forever, without access to files, the
//! environment or the clock.

mod condition;
mod expression;
mod filter;
mod functions;
mod rules;

pub use condition::{Condition, ConditionError};
pub use filter::{Clause, Filter, Scoping};
pub(crate) use rules::computable;
pub(crate) use rules::{Apply, Empty, From, Presence};
pub use rules::{Computed, Mapping};

pub(crate) use functions::read_date;

pub(crate) use expression::{Given, Language, Outcome, Written};
