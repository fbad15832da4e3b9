//! What a service does with requests that this program never sends, or does not rest on: the sandbox does the
//! same, so that any client can be tried against it. The engine reads none of these rows.

use serde::Deserialize;

/// Which of the two methods that change a resource a service has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
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
#[serde(rename_all = "lowercase")]
pub enum Put {
    /// They are cleared.
    Replaces,
    /// They stay.
    Merges,
}

/// What becomes of a `null` in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nulls {
    /// It is no value.
    Taken,
    /// The request is refused.
    Refused,
}

/// Whose ids people have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ids {
    /// The service's.
    Own,
    /// The client's: the id is the `externalId`, and changes with it.
    External,
}

/// What `totalResults` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Totals {
    /// How many there are.
    Whole,
    /// How many the page has.
    Page,
    /// Nothing: it is left out (RFC 9865 allows that).
    Missing,
}

/// What a page past the end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PastTheEnd {
    /// Empty.
    Empty,
    /// The first page again.
    First,
    /// Refused with 400.
    Refused,
}

/// How a service that is asked too fast says when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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
#[serde(rename_all = "lowercase")]
pub enum Changed {
    /// 200 and the resource.
    Resource,
    /// 204 and nothing.
    Nothing,
}

/// Which attributes filters may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Filterable {
    /// Those of `lookup`, `id`, and what `membership.ask` names.
    Listed,
    /// All.
    Any,
}

/// How filters compare text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FilterCase {
    /// By the schema's `caseExact`.
    Schema,
    /// Upper and lower case always differ.
    Exact,
}

/// What becomes of the removal of somebody who is no member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AbsentRemoval {
    /// It is done already.
    Ignored,
    /// It is answered with 404.
    Refused,
}
