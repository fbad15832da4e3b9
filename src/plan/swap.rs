//! Names that are swapped or go round in a circle. A directory holds each name once, so one of the circle
//! takes a temporary name first: a change of its own in the plan, reviewed and sealed like any other. Only
//! where the configuration allows it, because people may see that name or get mail about it. An address that
//! moves with the name steps aside with it, since some directories hold addresses once, too.

use std::collections::HashSet;

use super::change::{Action, Change, Values};
use crate::digest::Digest;
use crate::model::well_known::EMAILS;
use crate::model::{Kind, Value, fold};
use crate::project::Swaps;

/// What begins every temporary name, so that people who see one know whose it is.
const BEGINNING: &str = "wpsync-";
/// How many digits of a digest follow it.
const DIGITS: usize = 10;

/// What a plan may do about names that are swapped.
pub struct Swapping<'a> {
    /// What the configuration says, by kind.
    pub allowed: &'a dyn Fn(Kind) -> Swaps,
    /// Whether somebody has a name, folded, or shall have it.
    pub is_taken: &'a dyn Fn(Kind, &str) -> bool,
}

/// The name that a change takes, folded.
pub(super) fn taken_name(change: &Change) -> Option<String> {
    change
        .after
        .get(change.kind.naming_attribute())
        .and_then(Option::as_ref)
        .and_then(Value::as_text)
        .map(fold)
}

/// The name that a change gives up, folded: by a rename or a delete.
pub(super) fn freed_name(change: &Change) -> Option<String> {
    let gives_up =
        change.action == Action::Delete || (change.action != Action::Create && taken_name(change).is_some());
    let held = change
        .before
        .get(change.kind.naming_attribute())
        .filter(|_| gives_up)?
        .as_ref()?
        .as_text()?;
    Some(fold(held))
}

impl Change {
    /// The id of the change that gives a temporary name to the resource of this one.
    fn id_of_step(&self) -> String {
        format!("{}#{}", self.key.id(), self.kind.naming_attribute())
    }

    /// Whether this change only gives a temporary name, for another change of the resource to go on from.
    pub fn is_step_between(&self) -> bool {
        self.action == Action::Update && self.id == self.id_of_step()
    }
}

/// Breaks a circle of changes that wait for each other's names: gives the first of them that can a temporary
/// name, in a change that is returned. The one that it is taken from rests on it from now on.
///
/// # Errors
/// A sentence, with the way out, where that is not allowed, or is not what they wait for.
pub(super) fn break_circle(
    changes: &mut [Change],
    circle: &[usize],
    swapping: &Swapping<'_>,
) -> Result<Change, String> {
    let keys = || {
        circle
            .iter()
            .map(|number| changes[*number].key.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let taken: HashSet<(Kind, String)> = circle
        .iter()
        .map(|number| &changes[*number])
        .filter_map(|change| {
            Some((
                change.kind,
                taken_name(change).filter(|name| freed_name(change).as_ref() != Some(name))?,
            ))
        })
        .collect();
    let gives_way = |change: &Change| {
        !matches!(change.action, Action::Create | Action::Delete)
            && change.remote_id.is_some()
            && freed_name(change).is_some_and(|name| taken.contains(&(change.kind, name)))
    };
    let Some(number) = circle.iter().copied().find(|number| gives_way(&changes[*number])) else {
        return Err(format!("these changes wait for each other: {}", keys()));
    };
    let kind = changes[number].kind;
    if (swapping.allowed)(kind) == Swaps::Refuse {
        return Err(format!(
            "these would take each other's names, and a directory holds each name once: {}; `manage: {{ {}: {{ swaps: temporary }} }}` lets \
             one of them have another name in between, which people may see and get mail about, or rename in two plans",
            keys(),
            kind.plural()
        ));
    }
    let moving = addresses_that_move(changes, number);
    Ok(step_aside(&mut changes[number], &moving, swapping))
}

/// The addresses of a change's resource that another change takes.
fn addresses_that_move(changes: &[Change], number: usize) -> Vec<Box<str>> {
    let change = &changes[number];
    let address = |values: &Values, path: &str| {
        Some(fold(values.get(path)?.as_ref()?.as_text()?)).filter(|text| text.contains('@'))
    };
    let paths = change
        .after
        .keys()
        .filter(|path| path.split('.').next() == Some(EMAILS));
    let is_taken = |held: &String| {
        let others = changes
            .iter()
            .filter(|other| other.id != change.id && other.kind == change.kind);
        others
            .flat_map(|other| other.after.keys().filter_map(|path| address(&other.after, path)))
            .any(|taken| taken == *held)
    };
    paths
        .filter(|path| address(&change.before, path).as_ref().is_some_and(is_taken))
        .cloned()
        .collect()
}

/// Makes the change that gives a temporary name, and lets the given one rest on it.
fn step_aside(change: &mut Change, addresses: &[Box<str>], swapping: &Swapping<'_>) -> Change {
    let naming = change.kind.naming_attribute();
    let text = |value: Option<&Option<Value>>| {
        value
            .and_then(Option::as_ref)
            .and_then(Value::as_text)
            .unwrap_or_default()
            .to_owned()
    };
    let old = text(change.before.get(naming));
    let beginning = temporary(change, &old, swapping);
    let at_home = |held: &str| {
        held.rsplit_once('@').map_or_else(
            || beginning.clone(),
            |(_, domain)| format!("{beginning}@{domain}"),
        )
    };
    let mut after = Values::from([(naming.into(), Some(Value::text(at_home(&old))))]);
    after.extend(addresses.iter().map(|path| {
        (
            path.clone(),
            Some(Value::text(at_home(&text(change.before.get(path))))),
        )
    }));
    let mut step = Change {
        action: Action::Update,
        id: change.id_of_step(),
        members: None,
        needs: Vec::new(),
        origins: change
            .origins
            .iter()
            .filter(|(path, _)| after.contains_key(*path))
            .map(|(path, at)| (path.clone(), at.clone()))
            .collect(),
        reason: format!(
            "a temporary name: another {} takes {}, which only then is free, as part of a swap",
            change.kind.word(),
            crate::escape::Escaped(&old)
        ),
        after,
        ..change.clone()
    };
    step.seal();
    change.before.extend(step.after.clone());
    change.seal();
    step
}

/// A name that nobody has, the same for the same swap: what stands before the `@`.
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
        ))
        .to_string();
        let digits: String = digest
            .trim_start_matches("sha256:")
            .chars()
            .take(DIGITS)
            .collect();
        format!("{BEGINNING}{digits}")
    };
    let is_free = |name: &String| !(swapping.is_taken)(change.kind, &fold(&format!("{name}{domain}")));
    (0..=u32::MAX).map(name).find(is_free).unwrap_or_default()
}
