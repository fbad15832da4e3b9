//! SCIM's JSON lifted into flat resources, in one pass over the text, directed by the catalog: no tree is
//! built for what is already known. What the catalog does not know is skipped. Nothing here decides whether a
//! value is right.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::dialect::AbsentMembers;
use crate::model::Live;
use crate::model::{AttributeId, Attributes, Kind, Value};
use crate::wire::elements::ElementsSeed;
use crate::wire::members::MembersSeed;
use crate::wire::parts::Meta;
use crate::wire::parts::PartsSeed;
use crate::wire::scalar::ReferenceSeed;
use crate::wire::scalar::ScalarSeed;
use crate::wire::scalar::Text;
use crate::wire::scalar::Texts;
use crate::wire::shape;
use crate::wire::shape::Form;
use crate::wire::shape::Root;
use crate::wire::shape::Shape;

/// The longest id that is taken, in bytes.
const LONGEST_ID: usize = 512;

/// The attributes found so far.
pub(crate) type Found = Vec<(AttributeId, Value)>;

/// Lifts one resource.
pub(crate) fn resource(text: &str, shape: &Shape) -> Result<Live, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let live = ResourceSeed(shape).deserialize(&mut json)?;
    json.end()?;
    Ok(live)
}

/// Whether an id can stand in a path and in a message. `.` and `..` are folded away by URLs, even encoded.
pub(crate) fn is_safe_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= LONGEST_ID && id != "." && id != ".." && !id.chars().any(char::is_control)
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
        let mut found = Found::with_capacity(24);
        let (mut id, mut version, mut members) = (None, None, None);
        let mut seen = Seen::default();
        while let Some(name) = map.next_key_seed(NameSeed(shape))? {
            seen.note(&name)?;
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
                Name::Other => drop(map.next_value::<IgnoredAny>()?),
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
            AbsentMembers::Empty if shape.kind == Kind::Group => drop(members.get_or_insert_default()),
            // An empty list is what such a service always sends.
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
enum Name {
    Id,
    Schemas,
    Meta,
    Members,
    Root(usize),
    Extension(usize),
    Other,
}

/// What stood in an object already: two values of one name are two truths, and which one counts would depend
/// on the reader.
#[derive(Default)]
pub(crate) struct Seen {
    roots: u128,
    others: u128,
}

impl Seen {
    /// Notes an attribute, or a part, by its number.
    pub(crate) fn note_root<E: serde::de::Error>(&mut self, at: usize) -> Result<(), E> {
        self.note(&Name::Root(at))
    }

    fn note<E: serde::de::Error>(&mut self, name: &Name) -> Result<(), E> {
        let (set, at) = match name {
            Name::Id => (&mut self.others, 0),
            Name::Schemas => (&mut self.others, 1),
            Name::Meta => (&mut self.others, 2),
            Name::Members => (&mut self.others, 3),
            Name::Extension(at) => (&mut self.others, at + 4),
            Name::Root(at) => (&mut self.roots, *at),
            Name::Other => return Ok(()),
        };
        let bit = 1u128
            .checked_shl(u32::try_from(at).unwrap_or(u32::MAX))
            .unwrap_or(0);
        if *set & bit != 0 {
            return Err(E::custom("an attribute stands twice in one resource"));
        }
        *set |= bit;
        Ok(())
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
    found: &'s mut Found,
}

impl<'de> DeserializeSeed<'de> for RootSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let RootSeed { root, found } = self;
        match &root.form {
            Form::Plain(slot) => found.extend(
                ScalarSeed(slot.data_type)
                    .deserialize(json)?
                    .map(|value| (slot.id, value)),
            ),
            Form::Reference { id, part } => {
                found.extend(
                    ReferenceSeed {
                        part: part.as_deref(),
                    }
                    .deserialize(json)?
                    .map(|value| (*id, value)),
                );
            }
            Form::Parts(slots) => PartsSeed { slots, found }.deserialize(json)?,
            Form::Elements(elements) => ElementsSeed::Typed { elements, found }.deserialize(json)?,
            Form::Set { slot, sub } => {
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
    found: &'s mut Found,
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
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(at) => {
                    seen.note(&Name::Root(at))?;
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
