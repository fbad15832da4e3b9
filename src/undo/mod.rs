//! The reverse of an apply, as changes of an ordinary plan: made from the plan that was applied, its receipt,
//! and what is live now. Pure.
//!
//! Only what is still as the apply left it is put back; what somebody changed since is left to them, and
//! said.

mod live;
mod members;
mod reverse;
mod undoing;

pub use reverse::reverse;
pub use undoing::{Created, LeftOut, Reversal, Undoing};
