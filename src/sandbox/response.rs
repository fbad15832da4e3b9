//! Answers as HTTP responses.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::problem::{CONTENT_TYPE, ScimProblem};
use super::write::Written;

/// A response with a SCIM body.
pub(super) fn scim(status: StatusCode, body: Vec<u8>) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE))],
        Body::from(body),
    )
        .into_response()
}

/// Adds the version of a resource as `ETag`.
pub(super) fn with_version(mut answer: Response, written: &Written) -> Result<Response, ScimProblem> {
    answer
        .headers_mut()
        .insert(header::ETAG, header_value(&written.envelope.version())?);
    Ok(answer)
}

/// A text as the value of a header.
pub(super) fn header_value(text: &str) -> Result<HeaderValue, ScimProblem> {
    HeaderValue::from_str(text).map_err(|error| ScimProblem::internal(&error))
}
