//! Functions of lists: join, split, count, choose.

use std::borrow::Cow;

use super::argument::{Argument, ComputedValue};
use super::error::FunctionError;

/// `Join(separator, source1, …)`: all values of all sources. Empty values are left out with their separator.
pub(super) fn join(arguments: &[Argument<'_>]) -> ComputedValue {
    let separator = arguments[0].text()?.unwrap_or_default();
    let mut joined = String::new();
    for source in &arguments[1..] {
        for text in source.texts()? {
            if text.is_empty() {
                continue;
            }
            if !joined.is_empty() {
                joined.push_str(&separator);
            }
            joined.push_str(&text);
        }
    }
    Ok(if joined.is_empty() {
        Argument::Nothing
    } else {
        joined.into()
    })
}

/// `Split(source, delimiter)`. White space around a value is removed; empty values are left out.
pub(super) fn split(arguments: &[Argument<'_>]) -> ComputedValue {
    let delimiter = arguments[1]
        .text()?
        .filter(|delimiter| !delimiter.is_empty())
        .ok_or(FunctionError::Empty("delimiter"))?;
    let Some(source) = arguments[0].text()? else {
        return Ok(Argument::Nothing);
    };
    let values = source
        .split(&*delimiter)
        .map(str::trim)
        .filter(|value| !value.is_empty());
    Ok(Argument::List(
        values.map(|value| value.to_owned().into()).collect(),
    ))
}

/// `Count(attribute)`.
pub(super) fn count(arguments: &[Argument<'_>]) -> ComputedValue {
    let count = arguments[0].texts()?.len();
    Ok(Argument::Integer(i64::try_from(count).unwrap_or(i64::MAX)))
}

/// `Item(attribute, index)`: the value at a position, from 1; no value beyond the last.
pub(super) fn item(arguments: &[Argument<'_>]) -> ComputedValue {
    let index = arguments[1].integer()?.ok_or(FunctionError::Missing("index"))?;
    let index = usize::try_from(index)
        .ok()
        .filter(|index| *index > 0)
        .ok_or(FunctionError::NotAPosition("index"))?;
    let mut texts = arguments[0].texts()?;
    if index > texts.len() {
        return Ok(Argument::Nothing);
    }
    Ok(texts.swap_remove(index - 1).into_owned().into())
}

/// `RemoveDuplicates(attribute)`: each value once, in the order of its first occurrence.
pub(super) fn remove_duplicates(arguments: &[Argument<'_>]) -> ComputedValue {
    let mut seen = std::collections::HashSet::new();
    let texts = arguments[0].texts()?;
    let once = texts
        .iter()
        .filter(|text| seen.insert(&***text))
        .map(|text| Cow::Owned(text.clone().into_owned()));
    Ok(Argument::List(once.collect()))
}
