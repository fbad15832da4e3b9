//! The sandbox's SCIM service, behaving as a test says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value as Json, json};
use tokio::time::Instant;
use wpsync::client::InProcessTransport;
use wpsync::client::transport::Transport as _;
use wpsync::dialect::Method;
use wpsync::model::Kind;
use wpsync::sandbox::{self, Identifiers, ServiceClock, ServiceOptions};
use wpsync::wire::{Request, Response};

use super::behaviour::{Answers, Behaviour, Filters, Members, Names, Storage, View};
use super::fault::{ORIGIN, error_body, reply};
use super::lookup::{Case, LookUp, without_filter};
use super::operation::body;

/// Behind this mark, a stored name has a number that makes it the only one; nobody is shown it.
const MARK: char = '\u{e000}';

/// The service, and what it does its own way.
pub struct Embedded {
    sandbox: sandbox::Service,
    inside: InProcessTransport,
    behaviour: Mutex<Arc<Behaviour>>,
    /// What is shown of a resource, by its path, where a write of it shows late.
    shown: Mutex<BTreeMap<String, Shown>>,
    marks: AtomicUsize,
}

/// What a write that shows late has replaced.
#[derive(Clone)]
struct Shown {
    /// None where it was not there.
    before: Option<Json>,
    until: Instant,
}

impl Embedded {
    /// An empty service whose ids follow from a seed.
    pub fn new(seed: u64, behaviour: Behaviour) -> Self {
        let noon: jiff::Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
        let options = ServiceOptions {
            clock: ServiceClock::new(move || noon),
            identifiers: Identifiers::seeded(seed),
            ..ServiceOptions::default()
        };
        let sandbox = sandbox::Service::in_memory_with(options);
        let inside = InProcessTransport::new(ORIGIN.parse().expect("an origin"), sandbox.router());
        Self {
            sandbox,
            inside,
            behaviour: Mutex::new(Arc::new(behaviour)),
            shown: Mutex::default(),
            marks: AtomicUsize::new(0),
        }
    }

