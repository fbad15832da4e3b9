//! One request, and what a report may say about its answer: nothing about a person.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value as Json;

use crate::client::transport::ReadTransport;
use crate::client::transport::Transport as _;
use crate::dialect::Method;
use crate::wire::Failure;
use crate::wire::Request;

/// The longest wait, in seconds, when a service asks to come back later.
const LONGEST_WAIT: u64 = 30;

/// Sends requests to a service and counts them.
pub(super) struct Probe {
    transport: ReadTransport,
    requests: AtomicU64,
}

/// The answer to a request.
#[derive(Debug, Default)]
pub(super) struct ProbeAnswer {
    /// The HTTP status; `None` if the service did not answer.
    pub(super) status: Option<u16>,
    /// Whether the answer has an `ETag` header.
    pub(super) has_etag: bool,
    json: Option<Json>,
}

impl Probe {
    pub(super) fn new(transport: ReadTransport) -> Self {
        Self {
            transport,
            requests: AtomicU64::new(0),
        }
    }

    pub(super) fn origin(&self) -> String {
        self.transport.origin().as_str().to_owned()
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Sends a GET. If the service asks to come back later, waits and sends it again, once.
    pub(super) async fn get(&self, segments: &[&str], query: &[(&str, &str)]) -> ProbeAnswer {
        self.try_get(segments, query).await.unwrap_or_default()
    }

    /// Like [`Self::get`].
    ///
    /// # Errors
    /// [`Failure`] if the service did not answer.
    pub(super) async fn try_get(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<ProbeAnswer, Failure> {
        let request = query
            .iter()
            .fold(Request::new(Method::Get, segments), |request, (name, value)| {
                request.with_query(name, value)
            });
        let mut response = self.send(request.clone()).await?;
        if response.status == 429 {
            let wait = response
                .header("retry-after")
                .and_then(|text| text.trim().parse().ok())
                .unwrap_or(1);
            tokio::time::sleep(Duration::from_secs(LONGEST_WAIT.min(wait))).await;
            response = self.send(request).await?;
        }
        Ok(ProbeAnswer {
            status: Some(response.status),
            has_etag: response.header("etag").is_some(),
            json: serde_json::from_slice(&response.body).ok(),
        })
    }

    async fn send(&self, request: Request) -> Result<crate::wire::Response, Failure> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.transport.send(request).await
    }
}

impl ProbeAnswer {
    pub(super) fn is_ok(&self) -> bool {
        self.status == Some(200) && self.json.is_some()
    }

    /// Whether the answer is a SCIM list.
    pub(super) fn is_list(&self) -> bool {
        self.is_ok() && (self.total().is_some() || self.get("Resources").is_some())
    }

    /// A part of the answer by its name; upper and lower case are alike.
    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        member(self.json.as_ref()?, name)
    }

    pub(super) fn json(&self) -> Option<&Json> {
        self.json.as_ref()
    }

    pub(super) fn rows(&self) -> &[Json] {
        let rows = self
            .get("Resources")
            .or(self.json.as_ref())
            .and_then(Json::as_array);
        rows.map_or(&[], Vec::as_slice)
    }

    pub(super) fn total(&self) -> Option<u64> {
        let total = self.get("totalResults")?;
        total.as_u64().or_else(|| total.as_str()?.parse().ok())
    }

    /// The ids of the list's rows.
    pub(super) fn ids(&self) -> Vec<&str> {
        self.rows().iter().filter_map(|row| text(row, "id")).collect()
    }

    /// The status, and the `scimType` (RFC 7644, section 3.12) if it looks like one. It never holds the
    /// service's text.
    pub(super) fn said(&self) -> String {
        let Some(status) = self.status else {
            return "no answer".into();
        };
        let word = self
            .get("scimType")
            .and_then(Json::as_str)
            .filter(|word| word.len() <= 20 && word.bytes().all(|byte| byte.is_ascii_alphabetic()));
        match word {
            Some(word) => format!("{status} {word}"),
            None if status == 200 && self.json.is_none() => "200 without JSON".into(),
            None => status.to_string(),
        }
    }
}

/// A member of an object by its name; upper and lower case are alike.
pub(super) fn member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    let found = json
        .as_object()?
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value).filter(|value| !value.is_null())
}

/// The text of a member.
pub(super) fn text<'a>(json: &'a Json, name: &str) -> Option<&'a str> {
    member(json, name).and_then(Json::as_str)
}
