//! The service: its store, its schemas, its clock.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::identifiers::{Identifiers, ServiceClock};
use super::problem::ScimProblem;
use super::schema::Schemas;
use super::store::{Durability, EmbeddedStore, SandboxError, Writing};
use super::write;
use crate::model::{Kind, SchemaDocument};

/// The clock, the ids and the durability of a service.
#[derive(Clone, Debug, Default)]
pub struct ServiceOptions {
    /// The clock of versions and of emulated limits.
    pub clock: ServiceClock,
    /// The ids of new resources.
    pub identifiers: Identifiers,
    /// Whether a write is on the disk when it is answered.
    pub durability: Durability,
}

/// A SCIM service over its file. Clones are the same service.
#[derive(Clone)]
pub struct Service {
    pub(super) store: Arc<EmbeddedStore>,
    pub(super) schemas: &'static Schemas,
    pub(super) options: ServiceOptions,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Service")
    }
}

impl Service {
    /// Opens a directory file, or creates one that only its owner can read. The file is locked until the last
    /// clone is dropped.
    ///
    /// # Errors
    /// [`SandboxError`] if the file is in use, is not a directory file, or cannot be opened.
    pub fn open(path: &Path) -> Result<Self, SandboxError> {
        Self::open_with(path, ServiceOptions::default())
    }

    /// Opens a directory file with a given clock, ids and durability.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn open_with(path: &Path, options: ServiceOptions) -> Result<Self, SandboxError> {
        let store = Arc::new(EmbeddedStore::open(path, options.durability)?);
        Ok(Self {
            store,
            schemas: Schemas::standard(),
            options,
        })
    }

    /// A service whose directory is in memory, for tests.
    pub fn in_memory() -> Self {
        Self::in_memory_with(ServiceOptions::default())
    }

    /// A service whose directory is in memory, with a given clock and ids.
    ///
    /// # Panics
    /// Never, because an empty store in memory does not fail.
    pub fn in_memory_with(options: ServiceOptions) -> Self {
        let store = Arc::new(EmbeddedStore::in_memory().expect("an empty store fits in memory"));
        Self {
            store,
            schemas: Schemas::standard(),
            options,
        }
    }

    /// The same directory with further extensions of people and groups.
    #[must_use]
    pub(crate) fn with_extensions(mut self, extensions: &[SchemaDocument]) -> Self {
        self.schemas = Schemas::with(extensions);
        self
    }

    /// Creates many resources in one transaction and returns their ids. Each is checked like the body of a
    /// POST. Members must exist or come before their group.
    ///
    /// # Errors
    /// [`SandboxError::Load`] if a resource is refused, or the store fails.
    pub fn load(
        &self,
        kind: Kind,
        bodies: impl Iterator<Item = Value> + Send + 'static,
    ) -> Result<Vec<String>, SandboxError> {
        let service = self.clone();
        let work = move |tables: &mut Writing<'_>| {
            let create = |body: Value| {
                let target = service.addressed(kind, service.options.identifiers.next(), None);
                Ok::<_, ScimProblem>(write::create(tables, &target, &body)?.envelope.id)
            };
            bodies.map(create).collect::<Result<Vec<_>, _>>()
        };
        self.store
            .write(work)
            .map_err(|problem| SandboxError::Load(problem.detail))
    }

    /// The resource of a request at this time.
    pub(super) fn addressed(&self, kind: Kind, id: String, if_match: Option<String>) -> write::Addressed {
        write::Addressed {
            schemas: self.schemas,
            kind,
            id,
            if_match,
            now: self.now(),
        }
    }

    fn now(&self) -> String {
        format!("{:.3}", self.options.clock.now())
    }

    /// Runs a write on a thread that may block.
    pub(super) async fn write<T, W>(&self, work: W) -> Result<T, ScimProblem>
    where
        T: Send + 'static,
        W: FnOnce(&mut Writing<'_>) -> Result<T, ScimProblem> + Send + 'static,
    {
        let store = self.store.clone();
        blocking(move || store.write(work)).await
    }
}

/// Runs work on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ScimProblem> + Send + 'static,
) -> Result<T, ScimProblem> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(ScimProblem::internal(&error)))
}
