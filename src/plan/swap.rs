//! Names and other unique values that are swapped or go round in a circle. A directory holds each of them
//! once, so one resource of the circle first takes a temporary one. This is a change of its own in the plan,
//! reviewed and sealed like any other. The configuration must allow it, because people may see that name or
//! get mail about it. An address that moves with the name gets a temporary value too, because some
//! directories also hold each address once.

use std::collections::HashSet;
use std::fmt;

use super::change::{Action, Change, Proposal, Values};
use super::unique::{UniqueValue, freed, is_known, taken};
use crate::dialect::UniqueAttributes;
use crate::digest::Digest;
use crate::escape::Escaped;
use crate::model::well_known::{EMAILS, MANAGER};
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
    /// The attributes of which the service holds each value once.
    pub unique: &'a UniqueAttributes,
}

/// Changes that wait for each other.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Circle {
    /// Nothing breaks the circle.
    #[error("these changes wait for each other: {0}")]
    Closed(String),
    /// A temporary value would break the circle, but the configuration does not allow one.
    #[error("{}; {}", self.message(), self.next())]
    OfValues {
        /// The keys of the changes.
        changes: String,
        /// `users` or `groups`.
        kinds: &'static str,
        /// What is swapped.
        values: Swapped,
    },
}

/// What would be swapped.
#[derive(Debug, PartialEq, Eq)]
pub enum Swapped {
    /// Names.
    Names,
    /// The values of an attribute.
    ValuesOf {
        /// The attribute, as `emails`.
        attribute: Box<str>,
        /// Whether it is only presumed that the service holds each value once.
        presumed: bool,
    },
}

impl Swapped {
    fn of(change: &Change, path: &str, unique: &UniqueAttributes) -> Self {
        if path == change.kind.naming_attribute() {
            return Self::Names;
        }
        let attribute = unique.of(change.kind).get(path);
        Self::ValuesOf {
            attribute: attribute.map_or_else(|| path.into(), |attribute| attribute.root.clone()),
            presumed: !is_known(unique, change, path),
        }
    }

    const fn one(&self) -> &'static str {
        match self {
            Self::Names => "name",
            Self::ValuesOf { .. } => "value",
        }
    }

    const fn in_two_plans(&self) -> &'static str {
        match self {
            Self::Names => "rename in two plans",
            Self::ValuesOf { .. } => "change them in two plans",
        }
    }
}

/// What is swapped, and why that does not work at once.
impl fmt::Display for Swapped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Names => formatter.write_str("names, and a directory holds each name once"),
            Self::ValuesOf { attribute, presumed } => {
                write!(formatter, "`{}`", Escaped(attribute))?;
                formatter.write_str(if *presumed {
                    ", and most services hold each value once (where this one does not, a dialect of your \
                     own says `unique: { users: [] }`)"
                } else {
                    ", and the service holds each value once"
                })
            }
        }
    }
}

impl Circle {
    /// What stands in the way of each change of the circle, in a sentence without an end.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Closed(_) => self.to_string(),
            Self::OfValues { changes, values, .. } => {
                format!("these would take each other's {values}: {changes}")
            }
        }
    }

    /// The way out, in a sentence without an end.
    pub(super) fn next(&self) -> String {
        match self {
            // What is left are groups that contain each other and are all to be deleted.
            Self::Closed(_) => "in the directory, take one of them out of another".to_owned(),
            Self::OfValues { kinds, values, .. } => format!(
                "`manage: {{ {kinds}: {{ swaps: temporary }} }}` lets one of them have another {} in \
                 between, which people may see and get mail about, or {}",
                values.one(),
                values.in_two_plans()
            ),
        }
    }

    /// The error of a circle that nothing breaks.
    pub(super) fn closed(changes: &[Change], circle: &[usize]) -> Self {
        Self::Closed(keys(changes, circle))
    }
}

fn keys(changes: &[Change], circle: &[usize]) -> String {
    let keys = circle.iter().map(|number| changes[*number].key.to_string());
    keys.collect::<Vec<_>>().join(", ")
}

impl Change {
    /// Whether this change only gives a temporary name or another temporary value. Another change of the
    /// resource comes after it.
    pub fn is_step_between(&self) -> bool {
        let suffix = self.id.strip_prefix(&self.key.id());
        let part = suffix.and_then(|suffix| suffix.strip_prefix('#'));
        // The other part that an update can be is a manager, who is set later.
        self.action == Action::Update && part.is_some_and(|part| part != MANAGER)
    }
}

