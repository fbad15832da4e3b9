//! Requests to the emulated service and answers of the store, each read once.

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use http_body_util::{BodyExt as _, Limited};
use serde_json::Value;

use super::super::problem::ScimProblem;
use super::super::request::MAX_BODY;
use super::super::request::json;
use super::super::response::scim;
use super::spot::Tree;
use crate::dialect::Method;
use crate::model::Kind;

/// The endpoint of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CallTarget {
    List(Kind),
    Search(Kind),
    One(Kind, String),
    Bulk,
    Config,
    /// The schemas, the resource types, or `/Me`.
    Other,
    /// Both kinds at once, or an unknown endpoint.
    Nowhere,
}

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Call {
    pub(super) async fn read(request: Request) -> Result<Self, ScimProblem> {
        let (parts, body) = request.into_parts();
        let too_large = |error: Box<dyn std::error::Error + Send + Sync>| {
            ScimProblem::new(StatusCode::PAYLOAD_TOO_LARGE, error.to_string())
        };
        let body = Limited::new(body, MAX_BODY)
            .collect()
            .await
            .map_err(too_large)?
            .to_bytes();
        let method = match parts.method.as_str() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            _ => return Err(not_offered()),
        };
        Ok(Self {
            method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers,
            body,
        })
    }

    pub(super) fn target(&self) -> CallTarget {
        let segments: Vec<&str> = self.path.split('/').skip(1).collect();
        let kind = |word: &str| Kind::ALL.into_iter().find(|kind| kind.endpoint() == word);
        match segments[..] {
            ["Bulk"] => CallTarget::Bulk,
            ["ServiceProviderConfig"] => CallTarget::Config,
            ["Schemas" | "ResourceTypes", ..] | ["Me"] => CallTarget::Other,
            [word] if kind(word).is_some() => kind(word).map_or(CallTarget::Nowhere, CallTarget::List),
            [word, ".search"] => kind(word).map_or(CallTarget::Nowhere, CallTarget::Search),
            [word, id] => match (kind(word), percent_encoding::percent_decode_str(id).decode_utf8()) {
                (Some(kind), Ok(id)) => CallTarget::One(kind, id.into_owned()),
                _ => CallTarget::Nowhere,
            },
            _ => CallTarget::Nowhere,
        }
    }

    /// The body as a JSON object.
    pub(super) fn tree(&self) -> Result<Tree, ScimProblem> {
        match json(&self.headers, &self.body)? {
            Value::Object(tree) => Ok(tree),
            _ => Err(ScimProblem::syntax("the body is not a JSON object")),
        }
    }
}

pub(super) fn not_offered() -> ScimProblem {
    ScimProblem::new(StatusCode::METHOD_NOT_ALLOWED, "this service does not offer that")
}

pub(super) fn nowhere() -> ScimProblem {
    ScimProblem::new(StatusCode::NOT_FOUND, "this service has no such endpoint")
}

/// An answer with its body read.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The body; `Null` if there is none.
    pub(super) body: Value,
}

impl Reply {
    pub(super) async fn read(answer: Response) -> Result<Self, ScimProblem> {
        let (parts, body) = answer.into_parts();
        let bytes = body
            .collect()
            .await
            .map_err(|error| ScimProblem::internal(&error))?
            .to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).map_err(|error| ScimProblem::internal(&error))?
        };
        Ok(Self {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }

    pub(super) fn tree(&mut self) -> Option<&mut Tree> {
        self.body.as_object_mut()
    }

    /// The reply if it is a success; any other answer is passed on unchanged.
    pub(super) fn wanted(self) -> Result<Self, Box<Response>> {
        if self.status.is_success() {
            Ok(self)
        } else {
            Err(Box::new(self.into_response()))
        }
    }

    pub(super) fn into_response(self) -> Response {
        let mut answer = match &self.body {
            Value::Null => self.status.into_response(),
            body => scim(self.status, body.to_string().into_bytes()),
        };
        for name in ["location", "etag", "allow"] {
            if let Some(value) = self.headers.get(name) {
                answer.headers_mut().insert(name, value.clone());
            }
        }
        answer
    }
}
