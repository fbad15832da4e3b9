//! Requests and answers, independent of the transport.

use std::time::SystemTime;

pub use axum::body::Bytes;
pub use axum::http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::dialect::Method;

/// The encoded characters: all but RFC 3986's unreserved ones, in segments and in queries.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request without the address and the token, which belong to the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path below the base URL, percent-encoded, with a slash before each segment: `/Users/2819c223`.
    pub path: String,
    /// The query, percent-encoded, without the question mark. Empty if there is none.
    pub query: String,
    /// `If-Match`, if the request is conditional.
    pub if_match: Option<String>,
    /// The JSON body.
    pub body: Option<Bytes>,
}

impl Request {
    /// A request for a path of these segments. Each segment is encoded as a whole.
    pub fn new(method: Method, segments: &[&str]) -> Self {
        let path = segments
            .iter()
            .flat_map(|segment| std::iter::once("/").chain(utf8_percent_encode(segment, ENCODED)))
            .collect();
        Self {
            method,
            path,
            query: String::new(),
            if_match: None,
            body: None,
        }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query.extend(
            utf8_percent_encode(name, ENCODED)
                .chain(["="])
                .chain(utf8_percent_encode(value, ENCODED)),
        );
        self
    }

    /// Adds a JSON body.
    #[must_use]
    pub fn with_body(mut self, body: &serde_json::Value) -> Self {
        self.body = Some(body.to_string().into());
        self
    }

    /// The path and the query, as they follow the base URL.
    pub fn target(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }
}

/// An answer of any status.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The decoded body.
    pub body: Bytes,
    /// When the answer came, by this machine's clock. The transport sets it, because readers of answers have
    /// no clock.
    pub received: SystemTime,
}

impl Response {
    /// A header's text, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