/// Breaks a circle of changes that wait for each other's names or other unique values. Returns a change that
/// gives temporary values to the first resource that can take them. The resource's own change rests on the
/// returned one.
///
/// # Errors
/// [`Circle::Closed`] if the changes do not wait for unique values, [`Circle::OfValues`] if the configuration
/// allows no temporary ones.
pub(super) fn break_circle(
    changes: &mut [Change],
    circle: &[usize],
    swapping: &Swapping<'_>,
) -> Result<Change, Circle> {
    let giving_way = circle
        .iter()
        .map(|number| (*number, moving(changes, circle, *number, swapping.unique)))
        .find(|(_, moving)| !moving.is_empty());
    let Some((number, mut moving)) = giving_way else {
        return Err(Circle::closed(changes, circle));
    };
    let kind = changes[number].kind;
    if (swapping.allowed)(kind) == Swaps::Refuse {
        return Err(Circle::OfValues {
            changes: keys(changes, circle),
            kinds: kind.plural(),
            values: Swapped::of(&changes[number], &moving[0], swapping.unique),
        });
    }
    if let Some(at) = moving.iter().position(|path| **path == *kind.naming_attribute()) {
        moving.swap(0, at);
        let addresses = addresses_that_move(changes, number);
        moving.extend(
            addresses
                .into_iter()
                .filter(|path| !moving.contains(path))
                .collect::<Vec<_>>(),
        );
    }
    Ok(step_aside(&mut changes[number], &moving, swapping))
}

/// The attributes of a resource whose unique values another change of the circle takes.
fn moving(changes: &[Change], circle: &[usize], number: usize, unique: &UniqueAttributes) -> Vec<Box<str>> {
    let change = &changes[number];
    let can_step = !matches!(change.action, Action::Create | Action::Delete) && change.remote_id.is_some();
    if !can_step {
        return Vec::new();
    }
    let others = circle.iter().filter(|other| **other != number);
    let taken: HashSet<UniqueValue> = others
        .flat_map(|other| taken(unique, &changes[*other]))
        .map(|taken| taken.value)
        .collect();
    let is_text = |path: &str| {
        let held = change.before.get(path).and_then(Option::as_ref);
        held.and_then(Value::as_text).is_some()
    };
    let freed = freed(unique, change).into_iter();
    let moving = freed.filter(|freed| is_text(&freed.path) && taken.contains(&freed.value));
    moving.map(|freed| freed.path).collect()
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

/// Makes the change that gives temporary values to attributes, and makes the given change rest on it. The
/// first attribute names the step.
fn step_aside(change: &mut Change, moving: &[Box<str>], swapping: &Swapping<'_>) -> Change {
    let held = |path: &str| {
        let value = change.before.get(path).and_then(Option::as_ref);
        value.and_then(Value::as_text).unwrap_or_default()
    };
    let main = &*moving[0];
    let old = held(main);
    let beginning = temporary(change, main, swapping);
    let in_domain_of = |held: &str| match held.rsplit_once('@') {
        None => Some(Value::text(&*beginning)),
        Some((_, domain)) => Some(Value::text(format!("{beginning}@{domain}"))),
    };
    let after: Values = moving
        .iter()
        .map(|path| (path.clone(), in_domain_of(held(path))))
        .collect();
    let origins = change
        .origins
        .iter()
        .filter(|(path, _)| after.contains_key(*path));
    let what = if main == change.kind.naming_attribute() {
        "name"
    } else {
        "value"
    };
    let root = swapping
        .unique
        .of(change.kind)
        .get(main)
        .map(|attribute| &*attribute.root);
    let step = Change::part(
        root.unwrap_or(main),
        Proposal {
            action: Action::Update,
            before: change.before.clone(),
            key: change.key.clone(),
            members: None,
            origin: change.origin.clone(),
            origins: origins.map(|(path, at)| (path.clone(), at.clone())).collect(),
            reason: format!(
                "a temporary {what}: another {} takes {}, which only then is free, as part of a swap",
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

/// A free temporary value for an attribute, without its domain. The same swap always gets the same value.
fn temporary(change: &Change, path: &str, swapping: &Swapping<'_>) -> String {
    let held = change.before.get(path).and_then(Option::as_ref);
    let old = held.and_then(Value::as_text).unwrap_or_default();
    let domain = old
        .rsplit_once('@')
        .map_or_else(String::new, |(_, domain)| format!("@{domain}"));
    let name = |attempt: u32| {
        let digest = Digest::of(&(attempt, change.remote_id.as_deref(), old, change.after.get(path)));
        format!("{BEGINNING}{}", &digest.short()[..10])
    };
    let is_free = |name: &String| !(swapping.is_taken)(&Key::new(change.kind, &format!("{name}{domain}")));
    (0..=u32::MAX).map(name).find(is_free).unwrap_or_default()
}
