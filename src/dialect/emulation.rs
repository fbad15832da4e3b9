//! What a service does with requests that this program never sends, or does not depend on. The sandbox does
//! the same, so that any client can be tried against it. Only the sandbox and `doctor` read these rows, and
//! no plan depends on them.

use serde::Deserialize;

use crate::model::Kinds;

/// The rows of a dialect's file that only an emulation of the service reads. Every row may be left out and
/// then means what [`Emulated::default`] says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(default)]
pub struct Emulated {
    /// The form of the base URL, with placeholders in braces. Shown, never connected to.
    #[cfg_attr(test, schemars(regex(pattern = "^https?://"), extend("default" = null)))]
    pub base_url: String,
    /// Headers without which the service refuses a request, whatever they say. Every request has them.
    #[cfg_attr(test, schemars(inner(length(min = 1))))]
    pub required_headers: Vec<String>,

    /// How many rows the service gives where none are asked for.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub page_default: Option<u32>,
    /// How many rows the service gives at the most, however many are asked for.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub page_max: Option<u32>,
    /// What a page past the end is.
    pub past_the_end: PastTheEnd,
    /// What a list is that is asked for without `cursor`, where lists are cut by cursors.
    pub without_cursor: WithoutCursor,
    /// Which filters work, beyond the look-ups that the client sends.
    pub filters: Filters,

    /// Which of PATCH and PUT the service has.
    pub methods: Kinds<Methods>,
    /// What a PATCH path with a filter does.
    pub filtered_paths: Kinds<FilteredPaths>,
    /// What becomes of attributes that a PUT does not have.
    pub put: Put,
    /// What becomes of a `null`.
    pub nulls: Nulls,
    /// What the answer to a change has.
    pub changed: Changed,
    /// Whose ids people have.
    pub ids: Ids,
    /// What a change of members does, beyond what the client sends.
    pub membership: EmulatedMembership,

    /// How the service says when to come back.
    pub throttling: Throttling,
}

impl Default for Emulated {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            required_headers: Vec::new(),
            page_default: None,
            page_max: None,
            past_the_end: PastTheEnd::Empty,
            without_cursor: WithoutCursor::FirstPage,
            filters: Filters::default(),
            methods: Kinds::default(),
            filtered_paths: Kinds::default(),
            put: Put::Replaces,
            nulls: Nulls::Taken,
            changed: Changed::Resource,
            ids: Ids::Own,
            membership: EmulatedMembership::default(),
            throttling: Throttling::RetryAfter,
        }
    }
}

/// What a change of members does, beyond what the client sends. It stands in the file beside the rows of
/// [`Membership`](super::Membership).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(default)]
pub struct EmulatedMembership {
    /// What becomes of the removal of somebody who is no member.
    pub absent_removal: AbsentRemoval,
    /// Whether the whole list may be replaced. The client never does.
    pub replacing: Replacing,
}

impl Default for EmulatedMembership {
    fn default() -> Self {
        Self {
            absent_removal: AbsentRemoval::Ignored,
            replacing: Replacing::Allowed,
        }
    }
}

/// Which filters work, beyond those of `lookup`. The client asks for nothing but `eq`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub struct Filters {
    /// The operators that work.
    #[cfg_attr(test, schemars(extend("items" = { "enum": [
        "eq", "ne", "co", "sw", "ew", "pr", "gt", "ge", "lt", "le", "and", "or", "not"
    ] })))]
    pub operators: Vec<String>,
    /// The attributes that filters may name.
    pub attributes: Filterable,
    /// How text is compared.
    pub case: FilterCase,
    /// What becomes of a filter that does not work.
    pub otherwise: Otherwise,
}

impl Default for Filters {
    fn default() -> Self {
        Self {
            operators: ["eq", "and"].map(str::to_owned).to_vec(),
            attributes: Filterable::Listed,
            case: FilterCase::Schema,
            otherwise: Otherwise::Refused,
        }
    }
}

/// What becomes of a filter that a service does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Otherwise {
    /// It is answered with 400.
    Refused,
    /// It matches nobody.
    Nobody,
    /// It is ignored, and matches everybody.
    Everybody,
}

/// Whether a group's whole list of members may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Replacing {
    /// It may.
    Allowed,
    /// It is refused.
    Forbidden,
}

/// Which of the two methods that change a resource a service has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Methods {
    /// PATCH and PUT.
    #[default]
    Both,
    /// PATCH alone.
    Patch,
    /// PUT alone.
    Put,
}

/// What a PATCH path with a filter does, `members[value eq "…"]` apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum FilteredPaths {
    /// What the RFC says.
    #[default]
    Honoured,
    /// It must name a part behind the filter: `emails[type eq "work"].value`; without one it is refused.
    Parts,
    /// Nothing, and the answer does not say so.
    Ignored,
}

/// What becomes of attributes that a PUT does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Put {
    /// They are cleared.
    Replaces,
    /// They stay.
    Merges,
}

/// What becomes of a `null` in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Nulls {
    /// It is no value.
    Taken,
    /// The request is refused.
    Refused,
}

/// Whose ids people have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Ids {
    /// The service's.
    Own,
    /// The client's: the id is the `externalId`, and changes with it.
    External,
}

/// What a page past the end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum PastTheEnd {
    /// Empty.
    Empty,
    /// The first page again.
    First,
    /// Refused with 400.
    Refused,
}

/// What a list is that is asked for without `cursor`, where lists are cut by cursors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "kebab-case")]
pub enum WithoutCursor {
    /// Its first page, which tells the next one.
    FirstPage,
    /// As many rows as a page has and no way to the others; `totalResults` counts these rows.
    OnePage,
}

/// How a service that is asked too fast says when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "kebab-case")]
pub enum Throttling {
    /// `Retry-After: 7`
    RetryAfter,
    /// `Retry-After: Tue, 14 Nov 2023 22:14:20 GMT`
    RetryAfterDate,
    /// `X-Retry-After: 7`
    XRetryAfter,
    /// `X-RateLimit-Reset: 1700000030`
    RateLimitReset,
    /// It does not.
    Silent,
}

/// What the answer to a change has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Changed {
    /// 200 and the resource.
    Resource,
    /// 204 and nothing.
    Nothing,
}

/// Which attributes filters may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum Filterable {
    /// Those of `lookup`, `id`, and what `membership.ask` names.
    Listed,
    /// All.
    Any,
}

/// How filters compare text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum FilterCase {
    /// By the schema's `caseExact`.
    Schema,
    /// Upper and lower case always differ.
    Exact,
}

/// What becomes of the removal of somebody who is no member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub enum AbsentRemoval {
    /// It is done already.
    Ignored,
    /// It is answered with 404.
    Refused,
}
