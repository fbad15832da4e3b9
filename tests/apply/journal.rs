//! A journal that cannot be written, at each of its appends and syncs: nothing more is sent, what is said is
//! true, and the same apply goes on afterwards.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::io;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use wpsync::apply::{Outcome, Verdict};
use wpsync::journal::{Event, JournalError, JournalFile, replay};
use wpsync::project::Absent;

use crate::stand_in::Line;
use crate::stand_in::project::{Project, group};
use crate::support::{How, Paper, Planned, World, attempt, run};

/// How the system fails: no space, an error of the device, a read-only file system, a file too large, a
/// quota.
const ERRORS: [i32; 5] = [28, 5, 30, 27, 122];

/// Which call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Append(usize),
    Sync(usize),
}

/// How it fails.
#[derive(Clone, Copy, Debug)]
struct Fault {
    at: At,
    error: i32,
    /// Whether later calls would succeed. They must never be made.
    once: bool,
}

#[derive(Default)]
struct Calls {
    appends: usize,
    syncs: usize,
    after_the_fault: usize,
    has_failed: bool,
    durable: usize,
}

/// A journal's file that fails at one call.
#[derive(Clone)]
struct Failing {
    paper: Paper,
    fault: Option<Fault>,
    calls: Arc<Mutex<Calls>>,
}

impl Failing {
    fn new(fault: Option<Fault>) -> Self {
        Self {
            paper: Paper::default(),
            fault,
            calls: Arc::default(),
        }
    }

    fn fail(&self, calls: &mut Calls, now: At) -> io::Result<()> {
        calls.after_the_fault += usize::from(calls.has_failed);
        let Some(fault) = self.fault else { return Ok(()) };
        if fault.at == now || (calls.has_failed && !fault.once) {
            calls.has_failed = true;
            return Err(io::Error::from_raw_os_error(fault.error));
        }
        Ok(())
    }

    /// The intents that are durable, by change.
    fn durable_intents(&self) -> BTreeMap<String, usize> {
        // The locks are taken in the order in which `sync` takes them.
        let durable = self.calls.lock().expect("no panic elsewhere").durable;
        let bytes = self.paper.0.lock().expect("no panic elsewhere");
        let events = replay(&bytes[..durable]).expect("whole").events;
        let intents = events.into_iter().filter_map(|event| match event {
            Event::Intent { change } => Some(change),
            _ => None,
        });
        intents.fold(BTreeMap::new(), |mut counts, change| {
            *counts.entry(change).or_default() += 1;
            counts
        })
    }
}

impl JournalFile for Failing {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut calls = self.calls.lock().expect("no panic elsewhere");
        calls.appends += 1;
        let now = At::Append(calls.appends);
        if let Err(error) = self.fail(&mut calls, now) {
            drop(calls);
            self.paper.append(&bytes[..bytes.len() / 2])?; // the disk took what it could
            return Err(error);
        }
        drop(calls);
        self.paper.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut calls = self.calls.lock().expect("no panic elsewhere");
        calls.syncs += 1;
        let now = At::Sync(calls.syncs);
        self.fail(&mut calls, now)?;
        calls.durable = self.paper.0.lock().expect("no panic elsewhere").len();
        Ok(())
    }
}

/// Four people: one stays, one gets a title, one is deactivated; and a group and somebody new.
fn world() -> World {
    let person = |name: &str| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "externalId": name,
            "title": "Engineer", "active": true,
        })
    };
    World::with(["ada", "bob", "cyd"].map(person).to_vec(), Vec::<Json>::new())
}

async fn plan(world: &World) -> Planned {
    let project = Project {
        users_absent: Absent::Deactivate,
        groups: vec![group("All", &["ada", "dan"])],
        ..Project::default()
    };
    let project = project
        .wants(json!({ "userName": "ada", "externalId": "ada", "title": "Lead" }))
        .wants(json!({ "userName": "bob", "externalId": "bob", "title": "Lead" }))
        .wants(json!({ "userName": "dan", "externalId": "dan", "manager": "eve" }))
        .wants(json!({ "userName": "eve", "externalId": "eve" }));
    world.plan(&project).await
}

