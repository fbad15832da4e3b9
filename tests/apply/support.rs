//! A service in this process, a line to it that can be cut at any write, and a journal that outlives the cut.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;
use tokio::sync::{Notify, watch};
use wpsync::apply::{Apply, ApplyError, Observer, Report, Stop, apply};
use wpsync::client::InProcessTransport;
use wpsync::client::Origin;
use wpsync::client::WriteConnection;
use wpsync::client::Writer;
use wpsync::client::transport::Answering;
use wpsync::client::transport::Transport;
use wpsync::dialect::Dialect;
use wpsync::dialect::Method;
use wpsync::journal::{Event, Journal, JournalFile, Progress, replay};
use wpsync::model::Snapshot;
use wpsync::model::{Catalog, Kind};
use wpsync::plan::Plan;
use wpsync::sandbox::{Identifiers, Options, Service};
use wpsync::wire::HeaderMap;
use wpsync::wire::Request;

/// Where the line to the service breaks: before the numbered write gets there, or before its answer comes
/// back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Before(usize),
    After(usize),
}

/// A line to a service. What was written is remembered with the status of the answer.
pub struct Line {
    inner: InProcessTransport,
    cut: Mutex<Option<Cut>>,
    writes: Mutex<Vec<(Request, u16)>>,
    broken: Notify,
    unique_addresses: bool,
    /// From which write on that takes something away the service does harm besides.
    pub harms_from: Option<usize>,
    /// Called with the number of each write when it is sent.
    pub on_write: Option<Box<dyn Fn(usize) + Send + Sync>>,
}

impl Line {
    /// How many writes were sent.
    pub fn count(&self) -> usize {
        self.writes.lock().expect("no panic elsewhere").len()
    }

    pub fn writes(&self) -> Vec<(Request, u16)> {
        self.writes.lock().expect("no panic elsewhere").clone()
    }

    /// How many writes were sent that take something away.
    pub fn taking_away(&self) -> usize {
        self.writes()
            .iter()
            .filter(|(request, _)| takes_away(request))
            .count()
    }

    async fn exchange(&self, request: Request) -> Result<wpsync::wire::Response, wpsync::wire::Failure> {
        if request.method == Method::Get {
            return self.inner.send(request).await;
        }
        let number = {
            let mut writes = self.writes.lock().expect("no panic elsewhere");
            writes.push((request.clone(), 0));
            writes.len()
        };
        if let Some(called) = &self.on_write {
            called(number);
        }
        let cut = *self.cut.lock().expect("no panic elsewhere");
        if cut == Some(Cut::Before(number)) {
            return self.hang().await;
        }
        let collides = self.unique_addresses && self.takes_an_address(&request).await;
        let answer = if collides {
            conflict()
        } else {
            self.inner.send(request.clone()).await?
        };
        self.writes.lock().expect("no panic elsewhere")[number - 1].1 = answer.status;
        if self
            .harms_from
            .is_some_and(|first| takes_away(&request) && self.taking_away() >= first)
        {
            let mut harm = Request::new(Method::Patch, &[]);
            harm.path.clone_from(&request.path);
            harm.body = Some(r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"title","value":"Harmed"}]}"#.into());
            self.inner.send(harm).await?;
        }
        if cut == Some(Cut::After(number)) {
            return self.hang().await;
        }
        Ok(answer)
    }

    async fn hang<T>(&self) -> T {
        self.broken.notify_one();
        std::future::pending().await
    }

    /// Whether a write gives somebody an address that another one has: some services refuse that, as they
    /// refuse a name.
    async fn takes_an_address(&self, request: &Request) -> bool {
        let Some(body) = request
            .body
            .as_deref()
            .and_then(|body| serde_json::from_slice::<Json>(body).ok())
        else {
            return false;
        };
        let own = request.path.rsplit('/').next().unwrap_or_default();
        let listed = self
            .inner
            .send(Request::new(Method::Get, &["Users"]))
            .await
            .expect("a listing");
        let listed: Json = serde_json::from_slice(&listed.body).expect("JSON");
        let others = listed["Resources"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|one| one["id"] != own);
        let held: Vec<&str> = others
            .flat_map(|one| one["emails"].as_array().into_iter().flatten())
            .filter_map(|one| one["value"].as_str())
            .collect();
        addresses(&body).iter().any(|asked| held.contains(asked))
    }
}

