//! A directory that is written in one request for all people and groups (Officevibe).
//!
//! - [`form`]: how a service is written, as data of its dialect. It is the one place that decides between a
//!   request for each change and one request for everything.
//! - [`content`]: the content of the one request, as a plan holds it. `compose` makes it from the live
//!   directory and the changes; `moved` finds what others have changed since.
//! - [`last_sent`]: the values that were sent and cannot be read back. `answer` and `lift` read the service's
//!   answers.
//! - `run`: an apply, from reading everything to the outcome of each change. `look`: the decision on each
//!   change.
//!
//! All modules except `run` are pure; the client reads. [`crate::capability`] says what the service makes of
//! the sources.

pub(crate) mod answer;
pub mod compose;
pub mod content;
pub mod form;
pub mod last_sent;
pub(crate) mod lift;
mod look;
pub(crate) mod moved;
pub(crate) mod run;
