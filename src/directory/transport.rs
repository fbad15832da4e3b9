//! How a request reaches a directory: one narrow interface, whether the service is across the network
//! ([`super::http`]) or a function call away (`super::in_process`). A transport knows nothing of SCIM, and
//! never follows a URL that a service gave.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub use axum::body::Bytes;
pub use axum::http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Failure, Origin};

/// Everything but RFC 3986's unreserved characters is encoded, in segments and in queries alike.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// An answer under way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send + 'a>>;

/// Carries requests to one directory.
pub trait Transport: Send + Sync {
    /// The directory that it leads to.
    fn origin(&self) -> &Origin;

    /// Sends a request once, and reads the whole answer. Fails with [`Failure::Unreachable`] only if nothing
    /// was sent.
    fn send(&self, request: Request) -> Answering<'_>;

    /// Removes what must stay secret from foreign text before it gets into an error.
    fn redact(&self, text: &str) -> String {
        text.to_owned()
    }
}

/// The methods that SCIM uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// A request: everything but the address and the token, which belong to the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path below the base URL, percent-encoded, with a slash before each segment: `/Users/2819c223`.
    pub path: String,
    /// The query, percent-encoded, without the question mark; empty where there is none.
    pub query: String,
    /// `If-Match`, where the request is conditional.
    pub if_match: Option<String>,
    /// The JSON body.
    pub body: Option<Bytes>,
}

impl Request {
    /// A request for a path of these segments, each encoded whole.
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

    /// With one more query parameter.
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

    /// With a JSON body.
    #[must_use]
    pub fn with_body(mut self, body: &serde_json::Value) -> Self {
        self.body = Some(body.to_string().into());
        self
    }

    /// Path and query as they stand behind the base URL.
    pub fn target(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }
}

/// What came back, whatever the status.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The decoded body.
    pub body: Bytes,
}

impl Response {
    /// A header's text, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A transport that can only read: the one thing that a [`super::Reader`] holds, so that it cannot write by
/// construction.
#[derive(Clone)]
pub struct ReadTransport(Arc<dyn Transport>);

impl ReadTransport {
    /// Keeps the reading half of a transport.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self(transport)
    }
}

impl fmt::Debug for ReadTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ReadTransport to {}", self.0.origin())
    }
}

impl Transport for ReadTransport {
    fn origin(&self) -> &Origin {
        self.0.origin()
    }

    fn send(&self, request: Request) -> Answering<'_> {
        if request.method == Method::Get {
            return self.0.send(request);
        }
        let reason = format!(
            "{} {} was not sent: this client can only read",
            request.method.as_str(),
            request.path
        );
        Box::pin(std::future::ready(Err(Failure::NotSent { reason })))
    }

    fn redact(&self, text: &str) -> String {
        self.0.redact(text)
    }
}
