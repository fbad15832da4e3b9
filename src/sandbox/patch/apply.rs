//! The effect of an operation on a resource's content.

use serde_json::{Map, Value};

use super::super::filter::{Filter, Operator, elements};
use super::super::problem::ScimProblem;
use super::super::resource::{Content, check_single, check_value, is_schemas, unknown};
use super::super::schema::{Resolved, named};
use super::{Operation, PatchTarget, Path, Verb};
use crate::model::{AttributeDefinition, DataType, Mutability};

/// Performs one operation. The caller checks afterwards that nothing required is missing.
pub(in super::super) fn apply(content: &mut Content, operation: &Operation) -> Result<(), ScimProblem> {
    match &operation.target {
        PatchTarget::Attribute(path) => apply_to_path(content, operation.verb, path, &operation.value),
        PatchTarget::Extension(extension) => {
            let Value::Object(parts) = &operation.value else {
                return match operation.verb {
                    Verb::Add => Err(ScimProblem::value("an extension's value is an object")),
                    _ if operation.value.is_null() => {
                        content.remove(&extension.id);
                        Ok(())
                    }
                    _ => Err(ScimProblem::value("an extension's value is an object")),
                };
            };
            for (name, value) in parts.iter().filter(|(name, _)| !is_schemas(name)) {
                let attribute = named(&extension.attributes, name).ok_or_else(|| unknown(name))?;
                let resolved = Resolved {
                    extension: Some(&extension.id),
                    attribute,
                    part: None,
                };
                apply_to_path(
                    content,
                    operation.verb,
                    &Path {
                        resolved,
                        filter: None,
                    },
                    value,
                )?;
            }
            Ok(())
        }
    }
}

fn apply_to_path(content: &mut Content, verb: Verb, path: &Path, value: &Value) -> Result<(), ScimProblem> {
    let Resolved {
        extension,
        attribute,
        part,
    } = path.resolved;
    if attribute.mutability == Mutability::ReadOnly
        || part.is_some_and(|part| part.mutability == Mutability::ReadOnly)
    {
        return Err(ScimProblem::mutability(format!(
            "{} is read-only",
            part.unwrap_or(attribute).name
        )));
    }
    if verb == Verb::Remove && part.is_none() && path.filter.is_none() && attribute.required {
        return Err(ScimProblem::mutability(format!("{} is required", attribute.name)));
    }
    let holder = match extension {
        None => &mut *content,
        Some(urn) => object_at(content, urn)?,
    };
    let before = holder.get(&attribute.name).cloned();
    let after = match (attribute.multi_valued, part) {
        (false, None) => single(attribute, verb, before, value)?,
        (false, Some(part)) => with_part(part, before, value)?,
        (true, _) => several(path, verb, before, value)?,
    };
    match after {
        Some(after) => {
            holder.insert(attribute.name.clone(), after);
        }
        None => {
            holder.remove(&attribute.name);
        }
    }
    if let Some(urn) = extension
        && content
            .get(urn)
            .and_then(Value::as_object)
            .is_some_and(Map::is_empty)
    {
        content.remove(urn);
    }
    Ok(())
}

fn object_at<'c>(content: &'c mut Content, name: &str) -> Result<&'c mut Map<String, Value>, ScimProblem> {
    let value = content.entry(name).or_insert_with(|| Value::Object(Map::new()));
    value
        .as_object_mut()
        .ok_or_else(|| ScimProblem::internal(&"a stored extension is not an object"))
}

/// The new value of a single-valued attribute. Parts of a complex value that `value` does not name stay (RFC
/// 7644, sections 3.5.2.1 and 3.5.2.3).
fn single(
    attribute: &AttributeDefinition,
    verb: Verb,
    before: Option<Value>,
    value: &Value,
) -> Result<Option<Value>, ScimProblem> {
    if verb == Verb::Remove || value.is_null() {
        return Ok(None);
    }
    if attribute.mutability == Mutability::Immutable && before.as_ref().is_some_and(|before| before != value)
    {
        return Err(ScimProblem::mutability(format!(
            "{} cannot be changed once it has a value",
            attribute.name
        )));
    }
    match (attribute.data_type, before, value) {
        (DataType::Complex, Some(before), Value::Object(_)) => merged(attribute, &before, value),
        _ => check_single(attribute, value, &attribute.name),
    }
}

