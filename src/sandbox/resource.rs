//! Resources from clients, checked against the schema documents and brought to one form: names spelled as in
//! the documents, without read-only and empty values. Nothing here reads the store.

use serde_json::{Map, Value};

use super::problem::ScimProblem;
use super::schema::{ResourceType, named};
use crate::model::{AttributeDefinition, DataType, Mutability, Returned};

/// The parts of a resource that a client may write: no `id`, `meta` or `schemas`; extensions under their URN.
pub(super) type Content = Map<String, Value>;

/// Checks a body of POST or PUT.
pub(super) fn check(resource_type: &ResourceType, body: &Value) -> Result<Content, ScimProblem> {
    let body = body
        .as_object()
        .ok_or_else(|| ScimProblem::syntax("the body is not a JSON object"))?;
    check_schemas(resource_type, body)?;
    let mut content = Content::new();
    for (name, value) in body {
        if let Some(extension) = resource_type.extension(name) {
            if let Some(value) = check_object(&extension.attributes, value, &extension.id)? {
                put_once(&mut content, &extension.id, value)?;
            }
        } else {
            let definition = named(&resource_type.attributes, name).ok_or_else(|| unknown(name))?;
            if definition.mutability != Mutability::ReadOnly
                && let Some(value) = check_value(definition, value, &definition.name)?
            {
                put_once(&mut content, &definition.name, value)?;
            }
        }
    }
    check_required(resource_type, &content)?;
    content.retain(|name, _| {
        named(&resource_type.attributes, name).is_none_or(|definition| definition.returned != Returned::Never)
    });
    Ok(content)
}

/// Checks that a resource has its required attributes (RFC 7643, section 2.2, `required`).
pub(super) fn check_required(resource_type: &ResourceType, content: &Content) -> Result<(), ScimProblem> {
    for definition in resource_type
        .attributes
        .iter()
        .filter(|definition| definition.required && definition.mutability != Mutability::ReadOnly)
    {
        let blank = match content.get(&definition.name) {
            None => true,
            Some(Value::String(text)) => text.trim().is_empty(),
            Some(_) => false,
        };
        if blank {
            return Err(ScimProblem::value(format!("{} is required", definition.name)));
        }
    }
    Ok(())
}

fn check_schemas(resource_type: &ResourceType, body: &Map<String, Value>) -> Result<(), ScimProblem> {
    let listed = body
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("schemas"))
        .and_then(|(_, value)| value.as_array());
    let listed = listed.ok_or_else(|| ScimProblem::syntax("schemas is required, and is an array of URNs"))?;
    let mut has_core = false;
    for urn in listed {
        let urn = urn
            .as_str()
            .ok_or_else(|| ScimProblem::syntax("schemas is an array of URNs"))?;
        if urn.eq_ignore_ascii_case(&resource_type.urn) {
            has_core = true;
        } else if resource_type.extension(urn).is_none() {
            return Err(ScimProblem::syntax(format!(
                "schemas has {urn:?}, which {} does not have",
                resource_type.name
            )));
        }
    }
    if has_core {
        Ok(())
    } else {
        Err(ScimProblem::syntax(format!(
            "schemas does not have {}",
            resource_type.urn
        )))
    }
}

/// Checks the value of an attribute. `null`, `[]` and `{}` all give `None` (RFC 7643, section 2.5).
pub(super) fn check_value(
    definition: &AttributeDefinition,
    value: &Value,
    path: &str,
) -> Result<Option<Value>, ScimProblem> {
    if value.is_null() {
        return Ok(None);
    }
    if !definition.multi_valued {
        return check_single(definition, value, path);
    }
    let elements = value
        .as_array()
        .ok_or_else(|| ScimProblem::value(format!("{path} is multi-valued: an array is expected")))?;
    let mut kept: Vec<Value> = Vec::with_capacity(elements.len());
    for element in elements {
        if let Some(element) = check_single(definition, element, path)? {
            kept.push(element);
        }
    }
    check_primary(&kept, path)?;
    Ok((!kept.is_empty()).then_some(Value::Array(kept)))
}

/// Checks that at most one element is primary (RFC 7643, section 2.4).
pub(super) fn check_primary(elements: &[Value], path: &str) -> Result<(), ScimProblem> {
    match elements
        .iter()
        .filter(|element| element["primary"] == Value::Bool(true))
        .count()
    {
        0 | 1 => Ok(()),
        _ => Err(ScimProblem::value(format!(
            "{path} has more than one primary value"
        ))),
    }
}

