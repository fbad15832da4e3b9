//! A directory that is written in one request for all people and groups (Officevibe).
//!
//! - [`form`]: how a service is written, as data of its dialect; here is the one place where the two manners
//!   part.
//! - [`content`]: what one such request holds, as a plan keeps it; `compose` makes it of what is there and of
//!   the changes; `moved` says what somebody else has changed since.
//! - [`last_sent`]: what cannot be read and was sent; `answer` and `lift`: what the service's answers mean.
//! - `run`: an apply, from reading everything to judging what became of each
//!   change; `look`: what a change would find.
//!
//! All but `run` are pure; the calls that read are the client's. What becomes there of what the sources ask,
//! [`crate::capability`] says.

pub(crate) mod answer;
pub mod compose;
pub mod content;
pub mod form;
pub mod last_sent;
pub(crate) mod lift;
mod look;
pub(crate) mod moved;
pub(crate) mod run;