    /// From now on, it behaves so.
    pub fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(behaviour);
    }

    pub fn behaviour(&self) -> Arc<Behaviour> {
        Arc::clone(&self.behaviour.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn load(&self, kind: Kind, bodies: Vec<Json>) -> Vec<String> {
        let bodies: Vec<Json> = bodies.into_iter().map(|resource| self.marked(resource)).collect();
        self.sandbox
            .load(kind, bodies.into_iter())
            .expect("good resources")
    }

    /// What the store does with a request, whatever the behaviour.
    pub async fn store(&self, request: Request) -> Response {
        let answer = self
            .inside
            .send(request)
            .await
            .expect("the embedded service answers");
        unmarked(answer)
    }

    /// What the service does with a request.
    pub async fn answer(&self, request: Request) -> Response {
        let answer = if request.method == Method::Get {
            self.read(request).await
        } else {
            self.write(request).await
        };
        unmarked(answer)
    }

    async fn raw(&self, request: Request) -> Response {
        self.inside
            .send(request)
            .await
            .expect("the embedded service answers")
    }

    async fn resource(&self, path: &str) -> Option<Json> {
        let mut request = Request::new(Method::Get, &[]);
        path.clone_into(&mut request.path);
        let answer = self.raw(request).await;
        (answer.status == 200).then(|| serde_json::from_slice(&answer.body).expect("JSON"))
    }

    async fn read(&self, request: Request) -> Response {
        let Some(look_up) = LookUp::of(&request) else {
            let is_list = request.path.matches('/').count() == 1;
            let view = if is_list { View::Lists } else { View::Everything };
            let path = request.path.clone();
            return self.seen(view, &path, self.raw(request).await);
        };
        let case = match self.behaviour().filters {
            Filters::Refused(status) => {
                return reply(status, &[], &error_body(status, Some("invalidFilter")));
            }
            Filters::Nobody => return listing(Vec::new()),
            Filters::Everybody => {
                let path = request.path.clone();
                return self.seen(View::LookUps, &path, self.raw(without_filter(&request)).await);
            }
            Filters::CaseExact => Case::Exact,
            Filters::Work
                if self.behaviour().names == Names::Unique && self.behaviour().late.by.is_zero() =>
            {
                let path = request.path.clone();
                return self.seen(View::LookUps, &path, self.raw(request).await);
            }
            Filters::Work => Case::Folded,
        };
        let everybody = without_filter(&request).with_query("count", "10000");
        let seen = self.seen(View::LookUps, &request.path, self.raw(everybody).await);
        let rows = rows(&unmarked(seen));
        listing(rows.into_iter().filter(|row| look_up.finds(row, case)).collect())
    }

    /// An answer as it is seen: what was written late is not in it, and members who are hidden are not.
    fn seen(&self, view: View, path: &str, answer: Response) -> Response {
        let is_late = self.behaviour().late.view >= view && !self.behaviour().late.by.is_zero();
        let behaviour = self.behaviour();
        let listed = view < View::Everything;
        let is_plain = behaviour.members == Members::Shown
            && behaviour.unlisted.is_empty()
            && behaviour.only_listed.is_empty();
        if answer.status != 200 || !is_late && is_plain {
            return answer;
        }
        let see = |row: Json, path: &str| -> Option<Json> {
            let mut row = if is_late { self.as_shown(row, path)? } else { row };
            if let Some(object) = row.as_object_mut() {
                let count = object.get("members").and_then(Json::as_array).map_or(0, Vec::len);
                let hides = match behaviour.members {
                    Members::Shown => false,
                    Members::Unlisted => listed,
                    Members::ListedUpTo(most) => listed && count > most,
                    Members::Unassigned => count == 0,
                    Members::Hidden => true,
                };
                let hidden = if listed {
                    &behaviour.unlisted
                } else {
                    &behaviour.only_listed
                };
                object.retain(|name, _| !(hides && name == "members" || hidden.contains(&name.as_str())));
            }
            Some(row)
        };
        if view == View::Everything {
            let row = serde_json::from_slice(&answer.body).expect("JSON");
            return see(row, path).map_or_else(
                || reply(404, &[], &error_body(404, None)),
                |row| with_body(answer, &row),
            );
        }
        let all = rows(&answer);
        let path_of = |row: &Json| format!("{path}/{}", row["id"].as_str().unwrap_or_default());
        let (count, seen): (usize, Vec<Json>) = (
            all.len(),
            all.into_iter()
                .filter_map(|row| {
                    let path = path_of(&row);
                    see(row, &path)
                })
                .collect(),
        );
        let mut list: Json = serde_json::from_slice(&answer.body).expect("JSON");
        let total = list["totalResults"].as_u64().unwrap_or_default();
        list["totalResults"] = (total - (count - seen.len()) as u64).into();
        list["itemsPerPage"] = seen.len().into();
        list["Resources"] = seen.into();
        with_body(answer, &list)
    }

    /// What is shown of a resource now; nothing where it is not shown yet.
    fn as_shown(&self, row: Json, path: &str) -> Option<Json> {
        match self.shown().get(path) {
            Some(shown) if shown.until > Instant::now() => shown.before.clone(),
            _ => Some(row),
        }
    }

    fn shown(&self) -> MutexGuard<'_, BTreeMap<String, Shown>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write(&self, request: Request) -> Response {
        let is_known = request.path.starts_with("/Users") || request.path.starts_with("/Groups");
        let behaviour = self.behaviour();
        if !is_known {
            return self.raw(request).await;
        }
        if self.takes_a_unique_value(&request).await {
            return reply(409, &[], &error_body(409, Some("uniqueness")));
        }
        let is_plain = matches!(behaviour.storage, Storage::Faithful) && behaviour.late.by.is_zero();
        let request = self.marking(request);
        let is_create = request.method == Method::Post;
        if is_plain && is_create && behaviour.answers == Answers::WithTheFirstId {
            let answer = self.raw(request).await;
            let everybody = self.raw(Request::new(Method::Get, &["Users"])).await;
            let mut shown: Json = serde_json::from_slice(&answer.body).expect("JSON");
            shown["id"] = rows(&everybody)[0]["id"].clone();
            return with_body(answer, &shown);
        }
        if is_plain {
            return self.raw(request).await;
        }
        let before = if is_create {
            None
        } else {
            self.resource(&request.path).await
        };
        if request.method == Method::Delete {
            let is_kept = matches!(behaviour.storage, Storage::Nothing) && before.is_some();
            return if is_kept {
                reply(204, &[], "")
            } else {
                self.raw(request).await
            };
        }
        let endpoint = request.path.clone();
        let answer = self.raw(request).await;
        if answer.status >= 300 {
            return answer;
        }
        let asked: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
        let path = if is_create {
            format!("{endpoint}/{}", asked["id"].as_str().unwrap_or_default())
        } else {
            endpoint
        };
        self.keep(&path, before.as_ref()).await;
        self.show_late(&path, before);
        match (behaviour.answers, self.resource(&path).await) {
            (Answers::AsKept, Some(kept)) if !answer.body.is_empty() => with_body(answer, &kept),
            _ => answer,
        }
    }

    /// Makes what was written what the service keeps of it.
    async fn keep(&self, path: &str, before: Option<&Json>) {
        let asked = self.resource(path).await.expect("it was just written");
        let mut kept = asked.clone();
        let behaviour = self.behaviour();
        match &behaviour.storage {
            Storage::Faithful => return,
            Storage::Nothing => {
                if let Some(before) = before {
                    kept = before.clone();
                } else {
                    let mut gone = Request::new(Method::Delete, &[]);
                    path.clone_into(&mut gone.path);
                    self.raw(gone).await;
                    return;
                }
            }
            Storage::Without(names) => {
                let object = kept.as_object_mut().expect("an object");
                for name in names {
                    match before.and_then(|before| before.get(*name)) {
                        Some(value) => object.insert((*name).to_owned(), value.clone()),
                        None => object.remove(*name),
                    };
                }
            }
            Storage::Rewritten(rewrite) => {
                kept = without_marks(&kept);
                rewrite(&mut kept);
                kept = self.marked(kept);
            }
        }
        if kept != asked {
            let mut replace = Request::new(Method::Put, &[]).with_body(&kept);
            path.clone_into(&mut replace.path);
            let answer = self.raw(replace).await;
            assert_eq!(answer.status, 200, "{path} cannot be kept as {kept}");
        }
    }

    /// Shows for a while what was there before.
    fn show_late(&self, path: &str, before: Option<Json>) {
        let by = self.behaviour().late.by;
        if by.is_zero() {
            return;
        }
        let now = Instant::now();
        let mut shown = self.shown();
        let before = shown
            .remove(path)
            .filter(|shown| shown.until > now)
            .map_or(before, |shown| shown.before);
        let until = now + by;
        shown.insert(path.to_owned(), Shown { before, until });
    }

    /// Whether a write gives somebody a value that is somebody else's.
    async fn takes_a_unique_value(&self, request: &Request) -> bool {
        let behaviour = self.behaviour();
        if behaviour.unique.is_empty() || !request.path.starts_with("/Users") {
            return false;
        }
        let asked = body(request);
        let own = request.path.rsplit('/').next().unwrap_or_default();
        let everybody = Request::new(Method::Get, &["Users"]).with_query("count", "10000");
        let everybody = rows(&self.raw(everybody).await);
        behaviour.unique.iter().any(|name| {
            let asked = values_of(&asked, name);
            everybody
                .iter()
                .filter(|row| row["id"] != own)
                .flat_map(|row| values_of(row, name))
                .any(|held| asked.contains(&held))
        })
    }

    /// A request whose names are nobody else's, where people may share them.
    fn marking(&self, request: Request) -> Request {
        if self.behaviour().names == Names::Unique || request.body.is_none() {
            return request;
        }
        let mut json = body(&request);
        if json["Operations"].is_null() {
            json = self.marked(json);
        }
        let operations = json.get_mut("Operations").and_then(Json::as_array_mut);
        for operation in operations.into_iter().flatten() {
            let is_name = matches!(operation["path"].as_str(), Some("userName" | "displayName"));
            match &mut operation["value"] {
                Json::String(text) if is_name => self.mark(text),
                value @ Json::Object(_) => *value = self.marked(value.take()),
                _ => {}
            }
        }
        request.with_body(&json)
    }

    fn marked(&self, mut resource: Json) -> Json {
        if self.behaviour().names == Names::Shared {
            let is_user = resource.get("userName").is_some();
            let name = if is_user { "userName" } else { "displayName" };
            if let Some(Json::String(text)) = resource.get_mut(name) {
                self.mark(text);
            }
        }
        resource
    }

    fn mark(&self, text: &mut String) {
        let number = self.marks.fetch_add(1, Ordering::Relaxed);
        text.push(MARK);
        text.push_str(&number.to_string());
    }
}

