//! The resources that a reversal can refer to: all live ones, and all that it creates again.

use std::collections::{HashMap, HashSet};

use super::later::LaterChanges;
use super::undoing::Undoing;
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Attribute, Key, Kind, Live, Reference, Value};
use crate::plan::{Action, Change};

/// The directory as it is now, and the resources that the reversal creates again.
pub(super) struct LiveNow<'a> {
    pub(super) undoing: &'a Undoing<'a>,
    by_id: HashMap<&'a str, &'a Live>,
    ids: HashMap<Key, &'a str>,
    external_ids: HashMap<(Kind, &'a str), &'a str>,
    /// The resources that the apply deleted, by their old ids.
    deleted: HashMap<&'a str, &'a Key>,
    /// The resources that the reversal creates again.
    recreated: HashSet<Key>,
    later: LaterChanges<'a>,
}

impl<'a> LiveNow<'a> {
    pub(super) fn new(undoing: &'a Undoing<'a>, done: &[&'a Change]) -> Self {
        let all = || undoing.snapshot.users.iter().chain(&undoing.snapshot.groups);
        let deletes = done.iter().filter(|change| change.action == Action::Delete);
        let mut now = Self {
            undoing,
            by_id: all().map(|live| (&*live.id, live)).collect(),
            ids: HashMap::new(),
            external_ids: HashMap::new(),
            deleted: deletes
                .filter_map(|change| Some((change.remote_id.as_deref()?, &change.key)))
                .collect(),
            recreated: HashSet::new(),
            later: LaterChanges::of(undoing.later),
        };
        let external = |live: &'a Live| {
            let attribute = undoing.catalog.well_known(live.kind, EXTERNAL_ID);
            Some(((live.kind, live.attributes.get(attribute)?.as_text()?), &*live.id))
        };
        now.external_ids = all().filter_map(external).collect();
        now.ids = all().map(|live| (now.key(live), &*live.id)).collect();
        now
    }

    /// Makes references mean a resource that the reversal creates again.
    pub(super) fn recreates(&mut self, key: &Key) {
        self.recreated.insert(key.clone());
    }

    pub(super) fn key(&self, live: &Live) -> Key {
        live.key(self.undoing.catalog)
    }

    /// The live resource with an id.
    pub(super) fn by_id(&self, id: &str) -> Option<&'a Live> {
        self.by_id.get(id).copied()
    }

    /// The live resource that a change made or changed.
    pub(super) fn of_change(&self, change: &Change) -> Option<&'a Live> {
        let id = change
            .remote_id
            .as_deref()
            .or_else(|| self.undoing.ids.get(&change.id).map(|id| &**id));
        match id {
            Some(id) => self.by_id(id),
            None => self.by_name(&change.key),
        }
    }

    /// The live resource with a name.
    pub(super) fn by_name(&self, key: &Key) -> Option<&'a Live> {
        self.ids.get(key).and_then(|id| self.by_id(id))
    }

    /// A reference to a resource that exists or will exist. `None` if the resource is gone.
    pub(super) fn reference(&self, reference: &Reference) -> Option<Reference> {
        let deleted = reference
            .id
            .as_deref()
            .and_then(|id| self.deleted.get(id).copied());
        if let Some(key) = deleted
            .or(reference.key.as_ref())
            .filter(|key| self.recreated.contains(key))
        {
            return Some(Reference::to_key(key.clone()));
        }
        let by_key = || reference.key.as_ref().and_then(|key| self.ids.get(key).copied());
        let live = reference
            .id
            .as_deref()
            .or_else(by_key)
            .and_then(|id| self.by_id(id))?;
        Some(Reference {
            id: Some(live.id.clone()),
            key: Some(self.key(live)),
        })
    }

    /// A value that can be set now. `None` if it refers to a resource that is gone.
    pub(super) fn value(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Reference(reference) => Some(Value::Reference(Box::new(self.reference(reference)?))),
            other => Some(other.clone()),
        }
    }

    /// The live value, with the names of the resources that it refers to, if known.
    pub(super) fn held(&self, live: &Live, attribute: &Attribute) -> Option<Value> {
        live.attributes
            .get(attribute.id)
            .map(|value| self.value(value).unwrap_or_else(|| value.clone()))
    }

    /// Whether a live value is the value in a change.
    pub(super) fn same(&self, attribute: &Attribute, said: Option<&Value>, held: Option<&Value>) -> bool {
        match (said, held) {
            (None, None) => true,
            (Some(said), Some(held)) => {
                attribute.same(&self.value(said).unwrap_or_else(|| said.clone()), held)
            }
            _ => false,
        }
    }

    /// Who gave an attribute the value that it has now, where that is not what the apply left.
    pub(super) fn changed_by(&self, live: &Live, attribute: &Attribute, held: Option<&Value>) -> String {
        self.later
            .author(&live.id, &attribute.path, |said| self.same(attribute, said, held))
    }

    /// The live resource that holds an identifier: a name, or an `externalId`.
    pub(super) fn holder(&self, kind: Kind, path: &str, text: &str) -> Option<&'a Live> {
        if path == kind.naming_attribute() {
            return self.by_name(&Key::new(kind, text));
        }
        self.external_ids.get(&(kind, text)).and_then(|id| self.by_id(id))
    }
}
