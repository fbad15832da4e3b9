//! The values that attributes hold.

use serde::{Deserialize, Serialize};

use super::Key;
use crate::escape::{CodePoints, Escaped, look_alike};

/// One attribute's value. In JSON: text, `true`, a whole number, a list, or an object for a reference.
///
/// `dateTime`, `decimal` and `binary` values are kept as their exact text: a plan holds no floating-point
/// number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Value {
    /// Whether something is so, as `active`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Every other single value.
    Text(Box<str>),
    /// A set, for instance `roles`; sorted, because its order has no meaning.
    List(Box<[Value]>),
    /// Another resource, as `manager`.
    Reference(Box<Reference>),
}

impl Value {
    /// A text value.
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A set: sorted, each value once.
    pub fn set(mut values: Vec<Self>) -> Self {
        values.sort_by_cached_key(Self::plain);
        values.dedup();
        Self::List(values.into())
    }

    /// The text of a text value.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as messages show it: text quoted and escaped.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text(text) => format!("\"{}\"", Escaped(text)),
            Self::List(values) => format!(
                "[{}]",
                values.iter().map(Self::shown).collect::<Vec<_>>().join(", ")
            ),
            Self::Reference(reference) => reference.shown(),
            Self::Boolean(_) | Self::Integer(_) => self.plain(),
        }
    }

    /// Values that stand beside each other, as messages show them; `(nothing)` for no value. Texts that look
    /// the same are shown as code points.
    pub(crate) fn shown_beside<const N: usize>(values: [Option<&Self>; N]) -> [String; N] {
        let texts = || values.iter().filter_map(|value| value.and_then(Self::as_text));
        let alike = texts().any(|one| texts().any(|other| look_alike(one, other)));
        values.map(|value| match value {
            None => "(nothing)".into(),
            Some(Self::Text(text)) if alike => format!("\"{}\"", CodePoints(text)),
            Some(value) => value.shown(),
        })
    }

    /// The value as a person would write it in a cell of a table; a list is joined with `;`.
    pub fn plain(&self) -> String {
        match self {
            Self::Boolean(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Text(text) => text.to_string(),
            Self::List(values) => values.iter().map(Self::plain).collect::<Vec<_>>().join(";"),
            Self::Reference(reference) => reference.plain(),
        }
    }
}

/// Another resource: by its key, its id in the directory, or both. A reference from a source has a key until
/// it is resolved; one from the directory has an id, and a key where the snapshot knows the resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(extend("minProperties" = 1)))]
pub struct Reference {
    /// The resource's id in the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Box<str>>,
    /// The resource's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
}

impl Reference {
    /// A reference from a source.
    pub fn to_key(key: Key) -> Self {
        Self {
            id: None,
            key: Some(key),
        }
    }

    /// A reference from the directory.
    pub fn to_id(id: impl Into<Box<str>>) -> Self {
        Self {
            id: Some(id.into()),
            key: None,
        }
    }

    /// Whether both name the same resource: by id where both have one, else by key.
    pub(crate) fn same_target(&self, right: &Self) -> bool {
        match (&self.id, &right.id) {
            (Some(left_id), Some(right_id)) => left_id == right_id,
            _ => self.key.is_some() && self.key == right.key,
        }
    }

    /// The key, escaped; the id where the key is not known.
    pub(crate) fn shown(&self) -> String {
        match (&self.key, &self.id) {
            (Some(key), _) => key.to_string(),
            (None, Some(id)) => format!("id {}", Escaped(id)),
            (None, None) => String::new(),
        }
    }

    /// The key's name; the id where the key is not known.
    pub fn plain(&self) -> String {
        match (&self.key, &self.id) {
            (Some(key), _) => key.name.to_string(),
            (None, Some(id)) => id.to_string(),
            (None, None) => String::new(),
        }
    }
}
