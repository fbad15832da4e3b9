//! A service in this process, a line to it that can be cut at any write, and a journal that outlives the cut.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::Value as Json;
use tokio::sync::watch;
use wpsync::apply::{Apply, ApplyError, Observer, Report, Stop, apply};
use wpsync::client::WriteConnection;
use wpsync::client::Writer;
use wpsync::client::transport::Transport;
use wpsync::dialect::Dialect;
use wpsync::journal::{Event, Journal, JournalFile, Progress, replay};
use wpsync::model::Snapshot;
use wpsync::model::{Catalog, Kind};
use wpsync::plan::Plan;

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
        struct Nobody;
        impl wpsync::survey::Observer for Nobody {}
        let writer = writer(&self.line(None)).await;
        wpsync::survey::everything(writer.reader(), &Nobody)
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

async fn writer(line: &Arc<Line>) -> Writer {
    let transport: Arc<dyn Transport> = line.clone();
    Writer::open(WriteConnection::new(transport, DIALECT.clone(), Arc::clone(&CATALOG)).with_seed(7))
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
        () = line.is_cut() => None,
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
        catalog: Arc::clone(&CATALOG),
        writer: writer(line).await,
        journal,
        progress: Progress::of(&replayed.events),
        parallelism: how.parallelism,
        stop: how.stop,
    };
    apply(run, &Nobody).await
}
