//! A project as a command sees it: the configuration, what its sources ask for, and every problem of both
//! said at once.

use std::path::PathBuf;
use std::sync::Arc;

use wpsync::capability;
use wpsync::client::Reader;
use wpsync::desired::Desired;
use wpsync::diagnostics::{Diagnostics, Files};
use wpsync::dialect::Dialect;
use wpsync::model::{Catalog, Key, Kind, Value};
use wpsync::plan::facts::FileFacts;
use wpsync::plan::guard::Account;
use wpsync::policy::Policy;
use wpsync::project::{self, Loaded, PolicyFile, Project};

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
    pub(crate) policy_file: Option<PolicyFile>,
    /// The instant that expressions and the plan know.
    pub(crate) now: jiff::Timestamp,
}

impl Context {
    /// Reads the configuration and all sources; any error ends the command.
    pub(crate) fn load(global: &Global, ui: &Ui) -> Result<Self, Failure> {
        let now = now();
        let (dialect, mut loaded) = read(global, now)?;
        let catalog = Arc::new(dialect.catalog());
        if let Some(desired) = &mut loaded.desired {
            loaded
                .diagnostics
                .append(capability::leave_out(desired, &catalog, &dialect));
        }
        if loaded.diagnostics.has_errors() {
            loaded.desired = None;
        }
        ui.diagnostics(&loaded.diagnostics, &loaded.files);
        let (Some(project), Some(desired)) = (loaded.project, loaded.desired) else {
            return Err(Failure::with(Exit::Error, ""));
        };
        let policy_file = read_policy(global, ui)?;
        Ok(Self {
            root: project.root.clone(),
            dialect,
            catalog,
            project,
            desired,
            files: loaded.files,
            policy_file,
            now,
        })
    }

    /// Reads the configuration for a command that does not need the sources: a saved plan stands for itself.
    /// What is desired is empty where they have an error.
    pub(crate) fn load_config(global: &Global, ui: &Ui) -> Result<Self, Failure> {
        let now = now();
        let (dialect, loaded) = read(global, now)?;
        let Some(project) = loaded.project else {
            ui.diagnostics(&loaded.diagnostics, &loaded.files);
            return Err(Failure::with(Exit::Error, ""));
        };
        let desired = loaded.desired.unwrap_or_default();
        let catalog = Arc::new(dialect.catalog());
        let policy_file = read_policy(global, ui)?;
        Ok(Self {
            root: project.root.clone(),
            dialect,
            catalog,
            project,
            desired,
            files: loaded.files,
            policy_file,
            now,
        })
    }

    /// What the configuration and the policy file let a plan do, as far as the service can.
    pub(crate) fn policy(&self) -> Policy {
        capability::within_rules(
            Policy::new(&self.project, self.policy_file.as_ref()),
            &self.dialect,
        )
    }

    /// What the user should know of the service before the plan.
    pub(crate) fn notes(&self) -> Vec<String> {
        capability::notes(
            &Policy::new(&self.project, self.policy_file.as_ref()),
            &self.desired,
            &self.dialect,
        )
    }

    /// The account of the token: as the configuration and the policy file name it, and as the service tells.
    pub(crate) async fn account(&self, reader: &Reader) -> Account {
        let policy = self
            .policy_file
            .as_ref()
            .and_then(|policy| policy.own_account.as_ref());
        let mut account = Account {
            id: None,
            keys: self.project.own_account.iter().chain(policy).cloned().collect(),
        };
        // A push is done in the name of an administrator, who must stay.
        let pushing = super::officevibe::settings(&self.project.directory).manager;
        account
            .keys
            .extend(pushing.map(|name| Key::new(Kind::User, &name)));
        if let Some(live) = reader.own_account().await {
            let name = live
                .attributes
                .get(self.catalog.naming(Kind::User))
                .and_then(Value::as_text);
            account.keys.extend(name.map(|name| Key::new(Kind::User, name)));
            account.id = Some(live.id);
        }
        account
    }

    /// The configuration file, as a plan records it.
    pub(crate) fn config_facts(&self) -> FileFacts {
        let name = self
            .project
            .config_path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let bytes = std::fs::metadata(&self.project.config_path).map_or(0, |metadata| metadata.len());
        FileFacts {
            bytes,
            path: name.as_ref().into(),
            rows: 0,
            sha256: self.project.digest.clone(),
        }
    }
}

/// This instant, in whole seconds.
fn now() -> jiff::Timestamp {
    let now = jiff::Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now)
}

/// The service's own attributes are known from its dialect, so the directory is read first.
fn read(global: &Global, now: jiff::Timestamp) -> Result<(Dialect, Loaded), Failure> {
    let path = global.folder.join(&global.config);
    let dialect = match project::directory_of(&path) {
        Some(directory) => connect::dialect(path.parent().unwrap_or(&global.folder), &directory)?,
        None => Dialect::default(),
    };
    let loaded = project::load(&path, &dialect.catalog(), now).map_err(|error| {
        Failure::error(error.to_string())
            .hint("`wpsync init` writes a starting configuration; -C names its folder")
    })?;
    Ok((dialect, loaded))
}

/// The policy file, where one is named. One that is named and cannot be read is an error: without it, more
/// would be allowed.
pub(crate) fn read_policy(global: &Global, ui: &Ui) -> Result<Option<PolicyFile>, Failure> {
    let Some(path) = global.policy.as_ref().filter(|path| !path.as_os_str().is_empty()) else {
        return Ok(None);
    };
    let (mut files, mut diagnostics) = (Files::new(), Diagnostics::new());
    let policy =
        PolicyFile::load(&global.folder.join(path), &mut files, &mut diagnostics).map_err(|error| {
            Failure::error(format!("cannot read the policy: {}", error.reason))
                .hint("WPSYNC_POLICY or --policy names its file")
        })?;
    ui.diagnostics(&diagnostics, &files);
    policy.map(Some).ok_or_else(|| Failure::with(Exit::Error, ""))
}
