//! Every fault at every operation at two concurrencies: 864 cells, each run twice, with the fault once and
//! with the fault for ever, and each resumed afterwards over a clear line. `RULES` says what must come of
//! each; a cell without a rule, or with two, is an error.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wpsync::apply::{Outcome, Report, Verdict};
use wpsync::model::Kind;
use wpsync::operation::{Location, Problem};
use wpsync::project::Absent;

use crate::disk::Disk;
use crate::scene::{self, Account, Declared, Scene, declared, declared_group, group, person, project};
use crate::support::{Asked, Fault, Line, Operation, Script, Service, TOLD, Throttle, tail};

/// What becomes of the change (or, for a list, of the plan) that a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Nobody notices: all is done, once.
    Absorbed,
    /// The command ends with an error before anything is written.
    Refused,
    /// The directory is not as the plan read it; nothing is written.
    Drifted,
    /// This change is not made, or not for one member, and what does not rest on it is. Nothing else of it
    /// was written.
    Failed,
    /// Nothing more is sent. Nothing of it was written.
    Halted,
    /// Nothing more is sent. Something of it may have been written.
    Unsure,
}
use Fate::{Absorbed, Drifted, Failed, Halted, Refused, Unsure};

/// Operations that meet a fault alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    List,
    Get,
    LookUp,
    Create,
    /// A create with members.
    CreateGroup,
    Change,
    Members,
    Delete,
}

const fn sort(operation: Operation) -> Sort {
    match operation {
        Operation::ListUsers | Operation::ListGroups | Operation::Discovery => Sort::List,
        Operation::GetUser | Operation::GetGroup => Sort::Get,
        Operation::LookUp => Sort::LookUp,
        Operation::CreateUser => Sort::Create,
        Operation::CreateGroup => Sort::CreateGroup,
        Operation::PatchUser | Operation::Rename | Operation::Deactivate => Sort::Change,
        Operation::PatchMembers => Sort::Members,
        Operation::Delete => Sort::Delete,
    }
}

/// No connection: tried three times.
const UNREACHABLE: &[Fault] = &[
    Fault::ConnectionRefused,
    Fault::Tls,
    Fault::Dns,
    Fault::TimeoutBeforeSend,
];
/// No usable answer, and it was not done.
const LOST_BEFORE: &[Fault] = &[Fault::Reset, Fault::BrokenBeforeCommit];
/// No usable answer, and it was done.
const LOST_AFTER: &[Fault] = &[
    Fault::TimeoutAfterSend,
    Fault::CutMidBody,
    Fault::SlowDrip,
    Fault::BrokenAfterCommit,
];
/// An answer of another kind, and it was not done.
const SIGN_IN_PAGE: &[Fault] = &[Fault::Html200, Fault::ErrorBody200];
/// An answer that does not have what it should, and it was done.
const EMPTY: &[Fault] = &[Fault::Empty200, Fault::NoBody201, Fault::Instead204];
/// An answer that is too much, and it was done.
const HUGE: &[Fault] = &[Fault::Oversize, Fault::GzipBomb];
/// An answer that is damaged, and it was done.
const DAMAGED: &[Fault] = &[Fault::Truncated, Fault::WrongCharset, Fault::DuplicateKeys];
/// Refusals that concern this request alone.
const REDIRECTS: &[Fault] = &[Fault::RedirectSameOrigin, Fault::RedirectOtherOrigin];
const REFUSALS: &[Fault] = &[Fault::Status(400), Fault::Status(413)];
const MISSING: &[Fault] = &[Fault::Status(404)];
const CONFLICT: &[Fault] = &[Fault::Status(409)];
const TAKEN: &[Fault] = &[Fault::Taken];
const MOVED: &[Fault] = &[Fault::Status(412)];
/// Refusals that concern the token.
const UNAUTHORISED: &[Fault] = &[Fault::Status(401)];
/// A refusal that concerns the token or this request.
const FORBIDDEN: &[Fault] = &[Fault::Status(403)];
const BUSY: &[Fault] = &[
    Fault::Throttled(Throttle::Seconds),
    Fault::Throttled(Throttle::Date),
    Fault::Throttled(Throttle::Silent),
    Fault::Throttled(Throttle::Garbage),
];
const BUSY_FOR_YEARS: &[Fault] = &[Fault::Throttled(Throttle::TooLong)];
const LIE: &[Fault] = &[Fault::NoEffect200];

/// What comes of faults at operations of some sorts.
struct Rule {
    sorts: &'static [Sort],
    faults: &'static [&'static [Fault]],
    once: Fate,
    always: Fate,
}

