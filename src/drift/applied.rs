//! One declared resource as an apply left it.

use serde::{Deserialize, Serialize};

use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Key, Kind, Reference, Value};
use crate::plan::Values;

/// One declared resource as it was left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppliedResource {
    /// The declared attributes.
    pub attributes: Values,
    /// The directory's id, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Box<str>>,
    /// The name.
    pub key: Key,
    /// A group's members, if they are known and declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<Reference>>,
    /// Whether the account is not managed although an apply changed it: it was never declared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stranger: bool,
}

impl AppliedResource {
    /// The id of a group: the directory's id, or the `externalId` that the sources gave it.
    pub(crate) fn group_id(&self) -> Option<&str> {
        let given = || {
            self.attributes
                .get(EXTERNAL_ID)
                .and_then(Option::as_ref)
                .and_then(Value::as_text)
        };
        self.id
            .as_deref()
            .or_else(given)
            .filter(|_| self.key.kind == Kind::Group)
    }
}

impl AppliedResource {
    /// The value of an attribute; `None` if it was not declared then.
    pub(super) fn get(&self, path: &str) -> Option<&Option<Value>> {
        self.attributes.get(path)
    }
}
