//! Everything that can be checked in a project without its directory.

use super::open::open;
use super::opened::{Location, Opened};
use super::problem::Problem;
use super::surroundings::Surroundings;
use super::target;

/// Reads a project, and checks its directory's address, tenant and dialect without connecting.
///
/// # Errors
/// If any of these has an error.
pub fn validate(location: &Location, around: &Surroundings<'_>) -> Result<Opened, Problem> {
    let opened = open(location, around)?;
    target::facts(&opened)?;
    Ok(opened)
}
