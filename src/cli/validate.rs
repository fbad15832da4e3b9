//! `wpsync validate`: everything that can be known without a directory.

use serde_json::json;

use super::context::Context;
use super::exit::{Exit, Failure};
use super::ui::{Ui, plural};
use super::{Global, connect};

pub(crate) fn run(global: &Global, ui: &Ui) -> Result<Exit, Failure> {
    let context = Context::load(global, ui)?;
    connect::check(&context)?;
    let (users, groups, files) = (
        context.desired.users.len(),
        context.desired.groups.len(),
        context.desired.sources.len(),
    );
    ui.event(|| json!({ "type": "validated", "users": users, "groups": groups, "sources": files }));
    ui.result(&format!(
        "Valid: {} and {} in {}.\n",
        plural(users, "user"),
        plural(groups, "group"),
        plural(files, "file")
    ));
    Ok(Exit::Done)
}
