//! The part of the sources and of the directory that a plan is narrowed to, and the removals that it makes by
//! name. Other people and groups are left out of the plan only: guards still count everybody, and absence
//! removes nobody.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::change::Change;
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

/// A selected change needs a removal that is not selected.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{waiting} waits for {removed} to be removed, which is not selected")]
pub(super) struct NotSelected {
    waiting: Key,
    removed: Key,
}

/// Keeps the changes of selected resources, the removals that were asked for (by id), and what these changes
/// need. An unselected resource is never removed to free a name.
///
/// # Errors
/// [`NotSelected`] if a selected change needs a removal that is not selected.
pub(super) fn narrow(
    changes: &mut Vec<Change>,
    selection: &Selection,
    asked: &[String],
) -> Result<(), NotSelected> {
    let by_id: BTreeMap<&str, &Change> = changes
        .iter()
        .map(|change| (change.id.as_str(), change))
        .collect();
    let is_meant = |change: &Change| {
        let is_declared = !change.action.is_removal() || change.origin.is_some();
        if is_declared {
            selection.means(change)
        } else {
            asked.contains(&change.id)
        }
    };
    let mut kept: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<&Change> = changes.iter().filter(|change| is_meant(change)).collect();
    while let Some(change) = open.pop() {
        if !kept.insert(change.id.clone()) {
            continue;
        }
        for needed in change.needs.iter().filter_map(|need| by_id.get(need.as_str())) {
            if needed.action.is_removal() && !is_meant(needed) {
                return Err(NotSelected {
                    waiting: change.key.clone(),
                    removed: needed.key.clone(),
                });
            }
            open.push(needed);
        }
    }
    changes.retain(|change| kept.contains(&change.id));
    Ok(())
}
