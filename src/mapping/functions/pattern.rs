//! Regular expressions that always end in linear time.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;

/// The largest compiled expression, in bytes. Without a limit, a pull request could use up all memory.
const MOST_BYTES: usize = 1 << 20;

/// Compiles a regular expression. Look-around and back references are refused; without them, a match always
/// ends in linear time.
///
/// # Errors
/// If the text is not a regular expression, needs look-around or back references, or is too large.
pub(crate) fn pattern(text: &str) -> Result<Regex, PatternError> {
    regex::RegexBuilder::new(text)
        .size_limit(MOST_BYTES)
        .build()
        .map_err(|cause| PatternError {
            text: text.to_owned(),
            cause,
        })
}

/// The error for a text that is not a regular expression, or that may not end in linear time.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "`{text}` is not a regular expression that ends in bounded time: {}",
    last_line(cause)
)]
pub(crate) struct PatternError {
    text: String,
    #[source]
    cause: regex::Error,
}

/// The reason of an error: the last line of its text. The lines before it draw the expression.
fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let reason = text.lines().last().unwrap_or_default();
    reason.trim_start_matches("error: ").to_owned()
}

thread_local! {
    /// The expressions that this thread has compiled. A mapping has a few expressions and uses each for every
    /// row.
    static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::new(HashMap::new());
}

/// The most compiled expressions that are kept. A mapping that builds expressions from rows has no other
/// limit.
const MOST_REMEMBERED: usize = 64;

/// Compiles a regular expression, or takes it from those that this thread has kept.
pub(super) fn compiled(text: &str) -> Result<Regex, PatternError> {
    COMPILED.with_borrow_mut(|known| {
        if let Some(found) = known.get(text) {
            return Ok(found.clone());
        }
        let made = pattern(text)?;
        if known.len() == MOST_REMEMBERED {
            known.clear();
        }
        known.insert(text.to_owned(), made.clone());
        Ok(made)
    })
}
