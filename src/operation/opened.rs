//! A project whose files were read.

use std::path::PathBuf;
use std::sync::Arc;

use crate::capability;
use crate::desired::Desired;
use crate::diagnostics::{Diagnostics, Files};
use crate::dialect::Dialect;
use crate::model::Catalog;
use crate::plan::facts::FileFacts;
use crate::policy::Policy;
use crate::project::{Folder, PolicyFile, Project};
use crate::review;
use crate::state::State;

/// Where a project's files are.
#[derive(Clone, Debug)]
pub struct Location {
    /// The folder of the configuration.
    pub folder: Folder,
    /// The path of the configuration.
    pub config: PathBuf,
    /// The path of the policy file, if there is one.
    pub policy: Option<PathBuf>,
}

impl Location {
    /// A project on disk, given the paths of its configuration and of its policy file.
    pub fn on_disk(config: PathBuf, policy: Option<PathBuf>) -> Self {
        Self {
            folder: Folder::of(&config),
            config,
            policy,
        }
    }

    /// A project in memory, given its files. The configuration is `wpsync.yaml`, and there is no policy.
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

/// A project whose files were read and have no errors.
#[derive(Debug)]
pub struct Opened {
    /// Where the project's files are.
    pub location: Location,
    /// How the directory's service departs from the RFC.
    pub dialect: Dialect,
    /// The attributes that exist in the directory.
    pub catalog: Arc<Catalog>,
    /// The configuration.
    pub project: Project,
    /// The size of the configuration in bytes.
    pub config_bytes: u64,
    /// What the sources declare.
    pub desired: Desired,
    /// The problems of single rows, as warnings. A plan says whom it holds for them, and what it leaves as
    /// it is.
    pub held_rows: Diagnostics,
    /// The files that were read.
    pub files: Files,
    /// The policy, which a pull request cannot change. `None` if no policy file is named.
    pub policy_file: Option<PolicyFile>,
    /// The state that earlier applies left.
    pub state: State,
    /// The time that expressions and the plan use, in whole seconds.
    pub now: jiff::Timestamp,
}

impl Opened {
    /// What the configuration and the policy file allow, limited to what the service can do.
    pub fn policy(&self) -> Policy {
        capability::within_rules(
            Policy::new(&self.project, self.policy_file.as_ref()),
            &self.dialect,
        )
    }

    /// What is not removed for absence because partial sources name only some of it, in a sentence without an
    /// end. `None` if all sources name all.
    pub fn says_nothing_about(&self) -> Option<String> {
        review::partly_named(&self.policy().partly_named().map(str::to_owned).collect())
    }

    /// What the user should know about the service before the plan.
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
            partial: false,
            pattern: None,
            rows: 0,
            sha256: self.project.digest.clone(),
        }
    }
}
