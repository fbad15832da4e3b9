//! A directory that says what the test wants, and remembers what it was asked.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::{Value as Json, json};
use wpsync::client::DirectoryAddress;
use wpsync::client::DirectoryError;
use wpsync::client::ReadConnection;
use wpsync::client::Reader;
use wpsync::client::WriteConnection;
use wpsync::client::Writer;
use wpsync::client::transport::Answering;
use wpsync::client::transport::{ReadTransport, Transport};
use wpsync::dialect::Dialect;
use wpsync::dialect::Method;
use wpsync::model::{AttributeId, Attributes, Catalog, Kind, Value};
use wpsync::wire::Failure;
use wpsync::wire::HeaderMap;
use wpsync::wire::Request;
use wpsync::wire::Response;

use crate::stand_in::{Line, Service};

static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| Arc::new(Catalog::built_in()));

const CONFIG: &str = "/ServiceProviderConfig";
pub(crate) const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// Answers by a function of the request and its number. `/ServiceProviderConfig` is not counted, and is 404
/// unless given.
pub(crate) struct Scripted {
    line: Line,
    config: Arc<Mutex<Option<Json>>>,
}

impl Scripted {
    pub(crate) fn new(
        answer: impl Fn(&Request, usize) -> Result<Response, Failure> + Send + Sync + 'static,
    ) -> Self {
        let config: Arc<Mutex<Option<Json>>> = Arc::default();
        let (told, counted) = (Arc::clone(&config), AtomicUsize::new(0));
        let service = Service::scripted(move |incoming| {
            if incoming.request.path == CONFIG {
                let config = told.lock().expect("no panic elsewhere");
                let answer = config.as_ref().map(|config| reply(200, &config.to_string()));
                return Ok(answer.unwrap_or_else(|| reply(404, "")));
            }
            answer(incoming.request, counted.fetch_add(1, Ordering::SeqCst) + 1)
        });
        Self {
            line: Line::clear(&service).hiding("s3cr3t"),
            config,
        }
    }

    pub(crate) fn with_config(self, config: Json) -> Self {
        *self.config.lock().expect("no panic elsewhere") = Some(config);
        self
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        let counted = self
            .line
            .service
            .requests_that(|exchange| exchange.path() != CONFIG);
        counted.into_iter().map(|exchange| exchange.request).collect()
    }
}

impl Transport for Scripted {
    fn origin(&self) -> &DirectoryAddress {
        self.line.origin()
    }

    fn send(&self, request: Request) -> Answering<'_> {
        self.line.send(request)
    }

    fn redact(&self, text: &str) -> String {
        self.line.redact(text)
    }
}

pub(crate) fn reply(status: u16, body: &str) -> Response {
    Response {
        status,
        headers: HeaderMap::new(),
        body: body.to_owned().into(),
        received: std::time::SystemTime::now(),
    }
}

pub(crate) fn reply_with(status: u16, headers: &[(&'static str, &str)], body: &str) -> Response {
    let mut response = reply(status, body);
    for (name, value) in headers {
        response.headers.insert(*name, value.parse().expect("a header"));
    }
    response
}

pub(crate) fn error_body(status: u16, scim_type: &str, detail: &str) -> String {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string(),
        "scimType": scim_type, "detail": detail,
    })
    .to_string()
}

/// The query of a request, decoded.
pub(crate) fn query(request: &Request) -> HashMap<String, String> {
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8()
            .expect("text")
            .into_owned()
    };
    request
        .query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

pub(crate) fn user(id: &str) -> Json {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": id,
        "userName": format!("{id}@example.com"), "active": true,
    })
}

pub(crate) fn users(ids: impl IntoIterator<Item = usize>) -> Vec<Json> {
    ids.into_iter().map(|id| user(&format!("u{id}"))).collect()
}

/// A page that claims a total.
pub(crate) fn page(total: Option<usize>, rows: &[Json]) -> Json {
    let mut page = json!({ "schemas": [LIST], "Resources": rows, "startIndex": 1, "itemsPerPage": 10_000 });
    if let Some(total) = total {
        page["totalResults"] = total.into();
    }
    page
}

/// Which rows a request asks for.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    /// From 1.
    pub(crate) start: usize,
    pub(crate) count: usize,
}

impl Window {
    pub(crate) fn of(request: &Request) -> Self {
        let query = query(request);
        let number = |name: &str, or: usize| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(or);
        Self {
            start: number("startIndex", 1),
            count: number("count", 20),
        }
    }

    /// As many rows as are asked for, however many there are.
    pub(crate) fn rows(self) -> Range<usize> {
        self.start..self.start + self.count
    }

    pub(crate) fn starting_at(self, start: usize) -> Self {
        Self { start, ..self }
    }
}

/// The rows of a window into all ids.
pub(crate) fn slice(ids: &[usize], window: Window) -> Vec<Json> {
    users(ids.iter().copied().skip(window.start - 1).take(window.count))
}

/// A dialect with small pages.
pub(crate) fn dialect(rows: &str) -> Dialect {
    Dialect::parse(&format!("name: test\npage_size: 10\n{rows}")).expect("a dialect")
}

/// What it takes to read over a transport.
pub(crate) fn connection(transport: Arc<dyn Transport>, dialect: Dialect) -> ReadConnection {
    let reading = ReadTransport::new(transport);
    ReadConnection {
        seed: 7,
        ..ReadConnection::new(reading, dialect, Arc::clone(&CATALOG))
    }
}

pub(crate) async fn reader(transport: &Arc<Scripted>, rows: &str) -> Reader {
    Reader::open(connection(transport.clone(), dialect(rows)))
        .await
        .expect("it opens")
}

pub(crate) async fn writer(transport: &Arc<Scripted>, rows: &str) -> Writer {
    Writer::open(WriteConnection::new(transport.clone(), dialect(rows), Arc::clone(&CATALOG)).with_seed(7))
        .await
        .expect("it opens")
}

/// The ids of a walk, with the number of passes; or the error.
pub(crate) async fn walk(
    transport: &Arc<Scripted>,
    rows: &str,
) -> Result<(Vec<String>, u32), DirectoryError> {
    let reader = reader(transport, rows).await;
    let mut ids = Vec::new();
    let listed = reader
        .list(Kind::User, &mut |live| ids.push(live.id.to_string()), &|_| ())
        .await?;
    ids.retain(|id| !listed.vanished(id));
    Ok((ids, listed.passes))
}

pub(crate) fn attribute(kind: Kind, name: &str) -> AttributeId {
    CATALOG.find(kind, name).expect("a known attribute").id
}

pub(crate) fn attributes(kind: Kind, values: &[(&str, Value)]) -> Attributes {
    values
        .iter()
        .map(|(name, value)| (attribute(kind, name), value.clone()))
        .collect()
}

pub(crate) fn body(request: &Request) -> Json {
    serde_json::from_slice(request.body.as_deref().unwrap_or(b"null")).expect("JSON")
}

pub(crate) fn of(method: Method, requests: &[Request]) -> Vec<Request> {
    requests
        .iter()
        .filter(|request| request.method == method)
        .cloned()
        .collect()
}
