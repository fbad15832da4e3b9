//! Everything that can be checked in a project without its directory.

use super::open::open;
use super::opened::{Location, Opened};
use super::problem::Problem;
use super::surroundings::Surroundings;
use super::target;
use crate::policy::Policy;
use crate::project::{Limit, Limits};

/// The share of people and groups that may be held, where nothing is configured: 1 %.
const SHARE: Limit = Limit::BasisPoints(100);

/// How many may be held whatever the share is.
const FLOOR: u64 = 3;

/// Reads a project, and checks its directory's address, tenant and dialect without connecting.
///
/// # Errors
/// If any of these has an error. An error of a single row that only holds its person or group is a warning.
pub fn validate(location: &Location, around: &Surroundings<'_>) -> Result<Opened, Problem> {
    let opened = open(location, around)?;
    target::facts(&opened)?;
    around.watch.diagnostics(&opened.held_rows, &opened.files);
    Ok(opened)
}

/// The people and groups that a plan would hold because of errors of single rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldRows {
    /// How many they are.
    pub count: u64,
    /// How many a plan may hold; with more, it is refused.
    pub most: u64,
}

impl HeldRows {
    /// Those of a project.
    pub fn of(opened: &Opened) -> Self {
        let declared = opened.desired.declared() as u64;
        let ceilings = Policy::new(&opened.project, opened.policy_file.as_ref()).limits;
        let allowed = |limits: &Limits| match limits.held.unwrap_or(SHARE) {
            Limit::Count(count) => count,
            Limit::BasisPoints(0) => 0,
            share @ Limit::BasisPoints(_) => share.of(declared).max(FLOOR),
        };
        let config = allowed(&ceilings.config);
        let policy = ceilings.policy.as_ref().map(allowed);
        Self {
            count: opened.desired.held_by_rows() as u64,
            most: policy.map_or(config, |policy| config.min(policy)),
        }
    }
}
