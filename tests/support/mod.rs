//! The stand-in for a directory service, one for all tests.
//!
//! A [`Service`] is the sandbox's SCIM service, or answers that a test makes up ([`Service::scripted`]). It
//! keeps every request ([`Exchange`]), and can be read and edited behind the client's back. It departs from
//! the RFC as its [`Behaviour`] says: filters that find nobody or everybody, values that are answered and not
//! kept, members that are not shown, writes that show late, names that several people have.
//!
//! A [`Line`] leads to a service, in-process: it is a [`wpsync::client::transport::Transport`]. A [`Script`]
//! disturbs its requests with [`Fault`]s. A [`Door`] puts a line behind a loopback port, for the real
//! command.

#![allow(dead_code, reason = "each test crate needs a part of it")]
#![allow(unused_imports, reason = "each test crate needs a part of it")]

mod behaviour;
mod door;
mod embedded;
pub mod encodings;
mod exchange;
mod fault;
mod line;
mod lookup;
pub mod machine;
mod operation;
pub mod project;
mod refusals;
mod service;
mod threads;

pub use behaviour::{Answers, Behaviour, Filters, Late, Members, Names, Storage, View};
pub use door::Door;
pub use exchange::{Exchange, tail};
pub use fault::{Fault, ORIGIN, TOLD, Throttle, error_body, reply};
pub use line::{Asked, Check, Line, Script};
pub use operation::{Operation, body, operations};
pub use refusals::{Refusal, Refused, refusing};
pub use service::{Incoming, Service};
