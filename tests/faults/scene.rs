//! A small company at a faulty directory: what is there, what is wanted, the plan between the two, and the
//! runs that make it so.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde_json::{Value as Json, json};
use wpsync::apply::{Apply, ApplyError, Observer, Outcome, Report, Verdict, apply};
use wpsync::client::DirectoryError;
use wpsync::client::ReadConnection;
use wpsync::client::Reader;
use wpsync::client::Tally;
use wpsync::client::WriteConnection;
use wpsync::client::Writer;
use wpsync::client::transport::{ReadTransport, Transport};
use wpsync::desired::{Desired, DesiredResource};
use wpsync::diagnostics::Files;
use wpsync::dialect::Dialect;
use wpsync::dialect::Method;
use wpsync::model::{Catalog, Kind};
use wpsync::plan::ownership::Ownership;
use wpsync::plan::{DraftBasis, Plan, draft};
use wpsync::policy::{Ceilings, KindPolicy, Policy};
use wpsync::project::{Absent, Members, Swaps, Within};
use wpsync::survey::{self, Remembered, Survey};

use crate::disk::Disk;
use crate::intents::Intents;
use crate::model::World;
use crate::plan_support;
use crate::support::{Exchange, Line, Script, Service, tail};

/// How long requests and answers take.
const LATENCY: Duration = Duration::from_millis(10);

static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| Arc::new(Catalog::built_in()));
static PLAIN: LazyLock<Dialect> = LazyLock::new(|| dialect("\n"));

/// A dialect with some rows of its own.
pub fn dialect(rows: &str) -> Dialect {
    if rows.is_empty() {
        return PLAIN.clone();
    }
    Dialect::parse(&format!("name: test\nmax_concurrency: 16\n{rows}")).expect("a dialect")
}

/// A person as a service stores one.
pub fn person(name: &str, title: &str) -> Json {
    json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "externalId": format!("x-{name}"), "title": title, "active": true })
}

/// A group as a service stores one.
pub fn group(name: &str, members: &[&str]) -> Json {
    let members: Vec<Json> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name, "members": members })
}

/// A person as the sources declare one who keeps the external id of `was`.
pub fn declared(name: &str, was: &str, title: &str, active: &str) -> DesiredResource {
    plan_support::user(&[
        ("userName", name),
        ("externalId", &format!("x-{was}")),
        ("title", title),
        ("active", active),
    ])
}

/// A plan and everything that is needed to judge how it goes.
pub struct Scene {
    pub service: Arc<Service>,
    pub plan: Plan,
    pub intents: Arc<Intents>,
    pub dialect: Dialect,
    before: World,
}

/// Watches nothing.
pub struct Nobody;
impl Observer for Nobody {}
impl survey::Observer for Nobody {}

pub fn policy(absent: Absent) -> Policy {
    let matched_by = |kind: Kind| vec![CATALOG.well_known(kind, "externalId"), CATALOG.naming(kind)];
    Policy {
        users: KindPolicy {
            matched_by: matched_by(Kind::User),
            absent,
            within: Some(Within::All),
            swaps: Swaps::Temporary,
        },
        groups: KindPolicy {
            matched_by: matched_by(Kind::Group),
            absent: Absent::Keep,
            within: Some(Within::All),
            swaps: Swaps::Temporary,
        },
        members: Members::Exact,
        protect: Vec::new(),
        limits: Ceilings::default(),
        min_admins: Vec::new(),
    }
}

fn connection(line: Arc<dyn Transport>, dialect: &Dialect, seed: u64) -> WriteConnection {
    WriteConnection::new(line, dialect.clone(), Arc::clone(&CATALOG)).with_seed(seed)
}

/// Plans over a line.
///
/// # Errors
/// When the directory cannot be read.
pub async fn plan(
    line: Line,
    dialect: &Dialect,
    desired: &Desired,
    policy: &Policy,
) -> Result<Plan, DirectoryError> {
    let reader = Reader::open(ReadConnection {
        seed: 1,
        ..ReadConnection::new(
            ReadTransport::new(Arc::new(line.taking(LATENCY, 0))),
            dialect.clone(),
            Arc::clone(&CATALOG),
        )
    })
    .await?;
    let snapshot = Survey {
        reader: &reader,
        catalog: &CATALOG,
        desired,
        policy,
        remembered: &Remembered::default(),
    }
    .read(&Nobody)
    .await?;
    let (files, ownership) = (files(), Ownership::default());
    let inputs = DraftBasis {
        catalog: &CATALOG,
        desired,
        files: &files,
        snapshot: &snapshot,
        policy,
        ownership: &ownership,
        selection: None,
    };
    let drafted = draft(&inputs).unwrap_or_else(|blocked| panic!("no plan: {:?}", blocked.0));
    Ok(plan_support::sealed(plan_support::header(), drafted.changes))
}

fn files() -> Files {
    let mut files = Files::new();
    files.add("people.yaml", "");
    files
}

pub fn desired(mut users: Vec<DesiredResource>, mut groups: Vec<DesiredResource>) -> Desired {
    users.sort_by(|one, other| one.key.cmp(&other.key));
    groups.sort_by(|one, other| one.key.cmp(&other.key));
    Desired {
        users,
        groups,
        ..Desired::default()
    }
}

