//! Stands between wpsync and a server, and writes down every request that came through: the one witness of
//! what was really sent.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use reqwest::Client;

use super::http::RUNTIME;

/// No request of a test is larger.
const LARGEST: usize = 64 << 20;
/// Headers that belong to one connection, and what the client sets itself.
const NOT_FORWARDED: [&str; 4] = ["connection", "transfer-encoding", "content-length", "host"];

/// One request, when it came, and what the server said to it.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// Path and query, below the base.
    pub(crate) target: String,
    pub(crate) status: u16,
    pub(crate) came: Instant,
    pub(crate) answered: Instant,
    /// How long the server asked to wait.
    pub(crate) told_to_wait: Option<Duration>,
}

impl Exchange {
    /// Whether it asked for a change.
    pub(crate) fn is_write(&self) -> bool {
        self.method != "GET"
    }

    /// The method and the kind of resource, as `PATCH Users`.
    pub(crate) fn in_short(&self) -> String {
        format!(
            "{} {}",
            self.method,
            self.target.split(['/', '?']).next().unwrap_or_default()
        )
    }
}

/// What becomes of the filters of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Filtering {
    /// The server applies them.
    #[default]
    ByServer,
    /// They find nobody, whoever is there.
    FindsNobody,
    /// The server does not see them: everybody is an answer.
    Ignored,
}

/// A proxy in front of one SCIM base.
pub(crate) struct Proxy {
    /// The base to use instead of the server's.
    pub(crate) base: String,
    shared: Arc<Shared>,
    serving: tokio::task::JoinHandle<()>,
}

struct Shared {
    client: Client,
    /// The server, as `http://127.0.0.1:1234`.
    server: String,
    /// The base's path, as `/v2`.
    path: String,
    seen: Mutex<Vec<Exchange>>,
    /// Of so many writes, the answer to one is lost; 0 for none.
    one_lost_of: AtomicUsize,
    /// How many answers were lost.
    lost: AtomicUsize,
    filtering: Mutex<Filtering>,
}

impl Proxy {
    /// A proxy on a free port.
    pub(crate) fn before(server_base: &str) -> Self {
        let at = server_base
            .match_indices('/')
            .nth(2)
            .map_or(server_base.len(), |(at, _)| at);
        let (server, path) = server_base.split_at(at);
        let shared = Arc::new(Shared {
            client: Client::builder().no_proxy().no_gzip().build().expect("a client"),
            server: server.to_owned(),
            path: path.to_owned(),
            seen: Mutex::default(),
            one_lost_of: AtomicUsize::new(0),
            lost: AtomicUsize::new(0),
            filtering: Mutex::default(),
        });
        let app = Router::new().fallback(forward).with_state(Arc::clone(&shared));
        let listener = RUNTIME
            .block_on(tokio::net::TcpListener::bind(SocketAddr::from((
                [127, 0, 0, 1],
                0,
            ))))
            .expect("a free port");
        let base = format!("http://{}{path}", listener.local_addr().expect("an address"));
        let serving =
            RUNTIME.spawn(async move { axum::serve(listener, app).await.expect("a proxy that serves") });
        Self {
            base,
            shared,
            serving,
        }
    }

    /// From now on, loses the answer to one of so many writes: the server does what was asked, and nobody
    /// hears of it.
    pub(crate) fn lose_one_of(&self, writes: usize) {
        self.shared.one_lost_of.store(writes, Ordering::Relaxed);
    }

    /// From now on, treats filters this way.
    pub(crate) fn filter(&self, filtering: Filtering) {
        *self.shared.filtering.lock().expect("the filtering") = filtering;
    }

    /// How many answers were lost so far.
    pub(crate) fn lost(&self) -> usize {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// Everything since the last time this was asked.
    pub(crate) fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut *self.shared.seen.lock().expect("the log"))
    }

    /// How many writes were answered since the log was last taken.
    pub(crate) fn writes_so_far(&self) -> usize {
        self.shared.count_writes()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The writes among exchanges that the server did not turn away for haste, counted by method and kind of
/// resource.
pub(crate) fn writes(seen: &[Exchange]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for one in seen.iter().filter(|one| one.is_write() && one.status != 429) {
        *counts.entry(one.in_short()).or_default() += 1;
    }
    counts
}

/// In a task of its own: what has come reaches the server and the log, even if who sent it is killed
/// meanwhile.
async fn forward(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let is_write = request.method() != "GET";
    let response = tokio::spawn(exchange(Arc::clone(&shared), request))
        .await
        .expect("a forwarded request");
    let (one_of, number) = (shared.one_lost_of.load(Ordering::Relaxed), shared.count_writes());
    if !is_write || one_of == 0 || number % one_of != 0 {
        return response;
    }
    shared.lost.fetch_add(1, Ordering::Relaxed);
    if number / one_of % 2 == 0 {
        // Ends the connection, and without the message that a panic would print.
        std::panic::resume_unwind(Box::new("lost"));
    }
    Response::builder()
        .status(504)
        .body(Body::from("<html>the upstream timed out</html>"))
        .expect("a response")
}

impl Shared {
    fn count_writes(&self) -> usize {
        self.seen
            .lock()
            .expect("the log")
            .iter()
            .filter(|one| one.is_write())
            .count()
    }
}

async fn exchange(shared: Arc<Shared>, request: Request) -> Response {
    let came = Instant::now();
    let (parts, body) = request.into_parts();
    let asked = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let filtering = *shared.filtering.lock().expect("the filtering");
    let without_filter;
    let target = match filtering {
        Filtering::ByServer => asked,
        Filtering::FindsNobody if has_filter(asked) => return found_nobody(),
        Filtering::FindsNobody | Filtering::Ignored => {
            without_filter = drop_filter(asked);
            &without_filter
        }
    };
    let body = to_bytes(body, LARGEST).await.expect("a whole request");
    let mut onward = shared
        .client
        .request(parts.method.clone(), format!("{}{target}", shared.server));
    for (name, value) in parts
        .headers
        .iter()
        .filter(|(name, _)| !NOT_FORWARDED.contains(&name.as_str()))
    {
        onward = onward.header(name, value);
    }
    if !body.is_empty() {
        onward = onward.body(body);
    }
    let answer = onward.send().await.expect("an answer of the server");
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.bytes().await.expect("a whole answer");
    let told = ["retry-after", "x-retry-after"]
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok()?.parse().ok());
    shared.seen.lock().expect("the log").push(Exchange {
        method: parts.method.to_string(),
        target: target
            .strip_prefix(&shared.path)
            .unwrap_or(target)
            .trim_start_matches('/')
            .to_owned(),
        status: status.as_u16(),
        came,
        answered: Instant::now(),
        told_to_wait: told.map(Duration::from_secs),
    });
    let mut response = Response::builder().status(status);
    for (name, value) in headers
        .iter()
        .filter(|(name, _)| !NOT_FORWARDED.contains(&name.as_str()))
    {
        response = response.header(name, value);
    }
    response.body(Body::from(bytes)).expect("a response")
}

/// Whether a parameter of an address is a filter.
fn is_filter(parameter: &str) -> bool {
    parameter.starts_with("filter=")
}

fn has_filter(target: &str) -> bool {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(is_filter)
}

/// An address without its filter.
fn drop_filter(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else {
        return target.to_owned();
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|parameter| !is_filter(parameter))
        .collect();
    format!("{path}?{}", kept.join("&"))
}

/// The answer of a list that has nobody.
fn found_nobody() -> Response {
    let list = serde_json::json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
    });
    Response::builder()
        .header("content-type", "application/scim+json")
        .body(Body::from(list.to_string()))
        .expect("a response")
}
