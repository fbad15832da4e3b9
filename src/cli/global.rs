//! The values that every command gets.

use std::path::PathBuf;

use wpsync::operation::Location;

use super::global_args::GlobalArgs;
use super::outside::Outside;
use super::shell::Shell;

/// The project of a command, and its surroundings.
pub(crate) struct Global {
    /// The folder that the command works in.
    pub(crate) folder: PathBuf,
    /// The folder that the command was started in.
    pub(crate) here: PathBuf,
    config: PathBuf,
    policy: Option<PathBuf>,
    /// The surroundings of the project.
    pub(crate) outside: Outside,
}

impl Global {
    pub(crate) fn new(args: GlobalArgs, shell: &Shell) -> Self {
        let policy = args.policy.filter(|path| !path.as_os_str().is_empty());
        Self {
            folder: shell.folder.join(args.folder),
            here: shell.folder.clone(),
            config: args.config,
            policy,
            outside: Outside::of(shell),
        }
    }

    /// Where the project is.
    pub(crate) fn location(&self) -> Location {
        let policy = self.policy.as_ref().map(|policy| self.folder.join(policy));
        Location::on_disk(self.folder.join(&self.config), policy)
    }
}
