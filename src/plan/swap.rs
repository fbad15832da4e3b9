//! Names that are swapped or go round in a circle. A directory holds each name once, so one resource of the
//! circle first takes a temporary name. This is a change of its own in the plan, reviewed and sealed like any
//! other. The configuration must allow it, because people may see that name or get mail about it. An address
//! that moves with the name gets a temporary value too, because some directories also hold each address once.

use std::collections::HashSet;

use super::change::{Action, Change, Proposal, Values};
use crate::digest::Digest;
use crate::escape::Escaped;
use crate::model::well_known::EMAILS;
use crate::model::{Key, Kind, Value, uncased};
use crate::project::Swaps;

/// The prefix of every temporary name, so that people know where the name comes from.
const BEGINNING: &str = "wpsync-";

/// What a plan may do about names that are swapped.
pub struct Swapping<'a> {
    /// What the configuration says, by kind.
    pub allowed: &'a dyn Fn(Kind) -> Swaps,
    /// Whether a resource has a name, or shall have it.
    pub is_taken: &'a dyn Fn(&Key) -> bool,
}

/// Changes that wait for each other.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Circle {
    /// Nothing breaks the circle.
    #[error("these changes wait for each other: {0}")]
    Closed(String),
    /// A temporary name would break the circle, but the configuration does not allow one.
    #[error(
        "these would take each other's names, and a directory holds each name once: {changes}; \
         `manage: {{ {kinds}: {{ swaps: temporary }} }}` lets one of them have another name in between, \
         which \
         people may see and get mail about, or rename in two plans"
    )]
    OfNames {
        /// The keys of the changes.
        changes: String,
        /// `users` or `groups`.
        kinds: &'static str,
    },
}

impl Circle {
    /// The error of a circle that nothing breaks.
    pub(super) fn closed(changes: &[Change], circle: &[usize]) -> Self {
        Self::Closed(keys(changes, circle))
    }
}

fn keys(changes: &[Change], circle: &[usize]) -> String {
    let keys = circle.iter().map(|number| changes[*number].key.to_string());
    keys.collect::<Vec<_>>().join(", ")
}

/// The name that a change takes.
pub(super) fn taken_name(change: &Change) -> Option<Key> {
    let name = change.after.get(change.kind.naming_attribute())?;
    Some(Key::new(change.kind, name.as_ref()?.as_text()?))
}

/// The name that a change gives up: by a rename or a delete.
pub(super) fn freed_name(change: &Change) -> Option<Key> {
    let gives_up = match change.action {
        Action::Delete => true,
        Action::Create => false,
        _ => taken_name(change).is_some(),
    };
    let name = change.before.get(change.kind.naming_attribute());
    let held = name.filter(|_| gives_up)?.as_ref()?.as_text()?;
    Some(Key::new(change.kind, held))
}

impl Change {
    /// Whether this change only gives a temporary name. Another change of the resource comes after it.
    pub fn is_step_between(&self) -> bool {
        let suffix = self.id.strip_prefix(&self.key.id());
        self.action == Action::Update
            && suffix.and_then(|suffix| suffix.strip_prefix('#')) == Some(self.kind.naming_attribute())
    }
}

/// Breaks a circle of changes that wait for each other's names. Returns a change that gives a temporary name
/// to the first resource that can take one. The resource's own change rests on the returned one.
///
/// # Errors
/// [`Circle::Closed`] if the changes do not wait for names, [`Circle::OfNames`] if the configuration allows
/// no temporary name.
pub(super) fn break_circle(
    changes: &mut [Change],
    circle: &[usize],
    swapping: &Swapping<'_>,
) -> Result<Change, Circle> {
    let in_circle = || circle.iter().map(|number| &changes[*number]);
    let taken: HashSet<Key> = in_circle()
        .filter_map(|change| taken_name(change).filter(|name| freed_name(change).as_ref() != Some(name)))
        .collect();
    let gives_way = |change: &Change| {
        !matches!(change.action, Action::Create | Action::Delete)
            && change.remote_id.is_some()
            && freed_name(change).is_some_and(|name| taken.contains(&name))
    };
    let Some(number) = circle.iter().copied().find(|number| gives_way(&changes[*number])) else {
        return Err(Circle::closed(changes, circle));
    };
    let kind = changes[number].kind;
    if (swapping.allowed)(kind) == Swaps::Refuse {
        return Err(Circle::OfNames {
            changes: keys(changes, circle),
            kinds: kind.plural(),
        });
    }
    let moving = addresses_that_move(changes, number);
    Ok(step_aside(&mut changes[number], &moving, swapping))
}

