//! A SCIM service over loopback HTTP, in this process: it starts over under the same address, and remembers
//! what was asked of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::Response;
use http_body_util::BodyExt as _;
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;
use wpsync::model::Kind;
use wpsync::sandbox::{Identifiers, Options, Service, serve_router};

pub const TOKEN: &str = "t0ken-of-a-test";

/// What a directory holds: people, and groups with their members by the place of a person.
pub struct Held {
    pub users: Vec<Json>,
    pub groups: Vec<(Json, Vec<usize>)>,
}

/// A write that arrived.
#[derive(Clone, Debug)]
pub struct Write {
    pub method: String,
    pub kind: Kind,
    /// The id in the path, or that of the answer to a POST.
    pub id: Option<String>,
    /// What a POST calls the resource.
    pub name: Option<String>,
    pub takes_away: bool,
    pub status: u16,
}

type OnWrite = Box<dyn Fn(&Write) + Send>;

struct Shared {
    router: Mutex<Router>,
    writes: Mutex<Vec<Write>>,
    on_write: Mutex<Option<OnWrite>>,
    requests: AtomicUsize,
    under_way: AtomicUsize,
}

/// The service, under one address until the test ends.
pub struct Server {
    pub base: String,
    shared: Arc<Shared>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime")
    })
}

impl Server {
    pub fn start() -> Self {
        let shared = Arc::new(Shared {
            router: Mutex::new(Router::new()),
            writes: Mutex::default(),
            on_write: Mutex::default(),
            requests: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
        });
        let listener = runtime()
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        runtime().spawn(async move {
            serve_router(
                listener,
                router,
                &SecretString::from(TOKEN),
                std::future::pending(),
            )
            .await
        });
        Self { base, shared }
    }

    /// Starts over with these people and groups, and forgets what was asked.
    pub fn hold(&self, held: &Held) {
        let service = Service::in_memory_with(Options {
            identifiers: Identifiers::seeded(11),
            ..Options::default()
        });
        let ids = service
            .load(Kind::User, held.users.clone().into_iter())
            .expect("people");
        let groups: Vec<Json> = held
            .groups
            .iter()
            .map(|(body, members)| with_members(body, members, &ids))
            .collect();
        service.load(Kind::Group, groups.into_iter()).expect("groups");
        *lock(&self.shared.router) = service.router();
        self.forget();
    }

    /// Forgets what was asked, and who wanted to know.
    pub fn forget(&self) {
        lock(&self.shared.writes).clear();
        *lock(&self.shared.on_write) = None;
        self.shared.requests.store(0, Ordering::SeqCst);
    }

    /// Calls a function with each write before it is done.
    pub fn on_write(&self, called: impl Fn(&Write) + Send + 'static) {
        *lock(&self.shared.on_write) = Some(Box::new(called));
    }

    pub fn writes(&self) -> Vec<Write> {
        lock(&self.shared.writes).clone()
    }

    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// Waits until nothing is being answered and nothing comes any more: a request of a process that is gone
    /// may be on its way.
    pub fn settle(&self) {
        let (mut seen, mut quiet) = (self.requests(), 0);
        for _ in 0..10_000 {
            std::thread::sleep(std::time::Duration::from_millis(2));
            let now = self.requests();
            let is_quiet = now == seen && self.shared.under_way.load(Ordering::SeqCst) == 0;
            (seen, quiet) = (now, if is_quiet { quiet + 1 } else { 0 });
            if quiet == 10 {
                return;
            }
        }
        panic!("a request does not end");
    }

