//! The values that go into an expression and come out of it.

use cel::ExecutionError;

/// The value of a field that an expression uses.
#[derive(Clone, Debug)]
pub(crate) enum FieldValue<'a> {
    Text(&'a str),
    Boolean(bool),
    Integer(i64),
    List(Vec<String>),
}

/// The result of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ExpressionOutcome {
    Text(String),
    Boolean(bool),
    List(Vec<String>),
    /// No value, because a function found none. The attribute is left alone.
    Nothing,
    /// A `null` that is written in the expression. The attribute should have no value.
    Clear,
}

/// Why an expression has no result for a row.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExpressionError {
    /// The condition before `?` is not a boolean.
    #[error("the condition before `?` is a {0}, neither true nor false")]
    Condition(String),
    /// A condition gives something other than true or false.
    #[error("it gives neither true nor false")]
    NotABoolean,
    /// The expression gives a list of something other than texts.
    #[error("it gives a list of something other than texts")]
    NotTexts,
    /// The expression gives a value that no attribute can have.
    #[error("it gives a {0}")]
    UnknownType(String),
    /// A field that the expression uses has no value.
    #[error("`{0}` has no value")]
    MissingField(String),
    /// A name that is not a field.
    #[error("`{0}` is not known")]
    UnknownName(String),
    /// A function fails for these arguments.
    #[error("`{function}`: {message}")]
    Function {
        /// The function's name.
        function: String,
        /// Why it fails.
        message: String,
    },
    /// Everything else that CEL refuses.
    #[error(transparent)]
    Cel(Box<ExecutionError>),
}
