//! Translates between resources as the service writes them and those of RFC 7643 that the store holds:
//! places, URNs, forms of booleans and dates, rewritten values, attributes that the service does not hold.

use serde_json::Value;

use super::nameless;
use super::spot::{Spot, Tree, entry, remove};
use crate::dialect::{Clearing, Dialect};
use crate::model::{Attribute, Catalog, Encoding, Kind, Normalisation, instant};

/// The differences between the service's resources and the RFC's.
#[derive(Debug)]
pub(super) struct Wire {
    rules: [Vec<WireRule>; 2],
    /// The roots that the service does not hold at all.
    dropped: [Vec<(Option<String>, String)>; 2],
    /// The service's URNs, each with the store's URN. `None` if the store has no such extension.
    urns: Vec<(String, Option<String>)>,
    /// The attributes that are written in another place than they are read, with both places.
    moved_when_written: [Vec<(Spot, Spot)>; 2],
    clears_by_empty: bool,
}

/// The differences of one attribute.
#[derive(Debug)]
struct WireRule {
    ours: Spot,
    theirs: Spot,
    encoding: Encoding,
    normalises: Box<[Normalisation]>,
    is_held: bool,
}

/// The catalogs of the store and of the service, to compare.
struct Catalogs<'a> {
    dialect: &'a Dialect,
    ours: Catalog,
    theirs: Catalog,
}

impl Catalogs<'_> {
    /// The rules of the attributes that differ.
    fn rules(&self, kind: Kind) -> Vec<WireRule> {
        let rule = |attribute: &Attribute| {
            let adapted = self.theirs.attribute(attribute.id);
            let rule = WireRule {
                ours: Spot::of(attribute),
                theirs: Spot::of(adapted),
                encoding: adapted.encoding,
                normalises: adapted.normalises.clone(),
                is_held: !self.dialect.does_not_hold(attribute),
            };
            (rule.ours != rule.theirs
                || rule.encoding != Encoding::Json
                || !rule.normalises.is_empty()
                || !rule.is_held)
                .then_some(rule)
        };
        self.ours.of(kind).filter_map(rule).collect()
    }

    /// The roots that the service does not hold at all, each with its extension.
    fn dropped(&self, kind: Kind) -> Vec<(Option<String>, String)> {
        let is_dropped = |attribute: &&Attribute| {
            self.ours
                .of(kind)
                .filter(|sibling| same_root(attribute, sibling))
                .all(|sibling| self.dialect.does_not_hold(sibling))
        };
        let root = |attribute: &Attribute| {
            let extension = attribute.extension.as_deref().map(str::to_owned);
            (extension, attribute.root.to_string())
        };
        self.ours.of(kind).filter(is_dropped).map(root).collect()
    }

    /// The attributes that the service reads in their extension and writes beside the core attributes: the
    /// place for writing and the place for reading.
    fn moved_when_written(&self, kind: Kind) -> Vec<(Spot, Spot)> {
        let spots = |attribute: &Attribute| {
            let top = Attribute {
                extension: None,
                ..attribute.clone()
            };
            self.theirs
                .attribute(attribute.id)
                .is_written_at_top
                .then(|| (Spot::of(&top), Spot::of(attribute)))
        };
        self.ours.of(kind).filter_map(spots).collect()
    }

    /// The URNs that only the service has, each with the store's URN if it is the same extension.
    fn urns(&self) -> Vec<(String, Option<String>)> {
        let all = || Kind::ALL.into_iter().flat_map(|kind| self.ours.of(kind));
        let known: Vec<&str> = all()
            .filter_map(|attribute| attribute.extension.as_deref())
            .collect();
        let mut urns: Vec<(String, Option<String>)> = Vec::new();
        for attribute in all() {
            let theirs = self
                .theirs
                .attribute(attribute.id)
                .extension
                .as_deref()
                .filter(|urn| !known.contains(urn));
            if let Some(urn) = theirs.filter(|urn| urns.iter().all(|(known, _)| known != urn)) {
                let renamed = self
                    .dialect
                    .extension_urns
                    .iter()
                    .find(|(_, theirs)| *theirs == urn)
                    .map(|(ours, _)| ours.clone());
                urns.push((urn.to_owned(), renamed));
            }
        }
        urns
    }
}

