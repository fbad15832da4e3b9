//! Sends writes together (RFC 7644, section 3.7). This transport wraps another transport. It gathers the
//! writes that are under way at the same time into a Bulk request, and gives each write its own result. The
//! writer does not notice the difference: a result is an answer, and a missing result is a lost answer, after
//! which the writer reads the resource. A Bulk request that is refused is divided until the refused write is
//! sent alone, as an ordinary request. Each write is gathered only after its own intent is durable, and the
//! writes to a resource keep their order.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::http::{HeaderName, HeaderValue};
use serde_json::{Value as Json, json};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;

use crate::client::DirectoryAddress;
use crate::client::trace::TracedExchange;
use crate::client::transport::Answering;
use crate::client::transport::Transport;
use crate::dialect::BulkLimits;
use crate::dialect::Dialect;
use crate::dialect::Method;
use crate::wire::Failure;
use crate::wire::HeaderMap;
use crate::wire::Request;
use crate::wire::Response;
use crate::wire::envelope::member;

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// How long the first write waits for others.
const GATHERING: Duration = Duration::from_millis(20);
/// After so many refusals of Bulk requests, and none that was taken, writes are sent one by one.
const BULK_REFUSALS: usize = 4;
/// The count of refusals once a Bulk request was taken.
const TAKEN: usize = usize::MAX;
/// An estimate of the bytes around an operation's data, and around all operations.
const AROUND: usize = 200;

/// A transport that sends concurrent writes together.
pub struct BulkTransport {
    shared: Arc<BulkQueue>,
}

/// The writes that wait to be sent together, and the transport that sends them.
struct BulkQueue {
    inner: Arc<dyn Transport>,
    limits: BulkLimits,
    /// The most operations in a request. A refusal for size lowers it.
    most: AtomicUsize,
    /// How many Bulk requests were refused, until one is taken.
    refusals: AtomicUsize,
    waiting: Mutex<Vec<WaitingWrite>>,
    /// One permit for each request that may be under way.
    places: Semaphore,
}

/// A write, and the channel to its waiting writer.
struct WaitingWrite {
    request: Request,
    answer: oneshot::Sender<Result<Response, Failure>>,
}

impl WaitingWrite {
    /// Hands the answer to the writer. The writer may have given up.
    fn answer(self, answer: Result<Response, Failure>) {
        let _ = self.answer.send(answer);
    }
}

impl std::fmt::Debug for BulkTransport {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "BulkTransport to {}", self.shared.inner.origin())
    }
}

impl BulkTransport {
    /// A transport around `inner`, within the limits of a dialect; `None` if the dialect has no limits for
    /// Bulk.
    pub fn around(inner: Arc<dyn Transport>, dialect: &Dialect) -> Option<Self> {
        let limits = dialect.bulk?;
        let (most, places) = (
            AtomicUsize::new(limits.operations as usize),
            Semaphore::new(dialect.max_concurrency.clamp(1, Semaphore::MAX_PERMITS)),
        );
        Some(Self {
            shared: Arc::new(BulkQueue {
                inner,
                limits,
                most,
                refusals: AtomicUsize::new(0),
                waiting: Mutex::default(),
                places,
            }),
        })
    }

    async fn gather(&self, request: Request) -> Result<Response, Failure> {
        let (answer, answered) = oneshot::channel();
        let is_first = {
            let mut waiting = self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push(WaitingWrite { request, answer });
            waiting.len() == 1
        };
        if is_first {
            // The sending has a task of its own, so that the other writes go on if the first write is given
            // up.
            let shared = Arc::clone(&self.shared);
            tokio::spawn(async move {
                tokio::time::sleep(GATHERING).await;
                let all = std::mem::take(&mut *shared.waiting.lock().unwrap_or_else(PoisonError::into_inner));
                shared.send(all).await;
            });
        }
        answered
            .await
            .unwrap_or_else(|_| Err(self.shared.lost("it was given up")))
    }
}

impl Transport for BulkTransport {
    fn origin(&self) -> &DirectoryAddress {
        self.shared.inner.origin()
    }

