//! The embedded directory: a SCIM 2.0 service over one crash-safe file.
//!
//! `directory: {local: directory.db}` calls [`Service::router`] in-process. `wpsync sandbox` serves the same
//! router over HTTP with [`serve`]. Nothing here knows plans or sources. Faults are injected by layers around
//! the router.
//!
//! `router` passes a request on to `write` (create, replace, patch, delete), `list` or `bulk`. `resource`
//! checks what clients send against the schema documents. `store` holds complete JSON and indexes. Listings
//! do not have a user's `groups` unless `attributes` names them; a GET of one user has them.

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
mod response;
mod router;
mod schema;
mod selection;
mod serve;
mod service;
mod sort;
mod store;
mod version;
mod write;

pub use emulation::{Emulation, PaceReport};
pub use identifiers::{Identifiers, ServiceClock};
pub use record::{Exchange, Recorder};
pub use serve::{serve, serve_router};
pub use service::{Service, ServiceOptions};
pub use store::{Durability, SandboxError};
