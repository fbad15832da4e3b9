//! What a command starts with: arguments, variables, a folder, streams and interruptions. They come from the
//! process, or from a test that runs a command line without a process.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use wpsync::operation::Environment;

use super::signals::Interruptions;
use super::streams::Streams;

/// Starts to listen for interruptions.
pub(crate) type Listen = Arc<dyn Fn() -> Interruptions + Send + Sync>;

/// What a command starts with.
pub(crate) struct Shell {
    /// The command line, the program's name first.
    pub(crate) arguments: Vec<OsString>,
    /// The variables that commands ask for. Those that stand for arguments are read from the process, as clap
    /// reads them.
    pub(crate) environment: Environment,
    /// Where relative paths start; empty for the folder of the process.
    pub(crate) folder: PathBuf,
    pub(crate) streams: Arc<Streams>,
    /// Called inside a runtime, by commands that can be stopped.
    pub(crate) listen: Listen,
}

impl Shell {
    /// The shell that started this process.
    pub(crate) fn of_process() -> Self {
        Self {
            arguments: std::env::args_os().collect(),
            environment: Environment::new(|name| std::env::var_os(name)),
            folder: PathBuf::new(),
            streams: Arc::new(Streams::of_process()),
            listen: Arc::new(Interruptions::of_process),
        }
    }
}
