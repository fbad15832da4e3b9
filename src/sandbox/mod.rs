//! The embedded directory: a SCIM 2.0 service over one crash-safe file.
//!
//! `directory: {local: directory.db}` calls [`Service::router`] in-process; `wpsync sandbox` serves the same
//! router over HTTP with [`serve`]. Nothing here knows of plans or sources, and nothing here makes up a
//! fault: layers around the router do that.
//!
//! A request goes through `router` to `write` (create, replace, patch, delete), `list` or `bulk`; what
//! clients send is checked by `resource` against the schema documents; `store` holds ready JSON and indexes.
//! Listings do not have a user's `groups` unless `attributes` names it; a GET of one user has them.

mod bulk;
mod compose;
mod discovery;
mod document;
mod emulation;
mod filter;
mod identifiers;
mod list;
mod members;
mod page;
mod patch;
mod problem;
mod record;
mod request;
mod resource;
mod router;
mod schema;
mod selection;
mod serve;
mod sort;
mod store;
mod version;
mod write;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

pub use emulation::{Emulation, Pace};
pub use identifiers::{Clock, Identifiers};
pub use record::{Exchange, Recorder};
pub use serve::{serve, serve_router};
pub use store::{Durability, SandboxError};

use crate::model::{Kind, SchemaDocument};
use problem::Problem;
use schema::Schemas;
use store::{Store, Writing};

/// Bytes of a body at most; a group of 100,000 members fits.
const MAX_BODY: usize = 32 << 20;

/// What a service takes from outside.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What time it is.
    pub clock: Clock,
    /// Ids of new resources.
    pub identifiers: Identifiers,
    /// Whether writes are on the disk when they are answered.
    pub durability: Durability,
}

/// A SCIM service over its file. Clones are the same service.
#[derive(Clone)]
pub struct Service {
    store: Arc<Store>,
    schemas: &'static Schemas,
    options: Options,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Service")
    }
}

impl Service {
    /// Opens a directory file, or makes a new one that only its owner can read. The file is locked until the
    /// last clone is gone.
    pub fn open(path: &Path) -> Result<Self, SandboxError> {
        Self::open_with(path, Options::default())
    }

    /// Opens a directory file with a clock, ids and a durability of one's own.
    pub fn open_with(path: &Path, options: Options) -> Result<Self, SandboxError> {
        let store = Arc::new(Store::open(path, options.durability)?);
        Ok(Self {
            store,
            schemas: Schemas::standard(),
            options,
        })
    }

    /// A service that forgets everything, for tests.
    pub fn in_memory() -> Self {
        Self::in_memory_with(Options::default())
    }

    /// A service that forgets everything, with a clock and ids of one's own.
    ///
    /// # Panics
    /// Never: memory refuses nothing that an empty store needs.
    pub fn in_memory_with(options: Options) -> Self {
        let store = Arc::new(Store::in_memory().expect("an empty store fits in memory"));
        Self {
            store,
            schemas: Schemas::standard(),
            options,
        }
    }

    /// The same directory, with extensions of people and groups beyond RFC 7643's.
    #[must_use]
    pub fn with_extensions(mut self, extensions: &[SchemaDocument]) -> Self {
        self.schemas = Schemas::with(extensions);
        self
    }

    /// The service's routes, at `/`. Without authentication: whoever has the router is inside.
    pub fn router(&self) -> axum::Router {
        router::router(self.clone())
    }

    /// Creates many resources in one transaction, each checked as a POST is; gives their ids. Members must
    /// exist or come before.
    pub fn load(
        &self,
        kind: Kind,
        bodies: impl Iterator<Item = Value> + Send + 'static,
    ) -> Result<Vec<String>, SandboxError> {
        let service = self.clone();
        let work = move |tables: &mut Writing<'_>| {
            let create = |body: Value| {
                let target = service.addressed(kind, service.options.identifiers.next(), None);
                Ok::<_, Problem>(write::create(tables, &target, &body)?.envelope.id)
            };
            bodies.map(create).collect::<Result<Vec<_>, _>>()
        };
        self.store
            .write(work)
            .map_err(|problem| SandboxError::Load(problem.detail))
    }

    /// The resource that a request of now means.
    fn addressed(&self, kind: Kind, id: String, if_match: Option<String>) -> write::Addressed {
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

    /// Runs work that writes on a thread that may block.
    async fn write<T, W>(&self, work: W) -> Result<T, Problem>
    where
        T: Send + 'static,
        W: FnOnce(&mut Writing<'_>) -> Result<T, Problem> + Send + 'static,
    {
        let store = self.store.clone();
        blocking(move || store.write(work)).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Problem::internal(&error)))
}
