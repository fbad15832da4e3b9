//! `--only`, `--corrections`, `--deactivate`, `--delete`: a plan about some people and groups only.

use wpsync::operation::Selected;

#[derive(Debug, Default, clap::Args)]
pub(crate) struct SelectionArgs {
    /// Compare this person or group alone with the sources, as user:ada@example.com or group:Sales
    /// (repeatable)
    #[arg(long, value_name = "KEY")]
    only: Vec<String>,
    /// Plan only what corrects capitals, the form of accents, and spaces
    #[arg(long, conflicts_with_all = ["deactivate", "delete"])]
    corrections: bool,
    /// End the access of this person, whatever the sources say (repeatable)
    #[arg(long, value_name = "KEY")]
    deactivate: Vec<String>,
    /// Delete this person or group, whatever the sources say (repeatable)
    #[arg(long, value_name = "KEY")]
    delete: Vec<String>,
}

impl SelectionArgs {
    /// The people and groups that the plan is about.
    pub(crate) fn selected(&self) -> Selected {
        Selected {
            corrections: self.corrections,
            only: self.only.clone(),
            deactivate: self.deactivate.clone(),
            delete: self.delete.clone(),
        }
    }
}
