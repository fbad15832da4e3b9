//! What the expressions of a configuration are compiled against.

use jiff::Timestamp;

use crate::model::Catalog;

/// The attributes that exist, and the instant of the plan.
#[derive(Clone, Copy, Debug)]
pub struct ExpressionBasis<'a> {
    /// The attributes that expressions may use and compute.
    pub catalog: &'a Catalog,
    /// The instant that `Now()` gives.
    pub now: Timestamp,
}
