//! Guards: named limits on what a plan may do. They are on by default, and judge a plan when it is made and
//! again before it is applied. If one guard refuses, nothing is sent. The way out is a waiver inside the
//! plan, with the exact number and a reason, which reviewers see. Protected people have no waiver.
//!
//! Each guard is a pure function from [`Grounds`] to a figure. The plan's header holds the figures, and
//! [`refusals`] judges them.

mod admins;
mod cases;
pub(super) mod figure;
mod figures;
mod grounds;
mod groups;
mod held;
mod history;
mod limit;
mod lookalike;
mod name;
mod people;
mod released;
mod rename;
mod shrinking;
mod verdict;
mod volume;

pub(crate) use cases::{Removed, cases_of};
pub use figure::{GuardFigure, Waiver};
pub use figures::figures;
pub use grounds::{Account, Grounds};
pub use history::{History, LastApply};
pub use name::Guard;
pub use released::Released;
pub(crate) use rename::left_behind;
pub use verdict::{Trial, refusals};
pub(crate) use verdict::{counts_for_later, losses_for_later, refusals_said};
pub(crate) use volume::is_identity;
