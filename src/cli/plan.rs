//! `wpsync plan`: makes the plan, saves it, prints it.

use std::mem::ManuallyDrop;
use std::path::PathBuf;

use wpsync::operation::{self, Ask};
use wpsync::plan::standing;

use super::exceptions::Exceptions;
use super::exit::Exit;
use super::global::Global;
use super::planned::{self, DEFAULT_PLAN};
use super::redact::RedactArgs;
use super::result::Result;
use super::saved;
use super::selection::SelectionArgs;
use super::ui::Ui;
use super::undeclared::{self, UndeclaredArgs};
use super::watching::Watching;

#[derive(Debug, clap::Args)]
pub(crate) struct PlanArgs {
    /// Save the plan here
    #[arg(long, value_name = "FILE", env = "WPSYNC_OUT", default_value = DEFAULT_PLAN)]
    out: PathBuf,
    /// Exit with 2 when there are changes, or something is withheld, held, or cannot be written
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    exceptions: Exceptions,
    /// Encrypt the saved plan to these age recipients (age1…), who alone can read it
    #[arg(
        long,
        value_name = "RECIPIENT",
        env = "WPSYNC_ENCRYPT_TO",
        value_delimiter = ','
    )]
    encrypt_to: Vec<String>,
    #[command(flatten)]
    undeclared: UndeclaredArgs,
    #[command(flatten)]
    pub(crate) redact: RedactArgs,
}

pub(crate) async fn run(global: &Global, args: &PlanArgs, ui: &Ui) -> Result<Exit> {
    let watching = Watching::new(ui);
    let around = global.outside.watched_by(&watching);
    let ask = Ask {
        selected: args.selection.selected(),
        ..args.exceptions.ask()
    };
    let opened = if ask.selected.names_somebody() {
        operation::open_for_selection(&global.location(), &around)?
    } else {
        operation::open(&global.location(), &around)?
    };
    // The process ends soon, so freeing millions of values one by one would be wasted work.
    let mut opened = ManuallyDrop::new(opened);
    let made = ManuallyDrop::new(operation::plan(&mut opened, &ask, &around).await?);
    let plan = made.plan();
    saved::write(&global.folder.join(&args.out), plan, &args.encrypt_to)?;
    planned::show(plan, args.redact.redaction(), &planned::drawing(&args.out), ui);
    if args.undeclared.is_asked && args.redact.shows_people() {
        undeclared::show(&operation::left_alone(&opened, &made), ui);
    }
    planned::finish(plan, made.refusals(), &args.out, ui)?;
    Ok(if args.detailed_exitcode && !standing(plan).is_as_declared() {
        Exit::Changes
    } else {
        Exit::Done
    })
}
