//! One exchange with a directory: the speed limits, the repeats, the counts, and the words of a failure. It
//! does not know what a request means.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::client::DirectoryError;
use crate::client::clock::Clock;
use crate::client::health::Health;
use crate::client::limiter::Limiter;
use crate::client::retry;
use crate::client::retry::Again;
use crate::client::retry::Tries;
use crate::client::trace::{self, TracedExchange};
use crate::client::transport::Transport;
use crate::dialect::Dialect;
use crate::dialect::Method;
use crate::model::{AttributeId, Catalog, Kind};
use crate::wire::Failure;
use crate::wire::Request;
use crate::wire::Response;
use crate::wire::Tally;
use crate::wire::envelope;
use crate::wire::shape::Shape;
use crate::wire::wait;

/// The longest foreign text in an error, in characters.
const LONGEST_DETAIL: usize = 400;

/// What look-ups by an attribute are worth in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LookupProof {
    /// They found somebody who is known to be there, and nobody under a name that cannot exist.
    Proved,
    /// They did not.
    Refuted,
    /// Nobody is known who has the attribute.
    Untriable,
}

/// What all requests to one directory share.
pub(crate) struct Session {
    pub(crate) dialect: Dialect,
    pub(crate) catalog: Arc<Catalog>,
    shapes: [Shape; 2],
    limiter: Limiter,
    health: Mutex<Health>,
    counts: [AtomicU64; 5],
    random: Mutex<SmallRng>,
    pub(crate) clock: Clock,
    /// Of each kind, whether the service has answered a filter with `or` well.
    understands_or: [OnceCell<bool>; 2],
    /// What look-ups by each attribute that was tried are worth.
    lookup_proofs: Mutex<HashMap<AttributeId, LookupProof>>,
    /// Held while look-ups are tried.
    pub(super) trying_lookups: tokio::sync::Mutex<()>,
}

impl Session {
    pub(crate) fn new(dialect: Dialect, catalog: &Catalog, seed: u64) -> Self {
        let catalog = Arc::new(dialect.adapt(catalog));
        Self {
            shapes: Kind::ALL.map(|kind| Shape::new(&catalog, kind, &dialect)),
            limiter: Limiter::new(&dialect),
            health: Mutex::default(),
            counts: Default::default(),
            random: Mutex::new(SmallRng::seed_from_u64(seed)),
            clock: Clock::default(),
            understands_or: Default::default(),
            lookup_proofs: Mutex::default(),
            trying_lookups: tokio::sync::Mutex::default(),
            dialect,
            catalog,
        }
    }

    /// The codec of a kind.
    pub(crate) fn shape(&self, kind: Kind) -> &Shape {
        match kind {
            Kind::User => &self.shapes[0],
            Kind::Group => &self.shapes[1],
        }
    }

    /// Whether the service has answered a filter with `or` well, once it was tried.
    pub(super) const fn understands_or(&self, kind: Kind) -> &OnceCell<bool> {
        match kind {
            Kind::User => &self.understands_or[0],
            Kind::Group => &self.understands_or[1],
        }
    }

    /// What look-ups by an attribute are worth; `None` if they were not tried yet.
    pub(super) fn lookup_proof(&self, attribute: AttributeId) -> Option<LookupProof> {
        self.proofs().get(&attribute).copied()
    }

    /// Notes what look-ups by an attribute are worth.
    pub(super) fn note_lookup_proof(&self, attribute: AttributeId, proof: LookupProof) {
        self.proofs().insert(attribute, proof);
    }

    fn proofs(&self) -> MutexGuard<'_, HashMap<AttributeId, LookupProof>> {
        self.lookup_proofs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tally(&self) -> Tally {
        let [get, post, put, patch, delete] =
            self.counts.each_ref().map(|count| count.load(Ordering::Relaxed));
        Tally {
            get,
            post,
            put,
            patch,
            delete,
        }
    }

