//! `wpsync why KEY`: one person or group, from the source line to the request. It holds a reader, and so
//! cannot write to a directory.

use serde_json::json;
use wpsync::client::Reader;
use wpsync::escape::Escaped;
use wpsync::model::Snapshot;
use wpsync::plan::Basis;
use wpsync::plan::ownership::Ownership;
use wpsync::policy::Policy;
use wpsync::state::State;
use wpsync::survey::{MOST_POINTS, Survey};
use wpsync::why::{self, Focus};

use super::context::Context;
use super::exit::{Exit, Failure};
use super::redact::RedactArgs;
use super::ui::Ui;
use super::{Global, connect, progress};

#[derive(Debug, clap::Args)]
pub(crate) struct WhyArgs {
    /// user:ada@example.com, group:Sales, or a name or externalId that only one of them has
    #[arg(value_name = "KEY")]
    key: String,
    #[command(flatten)]
    redact: RedactArgs,
}

pub(crate) async fn run(global: &Global, args: &WhyArgs, ui: &Ui) -> Result<Exit, Failure> {
    if !args.redact.shows_people() {
        return Err(Failure::error(
            "`why` shows one person as they are, and redaction is asked for; nothing was read",
        )
        .hint("run it where only you see it, with --redact none"));
    }
    let context = Context::load(global, ui)?;
    let policy = context.policy();
    let focus = Focus::find(&context.desired, &context.catalog, &args.key).map_err(|several| {
        let keys = several
            .keys
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" or ");
        Failure::error(format!("{} can be {keys}", Escaped(&args.key))).hint("write the one that is meant")
    })?;
    let reader = connect::reader(&context).await?;
    let origin = connect::facts(&context)?.origin;
    let last = State::of(&context.root)
        .history(&origin, jiff::Timestamp::now(), None)?
        .last;
    let managed = last.map(|last| last.managed).unwrap_or_default();
    let ownership = Ownership::Of {
        managed,
        adopted: context.project.adopt.clone(),
    };
    let snapshot = read(&context, &policy, &reader, &focus, ui).await?;
    let inputs = Basis {
        catalog: &context.catalog,
        desired: &context.desired,
        files: &context.files,
        snapshot: &snapshot,
        policy: &policy,
        ownership: &ownership,
        selection: None,
    };
    let Some(explanation) = why::explain(&focus, &inputs, &context.project.mapping) else {
        return Err(unknown(&context, &args.key));
    };
    ui.result(&why::text(&explanation));
    ui.event(|| json!({ "type": "explanation", "explanation": explanation, "requests": reader.tally() }));
    Ok(Exit::Done)
}

/// Reads the one resource and whom it refers to, or everything where that cannot be or would take longer.
async fn read(
    context: &Context,
    policy: &Policy,
    reader: &Reader,
    focus: &Focus<'_>,
    ui: &Ui,
) -> Result<Snapshot, Failure> {
    let part = focus.part(&context.desired, std::iter::empty());
    let survey = Survey {
        reader,
        catalog: &context.catalog,
        desired: &part,
        policy,
        remembered: &connect::remembered(context)?,
    };
    if survey.can_look() && focus.references() <= MOST_POINTS {
        return Ok(survey.look(&focus.other_names()).await?);
    }
    ui.detail(
        "reading the whole directory: it cannot be asked for this resource alone, or that would take longer",
    );
    let progress = progress::Reading::new(ui);
    let snapshot = wpsync::survey::everything(reader, &progress).await?;
    progress.end();
    Ok(snapshot)
}

fn unknown(context: &Context, name: &str) -> Failure {
    let failure = Failure::error(format!(
        "neither a source nor the directory knows {}",
        Escaped(name)
    ));
    match why::nearest(&context.desired, name) {
        Some(near) => failure.hint(format!("did you mean {near}?")),
        None => failure.hint("people go by userName or externalId, groups by displayName"),
    }
}
