//! `wpsync completions` and `wpsync man`: files for shells and packagers.

use wpsync::operation::Problem;

use super::exit::Exit;
use super::result::Result;
use super::ui::Ui;

#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: clap_complete::Shell,
}

pub(crate) fn run(args: &CompletionsArgs, mut command: clap::Command, ui: &Ui) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "wpsync", &mut script);
    ui.document(&String::from_utf8_lossy(&script));
    Exit::Done
}

pub(crate) fn man(command: clap::Command, ui: &Ui) -> Result<Exit> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .map_err(|error| Problem::error(error.to_string()).caused_by(error))?;
    ui.document(&String::from_utf8_lossy(&page));
    Ok(Exit::Done)
}
