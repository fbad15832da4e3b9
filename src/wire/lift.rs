//! Lifts SCIM's JSON into flat resources, in one pass over the text and without a tree. The catalog decides
//! what is read; unknown names are skipped. Nothing here decides whether a value is right.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::dialect::AbsentMembers;
use crate::model::Live;
use crate::model::{Attributes, Kind, Value};
use crate::wire::elements::ElementsSeed;
use crate::wire::flat::{FlatValues, Seen};
use crate::wire::id::is_safe_id;
use crate::wire::members::MembersSeed;
use crate::wire::parts::Meta;
use crate::wire::parts::PartsSeed;
use crate::wire::scalar::ReferenceSeed;
use crate::wire::scalar::ScalarSeed;
use crate::wire::scalar::Text;
use crate::wire::scalar::Texts;
use crate::wire::shape;
use crate::wire::shape::Root;
use crate::wire::shape::RootForm;
use crate::wire::shape::Shape;

/// Lifts one resource.
pub(crate) fn resource(text: &str, shape: &Shape) -> Result<Live, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let live = ResourceSeed(shape).deserialize(&mut json)?;
    json.end()?;
    Ok(live)
}

/// Reads a resource of a shape.
#[derive(Clone, Copy)]
pub(crate) struct ResourceSeed<'s>(pub(crate) &'s Shape);

impl<'de> DeserializeSeed<'de> for ResourceSeed<'_> {
    type Value = Live;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Live, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ResourceSeed<'_> {
    type Value = Live;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "a SCIM {}", self.0.kind.word())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Live, M::Error> {
        let shape = self.0;
        let mut found = FlatValues::with_capacity(24);
        let (mut id, mut version, mut members) = (None, None, None);
        let mut seen = Seen::default();
        while let Some(name) = map.next_key_seed(NameSeed(shape))? {
            name.note(&mut seen)?;
            match name {
                Name::Id => id = map.next_value::<Text>()?.0.map(Box::<str>::from),
                Name::Schemas => check_schemas(&map.next_value::<Texts>()?.0, shape)?,
                Name::Meta => version = map.next_value::<Meta>()?.version,
                Name::Members => members = map.next_value_seed(MembersSeed)?,
                Name::Root(at) => map.next_value_seed(RootSeed {
                    root: &shape.core[at],
                    found: &mut found,
                })?,
                Name::Extension(at) => map.next_value_seed(ExtensionSeed {
                    roots: &shape.extensions[at].1,
                    found: &mut found,
                })?,
                Name::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let Some(id) = id else {
            return Err(M::Error::custom(format_args!(
                "a {} has no id",
                shape.kind.word()
            )));
        };
        if !is_safe_id(&id) {
            return Err(M::Error::custom(format_args!(
                "a {} has an id that is not safe to use (control characters, a dot alone, or too long)",
                shape.kind.word()
            )));
        }
        match shape.absent_members {
            AbsentMembers::Empty if shape.kind == Kind::Group => {
                members.get_or_insert_default();
            }
            // These services always send an empty list.
            AbsentMembers::Hidden => members = members.filter(|members| !members.is_empty()),
            _ => {}
        }
        Ok(Live {
            kind: shape.kind,
            id,
            version,
            attributes: found.into_iter().collect::<Attributes>(),
            members,
        })
    }
}

fn check_schemas<E: serde::de::Error>(schemas: &[String], shape: &Shape) -> Result<(), E> {
    if schemas.is_empty()
        || schemas
            .iter()
            .any(|schema| schema.eq_ignore_ascii_case(&shape.urn))
    {
        return Ok(());
    }
    Err(E::custom(format_args!(
        "a {} was expected, and the answer is of the schema {}",
        shape.kind.word(),
        schemas[0]
    )))
}

/// A name at the top of a resource.
#[derive(Clone, Copy)]
enum Name {
    Id,
    Schemas,
    Meta,
    Members,
    Root(usize),
    Extension(usize),
    Other,
}

impl Name {
    /// Records that an object has this name.
    fn note<E: serde::de::Error>(self, seen: &mut Seen) -> Result<(), E> {
        match self {
            Self::Id => seen.note_other(0),
            Self::Schemas => seen.note_other(1),
            Self::Meta => seen.note_other(2),
            Self::Members => seen.note_other(3),
            Self::Extension(at) => seen.note_other(at + 4),
            Self::Root(at) => seen.note_root(at),
            Self::Other => Ok(()),
        }
    }
}

struct NameSeed<'s>(&'s Shape);

impl<'de> DeserializeSeed<'de> for NameSeed<'_> {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Name, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for NameSeed<'_> {
    type Value = Name;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an attribute's name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Name, E> {
        Ok(if name.eq_ignore_ascii_case("id") {
            Name::Id
        } else if name.eq_ignore_ascii_case("schemas") {
            Name::Schemas
        } else if name.eq_ignore_ascii_case("meta") {
            Name::Meta
        } else if self.0.is_members(name) {
            Name::Members
        } else if let Some(at) = shape::find(&self.0.core, name) {
            Name::Root(at)
        } else if let Some(at) = self
            .0
            .extensions
            .iter()
            .position(|(urn, _)| urn.eq_ignore_ascii_case(name))
        {
            Name::Extension(at)
        } else {
            Name::Other
        })
    }
}

struct RootSeed<'s> {
    root: &'s Root,
    found: &'s mut FlatValues,
}

impl<'de> DeserializeSeed<'de> for RootSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let RootSeed { root, found } = self;
        match &root.form {
            RootForm::Plain(slot) => found.extend(
                ScalarSeed(slot.data_type)
                    .deserialize(json)?
                    .map(|value| (slot.id, value)),
            ),
            RootForm::Reference { id, part } => {
                found.extend(
                    ReferenceSeed {
                        part: part.as_deref(),
                    }
                    .deserialize(json)?
                    .map(|value| (*id, value)),
                );
            }
            RootForm::Parts(slots) => PartsSeed { slots, found }.deserialize(json)?,
            RootForm::Elements(elements) => ElementsSeed::Typed { elements, found }.deserialize(json)?,
            RootForm::Set { slot, sub } => {
                let mut values = Vec::new();
                ElementsSeed::Set {
                    sub: sub.as_deref(),
                    data_type: slot.data_type,
                    values: &mut values,
                }
                .deserialize(json)?;
                if !values.is_empty() {
                    found.push((slot.id, Value::set(values)));
                }
            }
        }
        Ok(())
    }
}

/// An extension's object.
struct ExtensionSeed<'s> {
    roots: &'s [Root],
    found: &'s mut FlatValues,
}

impl<'de> DeserializeSeed<'de> for ExtensionSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ExtensionSeed<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the object of an extension")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut seen = Seen::default();
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            match shape::find(self.roots, &name) {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(at) => {
                    seen.note_root(at)?;
                    map.next_value_seed(RootSeed {
                        root: &self.roots[at],
                        found: self.found,
                    })?;
                }
            }
        }
        Ok(())
    }
}
