//! The reverse of an apply, as changes of an ordinary plan. It is computed from the applied plan, its
//! receipt, and the live directory. Pure.
//!
//! A value is put back only if it is still as the apply left it. A value that somebody changed since stays,
//! and is reported.

mod created;
mod later;
mod live;
mod members;
mod reverse;
mod undoing;

pub use reverse::reverse;
pub use undoing::{Created, LaterApply, LeftOut, Reversal, Undoing};
