//! Reads a project: the configuration and its sources, with every problem of both at once.

use std::sync::Arc;

use super::dialects;
use super::learning;
use super::opened::{Location, Opened};
use super::problem::Problem;
use super::surroundings::{Keeping, Surroundings};
use crate::capability;
use crate::diagnostics::{Diagnostics, Files};
use crate::dialect::Dialect;
use crate::model::{Catalog, Learnt};
use crate::project::{self, Loaded, PolicyFile, Problems};
use crate::state::State;

/// Reads the configuration and all sources. The configuration decides whether an error of a single row holds
/// its person or group, or refuses everything.
///
/// # Errors
/// When a file cannot be read or has an error. The [`Problem`] holds every error that was found.
pub fn open(location: &Location, around: &Surroundings<'_>) -> Result<Opened, Problem> {
    open_by(location, None, around)
}

/// Reads a project like [`fn@open`], for a plan that is about selected people and groups. Whatever the
/// configuration says, an error of a single row holds only its person or group: somebody else's error does
/// not stop such a plan.
///
/// # Errors
/// When a file cannot be read or has an error that is not one of a single row.
pub fn open_for_selection(location: &Location, around: &Surroundings<'_>) -> Result<Opened, Problem> {
    open_by(location, Some(Problems::Hold), around)
}

fn open_by(
    location: &Location,
    problems: Option<Problems>,
    around: &Surroundings<'_>,
) -> Result<Opened, Problem> {
    let mut read = read(location, problems, around.second())?;
    let loaded = &mut read.loaded;
    if let Some(desired) = &mut loaded.desired {
        loaded
            .diagnostics
            .append(capability::leave_out(desired, &read.catalog, &read.dialect));
    }
    if let Some(project) = &loaded.project {
        loaded.diagnostics.append(capability::unheld_identifiers(
            &project.matching,
            &read.catalog,
            &read.dialect,
        ));
    }
    if loaded.diagnostics.has_errors() {
        return Err(read.refused());
    }
    around.watch.diagnostics(&loaded.diagnostics, &loaded.files);
    let policy = policy(location, around)?;
    read.opened(location, policy, around.keeping)
}

/// Reads the configuration for an operation that does not need the sources, because a saved plan is complete.
/// If the sources have an error, `desired` is empty.
///
/// # Errors
/// When the configuration or the policy cannot be read or has an error.
pub fn open_configuration(location: &Location, around: &Surroundings<'_>) -> Result<Opened, Problem> {
    let read = read(location, None, around.second())?;
    if read.loaded.project.is_none() {
        return Err(read.refused());
    }
    let policy = policy(location, around)?;
    read.opened(location, policy, around.keeping)
}

/// Opens a project like [`fn@open`], under a policy that is already read.
pub(super) fn open_under(
    location: &Location,
    policy: Option<PolicyFile>,
    around: &Surroundings<'_>,
) -> Result<Opened, Problem> {
    read(location, None, around.second())?.opened(location, policy, around.keeping)
}

/// What was read of a project.
struct Read {
    dialect: Dialect,
    catalog: Arc<Catalog>,
    loaded: Loaded,
    now: jiff::Timestamp,
}

impl Read {
    fn refused(self) -> Problem {
        Problem::of_files(self.loaded.diagnostics, self.loaded.files)
    }

    fn opened(
        self,
        location: &Location,
        policy: Option<PolicyFile>,
        keeping: &Keeping,
    ) -> Result<Opened, Problem> {
        let Loaded {
            project,
            config_bytes,
            desired,
            files,
            diagnostics,
            held_rows,
            ..
        } = self.loaded;
        let Some(project) = project else {
            return Err(Problem::of_files(diagnostics, files));
        };
        let state = match keeping {
            Keeping::Configured => State::of(&project.root),
            Keeping::Given(state) => state.clone(),
        };
        let mut opened = Opened {
            location: location.clone(),
            dialect: self.dialect,
            catalog: self.catalog,
            project,
            config_bytes,
            desired: desired.unwrap_or_default(),
            held_rows,
            files,
            policy_file: policy,
            state,
            now: self.now,
        };
        opened.catalog = learning::catalog(&opened, &Learnt::default());
        Ok(opened)
    }
}

/// Reads the project. The directory is read first, because its dialect defines the service's own attributes.
/// Without `problems`, the configuration decides about errors of single rows.
fn read(location: &Location, problems: Option<Problems>, now: jiff::Timestamp) -> Result<Read, Problem> {
    let dialect = match project::directory_of(&location.folder, &location.config) {
        Some(directory) => dialects::of(location, &directory)?,
        None => Dialect::default(),
    };
    let loaded = project::load(&location.folder, &location.config, &dialect.catalog(), now);
    let loaded = loaded.map_err(|error| {
        Problem::error(error.to_string())
            .caused_by(error)
            .hint("`wpsync init` writes a starting configuration; -C names its folder")
    })?;
    let of_project = || loaded.project.as_ref().map(|project| project.problems);
    let problems = problems.or_else(of_project).unwrap_or_default();
    let loaded = loaded.judged(problems);
    Ok(Read {
        dialect,
        catalog: Arc::new(loaded.catalog.clone()),
        loaded,
        now,
    })
}

/// Reads the policy file, if one is named. A named file that cannot be read is an error: without it, more
/// would be allowed.
///
/// # Errors
/// When the policy file cannot be read or has an error.
pub fn policy(location: &Location, around: &Surroundings<'_>) -> Result<Option<PolicyFile>, Problem> {
    let Some(path) = location
        .policy
        .as_ref()
        .filter(|path| !path.as_os_str().is_empty())
    else {
        return Ok(None);
    };
    let (mut files, mut diagnostics) = (Files::new(), Diagnostics::new());
    let policy = PolicyFile::load(&location.folder, path, &mut files, &mut diagnostics).map_err(|error| {
        Problem::error(format!("cannot read the policy: {}", error.reason))
            .caused_by(error)
            .hint("WPSYNC_POLICY or --policy names its file")
    })?;
    match policy {
        Some(policy) => {
            around.watch.diagnostics(&diagnostics, &files);
            Ok(Some(policy))
        }
        None => Err(Problem::of_files(diagnostics, files)),
    }
}
