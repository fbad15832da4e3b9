//! What people and machines read of a plan. Everything is drawn from the saved plan, offline and without a token, never from anything
//! else: nobody approves something that the file does not contain.

mod json;
mod receipt;
mod text;

pub use json::json;
pub use receipt::receipt_text;
pub use text::{Palette, summary, text};