    /// Everything that the directory holds, without ids and times: by name, each attribute, and members by
    /// name.
    pub fn contents(&self) -> BTreeMap<String, Json> {
        let users = self.list("/Users");
        let groups = self.list("/Groups");
        let name = |one: &Json| {
            one.get("userName")
                .or_else(|| one.get("displayName"))
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let names: BTreeMap<String, String> = users
            .iter()
            .chain(&groups)
            .map(|one| (one["id"].as_str().unwrap_or_default().to_owned(), name(one)))
            .collect();
        let who = |id: &Json| {
            json!(
                id.as_str()
                    .and_then(|id| names.get(id))
                    .map_or("somebody gone", String::as_str)
            )
        };
        let mut contents = BTreeMap::new();
        for mut one in users.into_iter().chain(groups) {
            let key = name(&one);
            let body = one.as_object_mut().expect("an object");
            for own in ["id", "meta", "groups"] {
                body.remove(own);
            }
            if let Some(members) = body.get_mut("members").and_then(Json::as_array_mut) {
                let mut all: Vec<Json> = members.iter().map(|member| who(&member["value"])).collect();
                all.sort_by_key(ToString::to_string);
                *members = all;
            }
            for manager in body.values_mut().filter_map(|value| value.get_mut("manager")) {
                *manager = who(&manager["value"]);
            }
            assert!(
                contents.insert(key.clone(), one).is_none(),
                "{key} is there twice"
            );
        }
        contents
    }

    fn list(&self, path: &str) -> Vec<Json> {
        let router = lock(&self.shared.router).clone();
        let request = Request::get(format!("{path}?count=1000"))
            .body(Body::empty())
            .expect("a request");
        let body = runtime().block_on(async {
            let Ok(answer) = router.oneshot(request).await;
            answer.into_body().collect().await.expect("a body").to_bytes()
        });
        let list: Json = serde_json::from_slice(&body).expect("JSON");
        list["Resources"].as_array().cloned().unwrap_or_default()
    }
}

fn with_members(body: &Json, members: &[usize], ids: &[String]) -> Json {
    let mut body = body.clone();
    body["members"] = members
        .iter()
        .map(|number| json!({ "value": ids[*number] }))
        .collect();
    body
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    shared.under_way.fetch_add(1, Ordering::SeqCst);
    shared.requests.fetch_add(1, Ordering::SeqCst);
    // In a task of its own, which ends whether or not the client waits: as a service that has taken a
    // request.
    let guarded = Arc::clone(&shared);
    let answered = tokio::spawn(async move {
        let answer = exchange(&guarded, request).await;
        guarded.under_way.fetch_sub(1, Ordering::SeqCst);
        answer
    });
    answered.await.expect("an answer")
}

async fn exchange(shared: &Shared, request: Request) -> Response {
    let router = lock(&shared.router).clone();
    if request.method() == Method::GET {
        let Ok(answer) = router.oneshot(request).await;
        return answer;
    }
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let mut write = described(&head.method, head.uri.path(), &body);
    if let Some(called) = &*lock(&shared.on_write) {
        called(&write);
    }
    let Ok(answer) = router.oneshot(Request::from_parts(head, Body::from(body))).await;
    let (head, body) = answer.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    write.status = head.status.as_u16();
    if write.id.is_none() {
        write.id = serde_json::from_slice::<Json>(&body)
            .ok()
            .and_then(|body| Some(body["id"].as_str()?.to_owned()));
    }
    lock(&shared.writes).push(write);
    Response::from_parts(head, Body::from(body))
}

fn described(method: &Method, path: &str, body: &Bytes) -> Write {
    let mut segments = path.trim_start_matches('/').split('/');
    let kind = if segments.next() == Some("Groups") {
        Kind::Group
    } else {
        Kind::User
    };
    let text = String::from_utf8_lossy(body);
    let json: Json = serde_json::from_slice(body).unwrap_or_default();
    let name = json
        .get("userName")
        .or_else(|| json.get("displayName"))
        .and_then(Json::as_str)
        .filter(|_| method == Method::POST);
    Write {
        method: method.to_string(),
        kind,
        id: segments.next().map(str::to_owned),
        name: name.map(str::to_owned),
        takes_away: method == Method::DELETE || (text.contains("\"active\"") && text.contains("false")),
        status: 0,
    }
}
