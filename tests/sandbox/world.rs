//! Plan and apply against an emulated service, in-process and on a clock that nobody waits for.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use serde_json::Value as Json;
use tokio::time::Instant;
use wpsync::apply::{Apply, Observer, Outcome, Report, Verdict, apply};
use wpsync::capability;
use wpsync::client::BulkTransport;
use wpsync::client::InProcessTransport;
use wpsync::client::WriteConnection;
use wpsync::client::Writer;
use wpsync::client::transport::Transport;
use wpsync::desired::Desired;
use wpsync::diagnostics::{Diagnostics, Files, Origin as Place};
use wpsync::dialect::Dialect;
use wpsync::drift::{EndedApply, LastApplied};
use wpsync::journal::{Journal, JournalFile, Progress, Replay};
use wpsync::mapping::Mapping;
use wpsync::model::{Catalog, Kind};
use wpsync::plan::ownership::Ownership;
use wpsync::plan::{DraftBasis, Plan, draft};
use wpsync::policy::{Ceilings, KindPolicy, Policy};
use wpsync::project::{Absent, Members, Rules, Swaps, Within, read_all};
use wpsync::sandbox::{
    Emulation, Exchange, Identifiers, PaceReport, Recorder, Service, ServiceClock, ServiceOptions,
};
use wpsync::source::{FinalNewline, Input, SourceEntry, SourceFormat};
use wpsync::survey::Survey;

/// An emulated service, and a client that speaks a dialect to it.
pub(crate) struct World {
    service: Service,
    emulation: Emulation,
    dialect: Dialect,
    catalog: Arc<Catalog>,
    /// What the applies so far have left, as the state folder keeps it.
    last: Mutex<Option<LastApplied>>,
    /// What stands between the client and the service.
    between: fn(Router) -> Router,
    /// What the service was asked.
    seen: Arc<Mutex<Vec<Exchange>>>,
}

/// How an apply's writes are sent: together, where the dialect has Bulk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sending {
    Single,
    Bulk,
}

/// What a plan came to.
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    desired: Desired,
    /// What the user was told.
    pub(crate) notes: Vec<String>,
}

struct Forgotten;

