//! `wpsync export`: the live directory as sources. Planning what it wrote gives no changes.

use std::path::PathBuf;

use clap::ValueEnum;
use wpsync::escape::Escaped;
use wpsync::export::{self, Cells};
use wpsync::model::Kind;
use wpsync::project;
use wpsync::source::{CsvOptions, Rows};
use wpsync::state::write_private;

use super::exit::{Exit, Failure};
use super::ui::Ui;
use super::{Global, connect, context::Context, progress};

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The form to write
    #[arg(long, value_enum, env = "WPSYNC_FORMAT", default_value = "yaml")]
    format: Format,
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
enum Format {
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

pub(crate) async fn run(global: &Global, args: &ExportArgs, ui: &Ui) -> Result<Exit, Failure> {
    if args.raw && args.format == Format::Yaml && args.preset.is_none() {
        return Err(
            Failure::with(Exit::Usage, "--raw is for CSV: YAML is not read by spreadsheets")
                .hint("add --format csv"),
        );
    }
    let context = Context::load_config(global, ui)?;
    let file = args
        .preset
        .as_deref()
        .map(|name| file_of(name, args.kind, &context))
        .transpose()?;
    let reader = connect::reader(&context).await?;
    let progress = progress::Reading::new(ui);
    let everything = wpsync::survey::everything(&reader, &progress).await?;
    progress.end();
    let form = if args.raw { Cells::Raw } else { Cells::Disarmed };
    let catalog = &context.catalog;
    let text = match (&file, args.format, args.kind) {
        (Some(file), _, _) => export::preset(catalog, &everything, file, form),
        (None, Format::Yaml, _) => export::yaml(catalog, &everything),
        (None, Format::Csv, KindChoice::Users) => export::csv(catalog, &everything, Kind::User, form),
        (None, Format::Csv, KindChoice::Groups) => export::csv(catalog, &everything, Kind::Group, form),
        (None, Format::Csv, KindChoice::Memberships) => export::memberships_csv(catalog, &everything, form),
    };
    let text = text.map_err(|error| Failure::error(error.to_string()))?;
    match &args.out {
        None => ui.document(&text),
        Some(out) => {
            let path = global.folder.join(out);
            if path.exists() {
                return Err(Failure::error(format!(
                    "{} exists, and export overwrites nothing",
                    Escaped(&out.display().to_string())
                )));
            }
            write_private(&path, text.as_bytes())?;
            ui.note(&format!(
                "Wrote {} users and {} groups.",
                everything.users.len(),
                everything.groups.len()
            ));
        }
    }
    Ok(Exit::Done)
}

/// The file of a preset that holds what is asked for.
fn file_of(name: &str, kind: KindChoice, context: &Context) -> Result<CsvOptions, Failure> {
    let files = project::preset(name, &context.catalog).ok_or_else(|| {
        let known = project::preset_names().collect::<Vec<_>>().join(", ");
        Failure::with(Exit::Usage, format!("there is no preset {}", Escaped(name)))
            .hint(format!("one of {known}"))
    })?;
    let rows = match kind {
        KindChoice::Users => Rows::Users,
        KindChoice::Groups => Rows::Groups,
        KindChoice::Memberships => Rows::Memberships,
    };
    let file = files.into_iter().find(|file| file.rows == rows);
    file.ok_or_else(|| {
        Failure::with(
            Exit::Usage,
            format!("the preset {} has no file of {}", Escaped(name), rows.word()),
        )
    })
}
