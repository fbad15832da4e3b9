//! The network: how requests reach a directory, and how answers are read.
//!
//! [`Reader`] has no method that writes, and planning holds nothing else. Only an apply opens a [`Writer`].
//! Both speak SCIM 2.0 through the codec of [`crate::wire`], over a [`transport`] that is HTTPS or a call
//! into the embedded service. A directory that is written in one request is read by the calls of `whole`
//! instead.

mod address;
mod batches;
mod bulk;
mod clock;
mod connection;
mod error;
mod health;
pub mod http;
mod in_process;
mod limiter;
mod listing;
pub(crate) mod lookup;
mod membership;
mod pace;
pub(crate) mod progress;
mod proof;
mod reader;
mod redact;
mod refused;
mod retry;
pub(crate) mod session;
pub(crate) mod trace;
pub mod transport;
mod whole;
mod writer;

pub use crate::wire::Tally;
pub use address::{DirectoryAddress, DirectoryAddressError};
pub use bulk::BulkTransport;
pub use connection::{ReadConnection, WriteConnection};
pub use error::DirectoryError;
pub use in_process::InProcessTransport;
pub use listing::Listed;
pub use progress::ListProgress;
pub use reader::{Facts, Reader};
pub use refused::{MemberRefusals, RefusedMember};
pub use retry::Tries;
pub use writer::Writer;
