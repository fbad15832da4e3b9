//! The `tracing` events of the client: each request with its answer, each wait, each repeat. Every text is
//! redacted here, before it leaves the client, so that no event holds a token.
//!
//! The events have the target [`TARGET`]. Bodies are at the level TRACE, and everything else is at DEBUG. A
//! subscriber decides by the level what to show where. A path holds ids, and a query holds names.

use std::time::Duration;

use tokio::time::Instant;
use tracing::Level;

use crate::client::transport::Transport;
use crate::wire::{Failure, Request, Response};

/// The target of all events of this program.
pub(crate) const TARGET: &str = "wpsync";
/// A wait that is shorter than 10 ms has no event.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);

/// A request that was sent.
pub(crate) struct TracedExchange<'e> {
    pub(crate) transport: &'e dyn Transport,
    pub(crate) request: &'e Request,
    pub(crate) result: &'e Result<Response, Failure>,
    /// How long the answer took.
    pub(crate) took: Duration,
    /// The number of the attempt, from 1.
    pub(crate) attempt: u32,
}

impl TracedExchange<'_> {
    /// Emits the events of the exchange.
    pub(crate) fn tell(&self) {
        if !tracing::enabled!(target: TARGET, Level::DEBUG) {
            return;
        }
        let (method, path) = (self.request.method.as_str(), self.redacted(&self.request.path));
        let query = self.redacted(&self.request.query);
        let (ms, attempt) = (milliseconds(self.took), self.attempt);
        match self.result {
            Ok(response) => {
                let status = response.status;
                tracing::debug!(name: "request", target: TARGET, method, path, query, status, ms, attempt);
            }
            Err(failure) => {
                let failure = self.redacted(&failure.to_string());
                tracing::debug!(name: "request", target: TARGET, method, path, query, failure, ms, attempt);
            }
        }
        if tracing::enabled!(target: TARGET, Level::TRACE) {
            let sent = self.redacted(
                &self
                    .request
                    .body
                    .as_deref()
                    .map(String::from_utf8_lossy)
                    .unwrap_or_default(),
            );
            let (received, headers) = match self.result {
                Ok(response) => (
                    self.redacted(&String::from_utf8_lossy(&response.body)),
                    self.headers(response),
                ),
                Err(_) => (String::new(), String::new()),
            };
            tracing::trace!(name: "bodies", target: TARGET, method, path, query, sent, received, headers);
        }
    }

    fn redacted(&self, text: &str) -> String {
        self.transport.redact(text)
    }

    /// The headers of an answer, one per line. Cookies are left out, because a cookie is a secret too.
    fn headers(&self, response: &Response) -> String {
        let shown = response.headers.iter().filter(|(name, _)| *name != "set-cookie");
        let lines: Vec<String> = shown
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        self.redacted(&lines.join("\n"))
    }
}

/// Waits, and emits the reason and the duration.
pub(crate) async fn waited<T>(reason: &'static str, wait: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let result = wait.await;
    let took = begun.elapsed();
    if took >= SHORTEST_WAIT {
        tracing::debug!(name: "wait", target: TARGET, reason, ms = milliseconds(took));
    }
    result
}

/// Emits the repeat of a failed request, which comes after `wait`.
pub(crate) fn repeats(failure: &Failure, wait: Duration, attempt: u32) {
    let reason = reason(failure);
    tracing::debug!(name: "repeat", target: TARGET, reason, ms = milliseconds(wait), attempt);
}

/// Why a request is sent again, without any text of the service.
fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Refused {
            status,
            retry_after: Some(wait),
            ..
        } => format!(
            "the directory answered {status}, and asks to wait {} s",
            wait.as_secs()
        ),
        Failure::Refused { status, .. } => format!("the directory answered {status}"),
        Failure::Unreachable { .. } => "the directory cannot be reached".to_owned(),
        _ => "no answer came".to_owned(),
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
