//! A small company at a faulty directory: what is there, what is wanted, the plan between the two, and the
//! runs that make it so. Plans are made and applied by the operations that users call.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use wpsync::apply::{Outcome, Report, Stop, Verdict};
use wpsync::client::Tally;
use wpsync::client::transport::Transport;
use wpsync::dialect::Method;
use wpsync::operation::{self, ApplySettings, Claims, Location, Problem, Unwatched, Verification};
use wpsync::plan::Plan;
use wpsync::project::{Absent, Swaps};
use wpsync::state::State;

use crate::disk::Disk;
use crate::intents::Intents;
use crate::model::World;
use crate::support::machine::{Runner, Simulated, plan_waiving};
use crate::support::project::Project;
pub use crate::support::project::group as declared_group;
use crate::support::{Exchange, Line, Script, Service, tail};

/// How long requests and answers take.
const LATENCY: Duration = Duration::from_millis(10);

/// A person as a service stores one.
pub fn person(name: &str, title: &str) -> Json {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name,
        "externalId": format!("x-{name}"), "title": title, "active": true,
    })
}

/// A group as a service stores one.
pub fn group(name: &str, members: &[&str]) -> Json {
    let members: Vec<Json> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name, "members": members,
    })
}

/// What the sources declare, each as they say it.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    pub users: Vec<Json>,
    pub groups: Vec<Json>,
}

/// Whether somebody may sign in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Account {
    Active,
    Inactive,
}

/// A person as the sources declare one who keeps the external id of `was`.
pub fn declared(name: &str, was: &str, title: &str, account: Account) -> Json {
    let active = account == Account::Active;
    json!({ "userName": name, "externalId": format!("x-{was}"), "title": title, "active": active })
}

/// A project: its dialect with some rows of its own, and its sources.
pub fn project(rows: &str, declared: &Declared, absent: Absent) -> Location {
    let project = Project {
        dialect: format!("name: test\nmax_concurrency: 16\n{rows}"),
        users_absent: absent,
        swaps: Swaps::Temporary,
        users: declared.users.clone(),
        groups: declared.groups.clone(),
        ..Project::default()
    };
    project.location()
}

/// A machine whose clock begins at noon.
fn runner(line: Arc<dyn Transport>, state: State, seed: u64) -> Runner {
    let noon: jiff::Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
    Runner::new(Simulated::new(noon, seed), line, state)
}

/// Plans over a line.
///
/// # Errors
/// As [`operation::plan`].
pub async fn plan(line: Line, location: &Location) -> Result<Plan, Problem> {
    let runner = runner(Arc::new(line.taking(LATENCY, 0)), State::in_memory(), 1);
    let around = runner.watched_by(&Unwatched);
    let mut opened = operation::open(location, &around)?;
    Ok(plan_waiving(&mut opened, &around).await?.plan().clone())
}

/// A plan and everything that is needed to judge how it goes.
pub struct Scene {
    pub service: Arc<Service>,
    pub plan: Plan,
    pub intents: Arc<Intents>,
    file: Vec<u8>,
    location: Location,
    before: World,
}

/// How a run goes.
pub struct How {
    pub parallelism: usize,
    /// The seed of its waits.
    pub seed: u64,
    pub stop: Stop,
}

impl Scene {
    /// Plans over a clear line.
    pub async fn new(service: Arc<Service>, location: Location) -> Self {
        let before = World::before(&service.contents());
        let plan = plan(Line::clear(&service), &location)
            .await
            .expect("a clear line");
        let intents = Arc::new(Intents::of(&plan));
        Self {
            service,
            file: plan.to_bytes(),
            plan,
            intents,
            location,
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
    /// As [`operation::verify`], [`operation::clear`] and [`operation::apply`].
    pub async fn apply(&self, line: Arc<Line>, disk: &Disk, parallelism: usize) -> Result<Report, Problem> {
        let (_go_on, stop) = tokio::sync::watch::channel(None);
        let how = How {
            parallelism,
            seed: 1,
            stop,
        };
        self.apply_until(line, disk, how).await
    }

    /// Applies the plan over a line until somebody stops it. The receipt of an apply that ended is gone
    /// before, so that the directory and the journal decide what is left to do.
    ///
    /// # Errors
    /// As [`operation::verify`], [`operation::clear`] and [`operation::apply`].
    pub async fn apply_until(&self, line: Arc<Line>, disk: &Disk, how: How) -> Result<Report, Problem> {
        disk.lose_receipts();
        let runner = runner(line, State::in_store(disk.clone()), how.seed);
        let around = runner.watched_by(&Unwatched);
        let claims = Claims::default();
        let Verification::Ready(verified) = operation::verify(&self.file, &self.location, &claims, &around)?
        else {
            panic!("there is no receipt");
        };
        let settings = ApplySettings {
            parallelism: how.parallelism,
            ..ApplySettings::default()
        };
        let cleared = operation::clear(*verified, settings, &around).await?;
        let applied = operation::apply(cleared, how.stop, &around).await?;
        Ok(applied.report)
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
        // What an earlier run of the plan has sent, the journal knows.
        let was_ever_sent = |change: &str| history.iter().any(|one| one.change.as_deref() == Some(change));
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
                Outcome::Done(_) | Outcome::Unverified(_) | Outcome::InPart { .. } => {
                    assert!(sent > 0, "done without a request: {}", shown());
                }
                // What a run that was stopped had begun is unknown, whether or not it had come to writing.
                Outcome::Failed {
                    may_have_written: true,
                    ..
                } if report.verdict == Verdict::Interrupted => {}
                Outcome::Failed {
                    may_have_written: true,
                    ..
                } => assert!(was_ever_sent(&change.id), "nothing was sent: {}", shown()),
                _ => assert_eq!(took_effect, 0, "it was written all the same: {}", shown()),
            }
        }
        let all_done = report.outcomes.iter().all(Outcome::is_done) && report.duplicates.are_ruled_out();
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
