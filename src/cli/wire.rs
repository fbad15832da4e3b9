//! `wpsync show --wire`: the requests that an apply would send, without a directory and without a token.

use serde_json::Value as Json;
use wpsync::apply::{Rehearsed, rehearse};
use wpsync::dialect::Dialect;
use wpsync::escape::Escaped;
use wpsync::plan::Plan;
use wpsync::project;

use super::exit::Failure;
use super::{Global, connect};

/// What would be sent, in order.
pub(crate) async fn requests(global: &Global, plan: &Plan) -> Result<Json, Failure> {
    let dialect = dialect_of(global, plan)?;
    let rehearsed = rehearse(plan, &dialect).await?;
    Ok(rehearsed.iter().map(Rehearsed::to_json).collect())
}

/// The dialect that a plan was made with: one that comes with the program, or the one that the configuration
/// names.
fn dialect_of(global: &Global, plan: &Plan) -> Result<Dialect, Failure> {
    let facts = &plan.header.directory;
    let shipped = Dialect::shipped(&facts.dialect).or_else(|| Dialect::form(&facts.dialect));
    let path = global.folder.join(&global.config);
    let named = || {
        let directory = project::directory_of(&path)?;
        connect::dialect(path.parent().unwrap_or(&global.folder), &directory).ok()
    };
    let fits = |dialect: &Dialect| dialect.digest() == facts.dialect_digest;
    shipped.filter(fits).or_else(|| named().filter(fits)).ok_or_else(|| {
        Failure::error(format!("the dialect {} that the plan was made with is not here", Escaped(&facts.dialect)))
            .hint("run this beside the configuration and the dialect's file, as they were when the plan was made")
    })
}
