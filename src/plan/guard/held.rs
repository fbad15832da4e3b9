//! People and groups that are held because of a problem of their own. A few bad records hold up nobody else;
//! many at once are more likely one mistake, as a wrong column of an export.

use super::figure::GuardFigure;
use super::grounds::Grounds;
use super::limit::allowed;
use super::name::Guard;
use crate::plan::header::Header;
use crate::plan::remainder::{Remainder, problems};

/// Whom a plan about everything holds.
pub(crate) fn held(grounds: &Grounds<'_>) -> GuardFigure {
    let of = grounds.declared;
    let cases = grounds.remainder.map(cases).unwrap_or_default();
    GuardFigure {
        limit: allowed(&grounds.policy.limits, Guard::Held, of),
        of,
        ..GuardFigure::of_cases(Guard::Held, cases)
    }
}

fn cases(remainder: &Remainder) -> Vec<String> {
    let held = remainder.held.iter().filter(|held| held.reason.is_problem());
    let held = held.map(|held| held.key.id());
    let rows = remainder.unread.rows.iter().map(|row| row.origin.clone());
    held.chain(rows).collect()
}

/// How many a sealed plan holds. A plan about a selection is not stopped by anybody's problem.
pub(super) fn counted(header: &Header) -> u64 {
    match header.selection {
        Some(_) => 0,
        None => problems(&header.held, &header.unread),
    }
}
