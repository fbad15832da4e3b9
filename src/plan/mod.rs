//! A plan: every change that makes the directory as the sources declare, and what each change rests on. A
//! plan is sealed, so the executed plan is the reviewed one.
//!
//! Pure: no I/O, no clock, no randomness (they come in through [`facts::Circumstances`]). A plan is data, and
//! is complete: apply makes no choices and does only what the file says.

pub mod access;
mod build;
pub mod by_hand;
pub mod change;
mod comparison;
mod corrections;
pub mod cost;
mod declared;
mod delta;
mod draft;
pub mod facts;
pub mod file;
pub mod guard;
pub mod header;
pub(crate) mod held;
mod leaving;
mod lookalike;
mod lost;
mod meaning;
mod names;
pub mod order;
pub mod ownership;
pub(crate) mod part_alone;
mod presence;
pub mod privilege;
pub(crate) mod reading;
mod references;
pub mod remainder;
mod removal;
mod selection;
pub mod standing;
mod swap;
mod unique;
mod unnamed;
mod withholding;

pub use build::draft;
pub(crate) use build::draft_around;
pub use change::{Action, Change, MembersDelta, Precondition, Proposal, Values};
pub use cost::{Cost, Requests, cost};
pub use draft::{Blocked, Draft, DraftBasis};
pub use file::{Plan, SealError};
pub use header::{Findings, Frame, Header};
pub(crate) use leaving::unknown_leavers;
pub use meaning::change_digest;
pub use privilege::Privileges;
pub(crate) use references::References;
pub use remainder::{Held, HeldReason};
pub use selection::Selection;
pub use standing::{Standing, standing};
pub use swap::{Circle, Swapping};
pub(crate) use unique::takes_more_than_a_name;
