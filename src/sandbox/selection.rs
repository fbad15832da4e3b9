//! `attributes` and `excludedAttributes` (RFC 7644, section 3.9): which attributes an answer has.

use serde_json::{Map, Value};

use super::compose::Parts;
use super::problem::ScimProblem;
use super::schema::{Resolved, ResourceType};
use crate::model::Returned;

/// Which attributes an answer has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum AttributeSelection {
    /// The attributes that the schemas return by default.
    #[default]
    Default,
    /// These attributes, and those that are always returned.
    Only(Vec<String>),
    /// All attributes except these.
    Except(Vec<String>),
}

/// Whether an answer has one resource or a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResponseForm {
    /// One resource.
    Single,
    /// A list of resources.
    Listing,
}

impl AttributeSelection {
    /// Reads the two parameters. A name that no schema has selects nothing.
    ///
    /// # Errors
    /// If both parameters are present.
    pub(super) fn read(attributes: Vec<String>, excluded: Vec<String>) -> Result<Self, ScimProblem> {
        match (attributes.is_empty(), excluded.is_empty()) {
            (true, true) => Ok(Self::Default),
            (false, true) => Ok(Self::Only(attributes)),
            (true, false) => Ok(Self::Except(excluded)),
            (false, false) => Err(ScimProblem::value(
                "attributes and excludedAttributes exclude each other",
            )),
        }
    }

    /// The parts of an answer that are stored as rows of their own. An answer about one user has the user's
    /// groups. A listing has them only if they are named, so that it can copy stored bytes.
    pub(super) fn parts(&self, form: ResponseForm) -> Parts {
        let is_listing = form == ResponseForm::Listing;
        let names = |names: &[String], wanted: &str| {
            let root = |name: &str| {
                name.rsplit(':')
                    .next()
                    .and_then(|name| name.split('.').next())
                    .map(str::to_ascii_lowercase)
            };
            names.iter().any(|name| root(name).as_deref() == Some(wanted))
        };
        match self {
            Self::Default => Parts {
                members: true,
                groups: !is_listing,
            },
            Self::Only(listed) => Parts {
                members: names(listed, "members"),
                groups: names(listed, "groups"),
            },
            Self::Except(listed) => {
                let whole = |wanted: &str| listed.iter().any(|name| name.eq_ignore_ascii_case(wanted));
                Parts {
                    members: !whole("members"),
                    groups: !is_listing && !whole("groups"),
                }
            }
        }
    }

    /// Whether the selection only decides the parts, so that nothing more must be removed.
    pub(super) fn is_done_by_parts(&self) -> bool {
        match self {
            Self::Default => true,
            Self::Only(_) => false,
            Self::Except(listed) => listed.iter().all(|name| {
                ["members", "groups"]
                    .iter()
                    .any(|part| part.eq_ignore_ascii_case(name))
            }),
        }
    }

    /// Removes the attributes that are not selected from a resource.
    pub(super) fn apply(&self, resource_type: &'static ResourceType, resource: &mut Map<String, Value>) {
        match self {
            Self::Default => {}
            Self::Only(listed) => *resource = only(resource_type, listed, resource),
            Self::Except(listed) => except(resource_type, listed, resource),
        }
    }
}

fn only(
    resource_type: &'static ResourceType,
    listed: &[String],
    resource: &Map<String, Value>,
) -> Map<String, Value> {
    let mut kept = Map::new();
    for attribute in resource_type
        .attributes
        .iter()
        .filter(|attribute| attribute.returned == Returned::Always)
    {
        if let Some(value) = resource.get(&attribute.name) {
            kept.insert(attribute.name.clone(), value.clone());
        }
    }
    for name in listed {
        if let Some(extension) = resource_type.extension(name) {
            if let Some(value) = resource.get(&extension.id) {
                kept.insert(extension.id.clone(), value.clone());
            }
        } else if let Some(resolved) = resource_type.resolve(name)
            && let Some(value) = resolved.value_in(resource)
        {
            let holder = match resolved.extension {
                Some(urn) => kept
                    .entry(urn)
                    .or_insert_with(|| Value::Object(Map::new()))
                    .as_object_mut(),
                None => Some(&mut kept),
            };
            if let Some(holder) = holder {
                keep(holder, &resolved, value);
            }
        }
    }
    kept
}

/// Adds an attribute, or a part of it, to the kept ones.
fn keep(holder: &mut Map<String, Value>, resolved: &Resolved, value: &Value) {
    let name = &resolved.attribute.name;
    let Some(part) = resolved.part else {
        holder.insert(name.clone(), value.clone());
        return;
    };
    let part_of = |element: &Value, into: &mut Value| {
        if let (Some(found), Some(into)) = (element.get(&part.name), into.as_object_mut()) {
            into.insert(part.name.clone(), found.clone());
        }
    };
    match value {
        Value::Array(elements) => {
            let kept = holder
                .entry(name.clone())
                .or_insert_with(|| Value::Array(vec![Value::Object(Map::new()); elements.len()]));
            for (element, into) in elements.iter().zip(kept.as_array_mut().into_iter().flatten()) {
                part_of(element, into);
            }
        }
        single => part_of(
            single,
            holder
                .entry(name.clone())
                .or_insert_with(|| Value::Object(Map::new())),
        ),
    }
}

fn except(resource_type: &'static ResourceType, listed: &[String], resource: &mut Map<String, Value>) {
    for name in listed {
        if let Some(extension) = resource_type.extension(name) {
            resource.remove(&extension.id);
            continue;
        }
        let Some(Resolved {
            extension,
            attribute,
            part,
        }) = resource_type.resolve(name)
        else {
            continue;
        };
        if attribute.returned == Returned::Always {
            continue;
        }
        let holder = match extension {
            Some(urn) => resource.get_mut(urn).and_then(Value::as_object_mut),
            None => Some(&mut *resource),
        };
        let Some(holder) = holder else { continue };
        match (part, holder.get_mut(&attribute.name)) {
            (None, _) => {
                holder.remove(&attribute.name);
            }
            (Some(part), Some(Value::Array(elements))) => elements
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .for_each(|element| {
                    element.remove(&part.name);
                }),
            (Some(part), Some(Value::Object(parts))) => {
                parts.remove(&part.name);
            }
            _ => {}
        }
    }
}
