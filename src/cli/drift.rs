//! `wpsync drift`: what changed in the directory since the last apply.

use serde_json::json;
use wpsync::drift::{self, Side};
use wpsync::operation::{self, Drifted};
use wpsync::plan::standing::Standing;
use wpsync::review;

use super::exit::Exit;
use super::global::Global;
use super::redact::RedactArgs;
use super::result::Result;
use super::ui::Ui;
use super::undeclared::{self, UndeclaredArgs};
use super::watching::Watching;

#[derive(Debug, clap::Args)]
pub(crate) struct DriftArgs {
    /// Exit with 2 when the directory changed, or may have
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    undeclared: UndeclaredArgs,
    #[command(flatten)]
    pub(crate) redact: RedactArgs,
}

pub(crate) async fn run(global: &Global, args: &DriftArgs, ui: &Ui) -> Result<Exit> {
    let watching = Watching::new(ui);
    let around = global.outside.watched_by(&watching);
    let opened = operation::open(&global.location(), &around)?;
    let Drifted { drift, last, draft } = operation::drift(&opened, &around).await?;
    let last = last.as_ref();
    let standing = draft.as_ref().map(Standing::of_draft);
    if args.redact.shows_people() {
        ui.result(&drift::text(&drift, last, standing.as_ref()));
        if args.undeclared.is_asked {
            undeclared::show(&drift.undeclared, ui);
        }
        for difference in &drift.differences {
            ui.event(|| json!({ "type": "resource_drift", "difference": difference }));
        }
    } else {
        ui.result(&format!(
            "{}\nWho and what is redacted.\n",
            drift::headline(&drift, last, standing.as_ref())
        ));
    }
    let count = |side: Side| {
        drift
            .differences
            .iter()
            .filter(|difference| difference.side == side)
            .count()
    };
    ui.event(|| {
        json!({
            "type": "change_summary",
            "operation": "drift",
            "last_apply": last.map(|last| last.finished),
            "directory": count(Side::Directory),
            "both": count(Side::Both),
            "unknown": count(Side::Unknown),
            "source": count(Side::Source),
            "undeclared": drift.undeclared.len(),
            "undated": drift.undated,
            "untold_groups": drift.untold_groups,
            "standing": standing.as_ref().map(review::standing_json),
        })
    });
    let drifted = drift
        .differences
        .iter()
        .any(|difference| difference.side.is_drift());
    Ok(if args.detailed_exitcode && drifted {
        Exit::Changes
    } else {
        Exit::Done
    })
}