impl JournalFile for Forgotten {
    fn append(&mut self, _bytes: &[u8]) -> std::io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Silent;

impl Observer for Silent {}
impl wpsync::survey::Observer for Silent {}

impl World {
    /// A client of `dialect` before a service of `served`, which may be stricter.
    pub(crate) fn new(dialect: Dialect, served: Dialect, claimed: &[String]) -> Self {
        let begun = Instant::now();
        let clock = ServiceClock::new(move || {
            let passed = jiff::SignedDuration::try_from(begun.elapsed()).expect("a test is short");
            jiff::Timestamp::from_second(1_800_000_000).expect("a time") + passed
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
            catalog: Arc::new(dialect.catalog()),
            dialect,
            last: Mutex::default(),
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
        let (dialect, catalog) = (self.dialect.clone(), Arc::clone(&self.catalog));
        Self {
            service: self.service.clone(),
            emulation: self.emulation.clone(),
            dialect,
            catalog,
            last: Mutex::default(),
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

    /// A client of a command's own. Commands are some time apart: what one of them asked counts in no limit
    /// of the next.
    async fn writer(&self, sending: Sending) -> Writer {
        tokio::time::sleep(std::time::Duration::from_hours(2)).await;
        let origin = "https://scim.example.com/v2".parse().expect("an origin");
        let seen = Arc::clone(&self.seen);
        let recorder =
            Recorder::new(move |exchange| seen.lock().expect("no panic elsewhere").push(exchange.clone()));
        let router = (self.between)(recorder.around(self.emulation.router()));
        let transport = InProcessTransport::new(origin, router)
            .with_headers(&self.dialect.headers)
            .expect("headers");
        let mut transport: Arc<dyn Transport> = Arc::new(transport);
        let mut dialect = self.dialect.clone();
        if let (Sending::Bulk, Some(bulk)) = (
            sending,
            BulkTransport::around(Arc::clone(&transport), &self.dialect),
        ) {
            transport = Arc::new(bulk);
            dialect.max_concurrency = 20;
        }
        let connection = WriteConnection::new(transport, dialect, Arc::clone(&self.catalog)).with_seed(7);
        Writer::open(connection).await.expect("it opens")
    }

    fn policy(&self) -> Policy {
        let rules = |kind: Kind| KindPolicy {
            matched_by: vec![self.catalog.external_id(kind), self.catalog.naming(kind)],
            absent: Absent::Delete,
            within: Some(Within::All),
            swaps: Swaps::default(),
        };
        let policy = Policy {
            users: rules(Kind::User),
            groups: rules(Kind::Group),
            members: Members::Exact,
            protect: Vec::new(),
            limits: Ceilings::default(),
            min_admins: Vec::new(),
        };
        capability::within_rules(policy, &self.dialect)
    }

    /// Plans what a source asks.
    pub(crate) async fn plan(&self, people: &str) -> Planned {
        let (mut files, mut problems) = (Files::new(), Diagnostics::new());
        let origin = Place::start_of(files.add("wpsync.yaml", ""));
        let source = SourceEntry {
            pattern: "people.yaml".into(),
            origin,
            format: SourceFormat::ByName,
            final_newline: FinalNewline::Required,
        };
        let input = Input {
            name: "people.yaml".into(),
            bytes: people.as_bytes().to_vec(),
            source,
        };
        let rules = Rules {
            catalog: &self.catalog,
            mapping: &Mapping::default(),
        };
        let mut desired = read_all(vec![input], &rules, &mut files, &mut problems);
        assert!(!problems.has_errors(), "{problems:?}");
        let warnings = capability::leave_out(&mut desired, &self.catalog, &self.dialect);
        let policy = self.policy();
        let mut notes: Vec<String> = warnings.into_vec().into_iter().map(|one| one.message).collect();
        notes.extend(capability::notes(&policy, &desired, &self.dialect));
        let writer = self.writer(Sending::Single).await;
        let remembered = self
            .last
            .lock()
            .expect("no panic elsewhere")
            .iter()
            .flat_map(LastApplied::members)
            .collect();
        let survey = Survey {
            reader: writer.reader(),
            catalog: &self.catalog,
            desired: &desired,
            policy: &policy,
            remembered: &remembered,
        };
        let snapshot = survey
            .read(&Silent)
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", self.dialect.name));
        let ownership = Ownership::Everything;
        let inputs = DraftBasis {
            catalog: &self.catalog,
            desired: &desired,
            files: &files,
            snapshot: &snapshot,
            policy: &policy,
            ownership: &ownership,
            selection: None,
        };
        let mut draft =
            draft(&inputs).unwrap_or_else(|blocked| panic!("{}: {:?}", self.dialect.name, blocked.0));
        let settled = capability::settle(&mut draft, &self.dialect, &self.catalog);
        assert_eq!(settled.impossible, [""; 0], "{}", self.dialect.name);
        notes.extend(settled.kept);
        Planned {
            plan: sealed::sealed(sealed::header(), draft.changes),
            desired,
            notes,
        }
    }

    /// Applies a plan, whatever comes of it.
    pub(crate) async fn apply(&self, plan: &Plan) -> Report {
        let (_stop, stopped) = tokio::sync::watch::channel(None);
        let run = Apply {
            plan,
            catalog: Arc::clone(&self.catalog),
            writer: self.writer(Sending::Bulk).await,
            journal: Journal::start_here(Forgotten, &Replay::default()),
            progress: Progress::default(),
            parallelism: 20,
            stop: stopped,
        };
        apply(run, &Silent)
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", self.dialect.name))
    }

    /// Keeps what an apply left, as the command does.
    fn remember(&self, Planned { plan, desired, .. }: &Planned, report: &Report) {
        let done = plan
            .changes
            .iter()
            .zip(&report.outcomes)
            .filter(|(_, outcome)| outcome.is_done())
            .map(|(change, _)| change)
            .collect();
        let (finished, ids) = (plan.header.created, HashMap::new());
        let run = EndedApply {
            plan,
            done,
            ids,
            finished,
            desired: Some(desired),
            catalog: &self.catalog,
        };
        let mut last = self.last.lock().expect("no panic elsewhere");
        *last = Some(LastApplied::after(last.take(), &run));
    }

    /// Plans, applies, and plans again: nothing is left.
    pub(crate) async fn converges(&self, people: &str) -> (Planned, Report) {
        let planned = self.plan(people).await;
        let report = self.apply(&planned.plan).await;
        self.remember(&planned, &report);
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

fn said(change: &wpsync::plan::Change, outcome: &Outcome) -> Option<String> {
    outcome
        .detail(change)
        .map(|detail| format!("{} {}: {detail}", change.action.word(), change.id))
}

#[path = "../plan/sealed.rs"]
mod sealed;

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
