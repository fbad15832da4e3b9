//! What a service does with the members of its groups. Members that cannot be read are unknown: a group is
//! never taken for empty.

use serde::{Deserialize, Serialize};

use crate::model::Kind;

/// What it means that a group comes without `members`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum AbsentMembers {
    /// Nothing: it may have members all the same.
    Unknown,
    /// It has none.
    Empty,
    /// The service never returns members, and an empty list says nothing either.
    Hidden,
}

/// What is known of membership beyond how many members one request may carry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Membership {
    /// How to ask who is a member where groups come without `members`.
    pub ask: Option<MembershipQuestion>,
    /// How many members one request may remove; without it, as many as it may add.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub removals_per_request: Option<usize>,
    /// How many members a new group may come with; without it, as many as a request may add.
    pub on_create: Option<usize>,
    /// How many bytes a request that changes members may have.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub bytes_per_request: Option<usize>,
    /// How members are added.
    pub addition: MemberAddition,
    /// How members are removed.
    pub removal: MemberRemoval,
    /// Whether a group may be a member.
    pub nesting: Nesting,
}

impl Default for Membership {
    fn default() -> Self {
        Self {
            ask: None,
            removals_per_request: None,
            on_create: None,
            bytes_per_request: None,
            addition: MemberAddition::Path,
            removal: MemberRemoval::Filter,
            nesting: Nesting::Allowed,
        }
    }
}

/// A question about membership, as a filter on a list. Its placeholders decide what an answer says. With
/// `{group}` alone it is everybody in a group; with `{member}` alone, every group of a person; with both,
/// whether a person is in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MembershipQuestion {
    /// The list that is asked.
    pub list: List,
    /// The filter, with `{group}` and `{member}` where the ids stand, each with its quotes.
    #[cfg_attr(test, schemars(regex(pattern = r"\{(group|member)\}")))]
    pub filter: String,
}

impl MembershipQuestion {
    /// Whether an answer names all members of a group.
    pub(crate) fn tells_everybody(&self) -> bool {
        !self.filter.contains("{member}")
    }

    /// The filter about a group and a member. Their ids are quoted as JSON.
    pub(crate) fn about(&self, group: &str, member: &str) -> String {
        let quoted = |id: &str| serde_json::Value::from(id).to_string();
        // An id may look like a placeholder, so a replaced id is never searched again.
        self.filter
            .split("{group}")
            .map(|part| part.replace("{member}", &quoted(member)))
            .collect::<Vec<_>>()
            .join(&quoted(group))
    }
}

/// A list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum List {
    /// Of people.
    Users,
    /// Of groups.
    Groups,
}

impl List {
    /// The kind of resource in the list.
    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::Users => Kind::User,
            Self::Groups => Kind::Group,
        }
    }
}

/// How members are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MemberAddition {
    /// By an operation with the path `members` and a list.
    Path,
    /// By an operation without a path, whose value is an object with `members`.
    Value,
    /// By an operation with the path `members` whose value is an object with `members`.
    Both,
}

/// How members are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MemberRemoval {
    /// Each by an operation of its own: `members[value eq "2819c223"]`.
    Filter,
    /// All by one operation with the path `members` and a list of values. Some services take that to mean
    /// everybody.
    List,
}

/// Whether a group may be a member of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Nesting {
    /// It may.
    Allowed,
    /// It is refused.
    Forbidden,
}
