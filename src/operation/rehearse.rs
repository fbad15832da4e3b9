//! The requests that an apply would send, without a directory and without a token.

use super::dialects;
use super::opened::Location;
use super::problem::Problem;
use crate::apply::{Rehearsed, rehearse as run};
use crate::dialect::Dialect;
use crate::escape::Escaped;
use crate::plan::Plan;
use crate::project;

/// The requests that an apply of a plan would send, in order. A redacted plan gives redacted requests.
///
/// # Errors
/// When the plan's dialect is not here, or a change cannot be expressed in a request to its service.
pub async fn rehearse(plan: &Plan, location: &Location) -> Result<Vec<Rehearsed>, Problem> {
    let dialect = dialect_of(plan, location)?;
    Ok(run(plan, &dialect).await?)
}

/// The dialect that a plan was made with: a shipped one, or the one that the configuration names.
fn dialect_of(plan: &Plan, location: &Location) -> Result<Dialect, Problem> {
    let facts = &plan.header.directory;
    let shipped = Dialect::shipped(&facts.dialect).or_else(|| Dialect::form(&facts.dialect));
    let named = || {
        let directory = project::directory_of(&location.folder, &location.config)?;
        dialects::of(location, &directory).ok()
    };
    let fits = |dialect: &Dialect| dialect.digest() == facts.dialect_digest;
    let found = shipped.filter(fits).or_else(|| named().filter(fits));
    found.ok_or_else(|| {
        let message = format!(
            "the dialect {} that the plan was made with is not here",
            Escaped(&facts.dialect)
        );
        let hint =
            "run this beside the configuration and the dialect's file, as they were when the plan was made";
        Problem::error(message).hint(hint)
    })
}
