//! `wpsync show`: a saved plan or receipt, drawn offline and without a token.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use wpsync::plan::Plan;
use wpsync::review;
use wpsync::state::{FileError, Receipt};

use super::Global;
use super::exit::{Exit, Failure};
use super::ui::Ui;

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The plan or receipt
    #[arg(value_name = "PLAN", env = "WPSYNC_PLAN", default_value = super::plan::DEFAULT_PLAN)]
    file: PathBuf,
    /// How to draw it
    #[arg(long, value_enum, env = "WPSYNC_FORMAT")]
    format: Option<Format>,
    /// How long Markdown may get; what is left out is counted
    #[arg(long, value_name = "N", env = "WPSYNC_MAX_BYTES", default_value_t = review::DEFAULT_BUDGET, value_parser = parse_budget)]
    max_bytes: usize,
}

fn parse_budget(text: &str) -> Result<usize, String> {
    let number: usize = text.parse().map_err(|_| "expected a number of bytes".to_owned())?;
    if number < review::SMALLEST_BUDGET {
        return Err(format!("the summary and the counts alone need {} bytes", review::SMALLEST_BUDGET));
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

pub(crate) fn run(global: &Global, args: &ShowArgs, ui: &Ui) -> Result<Exit, Failure> {
    let path = global.folder.join(&args.file);
    let bytes = read(&path)?;
    let format = args.format.unwrap_or(if ui.is_json() { Format::Json } else { Format::Text });
    if let Ok(receipt) = serde_json::from_slice::<Receipt>(&bytes) {
        ui.print(&match format {
            Format::Text => review::receipt_text(&receipt),
            Format::Markdown => review::receipt_markdown(&receipt),
            Format::Json => review::json_text(&serde_json::to_value(&receipt).map_err(|error| Failure::error(error.to_string()))?),
            Format::Html => return Err(Failure::error("a receipt has no HTML form").hint("use text, markdown or json")),
        });
        return Ok(Exit::Done);
    }
    let plan = Plan::from_bytes(&bytes)?;
    ui.print(&match format {
        Format::Text => review::text(&plan, ui.palette(), ui.width()),
        Format::Markdown => review::markdown(&plan, args.max_bytes),
        Format::Html => review::html(&plan),
        Format::Json => review::json_text(&review::json(&plan)),
    });
    Ok(Exit::Done)
}

/// Reads a plan file whole, once: what is verified is what is used.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(FileError::at("read", path)).map_err(|error| Failure::from(error).hint("`wpsync plan` writes it"))
}
