//! The service and everything that is known of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value as Json, json};
use wpsync::dialect::Method;
use wpsync::model::Kind;
use wpsync::wire::{Failure, HeaderMap, Request, Response};

use super::behaviour::{Behaviour, Members};
use super::embedded::{Embedded, rows};
use super::exchange::Exchange;
use super::threads::finished;

/// A request as a scripted service sees it.
pub struct Incoming<'a> {
    pub request: &'a Request,
    /// Its headers, where it came over HTTP.
    pub headers: &'a HeaderMap,
    /// How many requests came before it, and this one.
    pub number: usize,
}

type Scripted = Box<dyn Fn(&Incoming<'_>) -> Result<Response, Failure> + Send + Sync>;

#[expect(clippy::large_enum_variant, reason = "there is one in a service")]
enum Directory {
    Embedded(Embedded),
    Scripted(Scripted),
}

/// A service.
pub struct Service {
    directory: Mutex<Arc<Directory>>,
    state: Mutex<State>,
    lines: AtomicUsize,
}

#[derive(Default)]
struct State {
    history: Vec<Exchange>,
    violations: Vec<String>,
}

impl Service {
    /// The sandbox's service, empty, whose ids follow from a seed.
    pub fn new(seed: u64) -> Arc<Self> {
        Self::behaving(seed, Behaviour::default())
    }

    /// The same, behaving its own way.
    pub fn behaving(seed: u64, behaviour: Behaviour) -> Arc<Self> {
        Self::of(Directory::Embedded(Embedded::new(seed, behaviour)))
    }

    /// A service that answers as a function says. A failure is what the client's transport makes of an answer
    /// that does not come.
    pub fn scripted(
        answer: impl Fn(&Incoming<'_>) -> Result<Response, Failure> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::of(Directory::Scripted(Box::new(answer)))
    }

    fn of(directory: Directory) -> Arc<Self> {
        Arc::new(Self {
            directory: Mutex::new(Arc::new(directory)),
            state: Mutex::default(),
            lines: AtomicUsize::new(0),
        })
    }

    fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_embedded<T>(&self, ask: impl FnOnce(&Embedded) -> T) -> T {
        match &*self.directory() {
            Directory::Embedded(embedded) => ask(embedded),
            Directory::Scripted(_) => panic!("a scripted service holds nothing"),
        }
    }

    /// Begins again with nothing, under the same behaviour, and forgets what was asked.
    pub fn start_over(&self, seed: u64) {
        let behaviour = self.with_embedded(|embedded| (*embedded.behaviour()).clone());
        let empty = Arc::new(Directory::Embedded(Embedded::new(seed, behaviour)));
        *self.directory.lock().unwrap_or_else(PoisonError::into_inner) = empty;
        self.forget();
    }

    /// From now on, it behaves so.
    pub fn behave(&self, behaviour: Behaviour) {
        self.with_embedded(|embedded| embedded.behave(behaviour));
    }

    /// Whether no answer tells who is in a group.
    pub fn hides_members(&self) -> bool {
        self.with_embedded(|embedded| embedded.behaviour().members == Members::Hidden)
    }

    /// Puts resources in, and gives their ids.
    pub fn load(&self, kind: Kind, bodies: Vec<Json>) -> Vec<String> {
        self.with_embedded(|embedded| embedded.load(kind, bodies))
    }

    /// What the store does with a request, whatever the service's behaviour: how a test reads and edits
    /// behind everybody's back. The thread waits, so that nothing depends on which of two requests is done
    /// first by the threads of the service.
    pub fn ask(&self, request: Request) -> Response {
        self.with_embedded(|embedded| finished(embedded.store(request)))
    }

    /// What a request takes effect as, and is answered with, by the service as it behaves.
    pub(super) async fn answer(&self, incoming: &Incoming<'_>) -> Result<Response, Failure> {
        match &*self.directory() {
            Directory::Embedded(embedded) => Ok(embedded.answer(incoming.request.clone()).await),
            Directory::Scripted(answer) => answer(incoming),
        }
    }

    /// Changes one attribute of a resource by hand.
    pub fn edit(&self, path: &str, attribute: &str, value: &Json) {
        let operation = json!({ "op": "replace", "path": attribute, "value": value });
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        let body = json!({ "schemas": [schema], "Operations": [operation] });
        let mut request = Request::new(Method::Patch, &[]).with_body(&body);
        path.clone_into(&mut request.path);
        let answer = self.ask(request);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }

    /// All resources of a kind, as they are stored.
    pub fn stored(&self, kind: Kind) -> Vec<Json> {
        let mut stored = Vec::new();
        loop {
            let page = Request::new(Method::Get, &[kind.endpoint()])
                .with_query("count", "1000")
                .with_query("startIndex", &(stored.len() + 1).to_string());
            let page = rows(&self.ask(page));
            if page.is_empty() {
                return stored;
            }
            stored.extend(page);
        }
    }

    /// All resources by id, without what the service adds itself.
    pub fn contents(&self) -> BTreeMap<String, Json> {
        let mut contents = BTreeMap::new();
        for mut resource in Kind::ALL.into_iter().flat_map(|kind| self.stored(kind)) {
            let object = resource.as_object_mut().expect("an object");
            object.remove("meta");
            if let Some(Json::Array(members)) = object.get_mut("members") {
                members.sort_by_key(|member| member["value"].as_str().map(str::to_owned));
            }
            contents.insert(object["id"].as_str().expect("an id").to_owned(), resource);
        }
        contents
    }

    /// All resources by name, without what differs each time: ids, times; members and managers by name.
    ///
    /// # Panics
    /// When two have one name.
    pub fn contents_by_name(&self) -> BTreeMap<String, Json> {
        let contents = self.contents();
        let names: BTreeMap<&str, String> = contents
            .iter()
            .map(|(id, resource)| (id.as_str(), name_of(resource)))
            .collect();
        let known = |id: &Json| {
            let name = id.as_str().and_then(|id| names.get(id));
            json!(name.map_or("somebody gone", String::as_str))
        };
        let mut by_name = BTreeMap::new();
        for (id, resource) in &contents {
            let mut resource = resource.clone();
            let object = resource.as_object_mut().expect("an object");
            object.remove("id");
            object.remove("groups");
            if let Some(members) = object.get_mut("members").and_then(Json::as_array_mut) {
                let mut all: Vec<Json> = members.iter().map(|member| known(&member["value"])).collect();
                all.sort_by_key(ToString::to_string);
                *members = all;
            }
            for manager in object.values_mut().filter_map(|value| value.get_mut("manager")) {
                *manager = known(&manager["value"]);
            }
            let name = &names[id.as_str()];
            let namesake = by_name.insert(name.clone(), resource);
            assert!(namesake.is_none(), "{name} is there twice");
        }
        by_name
    }

    /// Every request so far.
    pub fn history(&self) -> Vec<Exchange> {
        self.state().history.clone()
    }

    /// The requests so far that are of interest.
    pub fn requests_that(&self, are_of_interest: impl Fn(&Exchange) -> bool) -> Vec<Exchange> {
        let state = self.state();
        let found = state.history.iter().filter(|exchange| are_of_interest(exchange));
        found.cloned().collect()
    }

    /// Every write so far.
    pub fn writes(&self) -> Vec<Exchange> {
        self.requests_that(Exchange::is_write)
    }

    /// How many requests came so far.
    pub fn requests(&self) -> usize {
        self.state().history.len()
    }

    /// What was done that must never be done, as the lines' checks say.
    pub fn violations(&self) -> Vec<String> {
        self.state().violations.clone()
    }

    /// Forgets what was asked.
    pub fn forget(&self) {
        *self.state() = State::default();
    }

    /// A number that no other line has.
    pub(super) fn next_line(&self) -> usize {
        self.lines.fetch_add(1, Ordering::Relaxed)
    }

    /// A request has come: its number. What the line's check finds wrong with it is kept.
    pub(super) fn arrived(
        &self,
        mut exchange: Exchange,
        check: impl FnOnce(&mut Exchange, &[Exchange]) -> Vec<String>,
    ) -> usize {
        let mut state = self.state();
        let violations = check(&mut exchange, &state.history);
        let in_short = exchange.in_short();
        let told = violations.into_iter().map(|what| format!("{what}: {in_short}"));
        state.violations.extend(told);
        state.history.push(exchange);
        state.history.len() - 1
    }

    /// What became of a request at the service. One that came before the history was forgotten is forgotten.
    pub(super) fn did(&self, number: usize, answer: &Response) {
        if let Some(exchange) = self.state().history.get_mut(number) {
            exchange.did = Some(answer.status);
            exchange.answered = answer.body.clone();
        }
    }

    pub(super) fn exchange(&self, number: usize) -> Option<Exchange> {
        self.state().history.get(number).cloned()
    }

    /// The client has its answer.
    pub(super) fn ended(&self, number: usize) {
        if let Some(exchange) = self.state().history.get_mut(number) {
            exchange.ended = Some(tokio::time::Instant::now());
        }
    }

    /// Everything that was under way on a line is nobody's any more.
    pub(super) fn hang_up(&self, line: usize) {
        let now = tokio::time::Instant::now();
        let mut state = self.state();
        let under_way = state
            .history
            .iter_mut()
            .filter(|exchange| exchange.line == line && exchange.ended.is_none());
        under_way.for_each(|exchange| exchange.ended = Some(now));
    }
}

/// The name of a person or a group.
fn name_of(resource: &Json) -> String {
    let name = resource.get("userName").or_else(|| resource.get("displayName"));
    name.and_then(Json::as_str).unwrap_or_default().to_owned()
}
