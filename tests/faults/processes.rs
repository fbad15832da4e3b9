//! The real command, run as a process: what it leaves behind and whom it speaks to is the process's.

use crate::command::{Project, Ran};

impl Project {
    /// Runs the command with variables set.
    #[must_use = "say which exit code is expected"]
    pub fn run_with(&self, variables: &[(&str, &str)], arguments: &str) -> Ran {
        let mut command = self.command(arguments);
        let ran = command.envs(variables.iter().copied()).output();
        Ran::of(ran.expect("the command starts"))
    }
}
