//! What a service can hold and do, applied to what the sources ask for. Whatever the dialect says the service
//! does not hold is left out of a plan, with one warning per attribute. So an applied plan is followed by an
//! empty plan. Nothing that the service could do is left out.
//!
//! Pure. Nothing here decides what the directory holds.

mod draft;
mod identifiers;
mod never;
mod notes;
mod removable;
mod settle;
mod unheld;
mod whole;

pub(crate) use draft::{Fitted, draft};
pub(crate) use identifiers::unheld_identifiers;
pub use notes::notes;
pub(crate) use notes::within_rules;
pub(crate) use removable::{Removable, removable};
pub(crate) use unheld::leave_out;
