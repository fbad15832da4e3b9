//! A line to a service over HTTP on a loopback port, for the real command: every fault as bytes, or as the
//! lack of them.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request as HttpRequest, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::Response as HttpResponse;
use http_body::Frame;
use tokio::time::{Instant, Sleep};
use wpsync::dialect::Method;
use wpsync::wire::{Request, Response};

use super::encodings;
use super::fault::{Fault, error_body, reply};
use super::line::Line;
use super::threads::THREADS;

/// Bytes of a request at most.
const LARGEST: usize = 64 << 20;
/// What may stand before the endpoints' paths.
const BASE: &str = "/v2";
/// How long a client that waits for an answer in vain waits here: longer than the tests' clients do.
const SILENCE: Duration = Duration::from_secs(3);

/// A gzip of 100,000 times the letter a.
const PACKED: &str = concat!(
    "1f8b0800000000000203edc13101000000c2a0aceb5fc21a1e40010000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000af0687fae21ba0860100",
);

/// A door to a service. It stays open until the process ends.
pub struct Door {
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    line: Mutex<Arc<Line>>,
    heard: Mutex<Vec<String>>,
    token: Option<String>,
    under_way: AtomicUsize,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Door {
    /// Opens it for a line.
    pub fn open(line: Line) -> Self {
        Self::serve(line, None)
    }

    /// Opens it for a line, to those who have a token.
    pub fn guarded(line: Line, token: &str) -> Self {
        Self::serve(line, Some(token.to_owned()))
    }

    fn serve(line: Line, token: Option<String>) -> Self {
        let shared = Arc::new(Shared {
            line: Mutex::new(Arc::new(line)),
            heard: Mutex::default(),
            token,
            under_way: AtomicUsize::new(0),
        });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener of tokio's");
        let port = listener.local_addr().expect("an address").port();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        THREADS.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, router).await
        });
        Self { port, shared }
    }

    /// From now on, requests go over another line.
    pub fn switch(&self, line: Line) {
        *locked(&self.shared.line) = Arc::new(line);
    }

    pub fn base(&self) -> String {
        format!("{}{BASE}", self.origin())
    }

    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The head of every request.
    pub fn heard(&self) -> Vec<String> {
        locked(&self.shared.heard).clone()
    }

    /// Waits until nothing is being answered and nothing comes any more: a request of a process that is gone
    /// may be on its way.
    pub fn settle(&self) {
        let (mut seen, mut quiet) = (locked(&self.shared.heard).len(), 0);
        for _ in 0..10_000 {
            std::thread::sleep(Duration::from_millis(2));
            let now = locked(&self.shared.heard).len();
            let is_quiet = now == seen && self.shared.under_way.load(Ordering::SeqCst) == 0;
            (seen, quiet) = (now, if is_quiet { quiet + 1 } else { 0 });
            if quiet == 10 {
                return;
            }
        }
        panic!("a request does not end");
    }
}

/// A request that is being answered, until it is dropped.
struct UnderWay(Arc<Shared>);

impl UnderWay {
    fn begin(shared: &Arc<Shared>) -> Self {
        shared.under_way.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(shared))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

/// In a task of its own, which ends whether or not the client waits: as a service that has taken a request.
async fn answer(State(shared): State<Arc<Shared>>, request: HttpRequest) -> HttpResponse {
    let under_way = UnderWay::begin(&shared);
    let answered = tokio::spawn(async move {
        // Here, since nobody polls what waits for this once the client is gone.
        let _under_way = under_way;
        exchange(shared, request).await
    });
    match answered.await {
        Ok(Some(answer)) => answer,
        // Ends the connection, and without the message that a panic would print.
        _ => std::panic::resume_unwind(Box::new("closed without a word")),
    }
}

/// The answer to a request; none where the connection ends without one.
async fn exchange(shared: Arc<Shared>, request: HttpRequest) -> Option<HttpResponse> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST).await.ok()?;
    let head = head(&parts);
    locked(&shared.heard).push(head.clone());
    if !is_let_in(&shared, &parts) {
        return Some(http(&reply(401, &[], &error_body(401, None))));
    }
    let line = Arc::clone(&locked(&shared.line));
    let request = read(&parts, body);
    let arrived = line.arrive(&request);
    if arrived.fault == Some(Fault::CutBefore) {
        return None;
    }
    let real = line.real_answer(&arrived, &request, &parts.headers).await;
    line.end(&arrived);
    let real = real.ok()?;
    match arrived.fault {
        None => Some(http(&real)),
        Some(Fault::RedirectOtherOrigin) if line.redirect().is_some() => Some(http(&reply(
            307,
            &[("location", line.redirect().unwrap_or_default())],
            "",
        ))),
        Some(Fault::Echo(status)) => Some(http(&echo(status, &head))),
        Some(fault) => play(fault, &request, real).await,
    }
}

fn is_let_in(shared: &Shared, parts: &Parts) -> bool {
    let given = parts.headers.get(header::AUTHORIZATION);
    shared.token.as_ref().is_none_or(|token| {
        given.is_some_and(|given| given.as_bytes() == format!("Bearer {token}").as_bytes())
    })
}

