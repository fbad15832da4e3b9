//! `wpsync validate`: checks everything that can be checked without a directory.

use serde_json::json;
use wpsync::operation;

use super::exit::Exit;
use super::global::Global;
use super::result::Result;
use super::ui::{Ui, plural};
use super::watching::Watching;

pub(crate) fn run(global: &Global, ui: &Ui) -> Result<Exit> {
    let watching = Watching::new(ui);
    let opened = operation::validate(&global.location(), &global.outside.watched_by(&watching))?;
    let (users, groups, files) = (
        opened.desired.users.len(),
        opened.desired.groups.len(),
        opened.desired.sources.len(),
    );
    ui.event(|| json!({ "type": "validated", "users": users, "groups": groups, "sources": files }));
    ui.result(&format!(
        "Valid: {} and {} in {}.\n",
        plural(users, "user"),
        plural(groups, "group"),
        plural(files, "file")
    ));
    if let Some(nothing) = opened.says_nothing_about() {
        ui.result(&format!("The {nothing}.\n"));
    }
    Ok(Exit::Done)
}