impl Wire {
    pub(super) fn of(dialect: &Dialect) -> Self {
        let catalogs = Catalogs {
            dialect,
            ours: Catalog::with(&dialect.extensions),
            theirs: dialect.catalog(),
        };
        Self {
            moved_when_written: Kind::ALL.map(|kind| catalogs.moved_when_written(kind)),
            rules: Kind::ALL.map(|kind| catalogs.rules(kind)),
            dropped: Kind::ALL.map(|kind| catalogs.dropped(kind)),
            urns: catalogs.urns(),
            clears_by_empty: dialect.clearing == Clearing::Empty,
        }
    }

    /// The store's name of an attribute in a filter.
    pub(super) fn name(&self, kind: Kind, theirs: &str) -> String {
        let mut moved = self.rules[usize::from(kind == Kind::Group)]
            .iter()
            .filter(|rule| rule.ours != rule.theirs);
        moved
            .find(|rule| rule.theirs.name().eq_ignore_ascii_case(theirs))
            .map_or_else(|| theirs.to_owned(), |rule| rule.ours.name())
    }

    /// Translates a client's resource for the store.
    pub(super) fn inward(&self, kind: Kind, tree: &mut Tree) {
        if self.clears_by_empty {
            tree.values_mut().for_each(clear_empty);
        }
        let rules = &self.rules[usize::from(kind == Kind::Group)];
        for rule in rules.iter().filter(|rule| rule.ours != rule.theirs) {
            let moved = rule.theirs.take(tree);
            rule.ours.put(tree, moved);
        }
        for (written, read) in &self.moved_when_written[usize::from(kind == Kind::Group)] {
            let values = written.take(tree);
            if !values.is_empty() {
                read.take(tree);
                read.put(tree, values);
            }
        }
        for (urn, ours) in &self.urns {
            if let (Some(rest), Some(ours)) = (remove(tree, urn), ours) {
                tree.entry(ours.clone()).or_insert(rest);
            }
        }
        if let Some(Value::Array(schemas)) = entry(tree, "schemas") {
            schemas.retain_mut(|schema| {
                match self
                    .urns
                    .iter()
                    .find(|(urn, _)| schema.as_str().is_some_and(|text| text.eq_ignore_ascii_case(urn)))
                {
                    Some((_, Some(ours))) => {
                        *schema = Value::from(ours.as_str());
                        true
                    }
                    Some((_, None)) => false,
                    None => true,
                }
            });
        }
        for rule in rules {
            if rule.is_held {
                rule.ours.each(tree, &mut |value| rule.read(value));
            } else {
                rule.ours.take(tree);
            }
        }
        for (extension, root) in &self.dropped[usize::from(kind == Kind::Group)] {
            let holder = match extension {
                Some(urn) => entry(tree, urn).and_then(Value::as_object_mut),
                None => Some(&mut *tree),
            };
            holder.map(|holder| remove(holder, root));
        }
    }

    /// Translates the store's resource for the client.
    pub(super) fn outward(&self, kind: Kind, tree: &mut Tree) {
        if kind == Kind::User {
            nameless::reveal(tree);
        }
        let rules = &self.rules[usize::from(kind == Kind::Group)];
        for rule in rules {
            rule.ours.each(tree, &mut |value| rule.write(value));
        }
        for rule in rules.iter().filter(|rule| rule.ours != rule.theirs) {
            let moved = rule.ours.take(tree);
            rule.theirs.put(tree, moved);
        }
        let present: Vec<String> = tree
            .keys()
            .filter(|name| name.to_ascii_lowercase().starts_with("urn:"))
            .cloned()
            .collect();
        if let Some(Value::Array(schemas)) = entry(tree, "schemas") {
            schemas.retain(|schema| {
                schema.as_str().is_some_and(|schema| {
                    schema.to_ascii_lowercase().contains(":core:") || present.iter().any(|urn| urn == schema)
                })
            });
            let missing: Vec<Value> = present
                .into_iter()
                .map(Value::from)
                .filter(|urn| !schemas.contains(urn))
                .collect();
            schemas.extend(missing);
        }
    }
}

fn same_root(left: &Attribute, right: &Attribute) -> bool {
    left.root == right.root && left.extension == right.extension
}

/// Replaces an empty text with no value.
fn clear_empty(value: &mut Value) {
    match value {
        Value::String(text) if text.is_empty() => *value = Value::Null,
        Value::Array(all) => all.iter_mut().for_each(clear_empty),
        Value::Object(parts) => parts.values_mut().for_each(clear_empty),
        _ => {}
    }
}

