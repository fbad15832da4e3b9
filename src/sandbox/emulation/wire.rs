//! Resources as the service writes them, turned into those of RFC 7643 that the store holds, and back: other
//! places and URNs, booleans and dates in other forms, values that are rewritten, attributes that are not
//! held.

use serde_json::Value;

use super::spot::{Spot, Tree, entry, remove};
use crate::dialect::Clearing;
use crate::dialect::Dialect;
use crate::model::{Attribute, Catalog, Encoding, Kind, Normalisation, instant};

/// What differs between the service's resources and the RFC's.
#[derive(Debug)]
pub(super) struct Wire {
    rules: [Vec<Rule>; 2],
    /// The roots of which the service holds nothing.
    dropped: [Vec<(Option<String>, String)>; 2],
    /// The service's URNs, and those that the store knows them by; none for a URN that only the service has.
    urns: Vec<(String, Option<String>)>,
    /// Where attributes are written that are read elsewhere, and where that is.
    asked: [Vec<(Spot, Spot)>; 2],
    clears_by_empty: bool,
}

/// What differs of one attribute.
#[derive(Debug)]
struct Rule {
    ours: Spot,
    theirs: Spot,
    encoding: Encoding,
    normalises: Box<[Normalisation]>,
    is_held: bool,
}

impl Wire {
    pub(super) fn of(dialect: &Dialect) -> Self {
        let (ours, theirs) = (Catalog::with(&dialect.extensions), dialect.catalog());
        let rule = |attribute: &Attribute| {
            let adapted = theirs.attribute(attribute.id);
            let rule = Rule {
                ours: Spot::of(attribute),
                theirs: Spot::of(adapted),
                encoding: adapted.encoding,
                normalises: adapted.normalises.clone(),
                is_held: !dialect.does_not_hold(attribute),
            };
            (rule.ours != rule.theirs
                || rule.encoding != Encoding::Json
                || !rule.normalises.is_empty()
                || !rule.is_held)
                .then_some(rule)
        };
        let dropped = |kind: Kind| {
            let is_dropped = |one: &&Attribute| {
                ours.of(kind)
                    .filter(|other| same_root(one, other))
                    .all(|other| dialect.does_not_hold(other))
            };
            ours.of(kind)
                .filter(is_dropped)
                .map(|one| (one.extension.as_deref().map(str::to_owned), one.root.to_string()))
                .collect()
        };
        let mut urns: Vec<(String, Option<String>)> = Vec::new();
        let known: Vec<&str> = Kind::ALL
            .into_iter()
            .flat_map(|kind| ours.of(kind))
            .filter_map(|one| one.extension.as_deref())
            .collect();
        for attribute in Kind::ALL.into_iter().flat_map(|kind| ours.of(kind)) {
            let theirs = theirs
                .attribute(attribute.id)
                .extension
                .as_deref()
                .filter(|urn| !known.contains(urn));
            if let Some(urn) = theirs.filter(|urn| urns.iter().all(|(known, _)| known != urn)) {
                let renamed = dialect
                    .extension_urns
                    .iter()
                    .find(|(_, theirs)| *theirs == urn)
                    .map(|(ours, _)| ours.clone());
                urns.push((urn.to_owned(), renamed));
            }
        }
        let asked = |attribute: &Attribute| {
            let top = Attribute {
                extension: None,
                ..attribute.clone()
            };
            theirs
                .attribute(attribute.id)
                .is_written_at_top
                .then(|| (Spot::of(&top), Spot::of(attribute)))
        };
        Self {
            asked: Kind::ALL.map(|kind| ours.of(kind).filter_map(asked).collect()),
            rules: Kind::ALL.map(|kind| ours.of(kind).filter_map(rule).collect()),
            dropped: Kind::ALL.map(dropped),
            urns,
            clears_by_empty: dialect.clearing == Clearing::Empty,
        }
    }

    /// The store's name for what a filter names.
    pub(super) fn name(&self, kind: Kind, theirs: &str) -> String {
        let mut moved = self.rules[usize::from(kind == Kind::Group)]
            .iter()
            .filter(|rule| rule.ours != rule.theirs);
        moved
            .find(|rule| rule.theirs.name().eq_ignore_ascii_case(theirs))
            .map_or_else(|| theirs.to_owned(), |rule| rule.ours.name())
    }

    /// Turns what a client sent into what the store holds.
    pub(super) fn inward(&self, kind: Kind, tree: &mut Tree) {
        if self.clears_by_empty {
            tree.values_mut().for_each(clear_empty);
        }
        let rules = &self.rules[usize::from(kind == Kind::Group)];
        for rule in rules.iter().filter(|rule| rule.ours != rule.theirs) {
            let moved = rule.theirs.take(tree);
            rule.ours.put(tree, moved);
        }
        for (asked, told) in &self.asked[usize::from(kind == Kind::Group)] {
            let values = asked.take(tree);
            if !values.is_empty() {
                drop(told.take(tree));
                told.put(tree, values);
            }
        }
        for (urn, ours) in &self.urns {
            match (remove(tree, urn), ours) {
                (Some(rest), Some(ours)) => drop(tree.entry(ours.clone()).or_insert(rest)),
                (rest, _) => drop(rest),
            }
        }
        if let Some(Value::Array(schemas)) = entry(tree, "schemas") {
            schemas.retain_mut(|schema| {
                match self
                    .urns
                    .iter()
                    .find(|(urn, _)| schema.as_str().is_some_and(|one| one.eq_ignore_ascii_case(urn)))
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
                drop(rule.ours.take(tree));
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

    /// Turns what the store holds into what the service answers.
    pub(super) fn outward(&self, kind: Kind, tree: &mut Tree) {
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
                schema.as_str().is_some_and(|one| {
                    one.to_ascii_lowercase().contains(":core:") || present.iter().any(|urn| urn == one)
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

fn same_root(one: &Attribute, other: &Attribute) -> bool {
    one.root == other.root && one.extension == other.extension
}

/// An empty text is no value.
fn clear_empty(value: &mut Value) {
    match value {
        Value::String(text) if text.is_empty() => *value = Value::Null,
        Value::Array(all) => all.iter_mut().for_each(clear_empty),
        Value::Object(parts) => parts.values_mut().for_each(clear_empty),
        _ => {}
    }
}

impl Rule {
    /// From any form that the service takes to the store's.
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

    /// To the one form in which the service answers.
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

/// Seconds since 1970; 0 is no date.
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
             places: {{ users: {{ manager: '{ENTERPRISE}:manager.managerId', emails.work: 'emails[type eq \"office\"].value', nickName: alias }} }}\n\
             extensions: [{{ id: 'urn:y:2.0:User', attributes: [{{ name: startDate, type: dateTime }}] }}]\n"
        ))
        .expect("a dialect");
        let theirs = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, "urn:y:2.0:User"],
            "userName": "ada", "active": "False", "alias": "A", "emails": [{"type": "office", "value": "a@x.example"}],
            "phoneNumbers": [{"type": "work", "value": "+44207946"}],
            ENTERPRISE: {"manager": {"managerId": "7"}}, "urn:y:2.0:User": {"startDate": 1_700_000_000},
        });
        let ours = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, "urn:y:2.0:User"],
            "userName": "ada", "active": false, "nickName": "A", "emails": [{"type": "work", "value": "a@x.example"}],
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
