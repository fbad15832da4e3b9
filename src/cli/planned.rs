//! Shows a plan to its reviewers, and says whether it may be applied.

use std::path::Path;

use serde_json::json;
use wpsync::escape::Escaped;
use wpsync::operation::refused;
use wpsync::plan::{Plan, standing};
use wpsync::redaction::{Redaction, redacted};
use wpsync::review;

use super::result::Result;
use super::ui::Ui;

/// The default path of a saved plan.
pub(crate) const DEFAULT_PLAN: &str = "wpsync.plan.json";

/// Prints a plan, as much of it as a log takes. `whole` is the command that draws everything.
pub(crate) fn show(plan: &Plan, redaction: Redaction, whole: &str, ui: &Ui) {
    let plan = redacted(plan, redaction);
    if let Some(notice) = redaction.notice() {
        ui.result(&format!("{notice}\n"));
    }
    ui.result(&review::text_in_short(&plan, ui.palette(), ui.width(), whole));
    for change in &plan.changes {
        ui.event(|| json!({ "type": "planned_change", "change": change }));
    }
    ui.event(|| json!({
        "type": "change_summary", "operation": "plan", "changes": plan.header.summary, "digest": plan.digest,
        "change_digest": plan.shown_change_digest(), "standing": review::standing_json(&standing(&plan)),
    }));
}

/// The command that draws a saved plan.
pub(crate) fn drawing(saved: &Path) -> String {
    format!("wpsync show {}", Escaped(&saved.display().to_string()))
}

/// Says whether a saved plan may be applied, and how.
pub(crate) fn finish(plan: &Plan, refusals: &[String], out: &Path, ui: &Ui) -> Result<()> {
    if !refusals.is_empty() {
        let shown = Escaped(&out.display().to_string()).to_string();
        return Err(refused(refusals).hint(format!(
            "the refused plan is in {shown} for whoever reviews it; apply refuses it too"
        )));
    }
    if !plan.changes.is_empty() {
        let shown = Escaped(&out.display().to_string()).to_string();
        ui.note(&format!(
            "Saved the plan. To execute exactly these changes:\n  wpsync apply {shown} --expect {}",
            plan.digest
        ));
    }
    Ok(())
}