/// The rows of a list.
pub fn rows(answer: &Response) -> Vec<Json> {
    let list: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    list["Resources"].as_array().cloned().unwrap_or_default()
}

#[expect(clippy::needless_pass_by_value, reason = "rows are made for it")]
fn listing(rows: Vec<Json>) -> Response {
    let list = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": rows.len(), "startIndex": 1, "itemsPerPage": rows.len(), "Resources": rows,
    });
    reply(
        200,
        &[("content-type", "application/scim+json")],
        &list.to_string(),
    )
}

fn with_body(answer: Response, body: &Json) -> Response {
    Response {
        body: body.to_string().into(),
        ..answer
    }
}

/// The texts of a multi-valued attribute that a resource has, or that a PATCH asks for.
fn values_of(json: &Json, name: &str) -> Vec<String> {
    fn texts(value: &Json, found: &mut Vec<String>) {
        match value {
            Json::String(text) => found.push(text.clone()),
            Json::Array(elements) => elements
                .iter()
                .for_each(|element| texts(&element["value"], found)),
            Json::Object(parts) => parts.get("value").into_iter().for_each(|part| texts(part, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    texts(&json[name], &mut found);
    for operation in json["Operations"].as_array().into_iter().flatten() {
        match operation["path"].as_str() {
            Some(path) if path.starts_with(name) => texts(&operation["value"], &mut found),
            None => texts(&operation["value"][name], &mut found),
            _ => {}
        }
    }
    found
}

fn unmarked(answer: Response) -> Response {
    match std::str::from_utf8(&answer.body) {
        Ok(text) if text.contains(MARK) => Response {
            body: stripped(text).into(),
            ..answer
        },
        _ => answer,
    }
}

fn without_marks(json: &Json) -> Json {
    serde_json::from_str(&stripped(&json.to_string())).expect("JSON")
}

fn stripped(text: &str) -> String {
    let mut parts = text.split(MARK);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.trim_start_matches(|character: char| character.is_ascii_digit())
    })
}