/// Checks one value, or one element of a multi-valued attribute.
pub(super) fn check_single(
    definition: &AttributeDefinition,
    value: &Value,
    path: &str,
) -> Result<Option<Value>, ScimProblem> {
    let fits = match definition.data_type {
        DataType::Complex => return check_object(&definition.sub_attributes, value, path),
        _ if value.is_null() => return Ok(None),
        DataType::String | DataType::Reference => value.is_string(),
        DataType::Boolean => value.is_boolean(),
        DataType::Integer => value.is_i64(),
        DataType::Decimal => value.is_number(),
        DataType::DateTime => value
            .as_str()
            .is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
        DataType::Binary => value.as_str().is_some_and(is_base64),
    };
    if fits {
        Ok(Some(value.clone()))
    } else {
        Err(ScimProblem::value(format!(
            "{path} is not a {}",
            word(definition.data_type)
        )))
    }
}

fn check_object(
    attributes: &[AttributeDefinition],
    value: &Value,
    path: &str,
) -> Result<Option<Value>, ScimProblem> {
    if value.is_null() {
        return Ok(None);
    }
    let parts = value
        .as_object()
        .ok_or_else(|| ScimProblem::value(format!("{path} is complex: an object is expected")))?;
    let mut kept = Map::new();
    for (name, value) in parts.iter().filter(|(name, _)| !is_schemas(name)) {
        let definition = named(attributes, name).ok_or_else(|| unknown(&format!("{path}.{name}")))?;
        if definition.mutability != Mutability::ReadOnly
            && let Some(value) = check_value(definition, value, &format!("{path}.{}", definition.name))?
        {
            put_once(&mut kept, &definition.name, value)?;
        }
    }
    Ok((!kept.is_empty()).then_some(Value::Object(kept)))
}

/// Whether a part of an extension is `schemas`, which some clients write there. No complex attribute has a
/// part of this name.
pub(super) fn is_schemas(name: &str) -> bool {
    name.eq_ignore_ascii_case("schemas")
}

fn put_once(into: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), ScimProblem> {
    match into.insert(name.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(ScimProblem::syntax(format!("{name} is there twice"))),
    }
}

pub(super) fn unknown(name: &str) -> ScimProblem {
    ScimProblem::syntax(format!("no schema has the attribute {name:?}"))
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len() - body.len() <= 2
        && body
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_'))
}

fn word(data_type: DataType) -> &'static str {
    match data_type {
        DataType::String => "string",
        DataType::Boolean => "boolean",
        DataType::Decimal => "number",
        DataType::Integer => "whole number",
        DataType::DateTime => "dateTime",
        DataType::Reference => "reference",
        DataType::Binary => "base64 text",
        DataType::Complex => "complex value",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Kind;

    fn user(mut body: Value) -> Result<Value, (Option<&'static str>, String)> {
        body["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
        check(ResourceType::of(Kind::User), &body)
            .map(Value::Object)
            .map_err(|problem| (problem.scim_type, problem.detail))
    }

    #[test]
    fn names_are_spelled_as_the_schema_does_and_empty_values_are_dropped() {
        let found = user(json!({
            "USERNAME": "ada", "id": "x", "meta": {}, "title": null, "emails": [],
            "NAME": {"GivenName": "Ada", "familyName": null},
        }));
        assert_eq!(
            found,
            Ok(json!({"userName": "ada", "name": {"givenName": "Ada"}}))
        );
    }

    #[test]
    fn what_no_schema_allows_is_refused() {
        for (body, word) in [
            (json!({"userName": "a", "shoeSize": 4}), "invalidSyntax"),
            (json!({"userName": "a", "USERNAME": "b"}), "invalidSyntax"),
            (json!({"userName": "a", "name": {"nick": "x"}}), "invalidSyntax"),
            (json!({"userName": "a", "active": "true"}), "invalidValue"),
            (json!({"userName": "a", "emails": {"value": "x"}}), "invalidValue"),
            (
                json!({
                    "userName": "a",
                    "emails": [{"value": "x", "primary": true}, {"value": "y", "primary": true}],
                }),
                "invalidValue",
            ),
            (
                json!({"userName": "a", "x509Certificates": [{"value": "?"}]}),
                "invalidValue",
            ),
            (json!({"userName": " "}), "invalidValue"),
            (json!({}), "invalidValue"),
        ] {
            assert_eq!(user(body.clone()).expect_err("refused").0, Some(word), "{body}");
        }
    }
}
