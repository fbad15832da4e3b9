//! The service's own description at `/ServiceProviderConfig`. It is only a hint and never required: many
//! services have none, and some are wrong.

use serde_json::Value as Json;

use crate::wire::envelope::member;

/// The capabilities that a service states. A field is `None` if the service does not state it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether the service described itself at all.
    pub described: bool,
    /// `patch.supported`
    pub patch: Option<bool>,
    /// `etag.supported`
    pub etag: Option<bool>,
    /// `filter.supported`
    pub filter: Option<bool>,
    /// `filter.maxResults`
    pub max_results: Option<u64>,
    /// `bulk.supported`
    pub bulk: Option<bool>,
    /// `pagination.cursor` (RFC 9865)
    pub cursor: Option<bool>,
    /// `pagination.index` (RFC 9865)
    pub index: Option<bool>,
    /// Whether `pagination.defaultPaginationMethod` is `cursor`.
    pub prefers_cursor: bool,
    /// `pagination.maxPageSize`
    pub max_page_size: Option<u64>,
}

impl Capabilities {
    /// Reads a ServiceProviderConfig. Any other text states nothing.
    pub(crate) fn read(text: &str) -> Self {
        let Ok(json) = serde_json::from_str::<Json>(text) else {
            return Self::default();
        };
        let inside = |group: &str, name: &str| {
            member(&json, group)
                .and_then(|group| member(group, name))
                .cloned()
        };
        let flag = |group: &str, name: &str| inside(group, name).and_then(|value| value.as_bool());
        let number = |group: &str, name: &str| inside(group, name).and_then(|value| value.as_u64());
        let method = inside("pagination", "defaultPaginationMethod");
        Self {
            described: ["patch", "filter", "etag"]
                .iter()
                .any(|group| member(&json, group).is_some()),
            patch: flag("patch", "supported"),
            etag: flag("etag", "supported"),
            filter: flag("filter", "supported"),
            max_results: number("filter", "maxResults"),
            bulk: flag("bulk", "supported"),
            cursor: flag("pagination", "cursor"),
            index: flag("pagination", "index"),
            prefers_cursor: method
                .as_ref()
                .and_then(Json::as_str)
                .is_some_and(|word| word.eq_ignore_ascii_case("cursor")),
            max_page_size: number("pagination", "maxPageSize"),
        }
    }

    /// Whether lists are read by cursor if the dialect does not decide it.
    pub(crate) fn wants_cursor(&self) -> bool {
        self.cursor == Some(true) && (self.index == Some(false) || self.prefers_cursor)
    }
}
