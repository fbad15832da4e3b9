//! `Replace`: parts of a text, found as a text or by a regular expression, in the five ways that its
//! arguments ask for.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;

use super::Argument;

/// The longest text that a replacement may make; a longer one would be refused as a value anyway.
const MOST_TEXT: usize = 1 << 20;

/// The largest compiled expression; a larger one would let a pull request take all memory.
const MOST_BYTES: usize = 1 << 20;

/// Compiles a regular expression. Look-around and back references are refused: what is left always ends in
/// linear time.
pub(crate) fn pattern(text: &str) -> Result<Regex, String> {
    regex::RegexBuilder::new(text)
        .size_limit(MOST_BYTES)
        .build()
        .map_err(|error| {
            let said = error.to_string();
            let reason = said
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ")
                .to_owned();
            format!("`{text}` is not a regular expression that ends in bounded time: {reason}")
        })
}

thread_local! {
    /// The expressions that this thread has used: a mapping has a few, and uses each for every row.
    static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::new(HashMap::new());
}

/// More expressions than this are forgotten; a mapping that builds them from rows may have any number.
const MOST_REMEMBERED: usize = 64;

fn compiled(text: &str) -> Result<Regex, String> {
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

/// `Replace(source, oldValue, regexPattern, regexGroupName, replacementValue, replacementAttributeName,
/// template)`.
pub(super) fn replace(arguments: &[Argument<'_>]) -> Result<Argument<'static>, String> {
    let given = |at: usize| arguments.get(at).map_or(Ok(None), Argument::text);
    let (source, old, regex, group) = (given(0)?, given(1)?, given(2)?, given(3)?);
    let (replacement, other, template) = (given(4)?, given(5)?, given(6)?);
    if let (Some(regex), Some(group), None) = (&regex, &group, &replacement) {
        return match source.filter(|source| !source.is_empty()) {
            Some(source) => Ok(source.into_owned().into()),
            None => extract(&compiled(regex)?, group, other.as_deref()),
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
        _ => {
            let ways = "oldValue and replacementValue, oldValue and template, regexPattern and replacementValue, or regexPattern and \
                        regexGroupName with replacementValue or replacementAttributeName";
            return Err(format!("these arguments mean nothing together; give {ways}"));
        }
    };
    Ok(replaced.into())
}

/// Whether what is looked for is there to be found, and what it becomes is not too long.
fn bounded(old: &str, text: &str, new: &str) -> Result<(), String> {
    if old.is_empty() {
        return Err("`oldValue` is empty".to_owned());
    }
    grows_to(text.matches(old).count(), new.len(), text)
}

fn grows_to(places: usize, each: usize, text: &str) -> Result<(), String> {
    let length = places.saturating_mul(each).saturating_add(text.len());
    if length > MOST_TEXT {
        Err(format!("the result may be longer than {MOST_TEXT} bytes"))
    } else {
        Ok(())
    }
}

/// What a group matches in another value.
fn extract(regex: &Regex, group: &str, other: Option<&str>) -> Result<Argument<'static>, String> {
    has_group(regex, group)?;
    let found = other
        .and_then(|other| regex.captures(other))
        .and_then(|captures| captures.name(group).map(|one| one.as_str().to_owned()));
    Ok(found.map_or(Argument::Nothing, Argument::from))
}

/// Replaces what a group matches, and leaves the rest of every match.
fn replace_group(regex: &Regex, source: &str, group: &str, new: &str) -> Result<String, String> {
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

fn has_group(regex: &Regex, group: &str) -> Result<(), String> {
    if regex.capture_names().flatten().any(|name| name == group) {
        return Ok(());
    }
    Err(format!("the regular expression has no group `{group}`"))
}
