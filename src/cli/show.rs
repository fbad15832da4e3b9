//! `wpsync show`: a saved plan or receipt, drawn offline and without a token.

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;
use wpsync::escape::Escaped;
use wpsync::operation::{self, Problem, ProblemKind};
use wpsync::plan::Plan;
use wpsync::receipt::Receipt;
use wpsync::redaction::{Redaction, redacted, redacted_receipt};
use wpsync::review::{self, Beside};

use super::exit::Exit;
use super::global::Global;
use super::planned::DEFAULT_PLAN;
use super::redact::RedactArgs;
use super::result::Result;
use super::saved::{self, IdentityArgs};
use super::ui::Ui;

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The plan or receipt
    #[arg(value_name = "PLAN", env = "WPSYNC_PLAN", default_value = DEFAULT_PLAN)]
    file: PathBuf,
    /// How to draw it
    #[arg(long, value_enum, env = "WPSYNC_FORMAT")]
    format: Option<Format>,
    /// How long Markdown may get; what is left out is counted
    #[arg(
        long,
        value_name = "N",
        env = "WPSYNC_MAX_BYTES",
        default_value_t = review::DEFAULT_BUDGET,
        value_parser = parse_budget,
    )]
    max_bytes: usize,
    /// Add the requests that an apply would send, as `wire` (with --format json)
    #[arg(long, env = "WPSYNC_WIRE", value_parser = clap::builder::FalseyValueParser::new())]
    wire: bool,
    #[command(flatten)]
    identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) redact: RedactArgs,
}

fn parse_budget(text: &str) -> std::result::Result<usize, String> {
    let number: usize = text
        .parse()
        .map_err(|_| "expected a number of bytes".to_owned())?;
    if number < review::SMALLEST_BUDGET {
        return Err(format!(
            "the summary and the counts alone need {} bytes",
            review::SMALLEST_BUDGET
        ));
    }
    Ok(number)
}

/// How to draw a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal
    Text,
    /// For pull requests
    Markdown,
    /// One page that opens without a network
    Html,
    /// For programs, with Terraform's names
    Json,
}

pub(crate) async fn run(global: &Global, args: &ShowArgs, ui: &Ui) -> Result<Exit> {
    let bytes = saved::read(global, &args.file, &args.identity)?;
    let format = args
        .format
        .unwrap_or(if ui.is_json() { Format::Json } else { Format::Text });
    if args.wire && format != Format::Json {
        return Err(
            Problem::new(ProblemKind::Usage, "--wire adds to the JSON form alone")
                .hint("wpsync show --format json --wire"),
        );
    }
    match serde_json::from_slice::<Receipt>(&bytes) {
        Ok(receipt) => show_receipt(&receipt, format, args, global, ui),
        Err(_) => show_plan(&Plan::from_bytes(&bytes)?, format, args, global, ui).await,
    }
}

fn show_receipt(
    receipt: &Receipt,
    format: Format,
    args: &ShowArgs,
    global: &Global,
    ui: &Ui,
) -> Result<Exit> {
    let redaction = args.redact.redaction();
    let receipt = match redaction {
        Redaction::None => receipt.clone(),
        _ => redacted_receipt(receipt, &plan_of(receipt, args, global)?, redaction),
    };
    let json = || review::receipt_json(&receipt);
    if ui.is_json() && format == Format::Json {
        ui.event(|| json!({ "type": "receipt", "receipt": json() }));
        return Ok(Exit::Done);
    }
    ui.document(&match format {
        Format::Text => review::receipt_text(&receipt),
        Format::Markdown => review::receipt_markdown(&receipt),
        Format::Json => review::json_text(&json()),
        Format::Html => review::receipt_html(&receipt),
    });
    Ok(Exit::Done)
}

/// The plan of a receipt, which stands beside it. A redacted view takes its names from there, so that a
/// person has the same name in the views of both.
fn plan_of(receipt: &Receipt, args: &ShowArgs, global: &Global) -> Result<Plan> {
    let beside = args.file.with_file_name(format!("{}.plan.json", receipt.plan_id));
    let way_out = "an apply keeps its plan beside its receipt; a redacted view takes its names from there";
    let plan = saved::plan(global, &beside, &args.identity).map_err(|problem| problem.hint(way_out))?;
    if plan.digest == receipt.plan {
        Ok(plan)
    } else {
        let shown = Escaped(&beside.display().to_string()).to_string();
        Err(Problem::new(
            ProblemKind::Seal,
            format!("{shown} is not the plan of the receipt"),
        )
        .hint(way_out))
    }
}

async fn show_plan(plan: &Plan, format: Format, args: &ShowArgs, global: &Global, ui: &Ui) -> Result<Exit> {
    let redaction = args.redact.redaction();
    let plan = redacted(plan, redaction);
    let notice = redaction.notice();
    let wire = if args.wire {
        let rehearsed = operation::rehearse(&plan, &global.location()).await?;
        Some(json!(rehearsed))
    } else {
        None
    };
    let json = || {
        let beside = Beside {
            wire: wire.clone(),
            redacted: (redaction != Redaction::None).then(|| redaction.word()),
        };
        review::json_beside(&plan, beside)
    };
    if ui.is_json() && format == Format::Json {
        ui.event(|| json!({ "type": "plan", "plan": json() }));
        return Ok(Exit::Done);
    }
    ui.document(&match format {
        Format::Text => {
            notice.map(|notice| format!("{notice}\n")).unwrap_or_default()
                + &review::text(&plan, ui.palette(), ui.width())
        }
        Format::Markdown => review::markdown(&plan, args.max_bytes, notice),
        Format::Html => review::html(&plan, notice),
        Format::Json => review::json_text(&json()),
    });
    Ok(Exit::Done)
}
