//! The transport across the network. It uses HTTPS only, except to this machine, and no redirects, proxies or
//! cookies. Every wait and every answer has a limit. The token is set per request and never sent to another
//! origin.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt;
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_MATCH};
use secrecy::{ExposeSecret as _, SecretString};

use crate::client::DirectoryAddress;
use crate::client::redact::Redactor;
use crate::client::transport::Answering;
use crate::client::transport::Transport;
use crate::dialect::Method;
use crate::wire::Failure;
use crate::wire::Request;
use crate::wire::Response;

/// The media types that are asked for (RFC 7644, section 3.1).
const ACCEPTED: &str = "application/scim+json, application/json";
/// The media type that is sent.
pub(crate) const SENT: &str = "application/scim+json";
/// Some services refuse requests without it.
pub(crate) const USER_AGENT: &str = concat!("wpsync/", env!("CARGO_PKG_VERSION"));

/// The headers of every request besides the token.
pub(crate) fn usual_headers() -> HeaderMap {
    HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(ACCEPTED))])
}

/// Adds the headers of a dialect. Each replaces our header of the same name.
pub(crate) fn add_headers(into: &mut HeaderMap, headers: &BTreeMap<String, String>) -> Result<(), Failure> {
    for (name, value) in headers {
        let header = HeaderName::try_from(name)
            .ok()
            .zip(HeaderValue::try_from(value).ok());
        let (name, value) = header.ok_or_else(|| Failure::NotSent {
            reason: format!("the header {name} of the dialect cannot be sent"),
        })?;
        into.insert(name, value);
    }
    Ok(())
}

/// The limits on the duration and the size of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpLimits {
    /// The longest time to connect, TLS included.
    pub connect: Duration,
    /// The longest time between two pieces of an answer.
    pub read: Duration,
    /// The longest time for the whole exchange.
    pub total: Duration,
    /// The largest size of an answer after decompression, in bytes.
    pub response_bytes: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            total: Duration::from_mins(2),
            response_bytes: 64 << 20,
        }
    }
}

/// Speaks to one origin, with one token.
pub struct HttpTransport {
    origin: DirectoryAddress,
    authorization: Option<HeaderValue>,
    headers: HeaderMap,
    redactor: Redactor,
    client: reqwest::Client,
    limits: HttpLimits,
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HttpTransport to {}", self.origin)
    }
}

impl HttpTransport {
    /// A transport to an origin. It connects when it is first used.
    pub fn new(
        origin: DirectoryAddress,
        token: Option<&SecretString>,
        limits: HttpLimits,
    ) -> Result<Self, Failure> {
        let not_sent = |reason: &str| Failure::NotSent {
            reason: reason.to_owned(),
        };
        if origin.is_local() {
            return Err(not_sent(
                "the embedded directory is not reached across the network",
            ));
        }
        let authorization = token
            .map(|token| bearer(token).ok_or_else(|| not_sent(TOKEN_FORM)))
            .transpose()?;
        let client = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .https_only(origin.as_str().starts_with("https://"))
            .connect_timeout(limits.connect)
            .read_timeout(limits.read)
            .timeout(limits.total)
            .build()
            .map_err(|error| not_sent(&causes(&error)))?;
        let redactor = token.map(Redactor::new).unwrap_or_default();
        let headers = usual_headers();
        Ok(Self {
            origin,
            authorization,
            headers,
            redactor,
            client,
            limits,
        })
    }

    /// The same transport, with headers that the service wants with every request. Each replaces our header
    /// of the same name.
    pub fn with_headers(mut self, headers: &BTreeMap<String, String>) -> Result<Self, Failure> {
        add_headers(&mut self.headers, headers)?;
        Ok(self)
    }

    /// The same transport, with a key in the header `name`.
    pub fn with_key(mut self, name: &str, key: &SecretString) -> Result<Self, Failure> {
        let name = HeaderName::try_from(name).map_err(|error| Failure::NotSent {
            reason: error.to_string(),
        })?;
        let text = key.expose_secret();
        let value = HeaderValue::from_str(text)
            .ok()
            .filter(|_| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()));
        let mut value = value.ok_or_else(|| Failure::NotSent {
            reason: TOKEN_FORM.to_owned(),
        })?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        self.redactor = Redactor::new(key);
        Ok(self)
    }

    async fn exchange(&self, request: Request) -> Result<Response, Failure> {
        let mut answer = self
            .build(request)?
            .send()
            .await
            .map_err(|error| self.failure(&error))?;
        let status = answer.status().as_u16();
        let headers = std::mem::take(answer.headers_mut());
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.failure(&error))? {
            if body.len() + piece.len() > self.limits.response_bytes {
                return Err(too_large(self.limits.response_bytes));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Response {
            status,
            headers,
            body: body.into(),
            received: SystemTime::now(),
        })
    }

    fn build(&self, request: Request) -> Result<reqwest::RequestBuilder, Failure> {
        let text = format!("{}{}", self.origin.as_str(), request.target());
        let url = reqwest::Url::parse(&text).map_err(|error| Failure::NotSent {
            reason: error.to_string(),
        })?;
        // The URL standard folds `.` and `..` away, even encoded ones, and the request would reach another
        // resource.
        if url.as_str() != text {
            return Err(Failure::NotSent {
                reason: format!("{} does not name one resource", request.path),
            });
        }
        let mut building = self
            .client
            .request(method(request.method), url)
            .headers(self.headers.clone());
        if let Some(authorization) = &self.authorization {
            building = building.header(AUTHORIZATION, authorization.clone());
        }
        if let Some(version) = request.if_match {
            building = building.header(IF_MATCH, version);
        }
        if let Some(body) = request.body {
            if !self.headers.contains_key(CONTENT_TYPE) {
                building = building.header(CONTENT_TYPE, SENT);
            }
            building = building.body(body);
        }
        Ok(building)
    }

    fn failure(&self, error: &reqwest::Error) -> Failure {
        let origin = self.origin.to_string();
        let reason = causes(error);
        if error.is_builder() {
            Failure::NotSent { reason }
        } else if error.is_connect() {
            Failure::Unreachable { origin, reason }
        } else {
            Failure::NoAnswer { origin, reason }
        }
    }
}

impl Transport for HttpTransport {
    fn origin(&self) -> &DirectoryAddress {
        &self.origin
    }

    fn send(&self, request: Request) -> Answering<'_> {
        Box::pin(self.exchange(request))
    }

    fn redact(&self, text: &str) -> String {
        self.redactor.redact(text)
    }
}

const TOKEN_FORM: &str =
    "the token cannot be sent: it is empty, or holds white space or a character that is not ASCII";

fn bearer(token: &SecretString) -> Option<HeaderValue> {
    let token = token.expose_secret();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

const fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

pub(crate) fn too_large(limit: usize) -> Failure {
    Failure::NotUsable {
        reason: format!("it is larger than {limit} bytes"),
    }
}

/// An error with all its causes and without its URL, because a filter in the URL may name a person.
fn causes(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        "cannot connect"
    } else if error.is_body() || error.is_decode() {
        "the answer was cut short or cannot be decoded"
    } else {
        "the exchange failed"
    };
    let mut text = what.to_owned();
    let mut cause = error.source();
    while let Some(error) = cause {
        let part = error.to_string();
        if !text.ends_with(&part) {
            text.push_str(": ");
            text.push_str(&part);
        }
        cause = error.source();
    }
    text
}
