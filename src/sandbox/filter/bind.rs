//! A filter bound to a resource type: its names are attributes of the schema, and its values fit them. A
//! bound filter can be tested on any number of resources.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::super::problem::ScimProblem;
use super::super::schema::{Resolved, ResourceType, named};
use super::{Filter, Operator};
use crate::model::{AttributeDefinition, DataType, Returned, Uniqueness, uncased};

/// A filter that can be tested on a resource, or on an element of a multi-valued attribute.
#[derive(Debug)]
pub(in super::super) enum BoundFilter {
    And(Vec<BoundFilter>),
    Or(Vec<BoundFilter>),
    Not(Box<BoundFilter>),
    Present(Resolved),
    Compare(Resolved, BoundComparison),
    Element(Resolved, Box<BoundFilter>),
}

/// A comparison with a value.
#[derive(Debug)]
pub(in super::super) struct BoundComparison {
    operator: Operator,
    wanted: Wanted,
    /// Changes a text into the form in which it is compared.
    prepare: fn(&str) -> String,
}

#[derive(Debug)]
enum Wanted {
    Text(String),
    Instant(jiff::Timestamp),
    Number(f64),
    Boolean(bool),
}

/// Binds a filter to a resource type.
pub(in super::super) fn bind(
    filter: &Filter,
    resource_type: &'static ResourceType,
) -> Result<BoundFilter, ScimProblem> {
    bind_by(filter, &|path| resource_type.resolve(path), BindLevel::Resource)
}

/// Binds the filter inside `[…]` to the parts of an attribute.
pub(in super::super) fn bind_element(
    filter: &Filter,
    attribute: &'static AttributeDefinition,
) -> Result<BoundFilter, ScimProblem> {
    let part = |path: &str| {
        named(&attribute.sub_attributes, path).map(|attribute| Resolved {
            extension: None,
            attribute,
            part: None,
        })
    };
    bind_by(filter, &part, BindLevel::Element)
}

/// The object that a filter is bound to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BindLevel {
    /// A resource.
    Resource,
    /// An element of a multi-valued attribute: the filter is inside `[…]`.
    Element,
}

fn bind_by(
    filter: &Filter,
    resolve: &dyn Fn(&str) -> Option<Resolved>,
    level: BindLevel,
) -> Result<BoundFilter, ScimProblem> {
    let all = |parts: &[Filter]| {
        parts
            .iter()
            .map(|part| bind_by(part, resolve, level))
            .collect::<Result<Vec<_>, _>>()
    };
    let find = |path: &str| match resolve(path) {
        Some(found) if found.attribute.returned == Returned::Never => {
            Err(ScimProblem::filter(format!("{path} cannot be searched")))
        }
        Some(found) => Ok(found),
        None => Err(ScimProblem::filter(format!(
            "no schema has the attribute {path:?}"
        ))),
    };
    Ok(match filter {
        Filter::And(parts) => BoundFilter::And(all(parts)?),
        Filter::Or(parts) => BoundFilter::Or(all(parts)?),
        Filter::Not(inner) => BoundFilter::Not(Box::new(bind_by(inner, resolve, level)?)),
        Filter::Present(path) => BoundFilter::Present(find(path)?),
        Filter::Compare(path, operator, value) => bind_comparison(find(path)?, *operator, value)?,
        Filter::Element(path, inner) => {
            let found = find(path)?;
            if found.part.is_some()
                || found.attribute.sub_attributes.is_empty()
                || level == BindLevel::Element
            {
                return Err(ScimProblem::filter(format!("{path} takes no value filter")));
            }
            BoundFilter::Element(found, Box::new(bind_element(inner, found.attribute)?))
        }
    })
}

fn bind_comparison(
    mut target: Resolved,
    operator: Operator,
    value: &Value,
) -> Result<BoundFilter, ScimProblem> {
    if value.is_null() {
        // Null and absent mean the same (RFC 7643, section 2.5).
        return match operator {
            Operator::Equal => Ok(BoundFilter::Not(Box::new(BoundFilter::Present(target)))),
            Operator::NotEqual => Ok(BoundFilter::Present(target)),
            _ => Err(ScimProblem::filter("null can only be compared by eq and ne")),
        };
    }
    if target.part.is_none() && target.attribute.data_type == DataType::Complex {
        // `emails co "x"` means `emails.value`; `manager eq "x"` likewise.
        target.part = Some(named(&target.attribute.sub_attributes, "value").ok_or_else(|| {
            ScimProblem::filter(format!(
                "{} is complex: name one of its parts",
                target.attribute.name
            ))
        })?);
    }
    let definition = target.part.unwrap_or(target.attribute);
    let unfit = || {
        ScimProblem::filter(format!(
            "{} cannot be compared with {value} by {}",
            definition.name,
            operator.word()
        ))
    };
    let by_text = matches!(
        operator,
        Operator::Contains | Operator::StartsWith | Operator::EndsWith
    );
    let by_order = matches!(
        operator,
        Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual
    );
    let prepare = preparation(definition, operator);
    let wanted = match (definition.data_type, value) {
        (DataType::Boolean, Value::Bool(value)) if !by_text && !by_order => Wanted::Boolean(*value),
        (DataType::Integer | DataType::Decimal, Value::Number(number)) if !by_text => {
            Wanted::Number(number.as_f64().ok_or_else(unfit)?)
        }
        (DataType::DateTime, Value::String(text)) if !by_text => {
            Wanted::Instant(text.parse().map_err(|_| unfit())?)
        }
        (DataType::Binary, Value::String(_)) if by_order => return Err(unfit()),
        (
            DataType::String | DataType::Reference | DataType::DateTime | DataType::Binary,
            Value::String(text),
        ) => Wanted::Text(prepare(text)),
        _ => return Err(unfit()),
    };
    Ok(BoundFilter::Compare(
        target,
        BoundComparison {
            operator,
            wanted,
            prepare,
        },
    ))
}

