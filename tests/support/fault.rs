//! The ways in which a service, or the way to it, can fail. Each says whether the request still took effect,
//! how long it took, and what the client's transport makes of it; a door plays the same faults over a socket,
//! and a test compares.

use std::time::Duration;

use serde_json::{Value as Json, json};
use wpsync::dialect::Method;
use wpsync::wire::Bytes;
use wpsync::wire::Failure;
use wpsync::wire::HeaderMap;
use wpsync::wire::Request;
use wpsync::wire::Response;

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    ConnectionRefused,
    Reset,
    Tls,
    Dns,
    TimeoutBeforeSend,
    TimeoutAfterSend,
    CutMidBody,
    Empty200,
    Html200,
    ErrorBody200,
    NoEffect200,
    NoBody201,
    Instead204,
    RedirectSameOrigin,
    RedirectOtherOrigin,
    /// Refused with this status, and not done.
    Status(u16),
    /// Refused with 409 and `uniqueness`, and not done.
    Taken,
    Throttled(Throttle),
    BrokenBeforeCommit,
    BrokenAfterCommit,
    Truncated,
    Oversize,
    GzipBomb,
    SlowDrip,
    WrongCharset,
    DuplicateKeys,
    /// Done, and answered after so long.
    Slow(Duration),
    /// Not done: the client is gone before the request is here, and nobody hears of it.
    CutBefore,
    /// Done: the client is gone before it has the answer.
    CutAfter,
    /// Done, and answered with this status.
    Done(u16),
    /// Done, and answered with 201 and all but the id.
    NoId201,
    /// Done, and answered with 200 and the resource.
    Done200,
    /// Refused with this status, and with the token that was sent in every part of the answer (over a socket
    /// only).
    Echo(u16),
    /// A look-up that answers with everybody.
    FilterIgnored,
    /// A look-up that does not find another spelling of the stored name.
    FilterExact,
}

/// How a service that is too busy says when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Throttle {
    Seconds,
    Date,
    Silent,
    Garbage,
    TooLong,
}

/// What a service that says when to come back asks for.
pub const TOLD: Duration = Duration::from_secs(7);
/// The time of the service's clock when it does.
const NOW: &str = "Sat, 21 Nov 2026 12:00:00 GMT";
const THEN: &str = "Sat, 21 Nov 2026 12:00:07 GMT";
pub const ORIGIN: &str = "https://scim.example.com/v2";

impl Fault {
    pub const ALL: [Self; 36] = [
        Self::ConnectionRefused,
        Self::Reset,
        Self::Tls,
        Self::Dns,
        Self::TimeoutBeforeSend,
        Self::TimeoutAfterSend,
        Self::CutMidBody,
        Self::Empty200,
        Self::Html200,
        Self::ErrorBody200,
        Self::NoEffect200,
        Self::NoBody201,
        Self::Instead204,
        Self::RedirectSameOrigin,
        Self::RedirectOtherOrigin,
        Self::Status(400),
        Self::Status(401),
        Self::Status(403),
        Self::Status(404),
        Self::Taken,
        Self::Status(409),
        Self::Status(412),
        Self::Status(413),
        Self::Throttled(Throttle::Seconds),
        Self::Throttled(Throttle::Date),
        Self::Throttled(Throttle::Silent),
        Self::Throttled(Throttle::Garbage),
        Self::Throttled(Throttle::TooLong),
        Self::BrokenBeforeCommit,
        Self::BrokenAfterCommit,
        Self::Truncated,
        Self::Oversize,
        Self::GzipBomb,
        Self::SlowDrip,
        Self::WrongCharset,
        Self::DuplicateKeys,
    ];

    /// Whether the service does what it is asked before the fault shows.
    pub const fn takes_effect(self) -> bool {
        matches!(
            self,
            Self::TimeoutAfterSend
                | Self::CutMidBody
                | Self::Empty200
                | Self::NoBody201
                | Self::Instead204
                | Self::BrokenAfterCommit
                | Self::Truncated
                | Self::Oversize
                | Self::GzipBomb
                | Self::SlowDrip
                | Self::WrongCharset
                | Self::DuplicateKeys
                | Self::Slow(_)
                | Self::CutAfter
                | Self::Done(_)
                | Self::NoId201
                | Self::Done200
        )
    }

    /// Whether no connection comes about.
    pub const fn is_unreachable(self) -> bool {
        matches!(
            self,
            Self::ConnectionRefused | Self::Tls | Self::Dns | Self::TimeoutBeforeSend
        )
    }

    /// How long the client waits until it knows.
    pub const fn delay(self) -> Duration {
        match self {
            Self::TimeoutBeforeSend => Duration::from_secs(10),
            Self::TimeoutAfterSend => Duration::from_secs(30),
            Self::SlowDrip => Duration::from_mins(2),
            Self::Slow(delay) => delay,
            _ => Duration::ZERO,
        }
    }

    /// How long the service asks not to be asked.
    pub const fn told(self) -> Option<Duration> {
        match self {
            Self::Throttled(Throttle::Seconds | Throttle::Date) => Some(TOLD),
            _ => None,
        }
    }

