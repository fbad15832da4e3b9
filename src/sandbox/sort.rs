//! `sortBy` and `sortOrder` (RFC 7644, section 3.4.2.3).

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::filter::elements;
use super::problem::ScimProblem;
use super::schema::{ResourceType, named};

/// How a listing is sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sort {
    by: String,
    order: Order,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Ascending,
    Descending,
}

/// The sort key of a resource. A resource without a value sorts last when ascending.
#[derive(Clone, Debug, Default)]
pub(super) struct SortKey(Option<Comparable>);

#[derive(Clone, Debug)]
enum Comparable {
    Boolean(bool),
    Number(f64),
    Instant(jiff::Timestamp),
    Text(String),
}

impl Sort {
    pub(super) fn read(
        by: Option<String>,
        order: Option<&str>,
        kinds: &[&'static ResourceType],
    ) -> Result<Option<Self>, ScimProblem> {
        let order = match order.map(str::to_ascii_lowercase).as_deref() {
            None | Some("ascending") => Order::Ascending,
            Some("descending") => Order::Descending,
            Some(unknown) => {
                return Err(ScimProblem::value(format!(
                    "sortOrder is ascending or descending, not {unknown:?}"
                )));
            }
        };
        let Some(by) = by else { return Ok(None) };
        if kinds.iter().all(|kind| kind.resolve(&by).is_none()) {
            return Err(ScimProblem::path(format!(
                "sortBy: no schema has the attribute {by:?}"
            )));
        }
        Ok(Some(Self { by, order }))
    }

    pub(super) fn mentions(&self, name: &str) -> bool {
        self.by
            .get(..name.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(name))
    }

    /// The sort key of a resource. Of a multi-valued attribute, it is the primary value, else the first one.
    pub(super) fn key(&self, resource_type: &'static ResourceType, resource: &Map<String, Value>) -> SortKey {
        let Some(resolved) = resource_type.resolve(&self.by) else {
            return SortKey(None);
        };
        let elements = elements(resolved.value_in(resource));
        let Some(element) = elements
            .iter()
            .find(|element| element["primary"] == Value::Bool(true))
            .or(elements.first())
        else {
            return SortKey(None);
        };
        let part = resolved
            .part
            .or_else(|| named(&resolved.attribute.sub_attributes, "value"));
        let (definition, value) = match part {
            Some(part) => (part, element.get(&part.name)),
            None => (resolved.attribute, Some(element)),
        };
        SortKey(match value {
            Some(Value::Bool(value)) => Some(Comparable::Boolean(*value)),
            Some(Value::Number(number)) => number.as_f64().map(Comparable::Number),
            Some(Value::String(text)) => Some(match text.parse() {
                Ok(instant) if definition.data_type == crate::model::DataType::DateTime => {
                    Comparable::Instant(instant)
                }
                _ if definition.case_exact => Comparable::Text(text.clone()),
                _ => Comparable::Text(caseless::default_case_fold_str(text)),
            }),
            _ => None,
        })
    }

    /// Sorts resources. Equal ones keep the order of their creation.
    pub(super) fn order<T>(&self, found: &mut [(T, SortKey)]) {
        found.sort_by(|(_, left), (_, right)| match self.order {
            Order::Ascending => left.compare(right),
            Order::Descending => right.compare(left),
        });
    }
}

impl SortKey {
    fn compare(&self, right: &Self) -> Ordering {
        match (&self.0, &right.0) {
            (Some(left), Some(right)) => left.compare(right),
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
        }
    }
}

impl Comparable {
    fn compare(&self, right: &Self) -> Ordering {
        match (self, right) {
            (Self::Boolean(left), Self::Boolean(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => left.total_cmp(right),
            (Self::Instant(left), Self::Instant(right)) => left.cmp(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            _ => Ordering::Equal, // one attribute has one type
        }
    }
}
