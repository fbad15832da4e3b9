//! Lifts the elements of multi-valued attributes: by type into one flat attribute each, or all together into
//! a set. Several elements of one type become a list, so that a diff shows what it would replace.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::{AttributeId, DataType, Value};
use crate::wire::flat::FlatValues;
use crate::wire::scalar::ScalarSeed;
use crate::wire::scalar::Text;
use crate::wire::shape::Elements;

/// Reads all elements, or a single element in place of the list.
pub(crate) enum ElementsSeed<'s> {
    /// Elements by their type: `emails`.
    Typed {
        elements: &'s Elements,
        found: &'s mut FlatValues,
    },
    /// Elements as a set: `roles`.
    Set {
        sub: Option<&'s str>,
        data_type: DataType,
        values: &'s mut Vec<Value>,
    },
}

impl ElementsSeed<'_> {
    fn again(&mut self) -> ElementsSeed<'_> {
        match self {
            Self::Typed { elements, found } => ElementsSeed::Typed { elements, found },
            Self::Set {
                sub,
                data_type,
                values,
            } => ElementsSeed::Set {
                sub: *sub,
                data_type: *data_type,
                values,
            },
        }
    }

    /// A bare value in place of an element: the `value` of an element without a type.
    fn bare(self, text: &str) {
        match self {
            Self::Set {
                data_type, values, ..
            } => {
                values.extend(
                    ScalarSeed(data_type)
                        .visit_str::<serde_json::Error>(text)
                        .ok()
                        .flatten(),
                );
            }
            Self::Typed { elements, found } => {
                let id = elements
                    .type_at(None)
                    .zip(elements.part_at("value"))
                    .and_then(|(word, part)| elements.id(word, part));
                if let (Some(id), false) = (id, text.is_empty()) {
                    put(found, id, Value::text(text));
                }
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for ElementsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ElementsSeed<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of elements")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.bare(if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.bare(&value.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.bare(&value.to_string());
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.bare(text);
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(mut self, mut all: S) -> Result<(), S::Error> {
        while all.next_element_seed(self.again())?.is_some() {}
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<(), M::Error> {
        match self {
            Self::Typed { elements, found } => typed(map, elements, found),
            Self::Set {
                sub,
                data_type,
                values,
            } => in_set(map, sub, data_type, values),
        }
    }
}

/// An element's type, which may come after its values.
enum TypeFound {
    None,
    Known(usize),
    /// A type that the catalog does not know. The element is skipped.
    Foreign,
}

fn typed<'de, M: MapAccess<'de>>(
    mut map: M,
    elements: &Elements,
    found: &mut FlatValues,
) -> Result<(), M::Error> {
    let mut element_type = TypeFound::None;
    let mut values: Vec<(usize, Value)> = Vec::with_capacity(4);
    while let Some(name) = map.next_key::<Cow<'de, str>>()? {
        if name.eq_ignore_ascii_case("type") {
            if let Some(word) = map.next_value::<Text>()?.0 {
                element_type = elements
                    .type_at(Some(&word))
                    .map_or(TypeFound::Foreign, TypeFound::Known);
            }
        } else if let Some(part) = elements.part_at(&name) {
            values.extend(
                map.next_value_seed(ScalarSeed(elements.parts[part].1))?
                    .map(|value| (part, value)),
            );
        } else {
            map.next_value::<IgnoredAny>()?;
        }
    }
    let element_type = match element_type {
        TypeFound::Known(at) => Some(at),
        TypeFound::None => elements.type_at(None),
        TypeFound::Foreign => None,
    };
    if let Some(element_type) = element_type {
        for (part, value) in values {
            if let Some(id) = elements.id(element_type, part) {
                put(found, id, value);
            }
        }
    }
    Ok(())
}

fn in_set<'de, M: MapAccess<'de>>(
    mut map: M,
    sub: Option<&str>,
    data_type: DataType,
    values: &mut Vec<Value>,
) -> Result<(), M::Error> {
    while let Some(name) = map.next_key::<Cow<'de, str>>()? {
        if sub.is_some_and(|sub| name.eq_ignore_ascii_case(sub)) {
            values.extend(map.next_value_seed(ScalarSeed(data_type))?);
        } else {
            map.next_value::<IgnoredAny>()?;
        }
    }
    Ok(())
}

fn put(found: &mut FlatValues, id: AttributeId, value: Value) {
    let Some((_, before)) = found.iter_mut().rev().find(|(known, _)| *known == id) else {
        return found.push((id, value));
    };
    let mut all = match std::mem::replace(before, Value::Boolean(false)) {
        Value::List(values) => values.into_vec(),
        single => vec![single],
    };
    all.push(value);
    *before = Value::set(all);
    // Equal values of one type are one value.
    if let Value::List(values) = before
        && let [_] = &values[..]
    {
        *before = std::mem::take(values).into_vec().remove(0);
    }
}
