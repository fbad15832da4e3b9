//! A directory that fails on demand: the embedded service behind a line that a script disturbs, before or
//! after a request took effect. It keeps the history of all requests, and checks each write as it comes: that
//! the plan asks for it, that its intent is durable, that nothing else is under way on the same resource,
//! that what it needs is done, and that what it takes away was read just before.

pub mod disk;
pub mod encodings;
pub mod fault;
pub mod history;
pub mod http;
pub mod intents;
pub mod operation;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value as Json;
use wpsync::client::InProcessTransport;
use wpsync::client::Origin;
use wpsync::client::transport::Answering;
use wpsync::client::transport::Transport;
use wpsync::dialect::Method;
use wpsync::sandbox::{self, Clock, Identifiers, Options};
use wpsync::wire::Failure;
use wpsync::wire::Request;
use wpsync::wire::Response;

use disk::Disk;
use fault::{Fault, ORIGIN};
use history::Exchange;
use intents::Intents;
use operation::Operation;

/// The service and everything that is known of it.
pub struct Service {
    directory: sandbox::Service,
    inside: InProcessTransport,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    history: Vec<Exchange>,
    violations: Vec<String>,
    /// The ids that nobody may write to.
    protected: BTreeSet<String>,
    /// What was created and is not seen by look-ups yet, by id.
    unseen_until: BTreeMap<String, tokio::time::Instant>,
    lag: Duration,
}

impl Service {
    pub fn new(seed: u64) -> Arc<Self> {
        let noon: jiff::Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
        let options = Options {
            clock: Clock::new(move || noon),
            identifiers: Identifiers::seeded(seed),
            ..Options::default()
        };
        let directory = sandbox::Service::in_memory_with(options);
        let inside = InProcessTransport::new(ORIGIN.parse().expect("an origin"), directory.router());
        Arc::new(Self {
            directory,
            inside,
            state: Mutex::default(),
        })
    }

    /// Puts resources in, and gives their ids.
    pub fn load(&self, kind: wpsync::model::Kind, bodies: Vec<Json>) -> Vec<String> {
        self.directory
            .load(kind, bodies.into_iter())
            .expect("good resources")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn history(&self) -> Vec<Exchange> {
        self.state().history.clone()
    }

    /// What was done that must never be done.
    pub fn violations(&self) -> Vec<String> {
        self.state().violations.clone()
    }

    /// Nobody may write to these.
    pub fn protect(&self, id: &str) {
        self.state().protected.insert(id.to_owned());
    }

    /// From now on, look-ups do not find what was created in the last while.
    pub fn show_creates_after(&self, lag: Duration) {
        self.state().lag = lag;
    }

    /// What the service does with a request, undisturbed. This thread waits, so that nothing depends on which
    /// of two requests is done first by the threads of the service.
    pub fn ask(&self, request: Request) -> Response {
        let _inside = tokio::runtime::Handle::try_current()
            .is_err()
            .then(|| RUNTIME.enter());
        finished(self.inside.send(request)).expect("the embedded service answers")
    }

    /// All resources of the true directory, without what the service adds itself.
    pub fn contents(&self) -> BTreeMap<String, Json> {
        let mut contents = BTreeMap::new();
        for endpoint in ["Users", "Groups"] {
            let answer = self.ask(Request::new(Method::Get, &[endpoint]).with_query("count", "1000"));
            let page: Json = serde_json::from_slice(&answer.body).expect("JSON");
            for resource in page["Resources"].as_array().into_iter().flatten() {
                let mut resource = resource.clone();
                let object = resource.as_object_mut().expect("an object");
                object.remove("meta");
                if let Some(Json::Array(members)) = object.get_mut("members") {
                    members.sort_by_key(|member| member["value"].as_str().map(str::to_owned));
                }
                contents.insert(object["id"].as_str().expect("an id").to_owned(), resource);
            }
        }
        contents
    }
}

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

/// Says whether a change is intended, as far as a reader of the journal's disk can tell.
pub type Intends = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// The line of one applier to the service.
pub struct Line {
    service: Arc<Service>,
    origin: Origin,
    applier: usize,
    check: Option<(Arc<Intents>, Intends)>,
    redirect: Option<String>,
    wits: Mutex<Wits>,
}

struct Wits {
    script: Script,
    random: SmallRng,
    occurrences: BTreeMap<Operation, usize>,
    writes: usize,
    latency: Duration,
    clock_jumps: bool,
}

impl Line {
    /// A line that nothing disturbs.
    pub fn clear(service: &Arc<Service>) -> Self {
        Self::new(service, 0, Box::new(|_| None))
    }

