//! `Replace`: replaces parts of a text, found by a text or by a regular expression. Its arguments have five
//! valid combinations.

use regex::Regex;

use super::argument::{Argument, ComputedValue};
use super::error::FunctionError;
use super::pattern::compiled;

/// The longest result of a replacement, in bytes. A longer text would be refused as a value anyway.
const MOST_TEXT: usize = 1 << 20;

/// `Replace(source, oldValue, regexPattern, regexGroupName, replacementValue, replacementAttributeName,
/// template)`.
pub(super) fn replace(arguments: &[Argument<'_>]) -> ComputedValue {
    let given = |at: usize| arguments.get(at).map_or(Ok(None), Argument::text);
    let (source, old, regex, group) = (given(0)?, given(1)?, given(2)?, given(3)?);
    let (replacement, replacement_attribute, template) = (given(4)?, given(5)?, given(6)?);
    if let (Some(regex), Some(group), None) = (&regex, &group, &replacement) {
        return match source.filter(|source| !source.is_empty()) {
            Some(source) => Ok(source.into_owned().into()),
            None => extract(&compiled(regex)?, group, replacement_attribute.as_deref()),
        };
    }
    let Some(source) = source else {
        return Ok(Argument::Nothing);
    };
    let replaced = match (&old, &regex, &group, &replacement, &template) {
        (Some(old), None, _, Some(new), None) => {
            bounded(old, &source, new)?;
            source.replace(&**old, new)
        }
        (Some(old), None, _, None, Some(template)) => {
            bounded(old, template, &source)?;
            template.replace(&**old, &source)
        }
        (None, Some(regex), None, Some(new), None) => {
            let regex = compiled(regex)?;
            // Every group that the replacement names may be as long as the source.
            let longest = new.len() + new.matches('$').count() * source.len();
            grows_to(regex.find_iter(&source).count(), longest, &source)?;
            regex.replace_all(&source, &**new).into_owned()
        }
        (None, Some(regex), Some(group), Some(new), None) => {
            replace_group(&compiled(regex)?, &source, group, new)?
        }
        _ => return Err(FunctionError::UnknownReplacement),
    };
    Ok(replaced.into())
}

/// Checks that the text to be replaced is not empty and that the result is not too long.
fn bounded(old: &str, text: &str, new: &str) -> Result<(), FunctionError> {
    if old.is_empty() {
        return Err(FunctionError::Empty("oldValue"));
    }
    grows_to(text.matches(old).count(), new.len(), text)
}

/// Checks that a text does not become too long if `places` parts of it grow by `each` bytes.
fn grows_to(places: usize, each: usize, text: &str) -> Result<(), FunctionError> {
    let length = places.saturating_mul(each).saturating_add(text.len());
    if length > MOST_TEXT {
        Err(FunctionError::TooLong(MOST_TEXT))
    } else {
        Ok(())
    }
}

/// The part of a text that a group matches.
fn extract(regex: &Regex, group: &str, text: Option<&str>) -> ComputedValue {
    has_group(regex, group)?;
    let found = text
        .and_then(|text| regex.captures(text))
        .and_then(|captures| Some(captures.name(group)?.as_str().to_owned()));
    Ok(found.map_or(Argument::Nothing, Argument::from))
}

/// Replaces the part that a group matches, and keeps the rest of every match.
fn replace_group(regex: &Regex, source: &str, group: &str, new: &str) -> Result<String, FunctionError> {
    has_group(regex, group)?;
    grows_to(regex.find_iter(source).count(), new.len(), source)?;
    let mut replaced = String::with_capacity(source.len());
    let mut end = 0;
    for found in regex
        .captures_iter(source)
        .filter_map(|captures| captures.name(group))
    {
        replaced.push_str(&source[end..found.start()]);
        replaced.push_str(new);
        end = found.end();
    }
    replaced.push_str(&source[end..]);
    Ok(replaced)
}

fn has_group(regex: &Regex, group: &str) -> Result<(), FunctionError> {
    if regex.capture_names().flatten().any(|name| name == group) {
        return Ok(());
    }
    Err(FunctionError::NoGroup(group.to_owned()))
}
