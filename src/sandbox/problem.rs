//! The refusal of a request (RFC 7644, section 3.12). A failure of the store is also a refusal; its cause is
//! not shown.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The media type of every body (RFC 7644, section 8.1).
pub(super) const CONTENT_TYPE: &str = "application/scim+json";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScimProblem {
    pub(super) status: StatusCode,
    pub(super) scim_type: Option<&'static str>,
    pub(super) detail: String,
}

impl ScimProblem {
    /// A refusal without a `scimType`.
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            scim_type: None,
            detail: detail.into(),
        }
    }

    /// A 400 with a `scimType` of RFC 7644.
    pub(super) fn bad(scim_type: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            scim_type: Some(scim_type),
            detail: detail.into(),
        }
    }

    pub(super) fn value(detail: impl Into<String>) -> Self {
        Self::bad("invalidValue", detail)
    }

    pub(super) fn syntax(detail: impl Into<String>) -> Self {
        Self::bad("invalidSyntax", detail)
    }

    pub(super) fn filter(detail: impl Into<String>) -> Self {
        Self::bad("invalidFilter", detail)
    }

    pub(super) fn path(detail: impl Into<String>) -> Self {
        Self::bad("invalidPath", detail)
    }

    pub(super) fn target(detail: impl Into<String>) -> Self {
        Self::bad("noTarget", detail)
    }

    pub(super) fn mutability(detail: impl Into<String>) -> Self {
        Self::bad("mutability", detail)
    }

    pub(super) fn uniqueness(detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            scim_type: Some("uniqueness"),
            detail: detail.into(),
        }
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("{what} not found"))
    }

    pub(super) fn internal(cause: &dyn std::fmt::Display) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("the store failed: {cause}"),
        )
    }

    /// Whether the store failed, so that nothing of its transaction may be kept.
    pub(super) fn is_internal(&self) -> bool {
        self.status.is_server_error()
    }

    pub(super) fn body(&self) -> Value {
        let mut body =
            json!({"schemas": [ERROR], "status": self.status.as_u16().to_string(), "detail": self.detail});
        if let Some(word) = self.scim_type {
            body["scimType"] = word.into();
        }
        body
    }
}

impl<E: Into<redb::Error>> From<E> for ScimProblem {
    fn from(error: E) -> Self {
        Self::internal(&error.into())
    }
}

impl IntoResponse for ScimProblem {
    fn into_response(self) -> Response {
        let body = self.body().to_string();
        (
            self.status,
            [(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE))],
            body,
        )
            .into_response()
    }
}
