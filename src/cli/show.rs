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
    let path = global.folder.join(&args.file);
    let bytes = read(&path)?;
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

/// Reads a plan file whole, once: what is verified is what is used.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(FileError::at("read", path)).map_err(|error| Failure::from(error).hint("`wpsync plan` writes it"))
}
