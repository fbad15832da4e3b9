//! Plan and apply against an emulated service, by the operations that users call, in-process and on a clock
//! that nobody waits for.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use serde_json::Value as Json;
use tokio::time::Instant;
use wpsync::apply::{Outcome, Report, Verdict};
use wpsync::client::InProcessTransport;
use wpsync::diagnostics::{Diagnostics, Files};
use wpsync::dialect::Dialect;
use wpsync::model::Kind;
use wpsync::operation::{
    self, ApplySettings, Ask, Claims, Location, Problem, Sending, Unwatched, Verification, Watch,
};
use wpsync::plan::{Change, Plan};
use wpsync::project::Absent;
use wpsync::sandbox::{
    Emulation, Exchange, Identifiers, PaceReport, Recorder, Service, ServiceClock, ServiceOptions,
};
use wpsync::state::State;

use crate::machine::{Runner, Simulated, waiving};
use crate::project::{ORIGIN, Project};

/// An emulated service, and a client that speaks a dialect to it.
pub(crate) struct World {
    service: Service,
    emulation: Emulation,
    dialect: Dialect,
    /// The file of the dialect.
    rows: String,
    begun: Instant,
    /// What is kept of the applies so far.
    state: State,
    /// What stands between the client and the service.
    between: fn(Router) -> Router,
    /// What the service was asked.
    seen: Arc<Mutex<Vec<Exchange>>>,
}

/// What a plan came to.
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    location: Location,
    /// What the user was told.
    pub(crate) notes: Vec<String>,
}

/// Keeps what the user is told.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn keep(&self, text: String) {
        self.0.lock().expect("no panic elsewhere").push(text);
    }
}

impl wpsync::survey::ReadingObserver for Notes {}
impl wpsync::apply::Observer for Notes {}

impl Watch for Notes {
    fn note(&self, text: &str) {
        self.keep(text.to_owned());
    }

    fn diagnostics(&self, problems: &Diagnostics, _files: &Files) {
        for problem in problems.sorted() {
            self.keep(problem.message.clone());
        }
    }
}

/// The time between two commands. Each is a process of its own, and none knows how much the one before asked.
async fn somebody_reads_it() {
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
}

/// What the time is when a test begins.
fn start() -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_800_000_000).expect("a time")
}

impl World {
    /// A client of the dialect in `rows` before a service of `served`, which may be stricter.
    pub(crate) fn new(rows: &str, served: Dialect, claimed: &[String]) -> Self {
        let begun = Instant::now();
        let clock = ServiceClock::new(move || {
            start() + jiff::SignedDuration::try_from(begun.elapsed()).expect("a test is short")
        });
        let service = Service::in_memory_with(ServiceOptions {
            clock,
            identifiers: Identifiers::seeded(1),
            ..ServiceOptions::default()
        });
        let emulation = Emulation::new(&service, served, claimed);
        Self {
            service,
            emulation,
            dialect: Dialect::parse(rows).expect("a dialect"),
            rows: rows.to_owned(),
            begun,
            state: State::in_memory(),
            between: |router| router,
            seen: Arc::default(),
        }
    }

    /// The same, with something between the client and the service.
    pub(crate) fn behind(mut self, between: fn(Router) -> Router) -> Self {
        self.between = between;
        self
    }

    /// What the service was asked since the last time this was asked.
    pub(crate) fn seen(&self) -> Vec<Exchange> {
        std::mem::take(&mut *self.seen.lock().expect("no panic elsewhere"))
    }

    /// Another machine's client of the same service, which has applied nothing.
    pub(crate) fn forgetful(&self) -> Self {
        Self {
            service: self.service.clone(),
            emulation: self.emulation.clone(),
            dialect: self.dialect.clone(),
            rows: self.rows.clone(),
            begun: self.begun,
            state: State::in_memory(),
            between: self.between,
            seen: Arc::default(),
        }
    }

    /// Puts resources into the directory behind the service's back.
    pub(crate) fn holds(&self, kind: Kind, bodies: Vec<Json>) {
        self.service.load(kind, bodies.into_iter()).expect("loaded");
    }

    pub(crate) fn pace(&self) -> PaceReport {
        self.emulation.pace()
    }

    /// The directory behind the service.
    pub(crate) fn store(&self) -> super::support::Client {
        super::support::Client(self.service.router())
    }

    /// Somebody else's client of the service.
    pub(crate) fn client(&self) -> super::support::Client {
        super::support::Client(self.emulation.router())
    }

