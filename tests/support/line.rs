//! The way of one client to a service, which a script disturbs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::Notify;
use wpsync::client::DirectoryAddress;
use wpsync::client::transport::{Answering, Transport};
use wpsync::dialect::Method;
use wpsync::wire::{Failure, HeaderMap, Request, Response};

use super::exchange::Exchange;
use super::fault::{Fault, ORIGIN, reply};
use super::operation::Operation;
use super::service::{Incoming, Service};
use super::threads::finished;

/// Decides which requests are disturbed: by what they ask for and how often that was asked on this line.
pub type Script = Box<dyn FnMut(&Asked<'_>) -> Option<Fault> + Send>;

/// A request as a script sees it.
pub struct Asked<'a> {
    pub operation: Operation,
    /// How often this operation was asked for on this line, this time included.
    pub occurrence: usize,
    pub request: &'a Request,
    /// How many writes came on this line before.
    pub writes: usize,
}

impl Asked<'_> {
    /// The number of a write on this line, from 1; none of a reading.
    pub fn write(&self) -> Option<usize> {
        (self.request.method != Method::Get).then_some(self.writes + 1)
    }
}

/// Finds what is wrong with a write when it comes, from the history before it; may say which change asks for
/// it.
pub type Check = Arc<dyn Fn(&mut Exchange, &[Exchange]) -> Vec<String> + Send + Sync>;

/// Called when a write took effect, before its answer is on the way.
type Afterwards = Box<dyn Fn(&Service, &Exchange) + Send + Sync>;

/// A line to a service.
pub struct Line {
    pub service: Arc<Service>,
    /// Its number, which its exchanges have.
    pub number: usize,
    origin: DirectoryAddress,
    check: Option<Check>,
    afterwards: Option<Afterwards>,
    redirect: Option<String>,
    secret: Option<String>,
    cut: Notify,
    wits: Mutex<Wits>,
}

struct Wits {
    script: Script,
    random: SmallRng,
    occurrences: BTreeMap<Operation, usize>,
    writes: usize,
    /// How long a request takes to get there, and its answer to get back, at the most; none where nobody
    /// counts time.
    latency: Option<Duration>,
    clock_jumps: bool,
}

/// A request that has come.
pub struct Arrived {
    /// Its number in the history.
    pub number: usize,
    pub fault: Option<Fault>,
    way: Option<Duration>,
}

impl Line {
    /// A line that nothing disturbs.
    pub fn clear(service: &Arc<Service>) -> Self {
        Self::disturbed(service, Box::new(|_| None))
    }

    /// A line with a number that no other has.
    pub fn disturbed(service: &Arc<Service>, script: Script) -> Self {
        Self::new(service, service.next_line(), script)
    }

    pub fn new(service: &Arc<Service>, number: usize, script: Script) -> Self {
        let wits = Wits {
            script,
            random: SmallRng::seed_from_u64(number as u64),
            occurrences: BTreeMap::new(),
            writes: 0,
            latency: None,
            clock_jumps: false,
        };
        Self {
            service: Arc::clone(service),
            number,
            origin: ORIGIN.parse().expect("an origin"),
            check: None,
            afterwards: None,
            redirect: None,
            secret: None,
            cut: Notify::new(),
            wits: Mutex::new(wits),
        }
    }

