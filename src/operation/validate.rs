//! Everything that can be known of a project without a directory.

use super::open::open;
use super::opened::{Location, Opened};
use super::problem::Problem;
use super::surroundings::Surroundings;
use super::target;

/// Reads a project, and checks what can be known of its directory without connecting: its address, its tenant
/// and its dialect.
///
/// # Errors
/// Whatever is wrong with it.
pub fn validate(location: &Location, around: &Surroundings<'_>) -> Result<Opened, Problem> {
    let opened = open(location, around)?;
    target::facts(&opened)?;
    Ok(opened)
}