    fn send(&self, request: Request) -> Answering<'_> {
        if request.method != Method::Get
            && ["/Users", "/Groups"]
                .iter()
                .any(|list| request.path.starts_with(list))
        {
            return Box::pin(self.gather(request));
        }
        Box::pin(async move {
            let _place = self.shared.places.acquire().await;
            self.shared.inner.send(request).await
        })
    }

    fn redact(&self, text: &str) -> String {
        self.shared.inner.redact(text)
    }
}

impl BulkQueue {
    /// Sends all writes, in as many requests as the limits need.
    async fn send(&self, all: Vec<WaitingWrite>) {
        let mut batches = self.cut(all);
        while let Some(mut batch) = batches.pop_front() {
            if batch.len() > self.most.load(Ordering::Relaxed).max(1) {
                self.cut_to_most(batch, &mut batches);
                continue;
            }
            let _place = self.places.acquire().await;
            if batch.len() == 1 {
                for WaitingWrite { request, answer } in batch {
                    let _ = answer.send(self.inner.send(request).await);
                }
                continue;
            }
            match self.send_together(&batch).await {
                Ok(response) if response.status == 200 => {
                    self.refusals.store(TAKEN, Ordering::Relaxed);
                    self.hand_out(&response, batch);
                }
                Ok(response) if is_refusal(response.status) => {
                    let rest = batch.split_off(self.taken_of(batch.len(), response.status));
                    self.cut_to_most(rest, &mut batches);
                    self.cut_to_most(batch, &mut batches);
                }
                Ok(response) => batch
                    .into_iter()
                    .for_each(|write| write.answer(Ok(response.clone()))),
                Err(failure) => batch
                    .into_iter()
                    .for_each(|write| write.answer(Err(self.same(&failure)))),
            }
        }
    }

    /// How many writes of a refused batch are sent together next. The service may take fewer than its dialect
    /// says, or refuse the whole for one of them, or take no Bulk request at all.
    fn taken_of(&self, writes: usize, status: u16) -> usize {
        let half = writes.div_ceil(2);
        if status == 413 {
            self.most.fetch_min(half, Ordering::Relaxed);
        } else if self.refusals.load(Ordering::Relaxed) != TAKEN
            && self.refusals.fetch_add(1, Ordering::Relaxed) + 1 >= BULK_REFUSALS
        {
            self.most.store(1, Ordering::Relaxed);
        }
        half
    }

    /// Puts writes before those that wait, in batches of as many as a request may have by now.
    fn cut_to_most(&self, mut writes: Vec<WaitingWrite>, batches: &mut VecDeque<Vec<WaitingWrite>>) {
        let most = self.most.load(Ordering::Relaxed).max(1);
        while !writes.is_empty() {
            let at = (writes.len() - 1) / most * most;
            batches.push_front(writes.split_off(at));
        }
    }

    /// Sends a batch as a Bulk request and emits its events. The events of each write follow when it has its
    /// result.
    async fn send_together(&self, batch: &[WaitingWrite]) -> Result<Response, Failure> {
        let request = together(batch);
        let begun = Instant::now();
        let result = self.inner.send(request.clone()).await;
        let exchange = TracedExchange {
            transport: &*self.inner,
            request: &request,
            result: &result,
            took: begun.elapsed(),
            attempt: 1,
        };
        exchange.tell();
        result
    }

