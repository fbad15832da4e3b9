//! Changes of attributes as a PUT (RFC 7644, section 3.5.1): the resource as it was read just before, with
//! the edits applied. Everything else, known or not, is sent back byte for byte and in its order. A PUT is
//! never built from the desired values alone, because a service may clear what a PUT omits.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value as Json, json};

use crate::dialect::Clearing;
use crate::model::Member;
use crate::model::{Attribute, Catalog, Place, Value, well_known};
use crate::wire::envelope;
use crate::wire::failure::Failure;
use crate::wire::lower;
use crate::wire::members;
use crate::wire::patch::Edit;
use crate::wire::style::cleared;

/// An object whose values keep their exact text.
#[derive(Default)]
struct Raw(Vec<(String, Box<RawValue>)>);

/// The body that changes a resource, as it was read, by the edits.
pub(crate) fn body(
    text: &str,
    edits: &[Edit],
    clearing: Clearing,
    catalog: &Catalog,
) -> Result<Box<RawValue>, Failure> {
    let mut resource = Raw::parse(text)?;
    for edit in edits {
        let attribute = catalog.attribute(edit.attribute);
        match attribute.written_in() {
            None => resource.edit(attribute, edit.value.as_ref(), clearing)?,
            Some(urn) => {
                let mut extension = resource.object(urn)?;
                extension.edit(attribute, edit.value.as_ref(), clearing)?;
                let is_empty = extension.0.is_empty();
                resource.set(urn, (!is_empty).then(|| raw(&extension)).transpose()?);
                if !is_empty {
                    resource.declare(urn)?;
                }
            }
        }
    }
    raw(&resource)
}

/// The body that adds and removes members of a group, as the group was read. It is an error if the group does
/// not tell its members.
pub(crate) fn members_body(text: &str, add: &[Member], remove: &[Member]) -> Result<Box<RawValue>, Failure> {
    let mut group = Raw::parse(text)?;
    let Some(held) = group.get(well_known::MEMBERS) else {
        return Err(Failure::not_sent(
            "the group does not tell its members, and a PUT without them would remove them",
        ));
    };
    let held: Vec<Box<RawValue>> = serde_json::from_str(held.get()).map_err(unreadable)?;
    let id_of = |member: &RawValue| -> Option<String> {
        let json: Json = serde_json::from_str(member.get()).ok()?;
        json.as_str()
            .or_else(|| envelope::member(&json, "value")?.as_str())
            .map(str::to_owned)
    };
    let is_one_of = |members: &[Member], id: &str| {
        members
            .iter()
            .any(|member| member.reference.id.as_deref() == Some(id))
    };
    let mut all: Vec<Box<RawValue>> = held
        .into_iter()
        .filter(|member| id_of(member).is_none_or(|id| !is_one_of(remove, &id)))
        .collect();
    let there: Vec<String> = all.iter().filter_map(|member| id_of(member)).collect();
    let new: Vec<Member> = add
        .iter()
        .filter(|member| {
            member
                .reference
                .id
                .as_deref()
                .is_none_or(|id| !there.iter().any(|held| held == id))
        })
        .cloned()
        .collect();
    if let Json::Array(new) = members::lowered(&new)? {
        for member in new {
            all.push(raw(&member)?);
        }
    }
    group.set(well_known::MEMBERS, Some(raw(&all)?));
    raw(&group)
}

