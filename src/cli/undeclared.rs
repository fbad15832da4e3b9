//! `--undeclared`: the people and groups that no source declares, by name.

use std::fmt::Write as _;

use serde_json::json;
use wpsync::model::Key;

use super::ui::Ui;

#[derive(Debug, clap::Args)]
pub(crate) struct UndeclaredArgs {
    /// Name the people and groups that no source declares and nothing touches
    #[arg(long = "undeclared")]
    pub(crate) is_asked: bool,
}

/// Names them.
pub(crate) fn show(undeclared: &[Key], ui: &Ui) {
    for key in undeclared {
        ui.event(|| json!({ "type": "undeclared", "key": key }));
    }
    let mut text = format!("\nNo source declares them ({})\n", undeclared.len());
    for key in undeclared {
        let _ = writeln!(text, "  {key}");
    }
    ui.result(&text);
}
