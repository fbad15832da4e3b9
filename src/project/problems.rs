//! `problems:`: what a plan does with rows that have an error of their own.

use super::section::Section;
use crate::diagnostics::Diagnostics;

/// What a plan does with a row that has an error of its own, such as a date that is none. An error about a
/// whole file refuses the plan in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Problems {
    /// No plan is made.
    #[default]
    Refuse,
    /// Nothing is planned for the person or group of the row. Everybody else's changes are.
    Hold,
}

pub(super) fn problems(config: &mut Section<'_>, diagnostics: &mut Diagnostics) -> Problems {
    match config.take_word("problems", &["refuse", "hold"], diagnostics) {
        Some((1, _)) => Problems::Hold,
        _ => Problems::Refuse,
    }
}
