//! Everything that can be checked in a project without its directory.

use super::open::open;
use super::opened::{Location, Opened};
use super::problem::Problem;
use super::surroundings::Surroundings;
use super::target;
use crate::plan::guard::{Guard, allowed};
use crate::policy::Policy;

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
        let policy = Policy::new(&opened.project, opened.policy_file.as_ref());
        let declared = opened.desired.declared() as u64;
        Self {
            count: opened.desired.held_by_rows() as u64,
            most: allowed(&policy.limits, Guard::Held, declared),
        }
    }
}
