//! The objects inside a resource: a complex attribute's parts, and `meta`.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::wire::flat::FlatValues;
use crate::wire::flat::Seen;
use crate::wire::scalar::ScalarSeed;
use crate::wire::scalar::Text;
use crate::wire::shape::AttributeSlot;

/// Reads the object of a complex attribute: `name`.
pub(crate) struct PartsSeed<'s> {
    pub(crate) slots: &'s [AttributeSlot],
    pub(crate) found: &'s mut FlatValues,
}

impl<'de> DeserializeSeed<'de> for PartsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PartsSeed<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the object of a complex attribute")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    /// Some services send `"name": "Ada"`, which has no parts.
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    /// An empty list means no value.
    fn visit_seq<S: SeqAccess<'de>>(self, mut all: S) -> Result<(), S::Error> {
        while all.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut seen = Seen::default();
        while let Some(name) = map.next_key_seed(PartName(self.slots))? {
            let Some(at) = name else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            seen.note_root(at)?;
            let slot = &self.slots[at];
            self.found.extend(
                map.next_value_seed(ScalarSeed(slot.data_type))?
                    .map(|value| (slot.id, value)),
            );
        }
        Ok(())
    }
}

/// Reads `meta`. Only the version is used; its addresses are never followed.
pub(crate) struct Meta {
    pub(crate) version: Option<Box<str>>,
}

impl<'de> serde::Deserialize<'de> for Meta {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct MetaVisitor;
        impl<'de> Visitor<'de> for MetaVisitor {
            type Value = Meta;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("the object `meta`")
            }

            fn visit_unit<E>(self) -> Result<Meta, E> {
                Ok(Meta { version: None })
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Meta, M::Error> {
                let mut version = None;
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    if name.eq_ignore_ascii_case("version") {
                        version = map.next_value::<Text>()?.0.map(Box::<str>::from);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Meta { version })
            }
        }
        json.deserialize_any(MetaVisitor)
    }
}

/// The number of a part of a complex attribute, by name. `None` for an unknown part.
struct PartName<'s>(&'s [AttributeSlot]);

impl<'de> DeserializeSeed<'de> for PartName<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for PartName<'_> {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an attribute's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self
            .0
            .iter()
            .position(|slot| slot.name.eq_ignore_ascii_case(name)))
    }
}
