//! Resolves references: keys to ids and back, over all live resources.

use hashbrown::HashMap;

use crate::model::{Key, Reference, Value};

/// The keys and ids of all live resources of both kinds.
#[derive(Debug)]
pub(crate) struct References<'a> {
    ids: HashMap<&'a Key, &'a str>,
    keys: HashMap<&'a str, &'a Key>,
}

impl<'a> References<'a> {
    /// An empty table with room for the given number of resources.
    pub(crate) fn with_capacity(resources: usize) -> Self {
        Self {
            ids: HashMap::with_capacity(resources),
            keys: HashMap::with_capacity(resources),
        }
    }

    /// Makes a key mean the resource with an id. A desired resource has two keys: its own, and the name that
    /// it has in the directory.
    pub(crate) fn learn(&mut self, key: &'a Key, id: &'a str) {
        self.keys.entry(id).or_insert(key);
        self.ids.insert(key, id);
    }

    /// Records the key of the resource with an id, without making the key mean that resource.
    pub(crate) fn learn_id(&mut self, key: &'a Key, id: &'a str) {
        self.keys.entry(id).or_insert(key);
    }

    /// Whether a key means a live resource.
    pub(crate) fn knows(&self, key: &Key) -> bool {
        self.ids.contains_key(key)
    }

    /// The id of a key, if known.
    pub(super) fn id_of(&self, key: &Key) -> Option<&'a str> {
        self.ids.get(key).copied()
    }

    /// The id that a reference means, if known.
    fn known_id<'r>(&'r self, reference: &'r Reference) -> Option<&'r str> {
        reference
            .id
            .as_deref()
            .or_else(|| reference.key.as_ref().and_then(|key| self.id_of(key)))
    }

    /// The reference with its id and its key, if known.
    pub(crate) fn resolve(&self, reference: &Reference) -> Reference {
        let id = reference.id.clone().or_else(|| {
            reference
                .key
                .as_ref()
                .and_then(|key| self.id_of(key))
                .map(Box::from)
        });
        let key = id
            .as_deref()
            .and_then(|id| self.keys.get(id).copied())
            .or(reference.key.as_ref())
            .cloned();
        Reference { id, key }
    }

    /// Whether two references mean the same resource. Most pairs differ in their ids, and are compared
    /// without allocation.
    pub(super) fn same(&self, left: &Reference, right: &Reference) -> bool {
        match (self.known_id(left), self.known_id(right)) {
            (Some(left), Some(right)) => left == right,
            _ => self.resolve(left).same_target(&self.resolve(right)),
        }
    }

    /// The value, with its reference resolved if it has one.
    pub(crate) fn resolve_value(&self, value: &Value) -> Value {
        match value {
            Value::Reference(reference) => Value::Reference(Box::new(self.resolve(reference))),
            plain => plain.clone(),
        }
    }
}