    /// Sends a request and returns an answer with one of the wanted statuses. A GET is sent again if that may
    /// help. A write never is, because its caller reads the resource first.
    pub(crate) async fn exchange(
        &self,
        transport: &dyn Transport,
        request: Request,
        wanted: &[u16],
    ) -> Result<Response, Failure> {
        let mut tries = Tries::default();
        loop {
            let failure = match self.send_once(transport, request.clone(), tries.next()).await {
                Ok(response) if wanted.contains(&response.status) => {
                    // The service says that nothing is left of its rate. Waiting now saves a refusal.
                    if let Some(wait) = wait::exhausted(&response) {
                        self.limiter.pause_for(wait);
                    }
                    return Ok(response);
                }
                Ok(response) if (200..300).contains(&response.status) => {
                    return Err(envelope::not_usable(&format!(
                        "it has the status {}, which says nothing here",
                        response.status
                    )));
                }
                Ok(response) => envelope::refusal(&response),
                Err(failure) => failure,
            };
            if request.method != Method::Get || !self.waited_to_repeat(&mut tries, &failure).await {
                return Err(failure);
            }
        }
    }

    /// Any number below a count, another one in each run.
    pub(crate) fn any_below(&self, count: usize) -> usize {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        random.random_range(0..count.max(1))
    }

    /// Waits until a failed request may be tried again, and returns true. If it may not be, returns false at
    /// once.
    pub(crate) async fn waited_to_repeat(&self, tries: &mut Tries, failure: &Failure) -> bool {
        let again = {
            let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
            tries.after(failure, &self.dialect, &mut random)
        };
        match again {
            None => return false,
            // A pause holds back all requests, so a repeat after it adds no load and is not counted.
            Some(Again::AfterPause(wait)) => {
                trace::repeats(failure, wait, tries.next());
                self.limiter.pause_for(wait);
            }
            Some(Again::After(wait)) => {
                if !self.health().may_repeat() {
                    return false;
                }
                trace::repeats(failure, wait, tries.next());
                tokio::time::sleep(wait).await;
            }
        }
        true
    }

    async fn send_once(
        &self,
        transport: &dyn Transport,
        request: Request,
        attempt: u32,
    ) -> Result<Response, Failure> {
        let leave = self.limiter.enter(&request).await;
        if let Some(reason) = self.health().given_up() {
            return Err(Failure::Unwell {
                reason: reason.to_owned(),
            });
        }
        self.counts[slot(request.method)].fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        let result = transport.send(request.clone()).await;
        let exchange = TracedExchange {
            transport,
            request: &request,
            result: &result,
            took: begun.elapsed(),
            attempt,
        };
        exchange.tell();
        match &result {
            Ok(response) if response.status == 429 => {
                let pause = wait::retry_after(response).unwrap_or(retry::FIRST_BACKOFF);
                // Nobody waits for longer than this, so a slower pace would not help.
                if pause <= wait::LONGEST_WAIT {
                    self.limiter.slow_down(&request, &leave, pause);
                }
            }
            Ok(_) => self.limiter.taken(),
            Err(_) => {}
        }
        match &result {
            Ok(response) if retry::is_broken(response) => {
                let how = envelope::refusal(response).to_string();
                self.health().failed(&request, &how);
            }
            Ok(_) => self.health().answered(),
            Err(failure @ (Failure::Unreachable { .. } | Failure::NoAnswer { .. })) => {
                self.health().failed(&request, &failure.to_string());
            }
            Err(_) => {}
        }
        let response = result?;
        self.clock.observe(&response);
        Ok(response)
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn slot(method: Method) -> usize {
    match method {
        Method::Get => 0,
        Method::Post => 1,
        Method::Put => 2,
        Method::Patch => 3,
        Method::Delete => 4,
    }
}

/// The error of an operation. Foreign text is first redacted and then cut, so that no half of a token is
/// left.
pub(crate) fn failed(transport: &dyn Transport, operation: &str, failure: Failure) -> DirectoryError {
    let clean = |text: &str| cut(&transport.redact(text));
    DirectoryError {
        operation: clean(operation),
        failure: failure.map_text(clean),
        made_some: false,
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_DETAIL) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
