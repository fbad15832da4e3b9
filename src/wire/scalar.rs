//! Reads single values from SCIM's JSON by their attribute's type. `null`, `""` and `[]` are no value (RFC
//! 7643, section 2.5). A boolean or a number in quotes is accepted, because services in use write them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::{DataType, Reference, Value};

/// Reads one value of a type, or no value.
#[derive(Clone, Copy)]
pub(crate) struct ScalarSeed(pub(crate) DataType);

impl ScalarSeed {
    fn text(self, text: &str) -> Option<Value> {
        let boolean = |text: &str| match text {
            _ if text.eq_ignore_ascii_case("true") => Some(true),
            _ if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        let typed = match self.0 {
            DataType::Boolean => boolean(text).map(Value::Boolean),
            DataType::Integer => text.parse().ok().map(Value::Integer),
            // A date as a number is seconds since 1970, with or without quotes.
            DataType::DateTime if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                return text.parse().ok().and_then(epoch);
            }
            _ => None,
        };
        typed.or_else(|| (!text.is_empty()).then(|| Value::text(text)))
    }

    fn number<N: fmt::Display + TryInto<i64> + Copy>(self, number: N) -> Option<Value> {
        match (self.0, number.try_into()) {
            (DataType::Integer, Ok(number)) => Some(Value::Integer(number)),
            (DataType::DateTime, Ok(number)) => epoch(number),
            _ => Some(Value::text(number.to_string())),
        }
    }
}

/// The date of a number of seconds since 1970; 0 is no date.
fn epoch(seconds: i64) -> Option<Value> {
    let instant = (seconds != 0)
        .then(|| jiff::Timestamp::from_second(seconds).ok())
        .flatten()?;
    Some(Value::text(instant.to_string()))
}

impl<'de> DeserializeSeed<'de> for ScalarSeed {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ScalarSeed {
    type Value = Option<Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(if self.0 == DataType::Boolean {
            Value::Boolean(value)
        } else {
            Value::text(value.to_string())
        }))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(self.number(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(self.number(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(Value::text(value.to_string())))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.text(text))
    }

    /// Several values in place of one are kept, so that a diff shows them.
    fn visit_seq<S: SeqAccess<'de>>(self, mut all: S) -> Result<Self::Value, S::Error> {
        let mut values = Vec::new();
        while let Some(value) = all.next_element_seed(self)? {
            values.extend(value);
        }
        Ok((!values.is_empty()).then(|| Value::set(values)))
    }

    /// An object in place of a value is not understood, and is skipped.
    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// Reads a text. A number or `null` is also accepted.
pub(crate) struct Text(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        Ok(Self(match ScalarSeed(DataType::String).deserialize(json)? {
            Some(Value::Text(text)) => Some(text.into()),
            _ => None,
        }))
    }
}

/// Reads a list of texts, or one text in place of the list.
pub(crate) struct Texts(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of texts")
    }

    fn visit_unit<E>(self) -> Result<Texts, E> {
        Ok(Texts(Vec::new()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts(vec![text.to_owned()]))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut all: S) -> Result<Texts, S::Error> {
        let mut texts = Vec::new();
        while let Some(text) = all.next_element::<String>()? {
            texts.push(text);
        }
        Ok(Texts(texts))
    }
}

/// Reads a reference: `{"value": id}`, or only the id as some services write it.
#[derive(Clone, Copy)]
pub(crate) struct ReferenceSeed<'s> {
    /// The dialect's own part that holds the id, besides the standard ones.
    pub(crate) part: Option<&'s str>,
}

impl<'de> DeserializeSeed<'de> for ReferenceSeed<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ReferenceSeed<'_> {
    type Value = Option<Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a reference to another resource")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, id: &str) -> Result<Self::Value, E> {
        Ok((!id.is_empty()).then(|| Value::Reference(Box::new(Reference::to_id(id)))))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut all: S) -> Result<Self::Value, S::Error> {
        let mut first = None;
        while let Some(value) = all.next_element_seed(self)? {
            first = first.or(value);
        }
        Ok(first)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut id = None;
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            // `managerId` is SCIM 1.1's name, still in use.
            let is_theirs = self.part.is_some_and(|part| name.eq_ignore_ascii_case(part));
            if is_theirs || name.eq_ignore_ascii_case("value") || name.eq_ignore_ascii_case("managerId") {
                id = id.or(map.next_value::<Text>()?.0);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(id.map(|id| Value::Reference(Box::new(Reference::to_id(id)))))
    }
}
