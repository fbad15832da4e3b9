//! `wpsync show`: a saved plan or receipt, drawn offline and without a token.

use std::path::PathBuf;

use clap::ValueEnum;
use wpsync::plan::Plan;
use wpsync::redaction::{Redaction, redacted};
use wpsync::review;
use wpsync::state::Receipt;

use super::exit::{Exit, Failure};
use super::redact::RedactArgs;
use super::saved::IdentityArgs;
use super::ui::Ui;
use super::{Global, saved};

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The plan or receipt
    #[arg(value_name = "PLAN", env = "WPSYNC_PLAN", default_value = super::plan::DEFAULT_PLAN)]
    file: PathBuf,
    /// How to draw it
    #[arg(long, value_enum, env = "WPSYNC_FORMAT")]
    format: Option<Format>,
    #[command(flatten)]
    identity: IdentityArgs,
    #[command(flatten)]
    redact: RedactArgs,
}

/// How to draw a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal
    Text,
    /// For programs, with Terraform's names
    Json,
}

pub(crate) fn run(global: &Global, args: &ShowArgs, ui: &Ui) -> Result<Exit, Failure> {
    let bytes = saved::read(global, &args.file, &args.identity)?;
    let format = args.format.unwrap_or(if ui.is_json() { Format::Json } else { Format::Text });
    if let Ok(receipt) = serde_json::from_slice::<Receipt>(&bytes) {
        if args.redact.redaction() != Redaction::None {
            return Err(Failure::with(Exit::Usage, "receipts are not redacted: they name people").hint("`show --redact` draws plans"));
        }
        Ui::print(&match format {
            Format::Text => review::receipt_text(&receipt),
            Format::Json => pretty(&receipt)?,
        });
        return Ok(Exit::Done);
    }
    let redaction = args.redact.redaction();
    let plan = Plan::from_bytes(&bytes)?;
    let plan = redacted(&plan, redaction);
    let notice = redaction.notice().map(|notice| format!("{notice}\n")).unwrap_or_default();
    Ui::print(&match format {
        Format::Text => notice + &review::text(&plan, ui.palette(), Ui::width()),
        Format::Json => {
            let mut json = review::json(&plan);
            if redaction != Redaction::None {
                json["redacted"] = redaction.word().into();
            }
            pretty(&json)?
        }
    });
    Ok(Exit::Done)
}

fn pretty(value: &impl serde::Serialize) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| Failure::error(error.to_string()))?;
    text.push('\n');
    Ok(text)
}
