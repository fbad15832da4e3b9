//! Functions that compare values, choose the first value or one by a key, or give true or false.
//!
//! For these functions, no value and an empty text are the same, and a missing field is not a mistake.

#![expect(
    clippy::unnecessary_wraps,
    reason = "all functions of the table have the same signature"
)]

use std::cmp::Ordering;

use super::argument::{Argument, ComputedValue};
use super::dates;
use super::error::FunctionError;

/// `Coalesce(source1, …, default)`: the first argument that has a value.
pub(super) fn coalesce(arguments: &[Argument<'_>]) -> ComputedValue {
    Ok(arguments
        .iter()
        .find(|argument| !matches!(argument, Argument::Nothing))
        .map_or(Argument::Nothing, Argument::to_owned_value))
}

/// `Switch(source, default, key1, value1, …)`. Upper and lower case differ. A source without a value has the
/// key `""`.
pub(super) fn switch(arguments: &[Argument<'_>]) -> ComputedValue {
    let source = arguments[0].text()?.unwrap_or_default();
    for pair in arguments[2..].chunks_exact(2) {
        if pair[0].text()?.unwrap_or_default() == source {
            return Ok(pair[1].to_owned_value());
        }
    }
    Ok(arguments[1].to_owned_value())
}

/// `IgnoreFlowIfNullOrEmpty(expression)`: the value, or no value if it is empty. `Redact(value)` does the
/// same, because no log of wpsync holds values.
pub(super) fn unless_empty(arguments: &[Argument<'_>]) -> ComputedValue {
    Ok(if arguments[0].is_empty() {
        Argument::Nothing
    } else {
        arguments[0].to_owned_value()
    })
}

/// `IsNull(expression)`.
pub(super) fn is_null(arguments: &[Argument<'_>]) -> ComputedValue {
    Ok(Argument::Boolean(arguments[0] == Argument::Nothing))
}

/// `IsNullOrEmpty(expression)`.
pub(super) fn is_null_or_empty(arguments: &[Argument<'_>]) -> ComputedValue {
    Ok(Argument::Boolean(arguments[0].is_empty()))
}

/// `IsPresent(expression)`.
pub(super) fn is_present(arguments: &[Argument<'_>]) -> ComputedValue {
    Ok(Argument::Boolean(!arguments[0].is_empty()))
}

/// `IsString(expression)`.
pub(super) fn is_string(arguments: &[Argument<'_>]) -> ComputedValue {
    Ok(Argument::Boolean(matches!(arguments[0], Argument::Text(_))))
}

/// `Not(source)`: false if the source is true, else true.
pub(super) fn not(arguments: &[Argument<'_>]) -> ComputedValue {
    Ok(Argument::Boolean(!holds(&arguments[0])?))
}

/// `CBool(expression)`. A value inside a condition becomes true or false in the same way.
pub(super) fn c_bool(arguments: &[Argument<'_>]) -> ComputedValue {
    holds(&arguments[0]).map(Argument::Boolean)
}

fn holds(value: &Argument<'_>) -> Result<bool, FunctionError> {
    match value {
        Argument::Nothing => Ok(false),
        Argument::Boolean(value) => Ok(*value),
        Argument::Integer(number) => Ok(*number != 0),
        value => {
            let text = value.text()?.unwrap_or_default();
            let word = text.trim();
            match word.parse::<i64>() {
                Ok(number) => Ok(number != 0),
                Err(_) if word.eq_ignore_ascii_case("true") => Ok(true),
                Err(_) if word.is_empty() || word.eq_ignore_ascii_case("false") => Ok(false),
                Err(_) => Err(FunctionError::NotABoolean(word.to_owned())),
            }
        }
    }
}

/// `=` inside a function. Texts compare by their characters, numbers by value; `True` equals true.
pub(super) fn equal(arguments: &[Argument<'_>]) -> ComputedValue {
    let (left, right) = (&arguments[0], &arguments[1]);
    let is_equal = match (left, right) {
        _ if left.is_empty() || right.is_empty() => left.is_empty() && right.is_empty(),
        (Argument::List(left), Argument::List(right)) => left == right,
        (Argument::Boolean(_), _) | (_, Argument::Boolean(_)) => {
            let (left, right) = (left.text()?, right.text()?);
            left.zip(right)
                .is_some_and(|(left, right)| left.eq_ignore_ascii_case(&right))
        }
        (Argument::Integer(_), _) | (_, Argument::Integer(_)) => {
            let integers = left.integer().ok().zip(right.integer().ok());
            integers.is_some_and(|(left, right)| left == right)
        }
        _ => left.text()? == right.text()?,
    };
    Ok(Argument::Boolean(is_equal))
}

/// `>` inside a function; false if a side has no value.
pub(super) fn greater(arguments: &[Argument<'_>]) -> ComputedValue {
    compare(arguments).map(|order| Argument::Boolean(order == Some(Ordering::Greater)))
}

/// `<` inside a function; false if a side has no value.
pub(super) fn less(arguments: &[Argument<'_>]) -> ComputedValue {
    compare(arguments).map(|order| Argument::Boolean(order == Some(Ordering::Less)))
}

/// `>=` inside a function; false if a side has no value.
pub(super) fn not_less(arguments: &[Argument<'_>]) -> ComputedValue {
    compare(arguments).map(|order| Argument::Boolean(order.is_some_and(Ordering::is_ge)))
}

/// `<=` inside a function; false if a side has no value.
pub(super) fn not_greater(arguments: &[Argument<'_>]) -> ComputedValue {
    compare(arguments).map(|order| Argument::Boolean(order.is_some_and(Ordering::is_le)))
}

/// Compares two whole numbers by value, two dates by time, and all else as texts, by characters. `None` if a
/// side has no value.
fn compare(arguments: &[Argument<'_>]) -> Result<Option<Ordering>, FunctionError> {
    if arguments.iter().any(Argument::is_empty) {
        return Ok(None);
    }
    if let (Ok(Some(left)), Ok(Some(right))) = (arguments[0].integer(), arguments[1].integer()) {
        return Ok(Some(left.cmp(&right)));
    }
    let left = arguments[0].text()?.unwrap_or_default();
    let right = arguments[1].text()?.unwrap_or_default();
    if let (Some(left), Some(right)) = (dates::read(&left), dates::read(&right)) {
        return Ok(Some(left.cmp(&right)));
    }
    Ok(Some(left.cmp(&right)))
}