/// A complex value with one part set.
fn with_part(
    part: &AttributeDefinition,
    before: Option<Value>,
    value: &Value,
) -> Result<Option<Value>, ScimProblem> {
    let mut parts = match before {
        Some(Value::Object(parts)) => parts,
        _ => Map::new(),
    };
    let after = check_value(part, value, &part.name)?;
    if part.mutability == Mutability::Immutable
        && parts
            .get(&part.name)
            .is_some_and(|before| Some(before) != after.as_ref())
    {
        return Err(ScimProblem::mutability(format!(
            "{} cannot be changed once it has a value",
            part.name
        )));
    }
    match after {
        Some(after) => parts.insert(part.name.clone(), after),
        None => parts.remove(&part.name),
    };
    Ok((!parts.is_empty()).then_some(Value::Object(parts)))
}

/// The parts of `before`, overlaid with those of `value`. Null clears a part.
fn merged(
    attribute: &AttributeDefinition,
    before: &Value,
    value: &Value,
) -> Result<Option<Value>, ScimProblem> {
    let parts = value
        .as_object()
        .ok_or_else(|| ScimProblem::value(format!("{} is complex: an object is expected", attribute.name)))?;
    let mut after = Some(before.clone());
    for (name, value) in parts {
        let part = named(&attribute.sub_attributes, name).ok_or_else(|| unknown(name))?;
        if part.mutability != Mutability::ReadOnly {
            after = with_part(part, after, value)?;
        }
    }
    Ok(after)
}

/// The new value of a multi-valued attribute, or of some of its elements.
fn several(
    path: &Path,
    verb: Verb,
    before: Option<Value>,
    value: &Value,
) -> Result<Option<Value>, ScimProblem> {
    let Resolved { attribute, part, .. } = path.resolved;
    let stored = match before {
        Some(Value::Array(elements)) => elements,
        _ => Vec::new(),
    };
    let mut list = ElementSelection {
        fresh: vec![false; stored.len()],
        values: stored,
    };
    if path.filter.is_none() && part.is_none() {
        if verb != Verb::Add {
            list = ElementSelection {
                values: Vec::new(),
                fresh: Vec::new(),
            };
        }
        if verb != Verb::Remove {
            list.append(attribute, value)?;
        }
    } else {
        list.change(path, verb, value)?;
    }
    list.settle_primary(&attribute.name)?;
    Ok((!list.values.is_empty()).then_some(Value::Array(list.values)))
}

/// The elements of an attribute, and which of them the operation wrote.
struct ElementSelection {
    values: Vec<Value>,
    fresh: Vec<bool>,
}

impl ElementSelection {
    fn append(&mut self, attribute: &AttributeDefinition, value: &Value) -> Result<(), ScimProblem> {
        if value.is_null() {
            return Ok(());
        }
        for element in elements(Some(value)) {
            let Some(element) = check_single(attribute, element, &attribute.name)? else {
                continue;
            };
            match self
                .values
                .iter()
                .position(|existing| same_element(existing, &element))
            {
                Some(at) => self.fresh[at] = true,
                None => self.push(element),
            }
        }
        Ok(())
    }

    fn push(&mut self, element: Value) {
        self.values.push(element);
        self.fresh.push(true);
    }

