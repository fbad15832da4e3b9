//! `wpsync history`: the applies to a directory, the newest first.

use serde_json::json;
use wpsync::escape::Escaped;
use wpsync::operation::{self, PastApplies};
use wpsync::receipt::Receipt;
use wpsync::review::{self, Done};

use super::exit::Exit;
use super::global::Global;
use super::result::Result;
use super::ui::{Ui, plural};
use super::watching::Watching;

pub(crate) fn run(global: &Global, ui: &Ui) -> Result<Exit> {
    let watching = Watching::new(ui);
    let around = global.outside.watched_by(&watching);
    let opened = operation::open_configuration(&global.location(), &around)?;
    let PastApplies { directory, receipts } = operation::history(&opened)?;
    let directory = Escaped(&directory);
    for receipt in &receipts {
        ui.event(|| event(receipt));
    }
    if receipts.is_empty() {
        ui.result(&format!("No apply to {directory} is recorded here.\n"));
        ui.note("Receipts are in .wpsync/receipts where applies run.");
        return Ok(Exit::Done);
    }
    let count = match receipts.len() {
        1 => "1 apply".to_owned(),
        count => format!("{count} applies"),
    };
    ui.result(&format!("{count} to {directory}, the newest first\n"));
    for receipt in &receipts {
        ui.result(&line(receipt));
    }
    ui.note(
        "`wpsync show .wpsync/receipts/ID.json` draws one, and `wpsync undo ID` makes the plan that reverses \
         it.",
    );
    Ok(Exit::Done)
}

/// The end, the result, the plan's id, and what was done.
fn line(receipt: &Receipt) -> String {
    format!(
        "  {}  {:<15}  {}  {}\n",
        receipt.finished,
        Escaped(&receipt.verdict).to_string(),
        Escaped(&receipt.plan_id),
        what(receipt)
    )
}

/// What was done by kind, and how many changes are not done.
fn what(receipt: &Receipt) -> String {
    let done = receipt.outcomes.iter().filter(|line| line.is_done()).count();
    let in_part = receipt.made_in_part();
    let left = receipt.outcomes.len() - done - in_part;
    let said = match Done::of_receipt(receipt) {
        Some(done) => done.sentence(),
        None => Some(format!("{} done", plural(done, "change"))),
    };
    let in_part = (in_part > 0).then(|| format!("{} done in part", plural(in_part, "change")));
    let left = (left > 0).then(|| format!("{} not done", plural(left, "change")));
    let parts: Vec<_> = said.into_iter().chain(in_part).chain(left).collect();
    if parts.is_empty() {
        "nothing was written".into()
    } else {
        parts.join(", ")
    }
}

fn event(receipt: &Receipt) -> serde_json::Value {
    let done = receipt.outcomes.iter().filter(|line| line.is_done()).count();
    json!({
        "type": "past_apply",
        "plan_id": receipt.plan_id,
        "plan": receipt.plan,
        "directory": receipt.directory,
        "started": receipt.started,
        "finished": receipt.finished,
        "verdict": receipt.verdict,
        "changes": receipt.outcomes.len(),
        "changes_done": done,
        "done": Done::of_receipt(receipt),
        "unverified": review::unverified(receipt),
        "approved_by": receipt.approved_by,
    })
}
