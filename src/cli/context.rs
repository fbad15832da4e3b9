//! A project as a command sees it: the configuration, what its sources ask for, and every problem of both said at once.

use std::path::PathBuf;
use std::sync::Arc;

use wpsync::desired::Desired;
use wpsync::diagnostics::Files;
use wpsync::directory::Dialect;
use wpsync::model::Catalog;
use wpsync::plan::header::FileFacts;
use wpsync::policy::Policy;
use wpsync::project::{self, Loaded, Project};
use wpsync::reach;

use super::exit::{Exit, Failure};
use super::ui::Ui;
use super::{Global, connect};

/// A project that can be planned.
pub(crate) struct Context {
    pub(crate) root: PathBuf,
    /// How the directory's service departs from the RFC.
    pub(crate) dialect: Dialect,
    /// The attributes that exist there.
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) project: Project,
    pub(crate) desired: Desired,
    pub(crate) files: Files,
}

impl Context {
    /// Reads the configuration and all sources; any error ends the command.
    pub(crate) fn load(global: &Global, ui: &Ui) -> Result<Self, Failure> {
        let (dialect, mut loaded) = read(global)?;
        let catalog = Arc::new(dialect.catalog());
        if let Some(desired) = &mut loaded.desired {
            loaded.diagnostics.append(reach::leave_out(desired, &catalog, &dialect));
        }
        ui.diagnostics(&loaded.diagnostics, &loaded.files);
        let (Some(project), Some(desired)) = (loaded.project, loaded.desired) else { return Err(Failure::with(Exit::Error, "")) };
        Ok(Self { root: project.root.clone(), dialect, catalog, project, desired, files: loaded.files })
    }

    /// Reads the configuration for a command that does not need the sources: a saved plan stands for itself. What is desired is empty
    /// where they have an error.
    pub(crate) fn load_config(global: &Global, ui: &Ui) -> Result<Self, Failure> {
        let (dialect, loaded) = read(global)?;
        let Some(project) = loaded.project else {
            ui.diagnostics(&loaded.diagnostics, &loaded.files);
            return Err(Failure::with(Exit::Error, ""));
        };
        let desired = loaded.desired.unwrap_or_default();
        let catalog = Arc::new(dialect.catalog());
        Ok(Self { root: project.root.clone(), dialect, catalog, project, desired, files: loaded.files })
    }

    /// What the configuration lets a plan do, as far as the service can.
    pub(crate) fn policy(&self) -> Policy {
        reach::within_rules(Policy::of_project(&self.project), &self.dialect)
    }

    /// What the user should know of the service before the plan.
    pub(crate) fn notes(&self) -> Vec<String> {
        reach::notes(&Policy::of_project(&self.project), &self.desired, &self.dialect)
    }

    /// The configuration file, as a plan records it.
    pub(crate) fn config_facts(&self) -> FileFacts {
        let name = self.project.config_path.file_name().unwrap_or_default().to_string_lossy();
        let bytes = std::fs::metadata(&self.project.config_path).map_or(0, |metadata| metadata.len());
        FileFacts { bytes, path: name.as_ref().into(), rows: 0, sha256: self.project.digest.clone() }
    }
}

/// The service's own attributes are known from its dialect, so the directory is read first.
fn read(global: &Global) -> Result<(Dialect, Loaded), Failure> {
    let path = global.folder.join(&global.config);
    let dialect = match project::directory_of(&path) {
        Some(directory) => connect::dialect(path.parent().unwrap_or(&global.folder), &directory)?,
        None => Dialect::default(),
    };
    let loaded = project::load(&path, &dialect.catalog())
        .map_err(|error| Failure::error(error.to_string()).hint("`wpsync init` writes a starting configuration; -C names its folder"))?;
    Ok((dialect, loaded))
}