    /// Changes the elements that the filter picks, or all elements.
    fn change(&mut self, path: &Path, verb: Verb, value: &Value) -> Result<(), ScimProblem> {
        let Resolved { attribute, part, .. } = path.resolved;
        let picks = |element: &Value| match &path.filter {
            None => true,
            Some((_, condition)) => element
                .as_object()
                .is_some_and(|element| condition.holds(element)),
        };
        let mut found = false;
        let (mut values, mut fresh) = (
            Vec::with_capacity(self.values.len()),
            Vec::with_capacity(self.values.len()),
        );
        for (element, was_fresh) in self.values.drain(..).zip(self.fresh.drain(..)) {
            let picked = picks(&element);
            found |= picked;
            let after = match (picked, part, verb) {
                (false, ..) => Some(element),
                (true, Some(part), _) => with_part(part, Some(element), value)?,
                (true, None, Verb::Remove) => None,
                (true, None, Verb::Add) => merged(attribute, &element, value)?,
                (true, None, Verb::Replace) => check_single(attribute, value, &attribute.name)?,
            };
            if let Some(after) = after {
                values.push(after);
                fresh.push(picked || was_fresh);
            }
        }
        (self.values, self.fresh) = (values, fresh);
        match verb {
            Verb::Replace if !found => Err(ScimProblem::target(format!(
                "no value of {} matches",
                attribute.name
            ))),
            Verb::Add if !found => self.make(path, value),
            _ => Ok(()),
        }
    }

    /// Creates an element for an `add` to `emails[type eq "work"].value` when there is none. The filter must
    /// consist of equalities, which become the parts of the element.
    fn make(&mut self, path: &Path, value: &Value) -> Result<(), ScimProblem> {
        let Resolved { attribute, part, .. } = path.resolved;
        let mut element = Map::new();
        let outright = path
            .filter
            .as_ref()
            .is_some_and(|(filter, _)| collect_equal(filter, attribute, &mut element));
        if !outright {
            return Err(ScimProblem::target(format!(
                "no value of {} matches",
                attribute.name
            )));
        }
        let element = match part {
            Some(part) => with_part(part, Some(Value::Object(element)), value)?,
            None => merged(attribute, &Value::Object(element), value)?,
        };
        if let Some(element) =
            element.and_then(|element| check_single(attribute, &element, &attribute.name).transpose())
        {
            self.push(element?);
        }
        Ok(())
    }

    /// Makes other elements not primary if the operation made one primary (RFC 7644, section 3.5.2).
    fn settle_primary(&mut self, name: &str) -> Result<(), ScimProblem> {
        let is_primary = |element: &Value| element["primary"] == Value::Bool(true);
        let fresh = self
            .values
            .iter()
            .zip(&self.fresh)
            .filter(|(element, fresh)| **fresh && is_primary(element))
            .count();
        if fresh > 1 {
            return Err(ScimProblem::value(format!(
                "{name} has more than one primary value"
            )));
        }
        if fresh == 1 {
            for (element, _) in self
                .values
                .iter_mut()
                .zip(&self.fresh)
                .filter(|(element, fresh)| !**fresh && is_primary(element))
            {
                element["primary"] = Value::Bool(false);
            }
        }
        Ok(())
    }
}

/// Collects the equalities of a filter. `type eq "work" and primary eq true` gives `{"type": "work",
/// "primary": true}`. Returns false if the filter has anything else.
fn collect_equal(filter: &Filter, attribute: &AttributeDefinition, into: &mut Map<String, Value>) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| collect_equal(part, attribute, into)),
        Filter::Compare(name, Operator::Equal, value) if !value.is_null() => {
            named(&attribute.sub_attributes, name)
                .is_some_and(|part| into.insert(part.name.clone(), value.clone()).is_none())
        }
        _ => false,
    }
}

/// Whether two elements are the same, so that adding the second changes nothing (RFC 7644, section 3.5.2.1).
/// Two elements that refer to the same resource are the same, whatever their other parts.
fn same_element(left: &Value, right: &Value) -> bool {
    let is_reference = left.get("$ref").is_some() && left.get("value").is_some();
    left == right || (is_reference && left.get("value") == right.get("value"))
}
