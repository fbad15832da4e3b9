//! `wpsync export`: the live directory as sources. Planning what it wrote gives no changes.

use std::path::PathBuf;

use clap::ValueEnum;
use wpsync::escape::Escaped;
use wpsync::export::Cells;
use wpsync::operation::{self, ExportForm, Problem, ProblemKind};
use wpsync::source::Rows;
use wpsync::state::write_private;

use super::exit::Exit;
use super::global::Global;
use super::result::Result;
use super::ui::Ui;
use super::watching::Watching;

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The form to write
    #[arg(long, value_enum, env = "WPSYNC_FORMAT", default_value = "yaml")]
    format: FormatChoice,
    /// Write CSV in the columns of a known system, as `workplace-agent`
    #[arg(long, value_name = "NAME", env = "WPSYNC_PRESET")]
    preset: Option<String>,
    /// What to write as CSV, which has one kind a file
    #[arg(long, value_enum, default_value = "users")]
    kind: KindChoice,
    /// Write cells as they are, for programs: without the apostrophe that keeps a spreadsheet from running a
    /// cell as a formula
    #[arg(long)]
    raw: bool,
    /// Write here instead of to stdout; a file that exists is not overwritten
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The form of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatChoice {
    /// People and groups in one file
    Yaml,
    /// One kind, a row each
    Csv,
}

/// What a CSV file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KindChoice {
    /// People
    Users,
    /// Groups without their members
    Groups,
    /// Who is in which group
    Memberships,
}

impl ExportArgs {
    fn form(&self) -> ExportForm {
        let rows = match self.kind {
            KindChoice::Users => Rows::Users,
            KindChoice::Groups => Rows::Groups,
            KindChoice::Memberships => Rows::Memberships,
        };
        let cells = if self.raw { Cells::Raw } else { Cells::Disarmed };
        match (&self.preset, self.format) {
            (Some(name), _) => ExportForm::Preset(name.clone(), rows, cells),
            (None, FormatChoice::Csv) => ExportForm::Csv(rows, cells),
            (None, FormatChoice::Yaml) => ExportForm::Yaml,
        }
    }
}

pub(crate) async fn run(global: &Global, args: &ExportArgs, ui: &Ui) -> Result<Exit> {
    let form = args.form();
    if args.raw && form == ExportForm::Yaml {
        let message = "--raw is for CSV: YAML is not read by spreadsheets";
        return Err(Problem::new(ProblemKind::Usage, message).hint("add --format csv"));
    }
    let watching = Watching::new(ui);
    let around = global.outside.watched_by(&watching);
    let opened = operation::open_configuration(&global.location(), &around)?;
    let exported = operation::export(&opened, &form, &around).await?;
    let Some(out) = &args.out else {
        ui.document(&exported.text);
        return Ok(Exit::Done);
    };
    let path = global.folder.join(out);
    if path.exists() {
        return Err(Problem::error(format!(
            "{} exists, and export overwrites nothing",
            Escaped(&out.display().to_string())
        )));
    }
    write_private(&path, exported.text.as_bytes())?;
    ui.note(&format!(
        "Wrote {} users and {} groups.",
        exported.users, exported.groups
    ));
    Ok(Exit::Done)
}
