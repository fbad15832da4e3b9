//! The meaning of requests and answers: SCIM's JSON on one side, flat resources on the other. Pure:
//! [`crate::client`] sends.

mod discovery;
mod elements;
pub(crate) mod envelope;
mod failure;
pub(crate) mod filter;
mod flat;
pub(crate) mod id;
pub(crate) mod lift;
pub(crate) mod lower;
mod members;
mod message;
pub(crate) mod page;
mod parts;
pub(crate) mod pass;
pub(crate) mod patch;
pub(crate) mod put;
#[cfg(test)]
mod round_trip;
mod scalar;
pub(crate) mod shape;
mod style;
mod tally;
pub(crate) mod wait;

pub use discovery::Capabilities;
pub use failure::Failure;
pub(crate) use failure::explained;
pub use message::{Bytes, HeaderMap, Request, Response};
pub use patch::Edit;
pub use tally::Tally;