    /// What comes of a request, of which `real` is what the service would have answered (for a request that
    /// takes no effect: what a reading of the same path answers).
    pub fn answer(self, request: &Request, real: Response) -> Result<Response, Failure> {
        let origin = || ORIGIN.to_owned();
        let no_answer = |reason: &str| {
            Err(Failure::NoAnswer {
                origin: origin(),
                reason: reason.to_owned(),
            })
        };
        let too_large = || {
            Err(Failure::NotUsable {
                reason: "it is larger than 67108864 bytes".to_owned(),
            })
        };
        match self {
            Self::ConnectionRefused | Self::Tls | Self::Dns | Self::TimeoutBeforeSend => {
                Err(Failure::Unreachable {
                    origin: origin(),
                    reason: format!("cannot connect: {self:?}"),
                })
            }
            Self::Reset | Self::CutBefore | Self::CutAfter => no_answer("connection reset"),
            Self::TimeoutAfterSend => no_answer("timed out"),
            Self::CutMidBody => no_answer("the answer was cut short"),
            Self::SlowDrip => no_answer("timed out in the middle of the answer"),
            Self::Oversize | Self::GzipBomb => too_large(),
            Self::NoEffect200 => Ok(without_effect(request, real)),
            Self::Slow(_) => Ok(real),
            fault => Ok(fault.odd_answer(real)),
        }
    }

    fn odd_answer(self, real: Response) -> Response {
        let body = |bytes: Vec<u8>| Response {
            body: bytes.into(),
            ..real.clone()
        };
        match self {
            Self::Empty200 => reply(200, &[], ""),
            Self::Html200 => reply(
                200,
                &[("content-type", "text/html")],
                "<!doctype html><title>Sign in</title>",
            ),
            Self::ErrorBody200 => reply(200, &[], &error_body(500, None)),
            Self::NoBody201 => reply(201, &[], ""),
            Self::Instead204 => reply(204, &[], ""),
            Self::RedirectSameOrigin => reply(307, &[("location", &format!("{ORIGIN}/elsewhere"))], ""),
            Self::RedirectOtherOrigin => reply(307, &[("location", "https://evil.example/v2/Users")], ""),
            Self::Taken => reply(409, &[], &error_body(409, Some("uniqueness"))),
            Self::Throttled(how) => throttled(how),
            Self::BrokenBeforeCommit => reply(500, &[], &error_body(500, None)),
            Self::BrokenAfterCommit => reply(502, &[], "<html>bad gateway</html>"),
            Self::Truncated => body(real.body[..real.body.len() / 2].to_vec()),
            Self::WrongCharset => body(
                [0xFF, 0xFE]
                    .into_iter()
                    .chain(real.body.iter().flat_map(|byte| [*byte, 0]))
                    .collect(),
            ),
            Self::DuplicateKeys => body(doubled(&real.body)),
            Self::NoId201 => body(without_id(&real.body)),
            Self::Done200 => Response { status: 200, ..real },
            Self::FilterIgnored => real,
            Self::FilterExact => reply(
                200,
                &[],
                concat!(
                    r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"#,
                    r#""totalResults":0,"Resources":[]}"#,
                ),
            ),
            fault => {
                let status = fault.status().unwrap_or(500);
                reply(status, &[], &error_body(status, None))
            }
        }
    }

    /// The status of a plain refusal.
    pub const fn status(self) -> Option<u16> {
        Some(match self {
            Self::Taken => 409,
            Self::Status(status) | Self::Done(status) | Self::Echo(status) => status,
            _ => return None,
        })
    }
}

pub fn reply(status: u16, headers: &[(&'static str, &str)], body: &str) -> Response {
    // The clocks agree, unless a test says otherwise.
    let date = headers.iter().find(|(name, _)| *name == "date");
    let received = date.and_then(|(_, date)| httpdate::parse_http_date(date).ok());
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, value.parse().expect("a header"));
    }
    Response {
        status,
        headers: map,
        body: Bytes::copy_from_slice(body.as_bytes()),
        received: received.unwrap_or_else(std::time::SystemTime::now),
    }
}

pub fn error_body(status: u16, scim_type: Option<&str>) -> String {
    let mut error = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string(),
        "detail": "as told",
    });
    if let Some(word) = scim_type {
        error["scimType"] = word.into();
    }
    error.to_string()
}

fn throttled(how: Throttle) -> Response {
    let headers: &[(&'static str, &str)] = match how {
        Throttle::Seconds => &[("retry-after", "7")],
        Throttle::Date => &[("date", NOW), ("retry-after", THEN)],
        Throttle::Silent => &[],
        Throttle::Garbage => &[("retry-after", "-1")],
        Throttle::TooLong => &[("retry-after", "1000000000")],
    };
    reply(429, headers, "")
}

/// An answer as if all had gone well: the resource as it still is, or one that was never made.
fn without_effect(request: &Request, real: Response) -> Response {
    match request.method {
        Method::Get => real,
        Method::Post => {
            let mut made: Json = request
                .body
                .as_deref()
                .and_then(|body| serde_json::from_slice(body).ok())
                .unwrap_or_default();
            made["id"] = "never-made".into();
            reply(200, &[], &made.to_string())
        }
        _ => Response { status: 200, ..real },
    }
}

fn without_id(body: &[u8]) -> Vec<u8> {
    let mut json: Json = serde_json::from_slice(body).unwrap_or_default();
    json.as_object_mut().map(|object| object.remove("id"));
    json.to_string().into_bytes()
}

/// The same object with one of its keys twice.
fn doubled(body: &[u8]) -> Vec<u8> {
    let Ok(Json::Object(object)) = serde_json::from_slice::<Json>(body) else {
        return b"{\"id\":\"a\",\"id\":\"b\"}".to_vec();
    };
    let key = if object.contains_key("id") {
        "id"
    } else {
        "totalResults"
    };
    let twice = format!(
        "{{{}:{},",
        Json::from(key),
        object.get(key).cloned().unwrap_or_default()
    );
    let rest = Json::Object(object).to_string();
    (twice + &rest[1..]).into_bytes()
}
