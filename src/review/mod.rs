//! Views of a plan for people and programs. Every view is drawn only from the saved plan, offline and without
//! a token, so nobody approves something that the file does not contain.
//!
//! Foreign text (names, values, reasons, file names) is made harmless for every form:
//! [`crate::escape::Escaped`] for visible text, then code spans and fences in Markdown, JSON without angle
//! brackets and text nodes in HTML.

mod by_hand;
mod done;
mod figures;
mod held;
mod html;
mod json;
mod markdown;
mod pattern;
mod receipt;
mod rights;
pub(crate) mod shown;
mod standing;
mod steps;
mod text;
mod words;

pub use done::Done;
pub(crate) use held::held_lines;
pub use html::html;
pub use json::{Beside, json, json_beside, json_text};
pub use markdown::{DEFAULT_BUDGET, SMALLEST_BUDGET, markdown};
pub use receipt::{receipt_html, receipt_json, receipt_markdown, receipt_text, unverified};
pub use standing::{counts, headline, left_undone, standing_json};
pub use text::{Palette, text, text_in_short};
pub use words::time;
