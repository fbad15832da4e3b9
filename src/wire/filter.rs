//! Lookups by filter: the filter's text, and whether a returned row matches. A service that ignores a filter
//! returns everybody, so rows that do not match are dropped.

use serde_json::Value as Json;

use crate::model::Live;
use crate::model::{Attribute, Catalog, Place, Value};

/// The filter `attribute eq "value"`, with the value escaped as JSON (RFC 7644, section 3.4.2.2).
pub(crate) fn equals(attribute: &Attribute, value: &str) -> String {
    let root = attribute.qualified_root();
    let value = Json::from(value);
    match &attribute.place {
        Place::Plain | Place::Set { sub: None } => format!("{root} eq {value}"),
        Place::Part { sub } | Place::Element { sub, .. } | Place::Set { sub: Some(sub) } => {
            format!("{root}.{sub} eq {value}")
        }
        Place::Reference => match &attribute.reference_part {
            Some(part) => format!("{root}.{part} eq {value}"),
            None => format!("{root} eq {value}"),
        },
    }
}

/// Whether a row matches the filter. The value may be in an element of any type, because the filter does not
/// name a type.
pub(crate) fn matches(live: &Live, attribute: &Attribute, value: &str, catalog: &Catalog) -> bool {
    let alike = |held: &Value| same(attribute, held, value);
    match &attribute.place {
        Place::Element { sub, .. } => live.attributes.iter().any(|(id, held)| {
            let sibling = catalog.attribute(id);
            sibling.root == attribute.root
                && matches!(&sibling.place, Place::Element { sub: part, .. } if part == sub)
                && alike(held)
        }),
        _ => live.attributes.get(attribute.id).is_some_and(alike),
    }
}

fn same(attribute: &Attribute, held: &Value, value: &str) -> bool {
    match held {
        Value::List(all) => all.iter().any(|held| same(attribute, held, value)),
        Value::Reference(reference) => reference.id.as_deref() == Some(value),
        Value::Text(text) => attribute.names_the_same(text, value),
        held => held.plain() == value,
    }
}