/// The address attributes of a resource whose addresses another change takes.
fn addresses_that_move(changes: &[Change], number: usize) -> Vec<Box<str>> {
    let change = &changes[number];
    let address = |values: &Values, path: &str| {
        let text = uncased(values.get(path)?.as_ref()?.as_text()?).into_owned();
        text.contains('@').then_some(text)
    };
    let paths = change
        .after
        .keys()
        .filter(|path| path.split('.').next() == Some(EMAILS));
    let is_taken = |held: &String| {
        changes
            .iter()
            .filter(|taking| taking.id != change.id && taking.kind == change.kind)
            .flat_map(|taking| {
                taking
                    .after
                    .keys()
                    .filter_map(|path| address(&taking.after, path))
            })
            .any(|taken| taken == *held)
    };
    paths
        .filter(|path| address(&change.before, path).as_ref().is_some_and(is_taken))
        .cloned()
        .collect()
}

/// Makes the change that gives a temporary name, and makes the given change rest on it.
fn step_aside(change: &mut Change, addresses: &[Box<str>], swapping: &Swapping<'_>) -> Change {
    let naming = change.kind.naming_attribute();
    let held = |path: &str| {
        let value = change.before.get(path).and_then(Option::as_ref);
        value.and_then(Value::as_text).unwrap_or_default()
    };
    let old = held(naming);
    let beginning = temporary(change, old, swapping);
    let in_domain_of = |held: &str| match held.rsplit_once('@') {
        None => Some(Value::text(&*beginning)),
        Some((_, domain)) => Some(Value::text(format!("{beginning}@{domain}"))),
    };
    let mut after = Values::from([(naming.into(), in_domain_of(old))]);
    after.extend(
        addresses
            .iter()
            .map(|path| (path.clone(), in_domain_of(held(path)))),
    );
    let origins = change
        .origins
        .iter()
        .filter(|(path, _)| after.contains_key(*path));
    let step = Change::part(
        naming,
        Proposal {
            action: Action::Update,
            before: change.before.clone(),
            key: change.key.clone(),
            members: None,
            origin: change.origin.clone(),
            origins: origins.map(|(path, at)| (path.clone(), at.clone())).collect(),
            reason: format!(
                "a temporary name: another {} takes {}, which only then is free, as part of a swap",
                change.kind.word(),
                Escaped(old)
            ),
            remote_id: change.remote_id.clone(),
            version: change.precondition.version.clone(),
            after,
        },
    );
    change.rest_on(step.after.clone());
    step
}

/// A free temporary name without its domain. The same swap always gets the same name.
fn temporary(change: &Change, old: &str, swapping: &Swapping<'_>) -> String {
    let naming = change.kind.naming_attribute();
    let domain = old
        .rsplit_once('@')
        .map_or_else(String::new, |(_, domain)| format!("@{domain}"));
    let name = |attempt: u32| {
        let digest = Digest::of(&(
            attempt,
            change.remote_id.as_deref(),
            old,
            change.after.get(naming),
        ));
        format!("{BEGINNING}{}", &digest.short()[..10])
    };
    let is_free = |name: &String| !(swapping.is_taken)(&Key::new(change.kind, &format!("{name}{domain}")));
    (0..=u32::MAX).map(name).find(is_free).unwrap_or_default()
}
