//! A resource's attributes: a flat list sorted by attribute, so that a diff is a merge of two lists.

use super::{AttributeId, Value};

/// Attributes and their values, sorted by attribute, each once. An attribute without a value is not in the
/// list: SCIM's absent, `null` and `[]` are one state (RFC 7643, section 2.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    entries: Vec<(AttributeId, Value)>,
}

impl Attributes {
    /// No attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of an attribute.
    pub fn get(&self, attribute: AttributeId) -> Option<&Value> {
        self.entries
            .binary_search_by_key(&attribute, |entry| entry.0)
            .ok()
            .map(|at| &self.entries[at].1)
    }

    /// Sets an attribute, replacing its value.
    pub fn set(&mut self, attribute: AttributeId, value: Value) {
        match self.entries.binary_search_by_key(&attribute, |entry| entry.0) {
            Ok(at) => self.entries[at].1 = value,
            Err(at) => self.entries.insert(at, (attribute, value)),
        }
    }

    /// Removes an attribute's value and returns it.
    pub(crate) fn clear(&mut self, attribute: AttributeId) -> Option<Value> {
        self.entries
            .binary_search_by_key(&attribute, |entry| entry.0)
            .ok()
            .map(|at| self.entries.remove(at).1)
    }

    /// All attributes that have a value, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (AttributeId, &Value)> {
        self.entries.iter().map(|(attribute, value)| (*attribute, value))
    }

    /// Keeps the attributes for which `keep` is true.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(AttributeId) -> bool) {
        let before = self.entries.len();
        self.entries.retain(|entry| keep(entry.0));
        if self.entries.len() < before {
            self.entries.shrink_to_fit();
        }
    }
}

impl FromIterator<(AttributeId, Value)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (AttributeId, Value)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        // Stable, so that the later of two values for the same attribute stays last and wins.
        entries.sort_by_key(|entry| entry.0);
        entries.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                std::mem::swap(later, earlier);
            }
            same
        });
        entries.shrink_to_fit();
        Self { entries }
    }
}
