//! Why a function cannot be computed for a row.

use super::date_format::DateFormatError;
use super::pattern::PatternError;

/// Why a function cannot be computed for a row, as a sentence that follows the function's name.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum FunctionError {
    /// The function needs one text and got several.
    #[error("it takes one text, and here are {0}: choose one with `Item`, or join them with `Join`")]
    SeveralTexts(usize),
    /// The function needs texts, and the list has something else.
    #[error("it takes a list of texts")]
    NotTexts,
    /// A value of CEL that no function takes.
    #[error("it cannot take a {0}")]
    UnknownType(String),
    /// The function needs a whole number.
    #[error("it takes a whole number, not `{0}`")]
    NotAnInteger(String),
    /// The function needs true or false.
    #[error("`{0}` is neither true nor false")]
    NotABoolean(String),
    /// A parameter that must have a value has none.
    #[error("`{0}` has no value")]
    Missing(&'static str),
    /// A parameter that must not be empty is.
    #[error("`{0}` is empty")]
    Empty(&'static str),
    /// A position is zero or negative.
    #[error("`{0}` counts from 1")]
    NotAPosition(&'static str),
    /// A length is negative.
    #[error("`length` cannot be negative")]
    NegativeLength,
    /// The function needs a culture.
    #[error("`{0}` is not a culture, as `en-US`")]
    NotACulture(String),
    /// `InStr` knows two ways to compare.
    #[error("`compareType` is vbTextCompare or vbBinaryCompare, not `{0}`")]
    UnknownComparison(String),
    /// The function needs a date.
    #[error(
        "`{0}` is not a date that is known, as 2026-01-31 or 1/31/2026 9:00:00 AM; \
         name its form with `FormatDateTime`"
    )]
    NotADate(String),
    /// The function needs a date of a given form.
    #[error("`{text}` is not a date of the form `{form}`")]
    NotOfForm {
        /// The text.
        text: String,
        /// The form that was asked for.
        form: String,
    },
    /// The number is beyond the calendar.
    #[error("{0} is no date")]
    BeyondCalendar(i64),
    /// The date was moved beyond the calendar.
    #[error("{value} {interval} from there is no date")]
    MovedBeyondCalendar {
        /// How many intervals.
        value: i64,
        /// The interval's word.
        interval: &'static str,
    },
    /// The function needs a unit of time.
    #[error("`{0}` is not an interval; it is one of yyyy, m, d, ww, h, n, s")]
    NotAnInterval(String),
    /// A style of .NET that would change a date.
    #[error("the style `{0}` is not known; a time without an offset is UTC, wherever wpsync runs")]
    UnknownStyle(String),
    /// `FormatDateTime` needs both forms.
    #[error("a form of dates is missing")]
    MissingDateForm,
    /// The date format cannot be compiled.
    #[error(transparent)]
    DateFormat(#[from] DateFormatError),
    /// The regular expression cannot be compiled.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// `Replace` knows five combinations of its arguments.
    #[error(
        "these arguments mean nothing together; give oldValue and replacementValue, \
         oldValue and template, regexPattern and replacementValue, or regexPattern and regexGroupName \
         with replacementValue or replacementAttributeName"
    )]
    UnknownReplacement,
    /// A replacement could make a text of any length.
    #[error("the result may be longer than {0} bytes")]
    TooLong(usize),
    /// The regular expression does not have the group that the function needs.
    #[error("the regular expression has no group `{0}`")]
    NoGroup(String),
}
