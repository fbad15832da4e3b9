//! The keys that a dialect's file may have. Several structs are read from the file, and each knows only its
//! own keys. So the keys are checked separately, against the fields of all the structs.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::Dialect;
use super::emulation::{Emulated, EmulatedMembership};
use super::membership::Membership;
use super::notes::Notes;

/// The keys of a mapping.
#[derive(Debug, Default)]
pub(super) struct Keys {
    names: Vec<&'static str>,
    /// The keys of nested mappings that are also read into several structs, by the name of the mapping.
    under: Vec<(&'static str, Keys)>,
}

impl Keys {
    /// The keys of a dialect's file.
    pub(super) fn of_a_file() -> Self {
        let membership = Self::default().and::<Membership>().and::<EmulatedMembership>();
        Self {
            under: vec![("membership", membership)],
            ..Self::default().and::<Dialect>().and::<Emulated>().and::<Notes>()
        }
    }

    /// Adds the fields of a struct.
    fn and<'de, T: Deserialize<'de>>(mut self) -> Self {
        if let Err(Fields(fields)) = T::deserialize(EmptyDeserializer) {
            self.names.extend(
                fields
                    .iter()
                    .filter(|field| !self.names.contains(field))
                    .collect::<Vec<_>>(),
            );
        }
        self
    }
}

/// Reads a mapping only to check its keys. An unknown key is an error.
impl<'de> DeserializeSeed<'de> for &Keys {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, file: D) -> Result<(), D::Error> {
        file.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &Keys {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a mapping")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key_seed(KnownKey(&self.names))? {
            match self.under.iter().find(|(known, _)| *known == name) {
                Some((_, keys)) => map.next_value_seed(keys)?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Reads a key that must be one of these names.
struct KnownKey<'k>(&'k [&'static str]);

impl<'de> DeserializeSeed<'de> for KnownKey<'_> {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<&'static str, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for KnownKey<'_> {
    type Value = &'static str;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<&'static str, E> {
        let known = self.0.iter().copied().find(|known| *known == key);
        // The words are serde's, so that the error is shown in the same way.
        known.ok_or_else(|| {
            E::custom(format_args!(
                "unknown field `{key}`, expected one of `{}`",
                self.0.join("`, `")
            ))
        })
    }
}

/// A deserializer without content. Reading a struct from it fails with the names of the struct's fields.
struct EmptyDeserializer;

/// The fields that a struct asks for.
#[derive(Debug)]
struct Fields(&'static [&'static str]);

impl fmt::Display for Fields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("there is nothing to read")
    }
}

impl std::error::Error for Fields {}

impl de::Error for Fields {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }
}

impl<'de> Deserializer<'de> for EmptyDeserializer {
    type Error = Fields;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fields> {
        Err(Fields(&[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Fields> {
        Err(Fields(fields))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