    pub fn new(service: &Arc<Service>, applier: usize, script: Script) -> Self {
        let random = SmallRng::seed_from_u64(applier as u64);
        let wits = Wits {
            script,
            random,
            occurrences: BTreeMap::new(),
            writes: 0,
            latency: Duration::from_millis(10),
            clock_jumps: false,
        };
        let origin = ORIGIN.parse().expect("an origin");
        Self {
            service: Arc::clone(service),
            origin,
            applier,
            check: None,
            redirect: None,
            wits: Mutex::new(wits),
        }
    }

    /// Whose writes must be in a plan, and their intents on a disk.
    pub fn checked_by(self, intents: &Arc<Intents>, disk: &Disk) -> Self {
        let disk = disk.clone();
        self.checked(intents, Box::new(move |change| disk.intends(change)))
    }

    /// Whose writes must be in a plan, and their intents wherever `is_intended` looks.
    pub fn checked(mut self, intents: &Arc<Intents>, is_intended: Intends) -> Self {
        self.check = Some((Arc::clone(intents), is_intended));
        self
    }

    /// How long requests take, drawn from a seed.
    pub fn taking(mut self, latency: Duration, seed: u64) -> Self {
        let wits = self.wits.get_mut().unwrap_or_else(PoisonError::into_inner);
        wits.latency = latency;
        wits.random = SmallRng::seed_from_u64(seed);
        self
    }

    /// Whose redirects lead to a place.
    pub fn redirecting_to(mut self, place: &str) -> Self {
        self.redirect = Some(place.to_owned());
        self
    }

    /// Where redirects lead.
    pub fn redirect(&self) -> Option<&str> {
        self.redirect.as_deref()
    }

    /// Whose answers each tell another time, from the first write on: before that, no run begins.
    pub fn with_jumping_clock(mut self) -> Self {
        self.wits
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .clock_jumps = true;
        self
    }

    /// What the script does with a request, and how long it takes to get there and back.
    fn meet(&self, request: &Request) -> (Option<Fault>, Duration) {
        let mut wits = self.wits.lock().unwrap_or_else(PoisonError::into_inner);
        let operation = Operation::of(request);
        let occurrence = wits.occurrences.entry(operation).or_default();
        *occurrence += 1;
        let asked = Asked {
            operation,
            occurrence: *occurrence,
            request,
            writes: wits.writes,
        };
        let fault = (wits.script)(&asked);
        wits.writes += usize::from(request.method != Method::Get);
        // Every request has a time of its own, to the nanosecond, so that the order of events is that of
        // their times.
        let most = u64::try_from(wits.latency.as_nanos()).expect("a short time");
        let way = Duration::from_nanos(wits.random.random_range(most / 10..=most));
        (fault, way)
    }

    async fn carry(&self, request: Request) -> Result<Response, Failure> {
        let (fault, way) = self.meet(&request);
        let number = self.arrive(&request, fault);
        tokio::time::sleep(way).await;
        let real = self.real_answer(number, fault, &request);
        tokio::time::sleep(way + fault.map_or(Duration::ZERO, Fault::delay)).await;
        self.end(number);
        let mut answer = fault.map_or(Ok(real.clone()), |fault| fault.answer(&request, real));
        if let (Ok(answer), Some(date)) = (&mut answer, self.date()) {
            answer
                .headers
                .entry("date")
                .or_insert(date.parse().expect("a header"));
        }
        answer
    }

    /// A request has come: its number, and what the script does with it.
    pub fn begin(&self, request: &Request) -> (usize, Option<Fault>) {
        let (fault, _) = self.meet(request);
        (self.arrive(request, fault), fault)
    }

