//! How many requests were sent.

use serde::{Deserialize, Serialize};

use crate::dialect::Method;

/// How many requests were sent, those that failed included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names are HTTP's")]
pub struct Tally {
    pub get: u64,
    pub post: u64,
    pub put: u64,
    pub patch: u64,
    pub delete: u64,
}

impl Tally {
    /// The total number of requests.
    pub const fn total(&self) -> u64 {
        self.get + self.post + self.put + self.patch + self.delete
    }

    /// The methods with at least one request, and the number of requests of each.
    pub(crate) fn by_method(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let all = [
            (Method::Get, self.get),
            (Method::Post, self.post),
            (Method::Put, self.put),
            (Method::Patch, self.patch),
            (Method::Delete, self.delete),
        ];
        all.into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(method, count)| (method.as_str(), count))
    }
}
