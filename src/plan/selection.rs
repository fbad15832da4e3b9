//! The part of the sources and of the directory that a plan is narrowed to, and the removals that it makes by
//! name. Other people and groups are left out of the plan only: guards still count everybody, and absence
//! removes nobody.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::change::{Action, Change};
use super::held::obstacles::{Obstacle, Subject};
use super::remainder::HeldReason;
use crate::model::Key;

/// What a plan is narrowed to, as the command line says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Whether only the changes that correct capitals, the form of accents, or spaces are in the plan.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub corrections: bool,
    /// Whose access ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deactivate: Vec<Key>,
    /// Whose account is deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delete: Vec<Key>,
    /// Who is compared with the sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<Key>,
}

impl Selection {
    /// Whether a resource is compared with the sources.
    pub(crate) fn compares(&self, key: &Key) -> bool {
        self.only.contains(key)
    }

    /// Whether nobody is compared with the sources: the plan only removes by name.
    pub(crate) const fn compares_nobody(&self) -> bool {
        self.only.is_empty() && !self.corrections
    }

    /// The selection in a few words: `user:ada, user:bob; delete user:tom`.
    pub(crate) fn said(&self) -> String {
        let list = |keys: &[Key]| {
            keys.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let parts = [
            ("", &self.only),
            ("deactivate ", &self.deactivate),
            ("delete ", &self.delete),
        ];
        let corrections = "corrections of capitals, accents and spaces".to_owned();
        let corrections = self.corrections.then_some(corrections);
        let said = parts
            .iter()
            .filter(|(_, keys)| !keys.is_empty())
            .map(|(word, keys)| format!("{word}{}", list(keys)));
        corrections.into_iter().chain(said).collect::<Vec<_>>().join("; ")
    }

    /// Whether a change that the sources ask for is in the plan for its own sake.
    fn means(&self, change: &Change) -> bool {
        if self.corrections {
            change.is_correction() && (self.only.is_empty() || self.compares(&change.key))
        } else {
            self.compares(&change.key)
        }
    }
}

/// Keeps the changes of selected resources, the removals that were asked for, and what these changes need. An
/// unselected resource is never removed to free a name: whoever waits for that is returned, and nothing is
/// narrowed then.
pub(super) fn narrow(changes: &mut Vec<Change>, selection: &Selection) -> Vec<Obstacle> {
    let by_id: BTreeMap<&str, &Change> = changes
        .iter()
        .map(|change| (change.id.as_str(), change))
        .collect();
    let is_meant = |change: &Change| {
        // Absence removes nobody here: a removal without a place was asked for on the command line.
        let is_asked = change.action.is_removal() && change.origin.is_none();
        is_asked || selection.means(change)
    };
    let mut kept: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<&Change> = changes.iter().filter(|change| is_meant(change)).collect();
    let mut waiting = Vec::new();
    while let Some(change) = open.pop() {
        if !kept.insert(change.id.clone()) {
            continue;
        }
        for needed in change.needs.iter().filter_map(|need| by_id.get(need.as_str())) {
            if needed.action.is_removal() && !is_meant(needed) {
                waiting.push(waits_for(change, needed));
            } else {
                open.push(needed);
            }
        }
    }
    if waiting.is_empty() {
        changes.retain(|change| kept.contains(&change.id));
    }
    waiting
}

/// A change that waits for a removal which is not selected.
fn waits_for(change: &Change, removal: &Change) -> Obstacle {
    let option = match removal.action {
        Action::Deactivate => "--deactivate",
        _ => "--delete",
    };
    Obstacle {
        subject: Subject::of(change),
        reason: HeldReason::Order,
        message: format!(
            "it waits for {} to be removed, which is not selected",
            removal.key
        ),
        next: format!(
            "select that one too ({option} {}), or plan without --only",
            removal.key
        ),
    }
}
