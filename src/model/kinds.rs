//! What differs between people and groups, side by side.

use serde::{Deserialize, Serialize};

use super::Kind;

/// Something that is one thing for people and another for groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    default,
    bound(deserialize = "T: Default + Deserialize<'de>")
)]
#[cfg_attr(
    test,
    schemars(inline, bound = "T: schemars::JsonSchema + Default + Serialize")
)]
pub struct Kinds<T> {
    /// For people.
    pub users: T,
    /// For groups.
    pub groups: T,
}

impl<T> Kinds<T> {
    /// That of a kind.
    pub(crate) const fn of(&self, kind: Kind) -> &T {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }
}
