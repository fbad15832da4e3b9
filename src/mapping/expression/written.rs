//! The text of an expression before it is compiled: its language, its place, the names that it may use, and
//! its mistakes.

use jiff::Timestamp;

use crate::diagnostics::Origin;
use crate::mapping::functions::Type;

/// The text of an expression and its place.
#[derive(Clone, Debug)]
pub(crate) struct ExpressionText<'a> {
    pub(crate) text: &'a str,
    pub(crate) origin: Origin,
    /// The characters between the origin and the expression: 1 for an opening quote, else 0.
    pub(crate) skip: u32,
}

/// The language of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// CEL.
    Cel,
    /// The language of Entra's attribute mappings: `[attribute]`, `=`, `<>`, omitted arguments.
    Entra,
}

/// What an expression may use: its variable, the instant of the plan, and the types of the fields.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// The only variable.
    pub(crate) variable: &'static str,
    /// The instant of the plan, which `Now()` gives.
    pub(crate) now: Timestamp,
    /// The type of a field.
    pub(crate) type_of: &'a dyn Fn(&[String]) -> Type,
}

/// A mistake in a part of an expression.
pub(super) struct Mistake {
    /// The id of the part; `None` if the parser gives it no place.
    pub(super) id: Option<u64>,
    /// The number of characters from the start of the part to the place that the parser gives it. For a call,
    /// that place is its bracket.
    pub(super) before: usize,
    pub(super) message: String,
    pub(super) hint: String,
}

impl ExpressionText<'_> {
    /// The place of a character of the expression. If the character is not known, or if the text has several
    /// lines, the place of the whole expression.
    pub(super) fn place(&self, character: Option<usize>) -> Origin {
        let mut origin = self.origin;
        if let Some(character) = character.and_then(|character| u32::try_from(character).ok())
            && !self.text.contains('\n')
        {
            origin.column += self.skip + character;
        }
        origin
    }
}
