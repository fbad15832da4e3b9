//! The transport into the embedded service: the same requests and answers, by function call. No socket is
//! opened.

use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, IF_MATCH, USER_AGENT};
use http_body_util::{BodyExt as _, Limited};
use tower::ServiceExt as _;

use crate::client::DirectoryAddress;
use crate::client::http;
use crate::client::http::HttpLimits;
use crate::client::transport::Answering;
use crate::client::transport::Transport;
use crate::wire::Failure;
use crate::wire::Request;
use crate::wire::Response;

/// Calls an [`axum::Router`].
pub struct InProcessTransport {
    origin: DirectoryAddress,
    router: axum::Router,
    headers: HeaderMap,
}

impl fmt::Debug for InProcessTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "InProcessTransport to {}", self.origin)
    }
}

impl InProcessTransport {
    /// A transport to a service whose endpoints are at the router's root.
    pub fn new(origin: DirectoryAddress, router: axum::Router) -> Self {
        Self {
            origin,
            router,
            headers: http::usual_headers(),
        }
    }

    /// The same transport, with headers that the service wants with every request. Each replaces our header
    /// of the same name.
    pub fn with_headers(mut self, headers: &BTreeMap<String, String>) -> Result<Self, Failure> {
        http::add_headers(&mut self.headers, headers)?;
        Ok(self)
    }

    async fn exchange(&self, request: Request) -> Result<Response, Failure> {
        let mut building = axum::http::Request::builder()
            .method(request.method.as_str())
            .uri(request.target())
            .header(USER_AGENT, http::USER_AGENT);
        for (name, value) in &self.headers {
            building = building.header(name, value);
        }
        if let Some(version) = request.if_match {
            building = building.header(IF_MATCH, version);
        }
        if request.body.is_some() && !self.headers.contains_key(CONTENT_TYPE) {
            building = building.header(CONTENT_TYPE, http::SENT);
        }
        let body = request.body.map_or_else(Body::empty, Body::from);
        let request = building.body(body).map_err(|error| Failure::NotSent {
            reason: error.to_string(),
        })?;
        let Ok(answer) = self.router.clone().oneshot(request).await;
        let (head, body) = answer.into_parts();
        let limit = HttpLimits::default().response_bytes;
        let body = Limited::new(body, limit).collect().await.map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() {
                return http::too_large(limit);
            }
            Failure::NoAnswer {
                origin: self.origin.to_string(),
                reason: error.to_string(),
            }
        })?;
        Ok(Response {
            status: head.status.as_u16(),
            headers: head.headers,
            body: body.to_bytes(),
            received: SystemTime::now(),
        })
    }
}

impl Transport for InProcessTransport {
    fn origin(&self) -> &DirectoryAddress {
        &self.origin
    }

    fn send(&self, request: Request) -> Answering<'_> {
        Box::pin(self.exchange(request))
    }
}
