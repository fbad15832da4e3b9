//! What a service can hold and do, laid over what is asked of it. What its dialect says that it does not hold is
//! left out of a plan, and each attribute is told once, so that a plan that was applied is followed by an empty
//! one. Nothing that the service could do is left out.
//!
//! Pure; decides nothing about what the directory holds.

mod never;
mod notes;
mod settle;
mod unheld;
mod whole;

pub use never::undeletable;
pub use notes::{notes, within_rules};
pub use settle::{Settled, settle};
pub use unheld::leave_out;
