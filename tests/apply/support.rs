//! A service in this process, a line to it that can be cut at any write, and a journal that outlives the cut.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::Value as Json;
use tokio::sync::watch;
use wpsync::apply::{Report, Stop};
use wpsync::client::transport::{ReadTransport, Transport};
use wpsync::client::{ReadConnection, Reader};
use wpsync::dialect::Dialect;
use wpsync::journal::JournalFile;
use wpsync::model::{Catalog, Kind, Snapshot};
use wpsync::operation::{self, ApplySettings, Claims, Location, Problem, Unwatched, Verification};
use wpsync::plan::Plan;
use wpsync::state::{Appending, FileError, Holder, Lock, MemoryStore, State, Store};

use crate::stand_in::machine::{Runner, Simulated, plan_waiving};
use crate::stand_in::project::Project;
use crate::stand_in::{Behaviour, Exchange, Fault, Line, Service};

// Read once: these tests apply thousands of plans.
static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| Arc::new(Catalog::built_in()));
static DIALECT: LazyLock<Dialect> = LazyLock::new(|| Dialect::shipped("rfc7644").expect("a dialect"));

/// Where the line to the service breaks: before the numbered write gets there, or before its answer comes
/// back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Before(usize),
    After(usize),
}

/// A service in memory.
pub struct World {
    pub service: Arc<Service>,
}

impl World {
    /// A service with these resources, under ids that are the same each time.
    pub fn with(users: Vec<Json>, groups: Vec<Json>) -> Self {
        let service = Service::new(7);
        service.load(Kind::User, users);
        service.load(Kind::Group, groups);
        Self { service }
    }

    /// Some services refuse an address that another person has, as they refuse a name.
    pub fn with_unique_addresses(self) -> Self {
        self.service.behave(Behaviour {
            unique: vec!["emails"],
            ..Behaviour::default()
        });
        self
    }

    pub fn line(&self, cut: Option<Cut>) -> Arc<Line> {
        Arc::new(Line::disturbed(
            &self.service,
            Box::new(move |asked| {
                let number = asked.write()?;
                match cut {
                    Some(Cut::Before(cut)) if cut == number => Some(Fault::CutBefore),
                    Some(Cut::After(cut)) if cut == number => Some(Fault::CutAfter),
                    _ => None,
                }
            }),
        ))
    }

    /// A line that calls a function with the number of each write when it is sent.
    pub fn watched(&self, mut called: impl FnMut(usize) + Send + 'static) -> Arc<Line> {
        Arc::new(Line::disturbed(
            &self.service,
            Box::new(move |asked| {
                asked.write().into_iter().for_each(&mut called);
                None
            }),
        ))
    }

    /// A line to a service that does harm besides, from the numbered write on that takes something away.
    pub fn harming(&self, first: usize) -> Arc<Line> {
        let harm = move |service: &Service, write: &Exchange| {
            let taken = service
                .writes()
                .iter()
                .filter(|earlier| earlier.line == write.line && earlier.takes_away())
                .count();
            if write.takes_away() && taken >= first {
                service.edit(write.path(), "title", &"Harmed".into());
            }
        };
        Arc::new(Line::clear(&self.service).afterwards(harm))
    }

    pub async fn snapshot(&self) -> Snapshot {
        wpsync::survey::everything(&reader(&self.line(None)).await, &Unwatched)
            .await
            .expect("a reading")
    }

    /// Everything in the directory, without what is different each time: by name, each attribute; members by
    /// name.
    pub fn contents(&self) -> BTreeMap<String, Json> {
        self.service.contents_by_name()
    }
}

/// How many writes were sent that take something away.
pub fn taking_away(line: &Line) -> usize {
    line.writes().iter().filter(|write| write.takes_away()).count()
}

async fn reader(line: &Arc<Line>) -> Reader {
    let reading = ReadTransport::new(Arc::clone(line) as Arc<dyn Transport>);
    Reader::open(ReadConnection::new(
        reading,
        DIALECT.clone(),
        Arc::clone(&CATALOG),
    ))
    .await
    .expect("it opens")
}