/// The form in which texts are compared. Names are compared as for uniqueness, so that a lookup finds the
/// resource that a creation would collide with. Other texts are compared by `caseExact`.
fn preparation(definition: &AttributeDefinition, operator: Operator) -> fn(&str) -> String {
    let is_name = definition.uniqueness == Uniqueness::Server || definition.name == "displayName";
    match (
        definition.case_exact || definition.data_type != DataType::String,
        operator,
    ) {
        (true, _) => str::to_owned,
        (false, Operator::Equal | Operator::NotEqual) if is_name => |text| uncased(text).into_owned(),
        (false, _) => |text| {
            if text.is_ascii() {
                text.to_ascii_lowercase()
            } else {
                caseless::default_case_fold_str(text)
            }
        },
    }
}

impl BoundFilter {
    /// Whether a resource or an element satisfies the filter.
    pub(in super::super) fn holds(&self, resource: &Map<String, Value>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(resource)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(resource)),
            Self::Not(inner) => !inner.holds(resource),
            Self::Present(target) => any_value(target, resource, &mut |value| !is_empty(value)),
            Self::Compare(target, test) if test.operator == Operator::NotEqual => {
                !any_value(target, resource, &mut |value| test.equals(value))
            }
            Self::Compare(target, test) => any_value(target, resource, &mut |value| test.accepts(value)),
            Self::Element(target, inner) => elements(target.value_in(resource))
                .iter()
                .any(|element| element.as_object().is_some_and(|parts| inner.holds(parts))),
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(parts) => parts.is_empty(),
        _ => false,
    }
}

/// The elements of a multi-valued attribute. A single value is one element.
pub(in super::super) fn elements(value: Option<&Value>) -> &[Value] {
    match value {
        None => &[],
        Some(Value::Array(elements)) => elements,
        Some(single) => std::slice::from_ref(single),
    }
}

fn any_value(
    target: &Resolved,
    resource: &Map<String, Value>,
    accept: &mut dyn FnMut(&Value) -> bool,
) -> bool {
    elements(target.value_in(resource))
        .iter()
        .any(|element| match target.part {
            None => accept(element),
            Some(part) => element.get(&part.name).is_some_and(&mut *accept),
        })
}

impl BoundComparison {
    fn equals(&self, value: &Value) -> bool {
        self.order(value) == Some(Ordering::Equal)
    }

    fn accepts(&self, value: &Value) -> bool {
        match self.operator {
            Operator::Equal => self.equals(value),
            Operator::NotEqual => !self.equals(value),
            Operator::Contains => self.text(value, |text, wanted| text.contains(wanted)),
            Operator::StartsWith => self.text(value, |text, wanted| text.starts_with(wanted)),
            Operator::EndsWith => self.text(value, |text, wanted| text.ends_with(wanted)),
            Operator::Greater => self.order(value).is_some_and(Ordering::is_gt),
            Operator::GreaterOrEqual => self.order(value).is_some_and(Ordering::is_ge),
            Operator::Less => self.order(value).is_some_and(Ordering::is_lt),
            Operator::LessOrEqual => self.order(value).is_some_and(Ordering::is_le),
        }
    }

    fn text(&self, value: &Value, compare: fn(&str, &str) -> bool) -> bool {
        match (&self.wanted, value) {
            (Wanted::Text(wanted), Value::String(text)) => compare(&(self.prepare)(text), wanted),
            _ => false,
        }
    }

    fn order(&self, value: &Value) -> Option<Ordering> {
        match (&self.wanted, value) {
            (Wanted::Text(wanted), Value::String(text)) => Some((self.prepare)(text).as_str().cmp(wanted)),
            (Wanted::Instant(wanted), Value::String(text)) => {
                Some(text.parse::<jiff::Timestamp>().ok()?.cmp(wanted))
            }
            (Wanted::Number(wanted), Value::Number(number)) => number.as_f64()?.partial_cmp(wanted),
            (Wanted::Boolean(wanted), Value::Bool(value)) => Some(value.cmp(wanted)),
            _ => None,
        }
    }
}
