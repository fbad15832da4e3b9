//! Executes a plan: exactly its changes, in its order, each checked against the live directory just before it
//! is made, written to the journal before it is sent, and read back after.
//!
//! - [`decide`]: the one pure decision, for a first run and for a resume: do it, already done, or drift.
//! - `execute`: one change from reading to writing; `looking` reads, `sending` writes. `finding`: whether the
//!   resource of a create is there, while its id is not known.
//! - `evidence`: what shows that a change was done: a reading after the write, never the write's own answer;
//!   `confirm`: the evidence of many changes by one list.
//! - `run`: a whole run, from checking everything to the verdict; `checking`: everything is read before
//!   anything is written; `schedule`: which change is made when; `queues`: in which order those start that
//!   need nothing more; `waves`: changes that take something away start with a single change; `tried`: what
//!   failed so far, and whether that ends the run or keeps removals back; `needs`: which changes wait for
//!   which.
//!   A run that sends one request with everything is in [`crate::whole`]. [`crate::operation::apply`] chooses
//!   between the two.
//! - `duplicates`: after creates, what is there twice.
//! - `in_part`: a change of which the directory refuses a part; `refusals`: what it refused, in words.
//! - `came_back`: the texts that the service stored in another way than they were sent.
//! - `rehearse`: the requests that a run would send, without sending them.
//! - `cause`: what many outcomes have in common, so that it is counted and said once.
//! - [`outcome`]: the outcome of each change, and the verdict computed from the outcomes.
//!
//! Apply makes no choice that is not in the plan, never undoes anything, and never sends a write whose intent
//! is not durable.

mod broken;
mod came_back;
pub(crate) mod cause;
mod checking;
mod confirm;
mod dangling;
pub mod decide;
mod duplicates;
mod error;
mod evidence;
mod execute;
mod finding;
mod in_part;
mod looking;
mod needs;
mod observer;
pub mod outcome;
mod queues;
mod refusals;
mod rehearse;
mod rewrites;
mod run;
mod schedule;
mod sending;
mod stop;
mod stored;
pub(crate) mod task;
pub(crate) mod trace;
mod tried;
pub(crate) mod values;
mod waves;

pub use cause::{cause, of_several};
pub use error::ApplyError;
pub use observer::Observer;
pub use outcome::{Duplicate, Duplicates, Halt, Next, Outcome, Report, StopReason, Verdict};
#[cfg(test)]
pub(crate) use rehearse::ShownRequest;
pub use rehearse::{Rehearsed, rehearse};
pub(crate) use run::apply;
pub use stop::Stop;
pub(crate) use task::Apply;
