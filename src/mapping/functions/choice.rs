//! Functions that ask and choose: which value there is, whether two are one, what is true.
//!
//! No value and an empty text are one to them, and asking about a value that is not there is no mistake.

#![expect(
    clippy::unnecessary_wraps,
    reason = "the functions of the table have one shape"
)]

use std::cmp::Ordering;

use super::Argument;

type Given = Result<Argument<'static>, String>;

/// `Coalesce(source1, …, default)`: the first that has a value.
pub(super) fn coalesce(arguments: &[Argument<'_>]) -> Given {
    Ok(arguments
        .iter()
        .find(|one| !matches!(one, Argument::Nothing))
        .map_or(Argument::Nothing, Argument::kept))
}

/// `Switch(source, default, key1, value1, …)`: upper and lower case differ; no value is the key `""`.
pub(super) fn switch(arguments: &[Argument<'_>]) -> Given {
    let source = arguments[0].text()?.unwrap_or_default();
    for pair in arguments[2..].chunks_exact(2) {
        if pair[0].text()?.unwrap_or_default() == source {
            return Ok(pair[1].kept());
        }
    }
    Ok(arguments[1].kept())
}

/// `IgnoreFlowIfNullOrEmpty(expression)`: a value, or none. `Redact(value)` is the same, because no log of
/// wpsync holds values.
pub(super) fn unless_empty(arguments: &[Argument<'_>]) -> Given {
    Ok(if arguments[0].is_empty() {
        Argument::Nothing
    } else {
        arguments[0].kept()
    })
}

/// `IsNull(expression)`.
pub(super) fn is_null(arguments: &[Argument<'_>]) -> Given {
    Ok(Argument::Boolean(arguments[0] == Argument::Nothing))
}

/// `IsNullOrEmpty(expression)`.
pub(super) fn is_null_or_empty(arguments: &[Argument<'_>]) -> Given {
    Ok(Argument::Boolean(arguments[0].is_empty()))
}

/// `IsPresent(expression)`.
pub(super) fn is_present(arguments: &[Argument<'_>]) -> Given {
    Ok(Argument::Boolean(!arguments[0].is_empty()))
}

/// `IsString(expression)`.
pub(super) fn is_string(arguments: &[Argument<'_>]) -> Given {
    Ok(Argument::Boolean(matches!(arguments[0], Argument::Text(_))))
}

/// `Not(source)`: false where the source is true, else true.
pub(super) fn not(arguments: &[Argument<'_>]) -> Given {
    Ok(Argument::Boolean(!holds(&arguments[0])?))
}

/// `CBool(expression)`, and what makes a condition of a value.
pub(super) fn c_bool(arguments: &[Argument<'_>]) -> Given {
    holds(&arguments[0]).map(Argument::Boolean)
}

fn holds(value: &Argument<'_>) -> Result<bool, String> {
    match value {
        Argument::Nothing => Ok(false),
        Argument::Boolean(value) => Ok(*value),
        Argument::Integer(number) => Ok(*number != 0),
        other => {
            let text = other.text()?.unwrap_or_default();
            let word = text.trim();
            match word.parse::<i64>() {
                Ok(number) => Ok(number != 0),
                Err(_) if word.eq_ignore_ascii_case("true") => Ok(true),
                Err(_) if word.is_empty() || word.eq_ignore_ascii_case("false") => Ok(false),
                Err(_) => Err(format!("`{word}` is neither true nor false")),
            }
        }
    }
}

/// `=` inside a function: texts by their characters, numbers by value, `True` and true are one.
pub(super) fn equal(arguments: &[Argument<'_>]) -> Given {
    let same = match (&arguments[0], &arguments[1]) {
        (one, other) if one.is_empty() || other.is_empty() => one.is_empty() && other.is_empty(),
        (Argument::List(one), Argument::List(other)) => one == other,
        (Argument::Boolean(_), other) | (other, Argument::Boolean(_)) => {
            let (one, word) = (arguments[0].text()?, arguments[1].text()?);
            other.text()?.is_some()
                && one
                    .unwrap_or_default()
                    .eq_ignore_ascii_case(&word.unwrap_or_default())
        }
        (Argument::Integer(_), _) | (_, Argument::Integer(_)) => {
            match (arguments[0].integer(), arguments[1].integer()) {
                (Ok(one), Ok(other)) => one == other,
                _ => false,
            }
        }
        (one, other) => one.text()? == other.text()?,
    };
    Ok(Argument::Boolean(same))
}

/// `>` inside a function; false where a side has no value.
pub(super) fn greater(arguments: &[Argument<'_>]) -> Given {
    compare(arguments).map(|order| Argument::Boolean(order == Some(Ordering::Greater)))
}

/// `<` inside a function; false where a side has no value.
pub(super) fn less(arguments: &[Argument<'_>]) -> Given {
    compare(arguments).map(|order| Argument::Boolean(order == Some(Ordering::Less)))
}

/// `>=` inside a function; false where a side has no value.
pub(super) fn not_less(arguments: &[Argument<'_>]) -> Given {
    compare(arguments).map(|order| Argument::Boolean(order.is_some_and(Ordering::is_ge)))
}

/// `<=` inside a function; false where a side has no value.
pub(super) fn not_greater(arguments: &[Argument<'_>]) -> Given {
    compare(arguments).map(|order| Argument::Boolean(order.is_some_and(Ordering::is_le)))
}

/// Numbers by value where both sides are whole numbers, dates by time where both are dates, texts by their
/// characters.
fn compare(arguments: &[Argument<'_>]) -> Result<Option<Ordering>, String> {
    if arguments.iter().any(Argument::is_empty) {
        return Ok(None);
    }
    if let (Ok(Some(one)), Ok(Some(other))) = (arguments[0].integer(), arguments[1].integer()) {
        return Ok(Some(one.cmp(&other)));
    }
    let (one, other) = (
        arguments[0].text()?.unwrap_or_default(),
        arguments[1].text()?.unwrap_or_default(),
    );
    if let (Some(one), Some(other)) = (super::read_date(&one), super::read_date(&other)) {
        return Ok(Some(one.cmp(&other)));
    }
    Ok(Some(one.cmp(&other)))
}