/// The head of a request, as it stood on the wire but for the case of its headers' names.
fn head(parts: &Parts) -> String {
    let mut head = format!("{} {} HTTP/1.1\r\n", parts.method, parts.uri);
    for (name, value) in &parts.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        write!(head, "{name}: {value}\r\n").expect("text");
    }
    head
}

/// What a request asks for.
fn read(parts: &Parts, body: Bytes) -> Request {
    let method = match parts.method.as_str() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        _ => Method::Delete,
    };
    let path = parts.uri.path();
    let condition = parts.headers.get(header::IF_MATCH);
    Request {
        method,
        path: path.strip_prefix(BASE).unwrap_or(path).to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        if_match: condition.map(|version| String::from_utf8_lossy(version.as_bytes()).into_owned()),
        body: (!body.is_empty()).then_some(body),
    }
}

/// An answer after which the connection ends, so that each request has one of its own.
fn http(response: &Response) -> HttpResponse {
    let mut answer = HttpResponse::builder()
        .status(response.status)
        .header(header::CONNECTION, "close");
    let others = response
        .headers
        .iter()
        .filter(|(name, _)| ![header::CONTENT_LENGTH, header::CONNECTION].contains(name));
    for (name, value) in others {
        answer = answer.header(name, value);
    }
    answer.body(Body::from(response.body.clone())).expect("an answer")
}

/// A refusal that says the token back, in every form that is known.
fn echo(status: u16, head: &str) -> Response {
    let told = head
        .lines()
        .find_map(|line| line.strip_prefix("authorization: Bearer "));
    let token = told.unwrap_or_default().trim();
    // What is escaped is a form in which it would be shown, not one in which it comes.
    let sent = encodings::of(token)
        .into_iter()
        .filter(|(name, _)| !name.ends_with("escaped"));
    let all = sent
        .map(|(_, form)| String::from_utf8_lossy(&form).into_owned())
        .collect::<Vec<_>>()
        .join(" ; ");
    let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
    let error = serde_json::json!({ "schemas": [schema], "scimType": token, "detail": all });
    let body = if status == 200 {
        format!("<html><title>{all}</title></html>")
    } else {
        error.to_string()
    };
    let headers = [
        ("location", format!("https://evil.example/?token={token}")),
        ("www-authenticate", format!("Bearer realm=\"{token}\"")),
        ("etag", token.to_owned()),
    ];
    reply(
        status,
        &headers.each_ref().map(|(name, value)| (*name, value.as_str())),
        &body,
    )
}

/// Does to a connection what a fault does; no answer where it ends without a word.
async fn play(fault: Fault, request: &Request, real: Response) -> Option<HttpResponse> {
    match fault {
        Fault::Reset | Fault::CutAfter => None,
        Fault::TimeoutAfterSend => {
            tokio::time::sleep(SILENCE).await;
            None
        }
        Fault::Slow(delay) => {
            tokio::time::sleep(delay).await;
            Some(http(&real))
        }
        Fault::CutMidBody => Some(stream(vec![Bytes::from_static(b"{\"id\":")], Duration::ZERO)),
        Fault::SlowDrip => {
            let spaces = vec![Bytes::from_static(b" "); 40];
            Some(stream(spaces, Duration::from_millis(100)))
        }
        Fault::Oversize => Some(scim(Body::from(vec![b' '; 60_000]), None)),
        Fault::GzipBomb => {
            let digit = |at: usize| u8::from_str_radix(&PACKED[at..at + 2], 16).expect("hexadecimal");
            let packed: Vec<u8> = (0..PACKED.len()).step_by(2).map(digit).collect();
            Some(scim(Body::from(packed), Some("gzip")))
        }
        fault => {
            let answer = fault.answer(request, real);
            Some(http(&answer.unwrap_or_else(|_| reply(500, &[], ""))))
        }
    }
}

fn scim(body: Body, encoding: Option<&str>) -> HttpResponse {
    let mut answer = HttpResponse::builder()
        .status(StatusCode::OK)
        .header(header::CONTENT_TYPE, "application/scim+json")
        .header(header::CONNECTION, "close");
    if let Some(encoding) = encoding {
        answer = answer.header(header::CONTENT_ENCODING, encoding);
    }
    answer.body(body).expect("an answer")
}

/// An answer that promises 1,000 bytes, sends these one after another, and ends.
fn stream(parts: Vec<Bytes>, between: Duration) -> HttpResponse {
    let mut answer = scim(Body::new(Drip::new(parts, between)), None);
    answer.headers_mut().insert(header::CONTENT_LENGTH, 1000.into());
    answer
}

/// A body that comes slowly.
struct Drip {
    parts: std::vec::IntoIter<Bytes>,
    between: Duration,
    pause: Pin<Box<Sleep>>,
}

impl Drip {
    fn new(parts: Vec<Bytes>, between: Duration) -> Self {
        Self {
            parts: parts.into_iter(),
            between,
            pause: Box::pin(tokio::time::sleep(Duration::ZERO)),
        }
    }
}

impl http_body::Body for Drip {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        std::task::ready!(self.pause.as_mut().poll(context));
        let next = Instant::now() + self.between;
        self.pause.as_mut().reset(next);
        Poll::Ready(self.parts.next().map(|part| Ok(Frame::data(part))))
    }
}
