//! The arguments that every command takes.

use std::path::PathBuf;

use clap::ValueEnum;

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The arguments that every command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct GlobalArgs {
    /// Work in this folder
    #[arg(
        short = 'C',
        long = "chdir",
        value_name = "DIR",
        global = true,
        env = "WPSYNC_CHDIR",
        default_value = ".",
        hide_default_value = true
    )]
    pub(crate) folder: PathBuf,
    /// The configuration file, in that folder
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        env = "WPSYNC_CONFIG",
        default_value = "wpsync.yaml"
    )]
    pub(crate) config: PathBuf,
    /// The policy file, which stands outside what a pull request can change
    #[arg(long, value_name = "FILE", global = true, env = "WPSYNC_POLICY")]
    pub(crate) policy: Option<PathBuf>,
    /// Print one JSON event a line on stdout
    #[arg(long, global = true, env = "WPSYNC_JSON", value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) json: bool,
    /// Print results only
    #[arg(
        short,
        long,
        global = true,
        env = "WPSYNC_QUIET",
        value_parser = clap::builder::FalseyValueParser::new(),
    )]
    pub(crate) quiet: bool,
    /// Say more about what is done: each request, with its status and how long it took
    #[arg(
        short,
        long,
        global = true,
        env = "WPSYNC_VERBOSE",
        value_parser = clap::builder::FalseyValueParser::new(),
    )]
    pub(crate) verbose: bool,
    /// Write every request and answer, bodies too, into this new file, which holds people's data
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) trace: Option<PathBuf>,
    /// When to use colour (NO_COLOR is honoured)
    #[arg(
        long,
        global = true,
        env = "WPSYNC_COLOR",
        value_name = "WHEN",
        default_value = "auto"
    )]
    pub(crate) color: ColorChoice,
}
