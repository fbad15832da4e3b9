//! Records requests and the status of their answers. Headers are never recorded, because they hold the token.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::problem::ScimProblem;

/// A request and the status of its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// GET, POST, …
    pub method: Method,
    /// The path, as `/Users`.
    pub path: String,
    /// The text after `?`, as sent.
    pub query: Option<String>,
    /// The request's body.
    pub body: Bytes,
    /// The answer's status.
    pub status: StatusCode,
}

impl Exchange {
    /// Whether the request asked for a change; a `.search` does not.
    pub fn is_write(&self) -> bool {
        self.method != Method::GET && self.method != Method::HEAD && !self.path.ends_with("/.search")
    }

    /// One line of JSON, without a line end.
    pub fn to_json(&self) -> String {
        let body = if self.body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&self.body).unwrap_or_else(|_| String::from_utf8_lossy(&self.body).into())
        };
        json!({
            "method": self.method.as_str(),
            "path": self.path,
            "query": self.query,
            "body": body,
            "status": self.status.as_u16(),
        })
        .to_string()
    }
}

/// A function that is called with every answered request.
#[derive(Clone)]
pub struct Recorder(Arc<dyn Fn(&Exchange) + Send + Sync>);

impl std::fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Recorder")
    }
}

impl Recorder {
    /// A recorder that calls `tell` on the service's threads; `tell` should be quick.
    pub fn new(tell: impl Fn(&Exchange) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// A recorder that writes JSON Lines to a new or emptied file.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn to_file(path: &Path) -> std::io::Result<Self> {
        let file = Mutex::new(File::create(path)?);
        Ok(Self::new(move |exchange| {
            let line = exchange.to_json() + "\n";
            // A full disk must not stop the service that is being watched.
            let _ = file
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .write_all(line.as_bytes());
        }))
    }

    /// A router that does the same as the given one and records its requests.
    pub fn around(self, router: Router) -> Router {
        router.layer(from_fn_with_state(self, tell))
    }
}

async fn tell(State(recorder): State<Recorder>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = match http_body_util::Limited::new(body, super::request::MAX_BODY)
        .collect()
        .await
    {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            return ScimProblem::new(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()).into_response();
        }
    };
    let (method, path, query) = (
        parts.method.clone(),
        parts.uri.path().to_owned(),
        parts.uri.query().map(str::to_owned),
    );
    let answer = next
        .run(Request::from_parts(parts, Body::from(body.clone())))
        .await;
    (recorder.0)(&Exchange {
        method,
        path,
        query,
        body,
        status: answer.status(),
    });
    answer
}
