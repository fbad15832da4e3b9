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

/// Prints a plan.
pub(crate) fn show(plan: &Plan, redaction: Redaction, ui: &Ui) {
    let plan = redacted(plan, redaction);
    if let Some(notice) = redaction.notice() {
        ui.result(&format!("{notice}\n"));
    }
    ui.result(&review::text(&plan, ui.palette(), ui.width()));
    for change in &plan.changes {
        ui.event(|| json!({ "type": "planned_change", "change": change }));
    }
    ui.event(|| json!({
        "type": "change_summary", "operation": "plan", "changes": plan.header.summary, "digest": plan.digest,
        "change_digest": plan.header.change_digest, "standing": review::standing_json(&standing(&plan)),
    }));
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
