//! Draws a problem for a terminal: the sentence, the place with its line, the related places, the way out.

use super::{Diagnostic, Files};

/// A problem as text without colour.
pub fn draw(_diagnostic: &Diagnostic, _files: &Files) -> String {
    String::new()
}
