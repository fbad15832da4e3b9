//! PATCH (RFC 7644, section 3.5.2): reads operations from a body, and applies them to a resource's content.
//! All or nothing: the caller works on a copy.

mod apply;
mod path;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub(super) use apply::apply;
#[cfg(test)]
pub(super) use path::PathText;
pub(super) use path::{PatchTarget, Path};

use super::problem::ScimProblem;
use super::resource::unknown;
use super::schema::{Resolved, ResourceType, named};
use crate::model::Mutability;

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const OPERATIONS: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Remove,
    Replace,
}

/// One operation on one attribute.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) verb: Verb,
    pub(super) target: PatchTarget,
    /// The value; null for a removal.
    pub(super) value: Value,
}

/// Reads the body of a PATCH. An operation without a path becomes one for each attribute of its value.
pub(super) fn read(
    resource_type: &'static ResourceType,
    body: &Value,
) -> Result<Vec<Operation>, ScimProblem> {
    let body = body
        .as_object()
        .ok_or_else(|| ScimProblem::syntax("the body is not a JSON object"))?;
    let member = |name: &str| {
        body.iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    let is_patch = |urn: &Value| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(PATCH_OP));
    if !member("schemas")
        .and_then(Value::as_array)
        .is_some_and(|urns| urns.iter().any(is_patch))
    {
        return Err(ScimProblem::syntax(format!("schemas does not have {PATCH_OP}")));
    }
    let operations = member("Operations")
        .and_then(Value::as_array)
        .filter(|operations| !operations.is_empty());
    let operations = operations.ok_or_else(|| {
        ScimProblem::syntax("Operations is required, and is an array of at least one operation")
    })?;
    let mut read = Vec::with_capacity(operations.len());
    for operation in operations {
        read_operation(resource_type, operation, &mut read)?;
        if read.len() > OPERATIONS {
            return Err(ScimProblem::bad(
                "tooMany",
                format!("more than {OPERATIONS} operations"),
            ));
        }
    }
    Ok(read)
}

fn read_operation(
    resource_type: &'static ResourceType,
    operation: &Value,
    read: &mut Vec<Operation>,
) -> Result<(), ScimProblem> {
    let operation = operation
        .as_object()
        .ok_or_else(|| ScimProblem::syntax("an operation is not a JSON object"))?;
    let member = |name: &str| {
        operation
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    let verb = match member("op")
        .and_then(Value::as_str)
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        Some("add") => Verb::Add,
        Some("remove") => Verb::Remove,
        Some("replace") => Verb::Replace,
        _ => {
            return Err(ScimProblem::syntax(
                "op is required, and is add, remove or replace",
            ));
        }
    };
    let value = member("value").cloned();
    let path = match member("path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path),
        Some(_) => return Err(ScimProblem::path("path is not text")),
    };
    match (verb, path, value) {
        (Verb::Remove, None, _) => Err(ScimProblem::target("remove needs a path")),
        // Some services read this as "remove these", others as "remove all" (older Entra ID). A guess would
        // be too dangerous.
        (Verb::Remove, Some(_), Some(value)) if !value.is_null() => Err(ScimProblem::value(
            "remove takes no value; name the values by a filter, as members[value eq \"…\"]",
        )),
        (Verb::Remove, Some(path), _) => {
            read.push(Operation {
                verb,
                target: PatchTarget::read(resource_type, path)?,
                value: Value::Null,
            });
            Ok(())
        }
        (_, _, None) => Err(ScimProblem::value("add and replace need a value")),
        (_, Some(path), Some(value)) => {
            read.push(Operation {
                verb,
                target: PatchTarget::read(resource_type, path)?,
                value,
            });
            Ok(())
        }
        (_, None, Some(value)) => spread(resource_type, verb, value, read),
    }
}

/// `{"op": "add", "value": {"title": …, "urn:…:User": {…}}}`
fn spread(
    resource_type: &'static ResourceType,
    verb: Verb,
    value: Value,
    read: &mut Vec<Operation>,
) -> Result<(), ScimProblem> {
    let Value::Object(attributes) = value else {
        return Err(ScimProblem::value(
            "without a path, the value is an object of attributes",
        ));
    };
    for (name, value) in attributes {
        let target = if let Some(extension) = resource_type.extension(&name) {
            PatchTarget::Extension(extension)
        } else {
            let attribute = named(&resource_type.attributes, &name).ok_or_else(|| unknown(&name))?;
            if attribute.mutability == Mutability::ReadOnly
                && matches!(&*attribute.name, "schemas" | "id" | "meta")
            {
                continue; // clients may send back the resource that they read; its envelope is ignored
            }
            PatchTarget::Attribute(Box::new(Path {
                resolved: Resolved {
                    extension: None,
                    attribute,
                    part: None,
                },
                filter: None,
            }))
        };
        read.push(Operation { verb, target, value });
    }
    Ok(())
}
