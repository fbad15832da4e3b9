//! How many requests a service takes, as its documentation says. Its answers at run time can only make
//! requests slower.

use serde::{Deserialize, Serialize};

/// How many requests of a class a service takes in a number of seconds: 50 requests in 20 seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The methods of the class; an empty list stands for all methods.
    #[serde(default)]
    pub methods: Vec<Method>,
    /// The path of the class below the base URL: `/Users`, `/Users/{id}`, or `/Users*` for both. Without it,
    /// all paths.
    #[serde(default)]
    #[cfg_attr(test, schemars(regex(pattern = "^/")))]
    pub path: Option<String>,
    /// The class has only requests whose body is larger than this, in bytes.
    #[serde(default)]
    pub larger_than: Option<usize>,
    /// How many requests.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub requests: u32,
    /// In how many seconds.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub seconds: u32,
    /// How many requests may come at once. Without it, as many as `requests`.
    #[serde(default)]
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub burst: Option<u32>,
}

/// The methods that SCIM uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are HTTP's")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method's name in HTTP.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// How much one Bulk request may hold (RFC 7644, section 3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BulkLimits {
    /// How many operations.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub operations: u32,
    /// How many bytes, where that is known.
    #[serde(default)]
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub bytes: Option<u64>,
}

impl Rate {
    /// The most requests that may come at once: at least 1.
    pub(crate) fn burst(&self) -> u32 {
        self.burst.unwrap_or(self.requests).max(1)
    }

    /// Whether a request of this method, path and size belongs to the class.
    pub(crate) fn covers(&self, method: Method, path: &str, bytes: usize) -> bool {
        if self.larger_than.is_some_and(|least| bytes <= least) {
            return false;
        }
        let is_method = self.methods.is_empty() || self.methods.contains(&method);
        is_method && self.path.as_deref().is_none_or(|pattern| is_at(pattern, path))
    }
}

/// Whether a path fits a pattern.
fn is_at(pattern: &str, path: &str) -> bool {
    if let Some(start) = pattern.strip_suffix('*') {
        return path
            .strip_prefix(start)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    }
    if let Some(start) = pattern.strip_suffix("{id}") {
        return path
            .strip_prefix(start)
            .is_some_and(|id| !id.is_empty() && !id.contains('/'));
    }
    path == pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_a_method_a_path_and_a_size() {
        for (pattern, path, covered) in [
            ("/Users", "/Users", true),
            ("/Users", "/Users/1", false),
            ("/Users/{id}", "/Users/1", true),
            ("/Users/{id}", "/Users", false),
            ("/Users/{id}", "/Users/1/x", false),
            ("/Users*", "/Users", true),
            ("/Users*", "/Users/1", true),
            ("/Users*", "/UsersX", false),
        ] {
            assert_eq!(is_at(pattern, path), covered, "{pattern} {path}");
        }
        let rate: Rate =
            serde_saphyr::from_str("{ methods: [PATCH], larger_than: 5, requests: 2, seconds: 30 }")
                .expect("a rate");
        let covers = |method, bytes| rate.covers(method, "/Groups/g", bytes);
        assert!(covers(Method::Patch, 6));
        assert!(!covers(Method::Patch, 5) && !covers(Method::Put, 6));
        assert_eq!(rate.burst(), 2);
    }
}
