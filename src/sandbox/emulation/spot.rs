//! The place of an attribute in a resource's JSON, for finding, rewriting, removing and moving its value.
//! Names are compared without case. Nothing is shared with the client's codec, so that a mistake there is not
//! repeated here.

use serde_json::{Map, Value, json};

use crate::model::{Attribute, Place};

/// A resource, or an object inside a resource.
pub(super) type Tree = Map<String, Value>;

/// A place in a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) extension: Option<String>,
    pub(super) root: String,
    within: SpotPart,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum SpotPart {
    Whole,
    Part(String),
    /// A part of the elements with a type, or of those without a type.
    Element(Option<String>, String),
    /// A part of every element.
    Each(String),
}

impl Spot {
    pub(super) fn of(attribute: &Attribute) -> Self {
        let within = match (&attribute.place, &attribute.reference_part) {
            (Place::Part { sub }, _) | (Place::Reference, Some(sub)) => SpotPart::Part(sub.to_string()),
            (Place::Element { element_type, sub }, _) => {
                SpotPart::Element(element_type.as_deref().map(str::to_owned), sub.to_string())
            }
            (Place::Set { sub: Some(sub) }, _) => SpotPart::Each(sub.to_string()),
            (Place::Plain | Place::Reference | Place::Set { sub: None }, _) => SpotPart::Whole,
        };
        Self {
            extension: attribute.extension.as_deref().map(str::to_owned),
            root: attribute.root.to_string(),
            within,
        }
    }

    /// The attribute's name in a filter.
    pub(super) fn name(&self) -> String {
        let urn = self
            .extension
            .as_ref()
            .map(|urn| format!("{urn}:"))
            .unwrap_or_default();
        match &self.within {
            SpotPart::Whole => format!("{urn}{}", self.root),
            SpotPart::Part(sub) | SpotPart::Element(_, sub) | SpotPart::Each(sub) => {
                format!("{urn}{}.{sub}", self.root)
            }
        }
    }

    /// Calls `change` with each value at this place.
    pub(super) fn each(&self, tree: &mut Tree, change: &mut dyn FnMut(&mut Value)) {
        let holder = match &self.extension {
            Some(urn) => entry(tree, urn).and_then(Value::as_object_mut),
            None => Some(tree),
        };
        let Some(found) = holder.and_then(|holder| entry(holder, &self.root)) else {
            return;
        };
        match (&self.within, found) {
            (SpotPart::Whole, Value::Array(all)) => all.iter_mut().for_each(change),
            (SpotPart::Whole, value) => change(value),
            (SpotPart::Part(sub), Value::Object(parts)) => entry(parts, sub).into_iter().for_each(change),
            (SpotPart::Element(word, sub), Value::Array(all)) => {
                let ours = all
                    .iter_mut()
                    .filter_map(Value::as_object_mut)
                    .filter(|element| is_of(element, word.as_deref()));
                ours.filter_map(|element| entry(element, sub)).for_each(change);
            }
            (SpotPart::Each(sub), Value::Array(all)) => {
                all.iter_mut()
                    .filter_map(Value::as_object_mut)
                    .filter_map(|element| entry(element, sub))
                    .for_each(change);
            }
            _ => {}
        }
    }

    /// The values at this place.
    pub(super) fn values(&self, tree: &Tree) -> Vec<Value> {
        let (mut copy, mut found) = (tree.clone(), Vec::new());
        self.each(&mut copy, &mut |value| found.push(value.clone()));
        found
    }

    /// Whether there is a value at this place.
    pub(super) fn has_value(&self, tree: &Tree) -> bool {
        self.values(tree)
            .iter()
            .any(|value| !value.is_null() && *value != json!(""))
    }

    /// Removes the values at this place, and all objects and lists that become empty.
    pub(super) fn take(&self, tree: &mut Tree) -> Vec<Value> {
        let found = self.values(tree);
        if found.is_empty() {
            return found;
        }
        match &self.extension {
            Some(urn) => {
                if let Some(holder) = entry(tree, urn).and_then(Value::as_object_mut) {
                    self.remove_in(holder);
                    if holder.is_empty() {
                        remove(tree, urn);
                    }
                }
            }
            None => self.remove_in(tree),
        }
        found
    }

    fn remove_in(&self, holder: &mut Tree) {
        let Some(found) = entry(holder, &self.root) else {
            return;
        };
        let is_empty = match (&self.within, found) {
            (SpotPart::Part(sub), Value::Object(parts)) => {
                remove(parts, sub);
                parts.is_empty()
            }
            (SpotPart::Element(word, sub), Value::Array(all)) => {
                all.retain_mut(|element| {
                    let Some(parts) = element
                        .as_object_mut()
                        .filter(|parts| is_of(parts, word.as_deref()))
                    else {
                        return true;
                    };
                    remove(parts, sub);
                    parts.keys().any(|name| {
                        !["type", "primary", "display"]
                            .iter()
                            .any(|label| name.eq_ignore_ascii_case(label))
                    })
                });
                all.is_empty()
            }
            _ => true,
        };
        if is_empty {
            remove(holder, &self.root);
        }
    }

    /// Puts values at this place.
    pub(super) fn put(&self, tree: &mut Tree, values: Vec<Value>) {
        let holder = match &self.extension {
            Some(urn) => object_at(tree, urn),
            None => tree,
        };
        for value in values {
            match &self.within {
                SpotPart::Whole | SpotPart::Each(_) => {
                    holder.insert(self.root.clone(), value);
                }
                SpotPart::Part(sub) => {
                    object_at(holder, &self.root).insert(sub.clone(), value);
                }
                SpotPart::Element(word, sub) => {
                    let all = holder.entry(self.root.clone()).or_insert_with(|| json!([]));
                    let Some(all) = all.as_array_mut() else { continue };
                    let free = all
                        .iter_mut()
                        .filter_map(Value::as_object_mut)
                        .find(|parts| is_of(parts, word.as_deref()) && !parts.contains_key(sub));
                    if let Some(parts) = free {
                        parts.insert(sub.clone(), value);
                        continue;
                    }
                    let word = word
                        .iter()
                        .map(|word| ("type".to_owned(), Value::from(word.as_str())));
                    all.push(Value::Object(word.chain([(sub.clone(), value)]).collect()));
                }
            }
        }
    }
}

/// The value of a name.
pub(super) fn entry<'t>(tree: &'t mut Tree, name: &str) -> Option<&'t mut Value> {
    tree.iter_mut()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// The value of a name.
pub(super) fn get<'t>(tree: &'t Tree, name: &str) -> Option<&'t Value> {
    tree.iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// Removes the value of a name.
pub(super) fn remove(tree: &mut Tree, name: &str) -> Option<Value> {
    let known = tree
        .keys()
        .find(|known| known.eq_ignore_ascii_case(name))
        .cloned()?;
    tree.remove(&known)
}

fn object_at<'t>(tree: &'t mut Tree, name: &str) -> &'t mut Tree {
    let known = tree
        .keys()
        .find(|known| known.eq_ignore_ascii_case(name))
        .cloned()
        .unwrap_or_else(|| name.to_owned());
    let value = tree.entry(known).or_insert_with(|| json!({}));
    if !value.is_object() {
        *value = json!({});
    }
    match value {
        Value::Object(parts) => parts,
        _ => unreachable!("it was made one"),
    }
}

fn is_of(element: &Tree, word: Option<&str>) -> bool {
    match (get(element, "type").and_then(Value::as_str), word) {
        (Some(found), Some(word)) => found.eq_ignore_ascii_case(word),
        (found, word) => found.is_none() && word.is_none(),
    }
}
