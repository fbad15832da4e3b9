//! What a service saw: every request, when it came, what became of it.

use serde_json::Value as Json;
use tokio::time::Instant;
use wpsync::dialect::Method;
use wpsync::wire::Request;

use super::fault::Fault;
use super::operation::{Operation, body};

/// One request and its end.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Who sent it.
    pub applier: usize,
    pub operation: Operation,
    pub method: Method,
    pub path: String,
    pub query: String,
    pub body: Json,
    /// When it came.
    pub came: Instant,
    /// When the client had its answer, or knew that there is none; none where the client is gone.
    pub ended: Option<Instant>,
    pub fault: Option<Fault>,
    /// The status that the service answered with, if it did what it was asked.
    pub did: Option<u16>,
    /// What it answered.
    pub answer: Json,
    /// The change of the plan that asked for it.
    pub change: Option<String>,
}

impl Exchange {
    pub fn new(applier: usize, request: &Request, fault: Option<Fault>) -> Self {
        Self {
            applier,
            operation: Operation::of(request),
            method: request.method,
            path: request.path.clone(),
            query: request.query.clone(),
            body: body(request),
            came: Instant::now(),
            ended: None,
            fault,
            did: None,
            answer: Json::Null,
            change: None,
        }
    }

    pub fn is_write(&self) -> bool {
        self.method != Method::Get
    }

    /// Whether the directory is another one since.
    pub fn took_effect(&self) -> bool {
        self.is_write() && self.did.is_some_and(|status| status < 300)
    }

    /// What it is about: a path, or the name of what is to be made.
    pub fn object(&self) -> String {
        if self.operation.is_create() {
            format!("{} {}", self.path, self.named())
        } else {
            self.path.clone()
        }
    }

    /// The name of what is to be made.
    pub fn named(&self) -> &str {
        self.body["userName"]
            .as_str()
            .or(self.body["displayName"].as_str())
            .unwrap_or_default()
    }

    /// The id in the path.
    pub fn id(&self) -> Option<&str> {
        let (_, id) = self.path.trim_start_matches('/').split_once('/')?;
        Some(id)
    }

    pub fn in_short(&self) -> String {
        let fault = self.fault.map(|fault| format!(" {fault:?}")).unwrap_or_default();
        let query = percent_encoding::percent_decode_str(&self.query)
            .decode_utf8_lossy()
            .into_owned();
        format!(
            "#{} {} {} {query} {} -> {:?}{fault}",
            self.applier,
            self.method.as_str(),
            self.path,
            self.body,
            self.did
        )
    }
}
