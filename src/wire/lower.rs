//! Lowers flat resources into SCIM's JSON: the body of a POST. It has only the requested attributes, and
//! `primary` where the service wants the main element of several to be marked.

use serde_json::{Map, Value as Json, json};

use crate::dialect::Primary;
use crate::model::Member;
use crate::model::{
    Attribute, AttributeId, Attributes, Catalog, DataType, Encoding, Normalisation, Place, Value, instant,
};
use crate::wire::failure::Failure;
use crate::wire::members;
use crate::wire::shape::Elements;
use crate::wire::shape::RootForm;
use crate::wire::shape::Shape;

/// The part that marks the main element of several (RFC 7643, section 2.4).
const PRIMARY: &str = "primary";
/// The type of the element that becomes the main element by default.
const FIRST_CHOICE: &str = "work";

type Object = Map<String, Json>;

/// The body that creates a resource.
pub(crate) fn resource(
    attributes: &Attributes,
    members: &[Member],
    shape: &Shape,
    catalog: &Catalog,
) -> Result<Json, Failure> {
    let mut schemas = vec![Json::from(shape.urn.clone())];
    let mut body = Object::new();
    for (id, value) in attributes.iter() {
        let attribute = catalog.attribute(id);
        if attribute.kind != shape.kind {
            return Err(Failure::not_sent(&format!(
                "`{}` is not an attribute of a {}",
                attribute.path,
                shape.kind.word()
            )));
        }
        let holder = match attribute.written_in() {
            None => &mut body,
            Some(urn) => {
                if !body.contains_key(urn) {
                    schemas.push(Json::from(urn));
                }
                object_in(&mut body, urn)?
            }
        };
        place(holder, attribute, value)?;
    }
    for root in shape.core.iter().filter(|_| shape.primary == Primary::Marked) {
        if let (RootForm::Elements(elements), Some(Json::Array(all))) =
            (&root.form, body.get_mut(&*root.name))
        {
            mark_primary(all, elements);
        }
    }
    if !members.is_empty() {
        body.insert("members".to_owned(), members::lowered(members)?);
    }
    body.insert("schemas".to_owned(), Json::Array(schemas));
    Ok(Json::Object(body))
}

/// A value as JSON. A reference is an object with its id in the part `value`.
pub(crate) fn value(attribute: &Attribute, value: &Value) -> Result<Json, Failure> {
    Ok(match value {
        Value::Boolean(value) => match attribute.encoding {
            Encoding::BooleanText => Json::from(value.to_string()),
            Encoding::BooleanCapitalised => Json::from(if *value { "True" } else { "False" }),
            _ => Json::from(*value),
        },
        Value::Integer(value) => Json::from(*value),
        Value::Text(text) if attribute.encoding == Encoding::Epoch => {
            let instant = instant(text).ok_or_else(|| {
                Failure::not_sent(&format!(
                    "`{}`: `{text}` is no date, and the service wants one",
                    attribute.path
                ))
            })?;
            Json::from(instant.as_second())
        }
        Value::Text(text) if attribute.encoding == Encoding::Day => {
            Json::from(&*Normalisation::Day.apply(text))
        }
        Value::Text(text) if attribute.data_type == DataType::Decimal => {
            text.parse().map_or_else(|_| Json::from(&**text), Json::Number)
        }
        Value::Text(text) => Json::from(&**text),
        Value::List(all) => return all.iter().map(|value| self::value(attribute, value)).collect(),
        Value::Reference(reference) => match reference.id.as_deref() {
            Some(id) => match &attribute.reference_part {
                Some(part) => json!({ &**part: id }),
                None => Json::from(id),
            },
            None => return Err(Failure::unresolved(&attribute.path, &reference.plain())),
        },
    })
}

/// All elements of a set.
pub(crate) fn set(attribute: &Attribute, sub: Option<&str>, wanted: &Value) -> Result<Json, Failure> {
    let all = match wanted {
        Value::List(all) => &all[..],
        single => std::slice::from_ref(single),
    };
    all.iter()
        .map(|wanted| {
            let element = value(attribute, wanted)?;
            Ok(match sub {
                Some(sub) => json!({ sub: element }),
                None => element,
            })
        })
        .collect()
}

fn place(holder: &mut Object, attribute: &Attribute, wanted: &Value) -> Result<(), Failure> {
    let root = &*attribute.root;
    match &attribute.place {
        Place::Plain | Place::Reference => {
            holder.insert(root.to_owned(), value(attribute, wanted)?);
        }
        Place::Part { sub } => {
            object_in(holder, root)?.insert(sub.to_string(), value(attribute, wanted)?);
        }
        Place::Set { sub } => {
            holder.insert(root.to_owned(), set(attribute, sub.as_deref(), wanted)?);
        }
        Place::Element { element_type, sub } => {
            let elements = holder.entry(root).or_insert_with(|| Json::Array(Vec::new()));
            let Json::Array(elements) = elements else {
                return Err(Failure::not_sent(&format!(
                    "`{root}` is both one value and several"
                )));
            };
            put_in_elements(elements, element_type.as_deref(), sub, value(attribute, wanted)?);
        }
    }
    Ok(())
}

/// Adds a part to an element of a type. Several values of a part become several elements of that type.
fn put_in_elements(elements: &mut Vec<Json>, element_type: Option<&str>, sub: &str, wanted: Json) {
    let values = match wanted {
        Json::Array(values) => values,
        single => vec![single],
    };
    for value in values {
        let free = elements
            .iter_mut()
            .filter_map(Json::as_object_mut)
            .find(|element| {
                element.get("type").and_then(Json::as_str) == element_type && !element.contains_key(sub)
            });
        if let Some(element) = free {
            element.insert(sub.to_owned(), value);
            continue;
        }
        let mut element = Object::new();
        if let Some(word) = element_type {
            element.insert("type".to_owned(), Json::from(word));
        }
        element.insert(sub.to_owned(), value);
        elements.push(Json::Object(element));
    }
}

/// Marks the main element of several if none is marked.
fn mark_primary(all: &mut [Json], elements: &Elements) {
    if elements.part_at(PRIMARY).is_none() || all.iter().any(|element| element.get(PRIMARY).is_some()) {
        return;
    }
    let at = all
        .iter()
        .position(|element| element.get("type").and_then(Json::as_str) == Some(FIRST_CHOICE))
        .unwrap_or(0);
    if let Some(Json::Object(element)) = all.get_mut(at) {
        element.insert(PRIMARY.to_owned(), Json::from(true));
    }
}

fn object_in<'o>(holder: &'o mut Object, name: &str) -> Result<&'o mut Object, Failure> {
    let entry = holder.entry(name).or_insert_with(|| Json::Object(Object::new()));
    entry
        .as_object_mut()
        .ok_or_else(|| Failure::not_sent(&format!("`{name}` is both one value and several")))
}

/// The flat attributes in the element of one type, by part.
pub(crate) fn parts_of(
    elements: &Elements,
    element_type: usize,
) -> impl Iterator<Item = (&str, AttributeId)> {
    elements
        .parts
        .iter()
        .enumerate()
        .filter_map(move |(part, (name, _))| Some((&**name, elements.id(element_type, part)?)))
}