    /// What the service does with a request, and would answer if nothing disturbed it.
    pub fn real_answer(&self, number: usize, fault: Option<Fault>, request: &Request) -> Response {
        match fault {
            Some(fault) if fault.is_unreachable() => fault::reply(200, &[], ""),
            Some(fault) if !fault.takes_effect() && request.method != Method::Get => {
                let about = Request {
                    method: Method::Get,
                    body: None,
                    if_match: None,
                    ..request.clone()
                };
                self.service.ask(about)
            }
            Some(Fault::FilterIgnored) => self.service.ask(Request {
                query: String::new(),
                ..request.clone()
            }),
            _ => self.take_effect(number, request.clone()),
        }
    }

    /// The client has its answer.
    pub fn end(&self, number: usize) {
        self.service.state().history[number].ended = Some(tokio::time::Instant::now());
    }

    /// What time the service thinks it is, where its clock is mad.
    fn date(&self) -> Option<&'static str> {
        const DATES: [&str; 3] = [
            "Wed, 21 Oct 2015 07:28:00 GMT",
            "Sat, 21 Nov 2026 12:00:00 GMT",
            "Thu, 01 Jan 2099 00:00:00 GMT",
        ];
        let mut wits = self.wits.lock().unwrap_or_else(PoisonError::into_inner);
        (wits.clock_jumps && wits.writes > 0).then(|| DATES[wits.random.random_range(0..DATES.len())])
    }

    fn take_effect(&self, number: usize, request: Request) -> Response {
        let mut answer = self.service.ask(request);
        self.service.note(number, &mut answer);
        answer
    }

    fn arrive(&self, request: &Request, fault: Option<Fault>) -> usize {
        let mut exchange = Exchange::new(self.applier, request, fault);
        let reaches = fault.is_none_or(|fault| !fault.is_unreachable());
        let mut state = self.service.state();
        if exchange.is_write() && reaches {
            let mut violations = Vec::new();
            if let Some((intents, is_intended)) = &self.check {
                exchange.change = intents.check(&exchange, &state.history, is_intended, &mut violations);
                if exchange.id().is_some_and(|id| state.protected.contains(id)) {
                    violations.push("I-4: it is protected".to_owned());
                }
            }
            let in_short = exchange.in_short();
            state
                .violations
                .extend(violations.into_iter().map(|what| format!("{what}: {in_short}")));
        }
        state.history.push(exchange);
        state.history.len() - 1
    }

    /// Everything that was under way on this line is nobody's any more.
    pub fn hang_up(&self) {
        let now = tokio::time::Instant::now();
        for exchange in self
            .service
            .state()
            .history
            .iter_mut()
            .filter(|one| one.applier == self.applier && one.ended.is_none())
        {
            exchange.ended = Some(now);
        }
    }
}

impl Service {
    /// Writes down what became of a request, and hides from look-ups what nobody may see yet.
    fn note(&self, number: usize, answer: &mut Response) {
        let mut state = self.state();
        let now = tokio::time::Instant::now();
        let mut body: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
        if state.history[number].operation == Operation::LookUp && !state.lag.is_zero() {
            let unseen = &state.unseen_until;
            let rows = body["Resources"].as_array().cloned().unwrap_or_default();
            let is_seen = |row: &Json| {
                unseen
                    .get(row["id"].as_str().unwrap_or_default())
                    .is_none_or(|until| *until <= now)
            };
            let seen: Vec<Json> = rows.into_iter().filter(is_seen).collect();
            body["totalResults"] = seen.len().into();
            body["Resources"] = seen.into();
            answer.body = body.to_string().into();
        }
        let lag = state.lag;
        let exchange = &mut state.history[number];
        exchange.did = Some(answer.status);
        exchange.answer = body;
        if exchange.operation.is_create() && exchange.took_effect() {
            let id = exchange.answer["id"].as_str().unwrap_or_default().to_owned();
            state.unseen_until.insert(id, now + lag);
        }
    }
}

/// Where the service's threads belong, when no test's runtime runs.
static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .expect("a runtime")
});

/// Waits for a future whose work is done by other threads.
fn finished<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(value) => return value,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}

impl Transport for Line {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn send(&self, request: Request) -> Answering<'_> {
        Box::pin(self.carry(request))
    }
}
