//! Whom the waivers of a plan released who would be held otherwise.

use super::figure::GuardFigure;
use super::grounds::Grounds;
use super::name::Guard;

/// The people and groups that are held without a waiver and that a waiver of exactly their number released, as
/// sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// Who gets a name that looks like another.
    pub lookalikes: Vec<String>,
    /// Whose account is bound to another identity.
    pub rebound: Vec<String>,
}

/// The accounts that are bound to another identity.
pub(crate) fn rebound(grounds: &Grounds<'_>) -> GuardFigure {
    let rebound = grounds.released.map(|released| released.rebound.clone());
    GuardFigure::of_cases(Guard::Rebind, rebound.unwrap_or_default())
}