/// A line on which every write finds its intent durable.
fn watched(world: &World, file: &Failing) -> Arc<Line> {
    let file = file.clone();
    world.watched(move |number| {
        let intents: usize = file.durable_intents().values().sum();
        assert!(
            intents >= number,
            "write {number} was sent, and {intents} intents are durable"
        );
    })
}

/// Applies with a fault and then again; gives whether the fault came.
async fn check(fault: Fault, parallelism: usize, wanted: &BTreeMap<String, Json>) -> bool {
    let world = world();
    let plan = plan(&world).await;
    let file = Failing::new(Some(fault));
    let line = watched(&world, &file);
    let how = || How {
        parallelism,
        ..How::default()
    };
    let ended = attempt(&plan, &line, &file.paper, file.clone(), how()).await;
    let case = || format!("{fault:?} at parallelism {parallelism}: {ended:?}");
    let (has_failed, after_the_fault) = {
        let calls = file.calls.lock().expect("no panic elsewhere");
        (calls.has_failed, calls.after_the_fault)
    };
    assert_eq!(
        after_the_fault,
        0,
        "a journal that failed is not written again: {}",
        case()
    );
    match &ended {
        Err(problem) => {
            let cause = problem.source().expect("a cause");
            assert!(cause.is::<JournalError>(), "{}", case());
            assert_eq!((has_failed, line.writes().len()), (true, 0), "{}", case());
        }
        Ok(report) => {
            let count =
                |is: fn(&Outcome) -> bool| report.outcomes.iter().filter(|outcome| is(outcome)).count();
            let done = count(|outcome| outcome.word() == "done");
            let perhaps = count(|outcome| {
                matches!(
                    outcome,
                    Outcome::Failed {
                        may_have_written: true,
                        ..
                    }
                )
            });
            assert_eq!(
                done + perhaps,
                line.writes().len(),
                "each write is accounted for: {}",
                case()
            );
            assert!(
                report
                    .unrecorded
                    .iter()
                    .all(|number| report.outcomes[*number].word() == "done"),
                "{}",
                case()
            );
            let all = report.outcomes.iter().all(Outcome::is_done);
            // A journal that fails at the very end leaves it open whether somebody is there twice.
            let verdict = match (all && report.duplicates.are_ruled_out(), line.writes().len()) {
                (true, _) => Verdict::Applied,
                (false, 0) => Verdict::Failed,
                (false, _) => Verdict::Partial,
            };
            assert_eq!(report.verdict, verdict, "{}", case());
            let says = |outcome: &Outcome| match outcome {
                Outcome::Failed { reason, .. } | Outcome::Skipped { reason } => {
                    reason.contains("cannot write the journal")
                }
                _ => false,
            };
            assert!(all || report.outcomes.iter().any(says), "{}", case());
        }
    }
    let resumed = world.line(None);
    let report = run(&plan, &resumed, &file.paper, how()).await.expect("an end");
    assert!(
        report.outcomes.iter().all(Outcome::is_done),
        "{}, then {report:?}",
        case()
    );
    assert_eq!(&world.contents(), wanted, "{}", case());
    assert_eq!(
        line.writes().len() + resumed.writes().len(),
        plan.plan.changes.len(),
        "nothing is written twice: {}",
        case()
    );
    has_failed
}

#[tokio::test]
async fn f113_f114_a_journal_that_fails_at_any_call_ends_the_run_and_nothing_more_is_sent() {
    let whole = world();
    let file = Failing::new(None);
    let line = watched(&whole, &file);
    let report = attempt(
        &plan(&whole).await,
        &line,
        &file.paper,
        file.clone(),
        How {
            parallelism: 1,
            ..How::default()
        },
    )
    .await
    .expect("a report");
    assert_eq!(report.verdict, Verdict::Applied, "{report:?}");
    let wanted = whole.contents();
    let mut runs = 0;
    for parallelism in [1, 8] {
        for place in [At::Append, At::Sync] {
            for (number, error) in (1..).zip(ERRORS.into_iter().cycle()) {
                let mut came = false;
                for once in [true, false] {
                    came = check(
                        Fault {
                            at: place(number),
                            error,
                            once,
                        },
                        parallelism,
                        &wanted,
                    )
                    .await;
                    runs += 1;
                }
                if !came {
                    break; // there are no so many calls
                }
            }
        }
    }
    println!("journal faults: {runs} runs");
    assert!(runs > 60, "{runs}");
}
