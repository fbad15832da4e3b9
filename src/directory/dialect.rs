//! How one SCIM service departs from the RFC, as data: a file of `schemas/dialects/`, or one of the user's. A new service is a
//! new file; no other module knows a service by name.

use serde::Deserialize;

use crate::digest::Digest;

const SHIPPED: [(&str, &str); 2] =
    [("rfc7644", include_str!("../../schemas/dialects/rfc7644.yaml")), ("local", include_str!("../../schemas/dialects/local.yaml"))];

/// A dialect. Every row may be left out and then means what [`Dialect::default`] says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dialect {
    /// Its name in configurations, plans and messages.
    pub name: String,
    /// How many rows are asked for at once. A service may give fewer.
    pub page_size: u32,
    /// How lists are cut into pages.
    pub paging: Paging,
    /// How many pages one walk may have before it is taken for endless.
    pub page_cap: u32,
    /// Whether a listing is complete and uniqueness is enforced, so that a listing alone proves absence.
    pub complete_listings: bool,
    /// How many members one request may add or remove.
    pub members_per_request: usize,
    /// What it means that a group comes without `members`.
    pub absent_members: AbsentMembers,
    /// How an element of a multi-valued attribute is removed.
    pub element_removal: ElementRemoval,
    /// Whether `If-Match` guards a write.
    pub versions: Versions,
    /// The attributes that may be looked up by `eq`.
    pub lookup: Lookup,
    /// How many requests may be under way at once.
    pub max_concurrency: usize,
    /// How often a request that is safe to repeat is sent, at most, when it fails.
    pub attempts: u32,
    /// How often a request is sent, at most, when the service says each time to come back later.
    pub throttled_attempts: u32,
    #[serde(skip)]
    digest: Option<Digest>,
}

/// How lists are cut into pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Paging {
    /// By `startIndex` (RFC 7644, section 3.4.2.4).
    Index,
    /// By `cursor` (RFC 9865).
    Cursor,
    /// By `cursor` where the service announces nothing else or prefers it, else by `startIndex`.
    Auto,
}

/// What it means that a group comes without `members`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AbsentMembers {
    /// Nothing: it may have members all the same.
    Unknown,
    /// It has none.
    Empty,
}

/// How an element of a multi-valued attribute is removed by PATCH.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ElementRemoval {
    /// By its filter alone: `emails[type eq "home"]`.
    Element,
    /// By its `value`, where a path may not end in a filter: `emails[type eq "home"].value`.
    Value,
}

/// Whether `If-Match` guards a write (RFC 7644, section 3.14). It is a bonus: many services ignore it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Versions {
    /// As the service announces.
    Auto,
    /// Sent with every write to a resource whose version is known.
    Honoured,
    /// Never sent.
    Ignored,
}

/// The attributes that may be looked up by `eq`, as paths of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// Of people.
    pub users: Vec<String>,
    /// Of groups.
    pub groups: Vec<String>,
}

/// A dialect's file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the dialect cannot be read: {reason}")]
pub struct DialectError {
    reason: String,
}

impl Default for Dialect {
    fn default() -> Self {
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        Self {
            name: "unnamed".to_owned(),
            page_size: 100,
            paging: Paging::Auto,
            page_cap: 50_000,
            complete_listings: false,
            members_per_request: 100,
            absent_members: AbsentMembers::Unknown,
            element_removal: ElementRemoval::Element,
            versions: Versions::Auto,
            lookup: Lookup { users: names(["userName", "externalId"]), groups: names(["displayName", "externalId"]) },
            max_concurrency: 4,
            attempts: 3,
            throttled_attempts: 10,
            digest: None,
        }
    }
}

impl Dialect {
    /// The dialects that come with the program.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// A dialect that comes with the program.
    ///
    /// # Panics
    /// If a shipped dialect is not valid, which a test excludes.
    pub fn shipped(name: &str) -> Option<Self> {
        let (_, text) = SHIPPED.iter().find(|(known, _)| *known == name)?;
        Some(Self::parse(text).expect("a shipped dialect is valid"))
    }

    /// Reads a dialect's file.
    pub fn parse(text: &str) -> Result<Self, DialectError> {
        let wrong = |reason: String| DialectError { reason };
        let mut dialect: Self = serde_saphyr::from_str(text).map_err(|error| wrong(error.to_string()))?;
        for (row, value) in [
            ("page_size", dialect.page_size as usize),
            ("page_cap", dialect.page_cap as usize),
            ("members_per_request", dialect.members_per_request),
            ("max_concurrency", dialect.max_concurrency),
            ("attempts", dialect.attempts as usize),
            ("throttled_attempts", dialect.throttled_attempts as usize),
        ] {
            if value == 0 {
                return Err(wrong(format!("{row}: 0 would never do anything; give at least 1")));
            }
        }
        dialect.digest = Some(Digest::of_bytes(text.as_bytes()));
        Ok(dialect)
    }

    /// The digest of the file that it was read from.
    pub fn digest(&self) -> Digest {
        self.digest.clone().unwrap_or_else(|| Digest::of_bytes(b""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_dialects_are_valid_and_named_as_their_files() {
        for name in Dialect::names() {
            let dialect = Dialect::shipped(name).expect("it is shipped");
            assert_eq!((dialect.name.as_str(), dialect.digest.is_some()), (name, true));
        }
        assert!(Dialect::shipped("local").is_some_and(|dialect| dialect.complete_listings && dialect.page_size == 1000));
    }

    #[test]
    fn what_a_dialect_does_not_know_is_an_error() {
        assert!(Dialect::parse("name: x\npage_sise: 5").is_err());
        assert!(Dialect::parse("name: x\npage_size: 0").is_err_and(|error| error.to_string().contains("page_size")));
    }
}