/// A plan, and the project that it was made of.
#[derive(Clone)]
pub struct Planned {
    pub plan: Plan,
    location: Location,
}

/// The machine that plans and applies, with a line to the directory and some state.
fn runner(line: &Arc<Line>, state: State) -> Runner {
    let morning: jiff::Timestamp = "2026-11-21T08:00:00Z".parse().expect("a time");
    let line: Arc<dyn Transport> = Arc::clone(line) as Arc<dyn Transport>;
    Runner::new(Simulated::new(morning, 7), line, state)
}

impl World {
    /// Plans a project.
    pub async fn plan(&self, project: &Project) -> Planned {
        let location = project.location();
        let runner = runner(&self.line(None), State::in_memory());
        let around = runner.watched_by(&Unwatched);
        let mut opened = operation::open(&location, &around).expect("a project");
        let made = plan_waiving(&mut opened, &around).await.expect("a plan");
        Planned {
            plan: made.plan().clone(),
            location,
        }
    }
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

/// State of which the journal alone outlives a run. It is written by `file`.
struct Cabinet<F> {
    paper: Paper,
    file: F,
    others: MemoryStore,
}

impl<F> std::fmt::Debug for Cabinet<F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Cabinet")
    }
}

impl<F: JournalFile + Clone + Sync> Store for Cabinet<F> {
    fn prepare(&self) -> Result<(), FileError> {
        Ok(())
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, FileError> {
        if name.starts_with("journal/") {
            return Ok(Some(self.paper.0.lock().expect("no panic elsewhere").clone()));
        }
        self.others.get(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.others.put(name, bytes)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, FileError> {
        self.others.list(folder)
    }

    fn append(&self, _name: &str, length: usize) -> Result<Appending, FileError> {
        self.paper.0.lock().expect("no panic elsewhere").truncate(length);
        Ok(Appending::Slow(Box::new(self.file.clone())))
    }

    fn lock(&self, now: jiff::Timestamp) -> Result<Result<Lock, Holder>, FileError> {
        self.others.lock(now)
    }

    fn place(&self, name: &str) -> std::path::PathBuf {
        self.others.place(name)
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

/// Applies a plan until its end, or until the line is cut: then nothing is known of how it went.
pub async fn run(planned: &Planned, line: &Arc<Line>, paper: &Paper, how: How) -> Option<Report> {
    tokio::select! {
        ended = attempt(planned, line, paper, paper.clone(), how) => Some(ended.expect("a report")),
        () = line.is_cut() => None,
    }
}

/// Applies a plan, with a journal on paper that a file of any kind writes.
pub async fn attempt(
    planned: &Planned,
    line: &Arc<Line>,
    paper: &Paper,
    file: impl JournalFile + Clone + Sync,
    how: How,
) -> Result<Report, Problem> {
    let state = State::in_store(Cabinet {
        paper: paper.clone(),
        file,
        others: MemoryStore::default(),
    });
    let runner = runner(line, state);
    let around = runner.watched_by(&Unwatched);
    let (bytes, claims) = (planned.plan.to_bytes(), Claims::default());
    let Verification::Ready(verified) = operation::verify(&bytes, &planned.location, &claims, &around)?
    else {
        panic!("there is no receipt");
    };
    let settings = ApplySettings {
        parallelism: how.parallelism,
        ..ApplySettings::default()
    };
    let cleared = operation::clear(*verified, settings, &around).await?;
    Ok(operation::apply(cleared, how.stop, &around).await?.report)
}

/// Which sample a run takes: `WPSYNC_TEST_SEED`, or else another in each run.
pub fn seed() -> usize {
    let said = std::env::var("WPSYNC_TEST_SEED").ok();
    let seed = said.and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| std::process::id() as usize);
    println!("WPSYNC_TEST_SEED={seed}");
    seed
}