    /// Checks each write that comes.
    pub fn checked(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// Calls a function with each write that took effect, before its answer is on the way.
    pub fn afterwards(mut self, called: impl Fn(&Service, &Exchange) + Send + Sync + 'static) -> Self {
        self.afterwards = Some(Box::new(called));
        self
    }

    /// Requests and answers take a time each, drawn from a seed, on the test's clock.
    pub fn taking(self, latency: Duration, seed: u64) -> Self {
        let mut wits = self.wits();
        wits.latency = Some(latency);
        wits.random = SmallRng::seed_from_u64(seed);
        drop(wits);
        self
    }

    /// Redirects lead to a place.
    pub fn redirecting_to(mut self, place: &str) -> Self {
        self.redirect = Some(place.to_owned());
        self
    }

    /// Each answer tells another time, from the first write on: before that, no run begins.
    pub fn with_jumping_clock(self) -> Self {
        self.wits().clock_jumps = true;
        self
    }

    /// Takes a text out of what errors quote.
    pub fn hiding(mut self, secret: &str) -> Self {
        self.secret = Some(secret.to_owned());
        self
    }

    fn wits(&self) -> MutexGuard<'_, Wits> {
        self.wits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where redirects lead.
    pub fn redirect(&self) -> Option<&str> {
        self.redirect.as_deref()
    }

    /// Every request that came on this line.
    pub fn history(&self) -> Vec<Exchange> {
        self.service
            .requests_that(|exchange| exchange.line == self.number)
    }

    /// Every write that came on this line.
    pub fn writes(&self) -> Vec<Exchange> {
        self.service
            .requests_that(|exchange| exchange.line == self.number && exchange.is_write())
    }

    /// Waits until a fault cuts the line.
    pub async fn is_cut(&self) {
        self.cut.notified().await;
    }

    /// Everything that was under way on this line is nobody's any more.
    pub fn hang_up(&self) {
        self.service.hang_up(self.number);
    }

    async fn carry(&self, request: Request) -> Result<Response, Failure> {
        let arrived = self.arrive(&request);
        let fault = arrived.fault;
        if let Some(way) = arrived.way {
            tokio::time::sleep(way).await;
        }
        if fault == Some(Fault::CutBefore) {
            return self.lose_the_client().await;
        }
        let headers = HeaderMap::new();
        let working = self.real_answer(&arrived, &request, &headers);
        // On a clock of the test's own, nothing may depend on which of two requests the service's threads do
        // first.
        let real = if arrived.way.is_some() {
            finished(working)
        } else {
            working.await
        };
        if fault == Some(Fault::CutAfter) {
            return self.lose_the_client().await;
        }
        let delay = fault.map_or(Duration::ZERO, Fault::delay);
        let back = arrived.way.unwrap_or_default() + delay;
        if !back.is_zero() {
            tokio::time::sleep(back).await;
        }
        self.end(&arrived);
        let mut answer = match fault {
            None => real,
            Some(fault) => real.and_then(|real| fault.answer(&request, real)),
        };
        if let (Ok(answer), Some(date)) = (&mut answer, self.date()) {
            let date = date.parse().expect("a header");
            answer.headers.entry("date").or_insert(date);
        }
        answer
    }

    async fn lose_the_client<T>(&self) -> T {
        self.cut.notify_one();
        std::future::pending().await
    }

    /// A request has come: its number, what the script does with it, and how long it takes to get there and
    /// back.
    pub fn arrive(&self, request: &Request) -> Arrived {
        let (fault, way) = {
            let mut wits = self.wits();
            let operation = Operation::of(request);
            let occurrence = wits.occurrences.entry(operation).or_default();
            *occurrence += 1;
            let occurrence = *occurrence;
            let writes = wits.writes;
            wits.writes += usize::from(request.method != Method::Get);
            let asked = Asked {
                operation,
                occurrence,
                request,
                writes,
            };
            let fault = (wits.script)(&asked);
            // Every request has a time of its own, to the nanosecond, so that the order of events is that of
            // their times.
            let way = wits.latency.map(|latency| {
                let most = u64::try_from(latency.as_nanos()).expect("a short time");
                Duration::from_nanos(wits.random.random_range(most / 10..=most))
            });
            (fault, way)
        };
        let exchange = Exchange::new(self.number, request, fault);
        let reaches = fault.is_none_or(|fault| !fault.is_unreachable());
        let check = self.check.as_ref().filter(|_| exchange.is_write() && reaches);
        let number = self.service.arrived(exchange, |exchange, history| {
            check.map_or_else(Vec::new, |check| check(exchange, history))
        });
        Arrived { number, fault, way }
    }

    /// What the service does with a request, and would answer if nothing disturbed it.
    ///
    /// # Errors
    /// What a scripted service says instead of an answer.
    pub async fn real_answer(
        &self,
        arrived: &Arrived,
        request: &Request,
        headers: &HeaderMap,
    ) -> Result<Response, Failure> {
        let effect = |request: Request| async move {
            let incoming = Incoming {
                request: &request,
                headers,
                number: arrived.number + 1,
            };
            self.service.answer(&incoming).await
        };
        match arrived.fault {
            Some(fault) if fault.is_unreachable() => Ok(reply(200, &[], "")),
            Some(fault) if !fault.takes_effect() && request.method != Method::Get => {
                let about = Request {
                    method: Method::Get,
                    body: None,
                    if_match: None,
                    ..request.clone()
                };
                effect(about).await
            }
            Some(Fault::FilterIgnored) => {
                let everybody = Request {
                    query: String::new(),
                    ..request.clone()
                };
                effect(everybody).await
            }
            _ => {
                let answer = effect(request.clone()).await?;
                self.service.did(arrived.number, &answer);
                if let Some(afterwards) = &self.afterwards
                    && let Some(exchange) = self.service.exchange(arrived.number)
                    && exchange.took_effect()
                {
                    afterwards(&self.service, &exchange);
                }
                Ok(answer)
            }
        }
    }

    /// The client has its answer.
    pub fn end(&self, arrived: &Arrived) {
        self.service.ended(arrived.number);
    }

    /// What time the service thinks it is, where its clock is mad.
    fn date(&self) -> Option<&'static str> {
        const DATES: [&str; 3] = [
            "Wed, 21 Oct 2015 07:28:00 GMT",
            "Sat, 21 Nov 2026 12:00:00 GMT",
            "Thu, 01 Jan 2099 00:00:00 GMT",
        ];
        let mut wits = self.wits();
        (wits.clock_jumps && wits.writes > 0).then(|| DATES[wits.random.random_range(0..DATES.len())])
    }
}

impl Transport for Line {
    fn origin(&self) -> &DirectoryAddress {
        &self.origin
    }

    fn send(&self, request: Request) -> Answering<'_> {
        Box::pin(self.carry(request))
    }

    fn redact(&self, text: &str) -> String {
        match &self.secret {
            Some(secret) => text.replace(secret, "[removed]"),
            None => text.to_owned(),
        }
    }
}
