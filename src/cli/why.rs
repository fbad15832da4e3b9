//! `wpsync why KEY`: one person or group, from the source line to the request.

use serde_json::json;
use wpsync::operation::{self, Explained, Problem};
use wpsync::why;

use super::exit::Exit;
use super::global::Global;
use super::outside::Outside;
use super::redact::RedactArgs;
use super::result::Result;
use super::ui::Ui;
use super::watching::Watching;

#[derive(Debug, clap::Args)]
pub(crate) struct WhyArgs {
    /// user:ada@example.com, group:Sales, or a name or externalId that only one of them has
    #[arg(value_name = "KEY")]
    key: String,
    #[command(flatten)]
    redact: RedactArgs,
}

pub(crate) async fn run(global: &Global, args: &WhyArgs, ui: &Ui) -> Result<Exit> {
    if !args.redact.shows_people() {
        return Err(Problem::error(
            "`why` shows one person as they are, and redaction is asked for; nothing was read",
        )
        .hint("run it where only you see it, with --redact none"));
    }
    let (outside, watching) = (Outside::new(), Watching::new(ui));
    let around = outside.watched_by(&watching);
    let opened = operation::open(&global.location(), &around)?;
    let Explained {
        explanation,
        requests,
    } = operation::why(&opened, &args.key, &around).await?;
    ui.result(&why::text(&explanation));
    ui.event(|| json!({ "type": "explanation", "explanation": explanation, "requests": requests }));
    Ok(Exit::Done)
}