    fn cut(&self, all: Vec<WaitingWrite>) -> VecDeque<Vec<WaitingWrite>> {
        let most = self.most.load(Ordering::Relaxed).max(1);
        let bytes = self
            .limits
            .bytes
            .map_or(usize::MAX, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        let mut batches: VecDeque<Vec<WaitingWrite>> = VecDeque::new();
        let mut size = usize::MAX;
        for write in all {
            let length = write.request.body.as_ref().map_or(0, crate::wire::Bytes::len)
                + write.request.path.len()
                + AROUND;
            match batches.back_mut() {
                Some(batch) if batch.len() < most && size.saturating_add(length) <= bytes => {
                    batch.push(write);
                    size += length;
                }
                _ => {
                    batches.push_back(vec![write]);
                    size = AROUND + length;
                }
            }
        }
        batches
    }

    /// Gives each write its result. A write with no result, or with several, has lost its answer.
    fn hand_out(&self, response: &Response, batch: Vec<WaitingWrite>) {
        let body: Json = serde_json::from_slice(&response.body).unwrap_or_default();
        let results = member(&body, "Operations")
            .and_then(Json::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        for (number, WaitingWrite { request, answer }) in batch.into_iter().enumerate() {
            let mut of_it = results
                .iter()
                .filter(|result| is_of(result, &request, &bulk_id(number)));
            let result = match (of_it.next(), of_it.next()) {
                (Some(result), None) => answer_of(result, &request, response.received),
                _ => None,
            };
            let _ = answer
                .send(result.ok_or_else(|| self.lost("the answer to the Bulk request has no result for it")));
        }
    }

    fn lost(&self, reason: &str) -> Failure {
        Failure::NoAnswer {
            origin: self.inner.origin().to_string(),
            reason: reason.to_owned(),
        }
    }

    /// The failure of a batch, as the failure of a write in it. Unless the batch certainly was not sent, the
    /// write may have been done.
    fn same(&self, failure: &Failure) -> Failure {
        match failure {
            Failure::NotSent { reason } => Failure::NotSent {
                reason: reason.clone(),
            },
            Failure::Unreachable { origin, reason } => Failure::Unreachable {
                origin: origin.clone(),
                reason: reason.clone(),
            },
            Failure::NoAnswer { origin, reason } => Failure::NoAnswer {
                origin: origin.clone(),
                reason: reason.clone(),
            },
            failure => self.lost(&failure.to_string()),
        }
    }
}

/// Whether a service refuses a whole Bulk request for what is in it, or takes none: it does not say that it
/// is broken, busy, or closed to the caller. Nothing of the request was done.
const fn is_refusal(status: u16) -> bool {
    status >= 400 && status < 500 && !matches!(status, 401 | 408 | 425 | 429)
}

fn bulk_id(number: usize) -> String {
    format!("write{number}")
}

/// The Bulk request of a batch. The service tries every operation, even after another has failed.
fn together(batch: &[WaitingWrite]) -> Request {
    let operation = |number: usize, request: &Request| {
        let mut operation =
            json!({ "method": request.method.as_str(), "bulkId": bulk_id(number), "path": request.path });
        if let Some(data) = request
            .body
            .as_deref()
            .and_then(|body| serde_json::from_slice::<Json>(body).ok())
        {
            operation["data"] = data;
        }
        if let Some(version) = &request.if_match {
            operation["version"] = version.as_str().into();
        }
        operation
    };
    let numbered = batch.iter().enumerate();
    let operations = numbered.map(|(number, waiting)| operation(number, &waiting.request));
    let operations: Vec<Json> = operations.collect();
    Request::new(Method::Post, &["Bulk"])
        .with_body(&json!({ "schemas": [REQUEST], "Operations": operations }))
}

/// Whether a result belongs to a write: by its id, or, if the result has no id, by its location.
fn is_of(result: &Json, request: &Request, bulk_id: &str) -> bool {
    let text = |name: &str| member(result, name).and_then(Json::as_str);
    let is_method = text("method").is_none_or(|method| method.eq_ignore_ascii_case(request.method.as_str()));
    is_method
        && match text("bulkId") {
            Some(found) => found == bulk_id,
            None => {
                request.method != Method::Post
                    && text("location").is_some_and(|location| location.ends_with(&request.path))
            }
        }
}

/// A result as the answer that the write would have had on its own, with the time of the Bulk answer.
fn answer_of(result: &Json, request: &Request, received: SystemTime) -> Option<Response> {
    let status = member(result, "status").map(|status| member(status, "code").unwrap_or(status))?;
    let status: u16 = match status {
        Json::String(text) => text.trim().parse().ok()?,
        number => number.as_u64()?.try_into().ok()?,
    };
    let body = member(result, "response")
        .filter(|body| body.is_object())
        .map(Json::to_string)
        .unwrap_or_default();
    let mut headers = HeaderMap::new();
    let location = member(result, "location")
        .and_then(Json::as_str)
        .and_then(|text| HeaderValue::from_str(text).ok());
    if let Some(location) = location {
        headers.insert(HeaderName::from_static("location"), location);
    }
    // A successful change without the resource is like an answer without a body: 204.
    let status = if status == 200 && body.is_empty() && request.method != Method::Post {
        204
    } else {
        status
    };
    Some(Response {
        status,
        headers,
        body: body.into(),
        received,
    })
}
