//! `wpsync completions` and `wpsync man`: what shells and packagers want.

use clap::CommandFactory as _;

use super::Args;
use super::exit::{Exit, Failure};
use super::ui::Ui;

#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: clap_complete::Shell,
}

pub(crate) fn run(args: &CompletionsArgs, ui: &Ui) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "wpsync", &mut script);
    ui.document(&String::from_utf8_lossy(&script));
    Exit::Done
}

pub(crate) fn man(ui: &Ui) -> Result<Exit, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Args::command())
        .render(&mut page)
        .map_err(|error| Failure::error(error.to_string()))?;
    ui.document(&String::from_utf8_lossy(&page));
    Ok(Exit::Done)
}
