//! The rows of a dialect that have a few named answers. [`super::Dialect`] says what each row is for.

use serde::{Deserialize, Serialize};

/// How lists are cut into pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Paging {
    /// By `startIndex` (RFC 7644, section 3.4.2.4).
    Index,
    /// By `cursor` (RFC 9865).
    Cursor,
    /// Not at all: one answer is the whole list, and no parameter of paging is sent.
    None,
    /// By `cursor` where the service announces nothing else or prefers it, else by `startIndex`.
    Auto,
}

/// What `totalResults` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Totals {
    /// How many there are.
    Whole,
    /// How many the page has.
    Page,
    /// Nothing: it is left out (RFC 9865 allows that).
    Missing,
}

/// The attributes that may be looked up by `eq`, as paths of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// Of people.
    #[cfg_attr(test, schemars(inner(length(min = 1))))]
    pub users: Vec<String>,
    /// Of groups.
    #[cfg_attr(test, schemars(inner(length(min = 1))))]
    pub groups: Vec<String>,
    /// How many values one filter may ask for, joined by `or`; 1 where the service knows no `or`. It is used
    /// only after the service has found, by such a filter, resources that are known to be there.
    #[serde(default = "Lookup::default_at_once")]
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub at_once: usize,
}

impl Lookup {
    /// Fewer values than this are asked for one by one: to try a filter with `or` costs as much as it saves.
    pub(crate) const FEWEST_TOGETHER: usize = 4;

    /// The number of values in a filter that keeps an address below 4 kB.
    pub(crate) const fn default_at_once() -> usize {
        20
    }
}

/// What may be done with groups by SCIM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Groups {
    /// Everything.
    Full,
    /// They can be read and changed, not created.
    Update,
    /// They can be read.
    Read,
    /// There is no endpoint for them.
    None,
}

/// How attributes are changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum UpdateBy {
    /// By PATCH (RFC 7644, section 3.5.2): only what changes.
    #[default]
    Patch,
    /// By PUT: the resource as it is read just before, with what changes laid into it.
    Put,
}

/// How the names of PATCH operations are spelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OperationNames {
    /// `replace`, as the RFC has it.
    Lower,
    /// `Replace`.
    Capitalised,
}

/// Where a PATCH operation says what it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum PatchForm {
    /// In its `path`.
    Path,
    /// In its `value`, an object like the resource. What is removed has a path all the same, and so has what
    /// is inside an element.
    Value,
}

/// How an element of a multi-valued attribute is removed by PATCH.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ElementRemoval {
    /// By its filter alone: `emails[type eq "home"]`.
    Element,
    /// By its `value`, where a path may not end in a filter: `emails[type eq "home"].value`.
    Value,
}

/// How an attribute is cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Clearing {
    /// By the operation `remove`; in a PUT, by leaving it out.
    Remove,
    /// By the value `null`.
    Null,
    /// By an empty text, or an empty list.
    Empty,
    /// Not at all: a plan does not ask for it.
    Never,
}

/// What a new resource says of the main element of several, as of e-mail addresses (RFC 7643, section 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Primary {
    /// What the sources declare, as `emails.work.primary`; where they declare nothing, nothing.
    Declared,
    /// One is marked `primary: true` where the sources mark none: the service wants it.
    Marked,
}

/// How `true` and `false` are written. Every form is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Booleans {
    /// `false`
    Json,
    /// `"false"`
    Text,
    /// `"False"`
    Capitalised,
}

/// How dates are written. Every form is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Dates {
    /// As the sources have them: `2026-01-31T00:00:00Z` (RFC 7643, section 2.3.5).
    Iso,
    /// Seconds since 1970 in UTC, as a number; 0 is no date.
    Epoch,
    /// The day alone: `2026-01-31`.
    Day,
}

/// What DELETE does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum DeleteRule {
    /// It removes the resource.
    #[default]
    Hard,
    /// It deactivates, and no more. A plan says so: it deactivates instead.
    Soft,
    /// There is none, or it must not be used. A plan deactivates a person instead, and leaves a group.
    None,
    /// It removes accounts that nobody has ever used; the service refuses the others.
    Unclaimed,
}

/// What becomes of a person who is deactivated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Deactivation {
    /// They stay, inactive.
    Keeps,
    /// They can no longer be read, as if they were deleted.
    Hides,
}

/// How a deactivated person is made active again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Reactivation {
    /// Like any change: `active` becomes true.
    Update,
    /// By POST, as if they were new.
    Create,
}

/// Whether `If-Match` guards a write (RFC 7644, section 3.14). It is a bonus: many services ignore it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Versions {
    /// As the service announces.
    Auto,
    /// Sent with every write to a resource whose version is known.
    Honoured,
    /// Never sent.
    Ignored,
}

/// Whether people have a `userName`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum UserNames {
    /// Everybody has one.
    Required,
    /// Some accounts have none. What else `match` names identifies them.
    Optional,
}
