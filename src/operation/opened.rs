//! A project whose files were read.

use std::path::PathBuf;
use std::sync::Arc;

use crate::capability;
use crate::desired::Desired;
use crate::diagnostics::Files;
use crate::dialect::Dialect;
use crate::model::Catalog;
use crate::plan::facts::FileFacts;
use crate::policy::Policy;
use crate::project::{Folder, PolicyFile, Project};
use crate::state::State;

/// Where a project's files are.
#[derive(Clone, Debug)]
pub struct Location {
    /// The folder of the configuration.
    pub folder: Folder,
    /// The path of the configuration.
    pub config: PathBuf,
    /// The path of the policy file, where there is one.
    pub policy: Option<PathBuf>,
}

impl Location {
    /// A project on disk, by the paths of its configuration and of its policy file.
    pub fn on_disk(config: PathBuf, policy: Option<PathBuf>) -> Self {
        Self {
            folder: Folder::of(&config),
            config,
            policy,
        }
    }

    /// A project in memory, by its files; the configuration is `wpsync.yaml`, and there is no policy.
    pub fn in_memory<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let files = files.into_iter();
        let owned = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        Self {
            folder: Folder::in_memory(owned),
            config: PathBuf::from("wpsync.yaml"),
            policy: None,
        }
    }
}

/// A project whose files were read and found right.
#[derive(Debug)]
pub struct Opened {
    /// Where its files are.
    pub location: Location,
    /// How the directory's service departs from the RFC.
    pub dialect: Dialect,
    /// The attributes that exist there.
    pub catalog: Arc<Catalog>,
    /// The configuration.
    pub project: Project,
    /// The size of the configuration in bytes.
    pub config_bytes: u64,
    /// What the sources ask for.
    pub desired: Desired,
    /// The files that were read.
    pub files: Files,
    /// What a pull request cannot change, where that is written down.
    pub policy_file: Option<PolicyFile>,
    /// What is kept of the applies before.
    pub state: State,
    /// The instant that expressions and the plan know, in whole seconds.
    pub now: jiff::Timestamp,
}

impl Opened {
    /// What the configuration and the policy file let a plan do, as far as the service can.
    pub fn policy(&self) -> Policy {
        capability::within_rules(
            Policy::new(&self.project, self.policy_file.as_ref()),
            &self.dialect,
        )
    }

    /// What the user should know of the service before the plan.
    pub(super) fn notes(&self) -> Vec<String> {
        capability::notes(
            &Policy::new(&self.project, self.policy_file.as_ref()),
            &self.desired,
            &self.dialect,
        )
    }

    /// The configuration file, as a plan records it.
    pub(super) fn config_facts(&self) -> FileFacts {
        let path = &self.project.config_path;
        FileFacts {
            bytes: self.config_bytes,
            path: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .as_ref()
                .into(),
            rows: 0,
            sha256: self.project.digest.clone(),
        }
    }
}
