//! Who has access and who does not, as far as the applies of a project have decided it.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::model::Key;

/// Why an apply deactivated a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeactivatedFor {
    /// No source declared the person any more.
    Absence,
    /// A source or the plan's author asked for it by name.
    Name,
}

/// Who has access and who does not, as far as the applies of this project have decided it.
#[derive(Clone, Debug, Default)]
pub struct AccessRecord {
    /// The people whom an apply deactivated and no later apply activated, by the directory's id.
    pub deactivated: HashMap<Box<str>, DeactivatedFor>,
    /// The people whom the last apply left as the sources declared them. They were active unless a source
    /// said otherwise.
    pub left: HashSet<Key>,
}
