//! A guard's figure, and an exception to it.

use serde::{Deserialize, Serialize};

use super::name::Guard;

/// The largest number of cases of a figure that a header names.
pub(super) const MOST_CASES: usize = 20;

/// A guard's figures, as the plan carries them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GuardFigure {
    /// Whom or what it counts, where a number alone says too little: at most twenty, in alphabetical order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = MOST_CASES)))]
    pub cases: Vec<String>,
    /// How many of what the guard counts the plan has.
    pub count: u64,
    /// How many were applied in the last seven days, and not waived.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub earlier: u64,
    /// The guard's name, as `remove`.
    pub guard: String,
    /// How many are allowed.
    pub limit: u64,
    /// How many there are altogether: what the limit is a share of.
    pub of: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl GuardFigure {
    /// A figure of named cases, with a limit of 0.
    pub(super) fn of_cases(guard: Guard, cases: Vec<String>) -> Self {
        Self {
            count: cases.len() as u64,
            guard: guard.word().to_owned(),
            ..Self::default()
        }
        .naming(cases)
    }

    /// Adds the first of its cases, in alphabetical order.
    pub(super) fn naming(mut self, mut cases: Vec<String>) -> Self {
        cases.sort();
        cases.truncate(MOST_CASES);
        self.cases = cases;
        self
    }

    /// Whether the count, together with the applies of the last 7 days, exceeds the limit.
    pub const fn is_over(&self) -> bool {
        self.count > 0 && self.count + self.earlier > self.limit
    }

    /// Whether the plan keeps to the limit, or has a waiver for exactly this number.
    pub(crate) fn holds(&self, waivers: &[Waiver]) -> bool {
        let is_waiver = |waiver: &Waiver| waiver.guard == self.guard && waiver.count == self.count;
        !self.is_over() || waivers.iter().any(is_waiver)
    }
}

/// An exception to a guard, inside the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// Reads a waiver such as `remove=137: branch closed`.
    pub fn parse(text: &str) -> Option<Self> {
        let (guard, rest) = text.split_once('=')?;
        let (count, reason) = rest.split_once(':')?;
        let (guard, reason) = (guard.trim().to_owned(), reason.trim().to_owned());
        let count = count.trim().parse().ok()?;
        (!guard.is_empty() && !reason.is_empty()).then_some(Self { count, guard, reason })
    }
}