/// Whether a request deletes, deactivates, or takes a member out.
fn takes_away(request: &Request) -> bool {
    let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
    request.method == Method::Delete
        || body.contains("\"active\"") && body.contains("false")
        || body.contains("\"remove\"")
}

/// The addresses that a body of a POST or a PATCH asks for.
fn addresses(body: &Json) -> Vec<&str> {
    fn texts<'a>(value: &'a Json, found: &mut Vec<&'a str>) {
        match value {
            Json::String(text) => found.push(text),
            Json::Array(all) => all.iter().for_each(|one| texts(one, found)),
            Json::Object(all) => all.values().for_each(|one| texts(one, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    texts(&body["emails"], &mut found);
    for operation in body["Operations"].as_array().into_iter().flatten() {
        if operation["path"]
            .as_str()
            .is_some_and(|path| path.starts_with("emails"))
        {
            texts(&operation["value"], &mut found);
        }
    }
    found.retain(|text| text.contains('@'));
    found
}

fn conflict() -> wpsync::wire::Response {
    let body = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","scimType":"uniqueness","detail":"an address is taken"}"#;
    wpsync::wire::Response {
        status: 409,
        headers: HeaderMap::default(),
        body: body.into(),
        received: std::time::SystemTime::now(),
    }
}

impl Transport for Line {
    fn origin(&self) -> &Origin {
        self.inner.origin()
    }

    fn send(&self, request: Request) -> Answering<'_> {
        Box::pin(self.exchange(request))
    }
}

/// A service in memory.
pub struct World {
    pub service: Service,
    unique_addresses: bool,
}

impl World {
    /// A service with these resources, under ids that are the same each time.
    pub fn with(users: Vec<Json>, groups: Vec<Json>) -> Self {
        let service = Service::in_memory_with(Options {
            identifiers: Identifiers::seeded(7),
            ..Options::default()
        });
        service.load(Kind::User, users.into_iter()).expect("people");
        service.load(Kind::Group, groups.into_iter()).expect("groups");
        Self {
            service,
            unique_addresses: false,
        }
    }

    pub fn with_unique_addresses(mut self) -> Self {
        self.unique_addresses = true;
        self
    }

    pub fn line(&self, cut: Option<Cut>) -> Arc<Line> {
        let inner = InProcessTransport::new(Origin::local("test"), self.service.router());
        Arc::new(self.open_line(inner, cut))
    }

    fn open_line(&self, inner: InProcessTransport, cut: Option<Cut>) -> Line {
        Line {
            inner,
            cut: Mutex::new(cut),
            writes: Mutex::default(),
            broken: Notify::new(),
            unique_addresses: self.unique_addresses,
            harms_from: None,
            on_write: None,
        }
    }

    /// A line to a service that does as the test says.
    pub fn special_line(&self, change: impl FnOnce(&mut Line)) -> Arc<Line> {
        let mut line = self.open_line(
            InProcessTransport::new(Origin::local("test"), self.service.router()),
            None,
        );
        change(&mut line);
        Arc::new(line)
    }

    pub async fn snapshot(&self) -> Snapshot {
        struct Nobody;
        impl wpsync::survey::Observer for Nobody {}
        let writer = writer(&self.line(None)).await;
        wpsync::survey::everything(writer.reader(), &Nobody)
            .await
            .expect("a reading")
    }

    /// Everything in the directory, without what is different each time: by name, each attribute; members by
    /// name.
    pub async fn contents(&self) -> BTreeMap<String, String> {
        let Snapshot { users, groups, .. } = self.snapshot().await;
        let catalog = Catalog::built_in();
        let name = |live: &wpsync::model::Live| {
            let name = live
                .attributes
                .get(catalog.naming(live.kind))
                .and_then(wpsync::model::Value::as_text)
                .unwrap_or_default();
            format!("{} {name}", live.kind.word())
        };
        let names: BTreeMap<String, String> = users
            .iter()
            .chain(&groups)
            .map(|live| (live.id.to_string(), name(live)))
            .collect();
        let known = |id: Option<&str>| {
            id.and_then(|id| names.get(id))
                .cloned()
                .unwrap_or_else(|| "somebody gone".into())
        };
        let mut contents = BTreeMap::new();
        for live in users.iter().chain(&groups) {
            let values = live.attributes.iter().map(|(id, value)| {
                let shown = match value {
                    wpsync::model::Value::Reference(one) => known(one.id.as_deref()),
                    other => other.plain(),
                };
                format!("{}={shown}", catalog.attribute(id).path)
            });
            let mut members: Vec<String> = live
                .members
                .iter()
                .flatten()
                .map(|member| format!("member={}", known(member.reference.id.as_deref())))
                .collect();
            members.sort();
            let text = values.chain(members).collect::<Vec<_>>().join(" ");
            assert!(
                contents.insert(name(live), text).is_none(),
                "two have one name: {}",
                name(live)
            );
        }
        contents
    }
}

async fn writer(line: &Arc<Line>) -> Writer {
    let dialect = Dialect::shipped("rfc7644").expect("a dialect");
    let transport: Arc<dyn Transport> = line.clone();
    Writer::open(WriteConnection::new(transport, dialect, Arc::new(Catalog::built_in())).with_seed(7))
        .await
        .expect("it opens")
}

/// A journal in memory, which is there after a crash.
#[derive(Clone, Default)]
pub struct Paper(pub Arc<Mutex<Vec<u8>>>);

impl JournalFile for Paper {
    fn append(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0
            .lock()
            .expect("no panic elsewhere")
            .extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// How an apply is run.
pub struct How {
    pub parallelism: usize,
    pub stop: Stop,
}

impl Default for How {
    fn default() -> Self {
        let (sender, stop) = watch::channel(None);
        std::mem::forget(sender); // nobody asks to stop
        Self { parallelism: 4, stop }
    }
}

struct Nobody;

impl Observer for Nobody {}

impl Paper {
    /// What is there after a crash: the last record may be torn, and is cut off as a resume does.
    pub fn whole(&self) -> Vec<u8> {
        let mut bytes = self.0.lock().expect("no panic elsewhere");
        let valid = replay(&bytes)
            .expect("a journal that is whole but for its end")
            .valid_bytes;
        bytes.truncate(valid);
        bytes.clone()
    }
}

/// Applies a plan until its end, or until the line is cut: then nothing is known of how it went.
pub async fn run(plan: &Plan, line: &Arc<Line>, paper: &Paper, how: How) -> Option<Report> {
    let held = paper.whole();
    tokio::select! {
        ended = attempt(plan, line, paper.clone(), &held, how) => Some(ended.expect("a report")),
        () = line.broken.notified() => None,
    }
}

/// Applies a plan with a journal of any kind that holds these bytes.
pub async fn attempt(
    plan: &Plan,
    line: &Arc<Line>,
    file: impl JournalFile,
    held: &[u8],
    how: How,
) -> Result<Report, ApplyError> {
    let replayed = replay(held).expect("a journal that is whole");
    let journal = Journal::start(file, &replayed);
    if replayed.events.is_empty() {
        journal
            .record(Event::Begin {
                plan: plan.digest,
                plan_id: plan.header.plan_id.clone(),
            })
            .await?;
    }
    let run = Apply {
        plan,
        catalog: Arc::new(Catalog::built_in()),
        writer: writer(line).await,
        journal,
        progress: Progress::of(&replayed.events),
        parallelism: how.parallelism,
        stop: how.stop,
    };
    apply(run, &Nobody).await
}
