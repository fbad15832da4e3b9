//! Guards: named limits on what one plan may do, judged when it is made and again before it is applied. All or nothing: one guard that
//! refuses, and nothing is sent. The way out is a waiver inside the plan, with the exact number and a reason, seen by reviewers.

use serde::{Deserialize, Serialize};

use super::change::Action;
use super::{Change, Header};
use crate::escape::Escaped;
use crate::model::Key;
use crate::project::{Limits, Protected};

/// A guard's figures, as the plan carries them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardFigure {
    /// How many the plan has.
    pub count: u64,
    /// The guard's name, as `remove`.
    pub guard: String,
    /// How many are allowed.
    pub limit: u64,
    /// Of how many.
    pub of: u64,
}

/// An exception to a guard, inside the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The exact number that it allows.
    pub count: u64,
    /// The guard's name.
    pub guard: String,
    /// Why.
    pub reason: String,
}

impl Waiver {
    /// Reads `remove=137: branch closed`.
    pub fn parse(text: &str) -> Option<Self> {
        let (guard, rest) = text.split_once('=')?;
        let (count, reason) = rest.split_once(':')?;
        let (guard, reason) = (guard.trim().to_owned(), reason.trim().to_owned());
        let count = count.trim().parse().ok()?;
        (!guard.is_empty() && !reason.is_empty()).then_some(Self { count, guard, reason })
    }
}

/// The figures of the limits in force.
pub fn figures(limits: &Limits, changes: &[Change], total: u64) -> Vec<GuardFigure> {
    let count = |wanted: &[Action]| changes.iter().filter(|change| wanted.contains(&change.action)).count() as u64;
    [
        ("create", limits.create, count(&[Action::Create])),
        ("remove", limits.remove, count(&[Action::Delete, Action::Deactivate])),
        ("update", limits.update, count(&[Action::Update, Action::Reactivate])),
    ]
    .into_iter()
    .filter_map(|(guard, limit, count)| Some(GuardFigure { count, guard: guard.to_owned(), limit: limit?.of(total), of: total }))
    .collect()
}

/// Why a plan may not be applied: each guard that refuses it, in a sentence with the way out. Empty where all hold.
pub fn refusals(header: &Header, changes: &[Change], protect: &[Protected]) -> Vec<String> {
    let mut refusals: Vec<String> = changes
        .iter()
        .filter(|change| {
            let old = change.renamed_from().map(|name| Key::new(change.kind, name));
            protect.iter().any(|one| one.covers(&change.key) || old.as_ref().is_some_and(|old| one.covers(old)))
        })
        .map(|change| {
            format!(
                "{} is protected, and the plan would {} it; take it out of the sources or out of `protect`",
                change.key,
                change.action.word()
            )
        })
        .collect();
    for figure in header.guards.iter().filter(|figure| figure.count > figure.limit) {
        match header.waivers.iter().find(|waiver| waiver.guard == figure.guard) {
            Some(waiver) if waiver.count == figure.count => {}
            Some(waiver) => refusals.push(format!(
                "the waiver for {} allows exactly {}, and the plan has {}",
                Escaped(&figure.guard),
                waiver.count,
                figure.count
            )),
            None => refusals.push(format!(
                "{} {} of {} exceed the limit of {}; if that is meant: plan --waive '{}={}: why'",
                figure.count, figure.guard, figure.of, figure.limit, figure.guard, figure.count
            )),
        }
    }
    refusals
}
