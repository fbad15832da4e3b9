//! The plan: every change that would make the directory as the sources say, and what each rests on; sealed so
//! that what was reviewed is what is executed.
//!
//! Pure: no I/O, no clock, no randomness (they come in through [`header::Circumstances`]). Nothing here
//! decides what apply may do beyond what the file says: a plan is data, complete enough that apply makes no
//! choices.

pub mod build;
pub mod change;
pub mod cost;
mod diff;
pub mod file;
pub mod guard;
pub mod header;
mod leaving;
mod meaning;
mod names;
pub mod order;
pub mod ownership;
mod selection;
mod swap;

pub use build::{Blocked, Draft, Inputs, draft};
pub use change::{Action, Change, MembersDelta, Precondition, Values};
pub use cost::{Cost, Requests, cost};
pub(crate) use diff::References;
pub use file::{Plan, SealError};
pub use header::Header;
pub use selection::Selection;
pub use swap::Swapping;
