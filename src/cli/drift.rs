//! `wpsync drift`: what changed in the directory since the last apply. It holds a reader, and so cannot write
//! to a directory.

use serde_json::json;
use wpsync::drift::{self, Side, ThreeWay};
use wpsync::state::State;
use wpsync::survey::Survey;

use super::context::Context;
use super::exit::{Exit, Failure};
use super::redact::RedactArgs;
use super::ui::Ui;
use super::{Global, connect, progress};

#[derive(Debug, clap::Args)]
pub(crate) struct DriftArgs {
    /// Exit with 2 when the directory changed, or may have
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    redact: RedactArgs,
}

pub(crate) async fn run(global: &Global, args: &DriftArgs, ui: &Ui) -> Result<Exit, Failure> {
    let context = Context::load(global, ui)?;
    let here = connect::facts(&context)?.origin;
    let last = State::of(&context.root)
        .read_last_applied()?
        .filter(|last| last.directory == here);
    let policy = context.policy();
    let reader = connect::reader(&context).await?;
    let progress = progress::Reading::new(ui);
    let remembered = connect::remembered(&context)?;
    let survey = Survey {
        reader: &reader,
        catalog: &context.catalog,
        desired: &context.desired,
        policy: &policy,
        remembered: &remembered,
    };
    let snapshot = survey.read(&progress).await?;
    progress.end();
    let inputs = ThreeWay {
        catalog: &context.catalog,
        desired: &context.desired,
        files: &context.files,
        snapshot: &snapshot,
        policy: &policy,
        last: last.as_ref(),
    };
    let drift = drift::compare(&inputs).map_err(|blocked| {
        ui.diagnostics(&blocked.0, &context.files);
        Failure::with(Exit::Error, "")
    })?;
    if args.redact.shows_people() {
        ui.result(&drift::text(&drift, last.as_ref()));
        for difference in &drift.differences {
            ui.event(|| json!({ "type": "resource_drift", "difference": difference }));
        }
    } else {
        ui.result(&format!(
            "{}\nWho and what is redacted.\n",
            drift::headline(&drift, last.as_ref())
        ));
    }
    let count = |side: Side| drift.differences.iter().filter(|one| one.side == side).count();
    ui.event(|| {
        json!({
            "type": "change_summary",
            "operation": "drift",
            "last_apply": last.as_ref().map(|last| last.finished),
            "directory": count(Side::Directory),
            "both": count(Side::Both),
            "unknown": count(Side::Unknown),
            "source": count(Side::Source),
        })
    });
    let drifted = drift.differences.iter().any(|one| one.side.is_drift());
    Ok(if args.detailed_exitcode && drifted {
        Exit::Changes
    } else {
        Exit::Done
    })
}