    /// The machine of a command. Commands are some time apart: what one of them asked counts in no limit of
    /// the next.
    async fn runner(&self) -> Runner {
        tokio::time::sleep(std::time::Duration::from_hours(2)).await;
        let seen = Arc::clone(&self.seen);
        let recorder =
            Recorder::new(move |exchange| seen.lock().expect("no panic elsewhere").push(exchange.clone()));
        let router = (self.between)(recorder.around(self.emulation.router()));
        let line = InProcessTransport::new(ORIGIN.parse().expect("an origin"), router)
            .with_headers(&self.dialect.headers)
            .expect("headers");
        let now = start() + jiff::SignedDuration::try_from(self.begun.elapsed()).expect("a test is short");
        let seed = self.begun.elapsed().as_secs();
        Runner::new(Simulated::new(now, seed), Arc::new(line), self.state.clone())
    }

    /// A project with this source.
    fn project(&self, people: &str) -> Location {
        let project = Project {
            dialect: self.rows.clone(),
            users_absent: Absent::Delete,
            groups_absent: Absent::Delete,
            ..Project::default()
        };
        project.with_source(people)
    }

    /// Plans what a source asks.
    pub(crate) async fn plan(&self, people: &str) -> Planned {
        let (location, notes) = (self.project(people), Notes::default());
        let runner = self.runner().await;
        let around = runner.watched_by(&notes);
        let mut opened = operation::open(&location, &around)
            .unwrap_or_else(|problem| panic!("{}: {problem:?}", self.dialect.name));
        let failed = |problem: Problem| panic!("{}: {problem:?}", self.dialect.name);
        let first = operation::plan(&mut opened, &Ask::default(), &around).await;
        let mut made = first.unwrap_or_else(failed);
        if !made.refusals().is_empty() {
            somebody_reads_it().await;
            let again = operation::plan(&mut opened, &waiving(&made), &around).await;
            made = again.unwrap_or_else(failed);
        }
        let notes = notes.0.into_inner().expect("no panic elsewhere");
        Planned {
            plan: made.plan().clone(),
            location,
            notes,
        }
    }

    /// Applies a plan, whatever comes of it.
    pub(crate) async fn apply(&self, planned: &Planned) -> Report {
        let runner = self.runner().await;
        let around = runner.watched_by(&Unwatched);
        let (_stop, stopped) = tokio::sync::watch::channel(None);
        let settings = ApplySettings {
            parallelism: 20,
            sending: if self.dialect.bulk.is_some() {
                Sending::Bulk
            } else {
                Sending::Single
            },
            ..ApplySettings::default()
        };
        let file = planned.plan.to_bytes();
        let applied = async {
            let claims = Claims::default();
            let verified = match operation::verify(&file, &planned.location, &claims, &around)? {
                Verification::Ready(verified) => *verified,
                Verification::AppliedBefore(finished) => panic!("it was applied at {finished}"),
            };
            let cleared = operation::clear(verified, settings, &around).await?;
            operation::apply(cleared, stopped, &around).await
        };
        let applied = applied.await;
        applied
            .unwrap_or_else(|problem| panic!("{}: {problem:?}", self.dialect.name))
            .report
    }

    /// Plans, applies, and plans again: nothing is left.
    pub(crate) async fn converges(&self, people: &str) -> (Planned, Report) {
        let planned = self.plan(people).await;
        somebody_reads_it().await;
        let report = self.apply(&planned).await;
        somebody_reads_it().await;
        let bad: Vec<String> = planned
            .plan
            .changes
            .iter()
            .zip(&report.outcomes)
            .filter_map(|(change, outcome)| said(change, outcome))
            .collect();
        assert!(
            planned.plan.changes.is_empty() || report.verdict == Verdict::Applied,
            "{}: {}: {bad:#?}",
            self.dialect.name,
            report.verdict.word()
        );
        let again = self.plan(people).await.plan.changes;
        somebody_reads_it().await;
        let left: Vec<String> = again
            .iter()
            .map(|change| {
                format!(
                    "{} {}: {:?} {:?}",
                    change.action.word(),
                    change.id,
                    change.after,
                    change.members
                )
            })
            .collect();
        assert!(
            left.is_empty(),
            "{}: the next plan is not empty: {left:#?}",
            self.dialect.name
        );
        (planned, report)
    }
}

fn said(change: &Change, outcome: &Outcome) -> Option<String> {
    outcome
        .detail(change)
        .map(|detail| format!("{} {}: {detail}", change.action.word(), change.id))
}

/// The names of the dialect files in `schemas/dialects/`.
pub(crate) fn dialect_files() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schemas/dialects");
    let files = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path());
    let mut names: Vec<String> = files
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
