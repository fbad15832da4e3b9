//! `wpsync show`: a saved plan or receipt, drawn offline and without a token.

use std::path::PathBuf;

use clap::ValueEnum;
use wpsync::plan::Plan;
use wpsync::review;
use wpsync::state::Receipt;

use super::exit::{Exit, Failure};
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
        Ui::print(&match format {
            Format::Text => review::receipt_text(&receipt),
            Format::Json => pretty(&receipt)?,
        });
        return Ok(Exit::Done);
    }
    let plan = Plan::from_bytes(&bytes)?;
    Ui::print(&match format {
        Format::Text => review::text(&plan, ui.palette(), Ui::width()),
        Format::Json => pretty(&review::json(&plan))?,
    });
    Ok(Exit::Done)
}

fn pretty(value: &impl serde::Serialize) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| Failure::error(error.to_string()))?;
    text.push('\n');
    Ok(text)
}
