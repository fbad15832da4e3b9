//! What a service saw: every request, when it came, what became of it.

use std::fmt::Write as _;

use serde_json::Value as Json;
use tokio::time::Instant;
use wpsync::dialect::Method;
use wpsync::model::Kind;
use wpsync::wire::{Bytes, Request};

use super::fault::Fault;
use super::operation::{Operation, body};

/// One request and its end.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The number of the line on which it came.
    pub line: usize,
    pub operation: Operation,
    pub request: Request,
    /// The request's body; null where it has none.
    pub body: Json,
    /// When it came.
    pub came: Instant,
    /// When the client had its answer, or knew that there is none; none where the client is gone.
    pub ended: Option<Instant>,
    pub fault: Option<Fault>,
    /// The status that the service answered with, if it did what it was asked.
    pub did: Option<u16>,
    /// The body of its answer.
    pub answered: Bytes,
    /// The change of the plan that asked for it, where the line's check knows.
    pub change: Option<String>,
}

impl Exchange {
    pub fn new(line: usize, request: &Request, fault: Option<Fault>) -> Self {
        Self {
            line,
            operation: Operation::of(request),
            request: request.clone(),
            body: body(request),
            came: Instant::now(),
            ended: None,
            fault,
            did: None,
            answered: Bytes::new(),
            change: None,
        }
    }

    pub fn method(&self) -> Method {
        self.request.method
    }

    pub fn path(&self) -> &str {
        &self.request.path
    }

    pub fn is_write(&self) -> bool {
        self.request.method != Method::Get
    }

    /// Whether the directory is another one since.
    pub fn took_effect(&self) -> bool {
        self.is_write() && self.did.is_some_and(|status| status < 300)
    }

    /// Whether it deletes, deactivates, or takes a member out.
    pub fn takes_away(&self) -> bool {
        let body = self.body.to_string();
        self.request.method == Method::Delete
            || body.contains("\"active\"") && body.contains("false")
            || body.contains("\"remove\"")
    }

    /// What it is about: a path, or the name of what is to be made.
    pub fn object(&self) -> String {
        if self.operation.is_create() {
            format!("{} {}", self.path(), self.named())
        } else {
            self.path().to_owned()
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
        let (_, id) = self.path().trim_start_matches('/').split_once('/')?;
        Some(id)
    }

    /// What the service answered; null where that is nothing, or not JSON.
    pub fn answer(&self) -> Json {
        serde_json::from_slice(&self.answered).unwrap_or_default()
    }

    /// The id in the path, or of what was made.
    pub fn resource(&self) -> Option<String> {
        let made = || Some(self.answer()["id"].as_str()?.to_owned());
        self.id().map(str::to_owned).or_else(made)
    }

    /// The kind of resource that it is about.
    pub fn kind(&self) -> Kind {
        if self.path().starts_with("/Groups") {
            Kind::Group
        } else {
            Kind::User
        }
    }

    pub fn in_short(&self) -> String {
        let fault = self.fault.map(|fault| format!(" {fault:?}")).unwrap_or_default();
        let query = percent_encoding::percent_decode_str(&self.request.query).decode_utf8_lossy();
        format!(
            "#{} {} {} {query} {} -> {:?}{fault}",
            self.line,
            self.request.method.as_str(),
            self.path(),
            self.body,
            self.did
        )
    }
}

/// The last requests, one a line.
pub fn tail(history: &[Exchange]) -> String {
    let start = history.len().saturating_sub(60);
    history[start..].iter().fold(String::new(), |mut text, exchange| {
        let _ = writeln!(text, "{}", exchange.in_short());
        text
    })
}
