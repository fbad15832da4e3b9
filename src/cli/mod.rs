//! The command line: one file per command. This is the only place that prints, reads the environment and
//! picks exit codes.

mod apply;
mod approvals;
mod approve;
mod causes;
mod completions;
mod deadline;
mod doctor;
mod drift;
mod exceptions;
mod exit;
mod export;
mod global;
mod global_args;
mod history;
mod init;
mod notify;
mod outside;
mod plan;
mod planned;
mod progress;
mod provisioning_log;
mod redact;
mod result;
mod sandbox;
mod saved;
mod schema;
mod selection;
pub(crate) mod shell;
mod show;
pub(crate) mod signals;
pub(crate) mod streams;
mod tell;
mod tool_config;
mod trace;
mod ui;
mod undeclared;
mod undo;
mod validate;
mod watching;
mod why;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use wpsync::operation::Problem;

use exit::Exit;
use global::Global;
use global_args::GlobalArgs;
use result::Result;
use shell::Shell;
use trace::PeopleVisibility;
use ui::Ui;

/// terraform plan and terraform apply for people directories
///
/// A repository says which users and groups should exist. `wpsync plan` saves a sealed change set; people
/// review that file; `wpsync apply` executes exactly that plan.
#[derive(Debug, Parser)]
#[command(name = "wpsync", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a starting configuration, sources and a CI workflow
    Init(init::InitArgs),
    /// Check the configuration and the sources, without a directory
    Validate,
    /// Compare the sources with the directory and save the sealed plan
    Plan(plan::PlanArgs),
    /// Draw a saved plan or receipt, offline
    Show(show::ShowArgs),
    /// Sign a plan that you agree to
    Approve(approve::ApproveArgs),
    /// Execute a saved plan exactly; without one: plan, show, ask, apply
    Apply(apply::ApplyArgs),
    /// Tell what changed in the directory since the last apply
    Drift(drift::DriftArgs),
    /// Explain one person or group: source line, match, live value, what would happen
    Why(why::WhyArgs),
    /// List the applies to the directory, newest first
    History,
    /// Make the reverse plan of an apply, to be reviewed like any other
    Undo(undo::UndoArgs),
    /// Write the live directory as sources
    Export(export::ExportArgs),
    /// Report what the service really does beside what its dialect says
    Doctor,
    /// Serve an embedded SCIM 2.0 directory for trials and tests
    Sandbox(sandbox::SandboxArgs),
    /// Print the JSON Schema of a file that wpsync reads or writes
    Schema(schema::SchemaArgs),
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
    /// Print the manual page
    Man,
}

impl Command {
    /// What may be shown of people while the command runs.
    const fn people(&self) -> PeopleVisibility {
        let redact = match self {
            Self::Plan(plan) => plan.redact,
            Self::Apply(apply) => apply.redact,
            Self::Show(show) => show.redact,
            Self::Drift(drift) => drift.redact,
            Self::Undo(undo) => undo.redact,
            _ => return PeopleVisibility::Shown,
        };
        if redact.shows_people() {
            PeopleVisibility::Shown
        } else {
            PeopleVisibility::Hidden
        }
    }
}

/// Runs the process's command line and returns its exit code.
pub(crate) fn main() -> ExitCode {
    start(&Shell::of_process()).into()
}

/// Runs a command line.
pub(crate) fn start(shell: &Shell) -> Exit {
    let Args { global, command } = match Args::try_parse_from(&shell.arguments) {
        Ok(args) => args,
        Err(error) => {
            Ui::usage(&error, shell);
            // clap's own code for a usage error is 2. Here, 2 means that changes are present.
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
        }
    };
    let ui = Ui::new(&global, shell);
    let traced = trace::start(&global, &shell.folder, command.people());
    let global = Global::new(global, shell);
    let result = traced
        .and_then(|()| runtime())
        .and_then(|runtime| runtime.block_on(run(&command, &global, &ui)));
    let exit = result.unwrap_or_else(|problem| {
        ui.problem(&problem);
        problem.kind.into()
    });
    // A result that is cut short is an error, unless it reports writes that were done.
    let is_apply = matches!(command, Command::Apply(_));
    let exit = if ui.lost_output() && !is_apply {
        Exit::Error
    } else {
        exit
    };
    ui.end(exit);
    exit
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Problem::error(format!("cannot start: {error}")).caused_by(error))
}

async fn run(command: &Command, global: &Global, ui: &Ui) -> Result<Exit> {
    signals::survive_full_files();
    match command {
        Command::Init(init) => init::run(global, init, ui),
        Command::Validate => validate::run(global, ui),
        Command::Plan(plan) => plan::run(global, plan, ui).await,
        Command::Show(show) => show::run(global, show, ui).await,
        Command::Approve(approve) => approve::run(global, approve, ui),
        Command::Apply(apply) => apply::run(global, apply, ui).await,
        Command::Drift(drift) => drift::run(global, drift, ui).await,
        Command::Why(why) => why::run(global, why, ui).await,
        Command::History => history::run(global, ui),
        Command::Undo(undo) => undo::run(global, undo, ui).await,
        Command::Export(export) => export::run(global, export, ui).await,
        Command::Doctor => doctor::run(global, ui).await,
        Command::Sandbox(sandbox) => sandbox::run(global, sandbox, ui).await,
        Command::Schema(schema) => Ok(schema::run(schema, ui)),
        Command::Completions(completions) => Ok(completions::run(completions, Args::command(), ui)),
        Command::Man => completions::man(Args::command(), ui),
    }
}