impl Raw {
    fn parse(text: &str) -> Result<Self, Failure> {
        serde_json::from_str(text).map_err(unreadable)
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.0
            .iter()
            .position(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    fn get(&self, name: &str) -> Option<&RawValue> {
        self.at(name)
            .map(|at| &*self.0[at].1)
            .filter(|value| value.get() != "null")
    }

    /// Sets or removes a value. An existing name keeps its spelling.
    fn set(&mut self, name: &str, value: Option<Box<RawValue>>) {
        match (self.at(name), value) {
            (Some(at), Some(value)) => self.0[at].1 = value,
            (Some(at), None) => {
                self.0.remove(at);
            }
            (None, Some(value)) => self.0.push((name.to_owned(), value)),
            (None, None) => {}
        }
    }

    fn object(&self, name: &str) -> Result<Self, Failure> {
        self.get(name)
            .map_or_else(|| Ok(Self::default()), |value| Self::parse(value.get()))
    }

    /// Adds an extension to `schemas`.
    fn declare(&mut self, urn: &str) -> Result<(), Failure> {
        let mut schemas: Vec<String> = self
            .get("schemas")
            .map_or_else(|| Ok(Vec::new()), |list| serde_json::from_str(list.get()))
            .map_err(unreadable)?;
        if !schemas.iter().any(|known| known.eq_ignore_ascii_case(urn)) {
            schemas.push(urn.to_owned());
            self.set("schemas", Some(raw(&schemas)?));
        }
        Ok(())
    }

    /// Applies an edit to the object that holds the attribute.
    fn edit(
        &mut self,
        attribute: &Attribute,
        value: Option<&Value>,
        clearing: Clearing,
    ) -> Result<(), Failure> {
        let root = &*attribute.root;
        match &attribute.place {
            Place::Plain | Place::Reference => {
                let value = value.map(|value| lower::value(attribute, value)).transpose()?;
                self.set(root, self::value(attribute, value, clearing)?);
            }
            Place::Set { sub } => {
                let value = value
                    .map(|value| lower::set(attribute, sub.as_deref(), value))
                    .transpose()?;
                self.set(root, self::value(attribute, value, clearing)?);
            }
            Place::Part { sub } => {
                let mut parts = self.object(root)?;
                let value = value.map(|value| lower::value(attribute, value)).transpose()?;
                parts.set(sub, self::value(attribute, value, clearing)?);
                self.set(root, (!parts.0.is_empty()).then(|| raw(&parts)).transpose()?);
            }
            Place::Element { element_type, sub } => {
                let held: Vec<Self> = self
                    .get(root)
                    .map_or_else(|| Ok(Vec::new()), |list| serde_json::from_str(list.get()))
                    .map_err(unreadable)?;
                let part = ElementPart {
                    attribute,
                    word: element_type.as_deref(),
                    sub,
                };
                let elements = elements(held, &part, value)?;
                let nothing = if clearing == Clearing::Remove {
                    None
                } else {
                    Some(raw(&json!([]))?)
                };
                self.set(
                    root,
                    if elements.is_empty() {
                        nothing
                    } else {
                        Some(raw(&elements)?)
                    },
                );
            }
        }
        Ok(())
    }

    fn is_of_type(&self, word: Option<&str>) -> bool {
        let held = self
            .get("type")
            .and_then(|value| serde_json::from_str::<String>(value.get()).ok());
        match (held, word) {
            (Some(held), Some(word)) => held.eq_ignore_ascii_case(word),
            (held, word) => held.is_none() && word.is_none(),
        }
    }

    /// Whether an element has only parts that describe it: `type`, `primary` and `display`.
    fn is_hollow(&self) -> bool {
        self.0.iter().all(|(name, value)| {
            value.get() == "null"
                || ["type", "primary", "display"]
                    .iter()
                    .any(|word| name.eq_ignore_ascii_case(word))
        })
    }
}

/// A part of the elements of a type: `emails.work`.
struct ElementPart<'a> {
    attribute: &'a Attribute,
    /// The type. `None` for elements without a type.
    word: Option<&'a str>,
    sub: &'a str,
}

/// The elements of an attribute after a change of one part in the elements of a type. Elements of other types
/// stay.
fn elements(mut held: Vec<Raw>, part: &ElementPart<'_>, value: Option<&Value>) -> Result<Vec<Raw>, Failure> {
    let ElementPart { attribute, word, sub } = *part;
    let values = match value {
        None => &[][..],
        Some(Value::List(values)) => &values[..],
        Some(value) => std::slice::from_ref(value),
    };
    let mut values = values.iter();
    for element in held.iter_mut().filter(|element| element.is_of_type(word)) {
        let value = values
            .next()
            .map(|value| lower::value(attribute, value))
            .transpose()?;
        element.set(sub, value.map(|value| raw(&value)).transpose()?);
    }
    for value in values {
        let mut element = Raw::default();
        if let Some(word) = word {
            element.set("type", Some(raw(&word)?));
        }
        element.set(sub, Some(raw(&lower::value(attribute, value)?)?));
        held.push(element);
    }
    held.retain(|element| !element.is_of_type(word) || !element.is_hollow());
    Ok(held)
}

/// The JSON of a value, or the JSON that clears the attribute. `None` if the attribute is omitted.
fn value(
    attribute: &Attribute,
    value: Option<Json>,
    clearing: Clearing,
) -> Result<Option<Box<RawValue>>, Failure> {
    let value = match value {
        Some(value) => Some(value),
        None => cleared(attribute, clearing)?,
    };
    value.map(|value| raw(&value)).transpose()
}

fn raw(value: &impl Serialize) -> Result<Box<RawValue>, Failure> {
    to_raw_value(value).map_err(|error| Failure::not_sent(&error.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn unreadable(error: serde_json::Error) -> Failure {
    envelope::not_usable(&format!("the resource cannot be changed: {error}"))
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct RawVisitor;
        impl<'de> Visitor<'de> for RawVisitor {
            type Value = Raw;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Raw, M::Error> {
                let mut all = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    all.push(entry);
                }
                Ok(Raw(all))
            }
        }
        json.deserialize_map(RawVisitor)
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        let mut map = json.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, Reference};

    const HELD: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1",
        "x":{"b":1.10,"a":[1e400]},"UserName":"ada","title":"Dr",
        "emails":[{"type":"work","value":"a@x","odd":1.0},{"value":"b@x","type":"home"}],
        "name":{"givenName":"Ada","z":0.10},"meta":{"version":"1"}}"#;

    fn changed(clearing: Clearing, edits: &[(&str, Option<Value>)]) -> String {
        let catalog = Catalog::built_in();
        let edits = edits.iter().map(|(name, value)| Edit {
            attribute: catalog.find(Kind::User, name).expect("known").id,
            value: value.clone(),
        });
        let edits: Vec<Edit> = edits.collect();
        body(HELD, &edits, clearing, &catalog)
            .expect("a body")
            .get()
            .to_owned()
    }

    #[test]
    fn what_no_edit_names_goes_back_byte_for_byte() {
        let same = changed(Clearing::Remove, &[("title", Some(Value::text("Dr")))]);
        assert_eq!(same, HELD.replace("\n        ", ""));
        let edited = changed(
            Clearing::Remove,
            &[
                ("emails.work", Some(Value::text("c@x"))),
                ("userName", Some(Value::text("ada2"))),
            ],
        );
        assert_eq!(
            edited,
            same.replace("\"a@x\"", "\"c@x\"").replace("\"ada\"", "\"ada2\"")
        );
    }

    #[test]
    fn nothing_is_written_as_the_service_understands_it() {
        let all = [("title", None), ("emails.home", None), ("name.givenName", None)];
        let (gone, empty, null) = (
            changed(Clearing::Remove, &all),
            changed(Clearing::Empty, &all),
            changed(Clearing::Null, &all),
        );
        assert!(
            !gone.contains("title") && !gone.contains("home") && gone.contains(r#""name":{"z":0.10}"#),
            "{gone}"
        );
        assert!(
            empty.contains(r#""title":"""#)
                && !empty.contains("home")
                && empty.contains(r#""name":{"givenName":"","z":0.10}"#),
            "{empty}"
        );
        assert!(null.contains(r#""title":null"#), "{null}");
    }

    #[test]
    fn an_extension_that_comes_new_is_declared() {
        let changed = changed(Clearing::Remove, &[("department", Some(Value::text("R&D")))]);
        let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        assert!(
            changed.contains(&format!(r#","{urn}"]"#))
                && changed.ends_with(&format!(r#","{urn}":{{"department":"R&D"}}}}"#)),
            "{changed}"
        );
    }

    #[test]
    fn members_are_laid_into_the_list_that_is_there() {
        let member = |id: &str| Member {
            reference: Reference::to_id(id),
            kind: Some(Kind::User),
        };
        let held = r#"{"id":"g","members":[{"value":"1","odd":1.0},"2",{"value":"3"}]}"#;
        let changed = members_body(held, &[member("1"), member("4")], &[member("2")]).expect("a body");
        assert_eq!(
            changed.get(),
            r#"{"id":"g","members":[{"value":"1","odd":1.0},{"value":"3"},{"value":"4"}]}"#
        );
        assert!(
            members_body(r#"{"id":"g"}"#, &[member("1")], &[]).is_err(),
            "a list that is not told is not replaced"
        );
    }
}