impl Scene {
    /// Plans over a clear line.
    pub async fn new(service: Arc<Service>, dialect: Dialect, desired: &Desired, policy: &Policy) -> Self {
        let before = World::before(&service.contents());
        let plan = plan(Line::clear(&service), &dialect, desired, policy)
            .await
            .expect("a clear line");
        let intents = Arc::new(Intents::of(&plan));
        Self {
            service,
            plan,
            intents,
            dialect,
            before,
        }
    }

    /// A line of an applier, whose writes are checked.
    pub fn line(&self, applier: usize, disk: &Disk, script: Script) -> Arc<Line> {
        Arc::new(
            Line::new(&self.service, applier, script)
                .taking(LATENCY, applier as u64)
                .checked(self.intents.on(disk)),
        )
    }

    /// Applies the plan over a line.
    ///
    /// # Errors
    /// As [`apply`].
    pub async fn apply(
        &self,
        line: Arc<Line>,
        disk: &Disk,
        parallelism: usize,
    ) -> Result<Report, ApplyError> {
        let (_go_on, stop) = tokio::sync::watch::channel(None);
        self.apply_until(line, disk, (parallelism, 1), stop).await
    }

    /// Applies the plan over a line until somebody stops it; with a parallelism and a seed for its waits.
    ///
    /// # Errors
    /// As [`apply`].
    pub async fn apply_until(
        &self,
        line: Arc<Line>,
        disk: &Disk,
        (parallelism, seed): (usize, u64),
        stop: wpsync::apply::Stop,
    ) -> Result<Report, ApplyError> {
        let writer = Writer::open(connection(line, &self.dialect, seed)).await?;
        let (journal, progress) = disk.open(&self.plan.digest, &self.plan.header.plan_id);
        apply(
            Apply {
                plan: &self.plan,
                catalog: Arc::clone(&CATALOG),
                writer,
                journal,
                progress,
                parallelism,
                stop,
            },
            &Nobody,
        )
        .await
    }

    /// The world as it is now.
    pub fn world(&self) -> World {
        self.before.now(&self.service.contents())
    }

    /// The world as the plan wants it.
    pub fn wanted(&self) -> World {
        self.before.with(&self.plan.changes)
    }

    pub fn before(&self) -> &World {
        &self.before
    }

    /// Checks that a report says what the history of its run says, which is that of one applier.
    ///
    /// # Panics
    /// When it does not.
    pub fn check_report(&self, report: &Report, applier: usize, context: &str) {
        let history = self.service.history();
        let own: Vec<&Exchange> = history.iter().filter(|one| one.line == applier).collect();
        let count = |method: Method| own.iter().filter(|one| one.method() == method).count() as u64;
        let counted = Tally {
            get: count(Method::Get),
            post: count(Method::Post),
            put: count(Method::Put),
            patch: count(Method::Patch),
            delete: count(Method::Delete),
        };
        assert_eq!(report.requests, counted, "{context}");
        let mut done: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for one in &own {
            let Some(change) = &one.change else { continue };
            let (sent, took_effect) = done.entry(change).or_default();
            *sent += 1;
            *took_effect += usize::from(one.took_effect());
        }
        for (change, outcome) in self.plan.changes.iter().zip(&report.outcomes) {
            let (sent, took_effect) = done.get(&*change.id).copied().unwrap_or_default();
            let shown = || {
                format!(
                    "{context}: {} {outcome:?}, {sent} sent, {took_effect} took effect\n{}",
                    change.id,
                    tail(&history)
                )
            };
            match outcome {
                Outcome::Done | Outcome::Unverified(_) => {
                    assert!(sent > 0, "done without a request: {}", shown())
                }
                // What a run that was stopped had begun is unknown, whether or not it had come to writing.
                Outcome::Failed {
                    may_have_written: true,
                    ..
                } if report.verdict == Verdict::Interrupted => {}
                Outcome::Failed {
                    may_have_written: true,
                    ..
                } => assert!(sent > 0, "nothing was sent: {}", shown()),
                _ => assert_eq!(took_effect, 0, "it was written all the same: {}", shown()),
            }
        }
        let all_done = report.outcomes.iter().all(Outcome::is_done);
        let says_done = matches!(
            report.verdict,
            Verdict::Applied | Verdict::AlreadyApplied | Verdict::NothingToDo
        );
        assert_eq!(all_done, says_done, "{context}: {:?}", report.verdict);
        let says_nothing_was_written = matches!(
            report.verdict,
            Verdict::Failed | Verdict::Drifted | Verdict::AlreadyApplied
        );
        let wrote = done.values().any(|(_, took_effect)| *took_effect > 0);
        assert!(
            !(wrote && says_nothing_was_written),
            "{context}: {:?}, and something was written\n{}",
            report.verdict,
            tail(&history)
        );
    }

    /// Checks that nothing was done that must never be done, and that no account was made twice.
    ///
    /// # Panics
    /// When something was.
    pub fn check_history(&self, context: &str) {
        let history = self.service.history();
        let violations = self.service.violations();
        assert!(
            violations.is_empty(),
            "{context}: {violations:#?}\n{}",
            tail(&history)
        );
        let mut external: BTreeMap<String, usize> = BTreeMap::new();
        for resource in self.world().resources.into_values() {
            if let Some(id) = resource.values.get("externalId") {
                *external.entry(id.clone()).or_default() += 1;
            }
        }
        assert!(
            external.values().all(|count| *count == 1),
            "{context}: two accounts of one person: {external:?}\n{}",
            tail(&history)
        );
    }
}