const fn rule(sorts: &'static [Sort], faults: &'static [&'static [Fault]], once: Fate, always: Fate) -> Rule {
    Rule {
        sorts,
        faults,
        once,
        always,
    }
}

const READS: &[Sort] = &[Sort::List, Sort::Get, Sort::LookUp];
const LISTED: &[Sort] = &[Sort::List, Sort::Get];
const WRITES: &[Sort] = &[
    Sort::Create,
    Sort::CreateGroup,
    Sort::Change,
    Sort::Members,
    Sort::Delete,
];
const CREATES: &[Sort] = &[Sort::Create, Sort::CreateGroup];
/// What reading an answer is needed for.
const ANSWERED: &[Sort] = &[Sort::Create, Sort::CreateGroup, Sort::Change, Sort::Members];

const RULES: &[Rule] = &[
    // Reading, before anything is written: repeated where that may help, believed only if it is whole, else
    // nothing is done.
    rule(
        READS,
        &[UNREACHABLE, LOST_BEFORE, LOST_AFTER, BUSY],
        Absorbed,
        Refused,
    ),
    // Where look-ups cannot be believed, the list says who is there.
    rule(
        &[Sort::LookUp],
        &[SIGN_IN_PAGE, EMPTY, HUGE, DAMAGED, REFUSALS, MISSING],
        Absorbed,
        Absorbed,
    ),
    rule(
        &[Sort::LookUp],
        &[
            REDIRECTS,
            CONFLICT,
            TAKEN,
            MOVED,
            UNAUTHORISED,
            FORBIDDEN,
            BUSY_FOR_YEARS,
        ],
        Refused,
        Refused,
    ),
    rule(
        LISTED,
        &[
            SIGN_IN_PAGE,
            EMPTY,
            HUGE,
            DAMAGED,
            REDIRECTS,
            REFUSALS,
            CONFLICT,
            TAKEN,
            MOVED,
            UNAUTHORISED,
            FORBIDDEN,
            BUSY_FOR_YEARS,
        ],
        Refused,
        Refused,
    ),
    rule(&[Sort::List], &[MISSING], Refused, Refused),
    rule(&[Sort::Get], &[MISSING], Drifted, Drifted),
    rule(READS, &[LIE], Absorbed, Absorbed), // a reading without effect is a reading
    // Writing: looked at before it is tried again.
    rule(WRITES, &[UNREACHABLE, BUSY], Absorbed, Halted),
    rule(WRITES, &[BUSY_FOR_YEARS, UNAUTHORISED], Halted, Halted),
    rule(WRITES, &[LOST_BEFORE], Absorbed, Unsure),
    rule(WRITES, &[LOST_AFTER, EMPTY, HUGE, DAMAGED], Absorbed, Absorbed), // found done
    rule(ANSWERED, &[SIGN_IN_PAGE], Absorbed, Unsure),
    // A 200 needs no body here, so it is believed until it is read back.
    rule(&[Sort::Delete], &[SIGN_IN_PAGE], Unsure, Unsure),
    rule(CREATES, &[LIE], Absorbed, Unsure), // 200 is not 201
    // Accepted and not done.
    rule(&[Sort::Change, Sort::Delete], &[LIE], Unsure, Unsure),
    rule(&[Sort::Members], &[LIE], Failed, Unsure),
    // Whoever is there already is looked up, and nothing is sent again.
    rule(CREATES, &[TAKEN], Failed, Failed),
    rule(&[Sort::Create], &[CONFLICT], Failed, Failed),
    rule(
        &[Sort::Change, Sort::Delete],
        &[CONFLICT, TAKEN],
        Absorbed,
        Unsure,
    ),
    // A member who is refused is named, and the others join or leave.
    rule(&[Sort::Members], &[CONFLICT, TAKEN], Failed, Failed),
    rule(WRITES, &[MOVED], Absorbed, Failed),
    // A group that is refused is made without its members, who are then added.
    rule(
        &[Sort::CreateGroup],
        &[CONFLICT, FORBIDDEN, REFUSALS, MISSING],
        Absorbed,
        Failed,
    ),
    rule(&[Sort::CreateGroup], &[REDIRECTS], Failed, Failed),
    rule(
        &[Sort::Create, Sort::Change, Sort::Members, Sort::Delete],
        &[FORBIDDEN, REDIRECTS, REFUSALS, MISSING],
        Failed,
        Failed,
    ),
];

fn fate(operation: Operation, fault: Fault, times: Times) -> Fate {
    let applies = |rule: &&Rule| {
        rule.sorts.contains(&sort(operation)) && rule.faults.iter().any(|faults| faults.contains(&fault))
    };
    let rules: Vec<&Rule> = RULES.iter().filter(applies).collect();
    assert_eq!(
        rules.len(),
        1,
        "{fault:?} at {operation:?} has {} rules",
        rules.len()
    );
    match times {
        Times::Once => rules[0].once,
        Times::Always => rules[0].always,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Times {
    Once,
    Always,
}

/// One cell, and how often its fault strikes.
#[derive(Clone, Copy, Debug)]
struct Cell {
    operation: Operation,
    fault: Fault,
    parallelism: usize,
    times: Times,
}

impl Cell {
    fn script(self) -> Script {
        let strikes = move |asked: &Asked<'_>| {
            asked.operation == self.operation && (self.times == Times::Always || asked.occurrence == 1)
        };
        Box::new(move |asked| strikes(asked).then_some(self.fault))
    }

    /// The change that the operation belongs to.
    const fn change(self) -> &'static str {
        match self.operation {
            Operation::CreateUser => "user:gil",
            Operation::PatchUser => "user:ann",
            Operation::Rename => "user:robert",
            Operation::Deactivate => "user:cyd",
            Operation::Delete => "user:dan",
            Operation::CreateGroup => "group:crew",
            _ => "group:staff",
        }
    }
}

fn wanted() -> Location {
    let users = vec![
        declared("ann", "ann", "chief", Account::Active),
        declared("robert", "bob", "engineer", Account::Active),
        declared("cyd", "cyd", "engineer", Account::Inactive),
        declared("eve", "eve", "engineer", Account::Active),
        declared("fay", "fay", "engineer", Account::Active),
        declared("gil", "gil", "engineer", Account::Active),
    ];
    let groups = vec![
        declared_group("staff", &["eve"]),
        declared_group("crew", &["eve"]),
    ];
    // A list takes as many requests as its people, so that each is read by its id.
    project("page_size: 2\n", &Declared { users, groups }, Absent::Delete)
}

fn village() -> Arc<Service> {
    let service = Service::new(1);
    let ids = service.load(
        Kind::User,
        ["ann", "bob", "cyd", "dan", "eve", "fay"]
            .map(|name| person(name, "engineer"))
            .into(),
    );
    service.load(Kind::Group, vec![group("staff", &[&ids[5]])]);
    service
}

/// A list is read for a plan: it is whole, or there is no plan.
async fn list_cell(cell: Cell, expected: Fate) {
    let service = village();
    let project = wanted();
    let clear = scene::plan(Line::clear(&service), &project)
        .await
        .expect("a clear line");
    let planned = scene::plan(Line::new(&service, 1, cell.script()), &project).await;
    match (&planned, expected) {
        (Ok(plan), Absorbed) => assert_eq!(plan.changes, clear.changes, "{cell:?}"),
        (Err(_), Refused) => {}
        _ => panic!(
            "{cell:?} should be {expected:?}: {:?}\n{}",
            planned.err(),
            tail(&service.history())
        ),
    }
    assert!(
        service.history().iter().all(|one| !one.is_write()),
        "{cell:?}: planning never writes"
    );
    check_waits(&service, cell);
}

async fn apply_cell(cell: Cell, expected: Fate) {
    let scene = Scene::new(village(), wanted()).await;
    let disk = Disk::default();
    let result = scene
        .apply(scene.line(1, &disk, cell.script()), &disk, cell.parallelism)
        .await;
    let context = format!("{cell:?}");
    if let Ok(report) = &result {
        scene.check_report(report, 1, &context);
    }
    check_fate(&scene, cell, expected, &result);
    check_waits(&scene.service, cell);
    check_attempts(&scene.service, cell);
    scene.check_history(&context);
    let untouched = scene.service.history().iter().all(|one| !one.took_effect());
    if untouched {
        assert_eq!(&scene.world(), scene.before(), "{context}");
    }

    let resumed = scene
        .apply(scene.line(2, &disk, Box::new(|_| None)), &disk, cell.parallelism)
        .await;
    let resumed = resumed.unwrap_or_else(|error| {
        panic!(
            "{context}: not resumed: {error}\n{}",
            tail(&scene.service.history())
        )
    });
    scene.check_report(&resumed, 2, &context);
    scene.check_history(&context);
    assert!(
        matches!(resumed.verdict, Verdict::Applied | Verdict::AlreadyApplied),
        "{context}: {resumed:?}\n{}",
        tail(&scene.service.history())
    );
    assert_eq!(
        scene.world(),
        scene.wanted(),
        "{context}\n{}",
        tail(&scene.service.history())
    );
    let creates = scene
        .service
        .history()
        .iter()
        .filter(|one| one.operation.is_create() && one.took_effect())
        .count();
    assert_eq!(creates, 2, "{context}: each is made once");
}

fn check_fate(scene: &Scene, cell: Cell, expected: Fate, result: &Result<Report, Problem>) {
    let shown = || {
        format!(
            "{cell:?} should be {expected:?}: {result:#?}\n{}",
            tail(&scene.service.history())
        )
    };
    let Ok(report) = result else {
        assert_eq!(expected, Refused, "{}", shown());
        assert!(
            scene.service.history().iter().all(|one| !one.is_write()),
            "{}",
            shown()
        );
        return;
    };
    let place = scene
        .plan
        .changes
        .iter()
        .position(|change| change.id == cell.change())
        .expect("it is in the plan");
    let outcome = &report.outcomes[place];
    let others = || {
        scene
            .plan
            .changes
            .iter()
            .zip(&report.outcomes)
            .filter(|(change, _)| change.id != cell.change())
    };
    let is_as_expected = match expected {
        Absorbed => report.verdict == Verdict::Applied && outcome.word() == "done",
        Refused => false,
        Drifted => {
            report.verdict == Verdict::Drifted
                && report
                    .outcomes
                    .iter()
                    .any(|outcome| matches!(outcome, Outcome::Drifted(_)))
        }
        Halted => matches!(
            outcome,
            Outcome::Failed {
                may_have_written: false,
                ..
            }
        ),
        Failed => {
            matches!(
                outcome,
                Outcome::Failed {
                    may_have_written: false,
                    ..
                } | Outcome::InPart { .. }
            ) && others().all(|(change, outcome)| outcome.is_done() || change.action.is_removal())
        }
        Unsure => {
            matches!(
                outcome,
                Outcome::Failed {
                    may_have_written: true,
                    ..
                }
            ) && report.verdict == Verdict::Partial
        }
    };
    assert!(is_as_expected, "{}", shown());
}

/// Nobody sends earlier than told.
fn check_waits(service: &Service, cell: Cell) {
    let history = service.history();
    for one in &history {
        let (Some(told), Some(ended)) = (one.fault.and_then(Fault::told), one.ended) else {
            continue;
        };
        let early = history
            .iter()
            .find(|other| other.came > ended && other.came < ended + told);
        assert!(
            early.is_none(),
            "{cell:?}: told to wait {told:?}, and then came {early:?}"
        );
    }
}

/// Nothing is tried more than three times, but for what the service itself puts off; and a write that may be
/// in, not more than twice.
fn check_attempts(service: &Service, cell: Cell) {
    let history = service.history();
    let most = match (cell.times, cell.fault) {
        (Times::Once, _) => 1,
        (Times::Always, Fault::Throttled(_)) => 10,
        (Times::Always, _) if cell.operation.is_read() => 3,
        (Times::Always, fault) if fault.is_unreachable() => 3,
        (Times::Always, Fault::Status(412)) => 5,
        (Times::Always, _) => 2,
    };
    let mut struck: BTreeMap<String, usize> = BTreeMap::new();
    for one in history.iter().filter(|one| one.fault.is_some()) {
        *struck
            .entry(format!("{}?{} {}", one.object(), one.request.query, one.body))
            .or_default() += 1;
    }
    assert!(
        struck.values().all(|count| *count <= most),
        "{cell:?} struck {struck:?}\n{}",
        tail(&history)
    );
}

fn run_all(operations: &[Operation]) -> usize {
    let mut cells = 0;
    for &operation in operations {
        for fault in Fault::ALL {
            for parallelism in [1, 8] {
                for times in [Times::Once, Times::Always] {
                    let expected = fate(operation, fault, times);
                    let cell = Cell {
                        operation,
                        fault,
                        parallelism,
                        times,
                    };
                    let runtime = tokio::runtime::Builder::new_current_thread()
                        .enable_time()
                        .start_paused(true)
                        .build()
                        .expect("a runtime");
                    if operation.is_list() {
                        runtime.block_on(list_cell(cell, expected));
                    } else {
                        runtime.block_on(apply_cell(cell, expected));
                    }
                }
                cells += 1;
            }
        }
    }
    cells
}

#[test]
fn f101_fault_matrix_of_reading() {
    assert_eq!(run_all(&Operation::ALL[..5]), 5 * 36 * 2);
}

#[test]
fn f090_fault_matrix_of_people() {
    assert_eq!(run_all(&Operation::ALL[5..9]), 4 * 36 * 2);
}

#[test]
fn f093_fault_matrix_of_groups_and_removals() {
    assert_eq!(run_all(&Operation::ALL[9..]), 3 * 36 * 2);
}

#[test]
fn the_matrix_has_864_cells() {
    let cells = Operation::ALL.len() * Fault::ALL.len() * 2;
    assert_eq!((cells, Duration::from_secs(7)), (864, TOLD));
}
