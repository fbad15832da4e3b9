//! The abilities that the emulated service states (RFC 7643, section 5), from its dialect.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::super::bulk::MAX_PAYLOAD;
use super::super::page::{DEFAULT_COUNT, MAX_COUNT};
use super::super::response::scim;
use super::Emulation;
use crate::dialect::Methods;
use crate::dialect::Paging;
use crate::dialect::Versions;

impl Emulation {
    pub(super) fn config(&self) -> Response {
        let dialect = &self.dialect;
        let most = dialect.emulation.page_max.map_or(MAX_COUNT, u64::from);
        let mut config = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": { "supported": dialect.emulation.methods.users != Methods::Put },
            "bulk": {
                "supported": dialect.bulk.is_some(),
                "maxOperations": dialect.bulk.map_or(0, |limits| limits.operations),
                "maxPayloadSize": dialect.bulk.map_or(0, |limits| limits.bytes.unwrap_or(MAX_PAYLOAD as u64)),
            },
            "filter": { "supported": !dialect.emulation.filters.operators.is_empty(), "maxResults": most },
            "changePassword": { "supported": false },
            "sort": { "supported": false },
            "etag": { "supported": dialect.versions != Versions::Ignored },
            "authenticationSchemes": [{
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "The token that the service was started with (RFC 6750)",
                "primary": true,
            }],
            "meta": {
                "resourceType": "ServiceProviderConfig",
                "location": format!("{}/ServiceProviderConfig", self.base),
            },
        });
        if matches!(dialect.paging, Paging::Cursor | Paging::Auto) {
            config["pagination"] = json!({
                "cursor": true,
                "index": dialect.paging == Paging::Auto,
                "defaultPaginationMethod": if dialect.paging == Paging::Auto { "index" } else { "cursor" },
                "defaultPageSize": dialect.emulation.page_default.map_or(DEFAULT_COUNT, u64::from),
                "maxPageSize": most,
            });
        }
        scim(StatusCode::OK, config.to_string().into_bytes())
    }
}
