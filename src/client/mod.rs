//! The network: how requests reach a directory, and what is made of the answers.
//!
//! [`Reader`] has no method that writes; what plans holds nothing else. Only an apply opens a [`Writer`]. Both speak
//! SCIM 2.0 through the codec of [`crate::wire`], whether the [`transport`] is HTTPS or a call into the embedded
//! service. Where a dialect has a push form, the reader asks the calls of [`crate::whole`] instead, and the writer
//! has one request that holds everything.

mod bulk;
mod clock;
mod error;
mod health;
pub mod http;
mod in_process;
mod limiter;
mod listing;
mod membership;
mod origin;
mod pace;
mod reader;
mod redact;
mod retry;
mod session;
pub mod transport;
mod writer;

pub use bulk::BulkTransport;
pub use error::DirectoryError;
pub use in_process::InProcessTransport;
pub(crate) use listing::Receiver;
pub use listing::{ListProgress, Listed};
pub use origin::{Origin, OriginError};
pub use reader::{Facts, Reader};
pub use retry::Tries;
pub use session::{ReadConnection, Tally, WriteConnection};
pub use writer::Writer;