impl WireRule {
    /// Changes a value from any form that the service takes to the store's form.
    fn read(&self, value: &mut Value) {
        let converted = match (self.encoding, &*value) {
            (Encoding::BooleanText | Encoding::BooleanCapitalised, Value::String(text)) => {
                match text.to_ascii_lowercase().as_str() {
                    "true" => Some(Value::from(true)),
                    "false" => Some(Value::from(false)),
                    _ => None,
                }
            }
            (Encoding::Epoch, Value::Number(number)) => number.as_i64().map(of_epoch),
            (Encoding::Epoch, Value::String(text)) => text.parse().ok().map(of_epoch),
            (Encoding::Day, Value::String(text)) => {
                instant(text).map(|instant| Value::from(instant.to_string()))
            }
            _ => None,
        };
        if let Some(converted) = converted {
            *value = converted;
        }
        for rule in self.normalises.iter().filter(|rule| **rule != Normalisation::Day) {
            if let Value::String(text) = &*value {
                *value = Value::from(rule.apply(text).into_owned());
            }
        }
    }

    /// Changes a value to the one form in which the service answers.
    fn write(&self, value: &mut Value) {
        let converted = match (self.encoding, &*value) {
            (Encoding::BooleanText, Value::Bool(held)) => Some(Value::from(held.to_string())),
            (Encoding::BooleanCapitalised, Value::Bool(held)) => {
                Some(Value::from(if *held { "True" } else { "False" }))
            }
            (Encoding::Epoch, Value::String(text)) => {
                instant(text).map(|instant| Value::from(instant.as_second()))
            }
            (Encoding::Day, Value::String(text)) => {
                Some(Value::from(Normalisation::Day.apply(text).into_owned()))
            }
            _ => None,
        };
        if let Some(converted) = converted {
            *value = converted;
        }
    }
}

/// The date of a number of seconds since 1970; 0 is no date.
fn of_epoch(seconds: i64) -> Value {
    match jiff::Timestamp::from_second(seconds) {
        Ok(instant) if seconds != 0 => Value::from(instant.to_string()),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_resource_goes_in_and_comes_out_as_the_service_writes_it() {
        const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let dialect = Dialect::parse(&format!(
            "name: x\nbooleans: capitalised\ndates: epoch\nnot_held: {{ users: [title, addresses] }}\n\
             normalises: {{ users: {{ userName: [lower-case], phoneNumbers: [telephone] }} }}\n\
             places: {{ users: {{ manager: '{ENTERPRISE}:manager.managerId', \
             emails.work: 'emails[type eq \"office\"].value', nickName: alias }} }}\n\
             extensions: [{{ id: 'urn:y:2.0:User', attributes: [{{ name: startDate, type: dateTime }}] }}]\n"
        ))
        .expect("a dialect");
        let theirs = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, "urn:y:2.0:User"],
            "userName": "ada", "active": "False", "alias": "A",
            "emails": [{"type": "office", "value": "a@x.example"}],
            "phoneNumbers": [{"type": "work", "value": "+44207946"}],
            ENTERPRISE: {"manager": {"managerId": "7"}}, "urn:y:2.0:User": {"startDate": 1_700_000_000},
        });
        let ours = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, "urn:y:2.0:User"],
            "userName": "ada", "active": false, "nickName": "A",
            "emails": [{"type": "work", "value": "a@x.example"}],
            "phoneNumbers": [{"type": "work", "value": "+44207946"}],
            ENTERPRISE: {"manager": {"value": "7"}}, "urn:y:2.0:User": {"startDate": "2023-11-14T22:13:20Z"},
        });
        let wire = Wire::of(&dialect);
        let mut tree = theirs.as_object().expect("an object").clone();
        tree["userName"] = json!("Ada");
        tree["phoneNumbers"] = json!([{"type": "work", "value": "+44 (20) 7946"}]);
        tree.insert("title".into(), json!("Countess"));
        tree.insert(
            "addresses".into(),
            json!([{"type": "work", "locality": "Ulm", "unknown": 1}]),
        );
        wire.inward(Kind::User, &mut tree);
        assert_eq!(Value::Object(tree.clone()), ours);
        wire.outward(Kind::User, &mut tree);
        assert_eq!(Value::Object(tree), theirs);
    }
}
