//! An apply that creates people and groups, killed at any of its requests, at services whose filters work,
//! find nobody or everybody, are refused, tell capitals apart, or show writes late; with the journal kept,
//! torn and lost, and beside another runner. Nobody is there twice, and nothing is called done that is not.
//!
//! The usual run takes a sample, by a seed that it prints. All of them:
//! `cargo test --locked --test faults -- --ignored --nocapture killed_at_every_request`

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value as Json;
use wpsync::apply::{Report, Verdict};
use wpsync::model::Kind;
use wpsync::project::Absent;

use crate::disk::Disk;
use crate::scene::{Account, Declared, Scene, declared, declared_group, group, person, project};
use crate::support::{Behaviour, Fault, Filters, Late, Names, Script, Service, tail};

/// How many crashes a plain run of the tests checks; `.ci/long filters` checks all.
const SAMPLE: u64 = 60;
/// How late a service shows what was written, and what its dialect says of that.
const LAG: Duration = Duration::from_secs(20);
const LAG_ROWS: &str = "visibility_lag: 30\n";
/// A group gets its members in several requests.
const ROWS: &str = "members_per_request: 1\nmembership: { on_create: 1 }\n";
/// Nobody resumes later than this.
const LATEST: Duration = Duration::from_mins(1);
/// No apply of these tests sends so many requests.
const MOST_REQUESTS: usize = 200;

/// What look-ups of a service are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LookUps {
    Filtered(Filters),
    ShowLate,
    /// Lists and answers about one resource are late, too.
    AllIsLate,
}

const LOOK_UPS: [LookUps; 8] = [
    LookUps::Filtered(Filters::Work),
    LookUps::Filtered(Filters::Nobody),
    LookUps::Filtered(Filters::Everybody),
    LookUps::Filtered(Filters::Refused(400)),
    LookUps::Filtered(Filters::Refused(501)),
    LookUps::Filtered(Filters::CaseExact),
    LookUps::ShowLate,
    LookUps::AllIsLate,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Journal {
    Kept,
    Torn,
    Lost,
}

/// One crash.
#[derive(Clone, Copy, Debug)]
struct Crash {
    look_ups: LookUps,
    names: Names,
    /// How many people and groups of somebody else are there.
    others: usize,
    journal: Journal,
    parallelism: usize,
    /// The request at which the run is killed, from 1.
    request: usize,
    /// Before it gets there, or before its answer comes back.
    cut: Fault,
    /// Whether another runner applies the plan at the same time.
    company: Company,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Company {
    Alone,
    AnotherRunner,
}

impl Crash {
    /// Any crash, as the dice say.
    fn any(random: &mut SmallRng) -> Self {
        let kinds = kinds();
        Self {
            request: random.random_range(1..=60),
            ..*kinds.choose(random).expect("some")
        }
    }

    fn behaviour(&self) -> Behaviour {
        let late = match self.look_ups {
            LookUps::Filtered(_) => Late::default(),
            LookUps::ShowLate => Late::in_look_ups(LAG),
            LookUps::AllIsLate => Late::everywhere(LAG),
        };
        let filters = match self.look_ups {
            LookUps::Filtered(filters) => filters,
            _ => Filters::Work,
        };
        Behaviour {
            filters,
            late,
            names: self.names,
            ..Behaviour::default()
        }
    }

    /// When the next run begins. Where nothing remembers the first one, and the service would take everybody
    /// twice, what was written shows by then: nothing else could tell. A torn record may be the intent of
    /// what was sent.
    fn pause(&self, random: &mut SmallRng) -> Duration {
        let is_late = !matches!(self.look_ups, LookUps::Filtered(_));
        let is_forgotten = match self.journal {
            Journal::Kept => false,
            Journal::Torn => is_late,
            Journal::Lost => true,
        };
        if is_forgotten && self.names == Names::Shared {
            LATEST
        } else {
            Duration::from_millis(random.random_range(0..=60_000))
        }
    }

    fn script(&self) -> Script {
        let (mut count, request, cut) = (0, self.request, self.cut);
        Box::new(move |_| {
            count += 1;
            (count == request).then_some(cut)
        })
    }
}

/// Every crash at the first request.
fn kinds() -> Vec<Crash> {
    let mut kinds = Vec::new();
    for look_ups in LOOK_UPS {
        for (names, company) in [
            (Names::Unique, Company::Alone),
            (Names::Shared, Company::Alone),
            (Names::Unique, Company::AnotherRunner),
        ] {
            for others in [0, 3] {
                for journal in [Journal::Kept, Journal::Torn, Journal::Lost] {
                    for parallelism in [1, 8] {
                        kinds.extend([Fault::CutBefore, Fault::CutAfter].map(|cut| Crash {
                            look_ups,
                            names,
                            others,
                            journal,
                            parallelism,
                            request: 1,
                            cut,
                            company,
                        }));
                    }
                }
            }
        }
    }
    kinds
}

const PEOPLE: usize = 6;

/// A person or group by name: the title, and the names of the members.
type Held = BTreeMap<String, (String, BTreeSet<String>)>;

fn other(number: usize) -> String {
    format!("other{number}@example.com")
}

fn new(number: usize) -> String {
    format!("new{number}@example.com")
}

/// The members of a new group.
fn members(number: usize) -> Vec<String> {
    (number..number + 3).map(new).collect()
}

/// Fills a service; gives what the sources declare, and what the service is to hold in the end.
fn company(service: &Service, others: usize) -> (Declared, Held) {
    let mut held = Held::new();
    let ids = service.load(
        Kind::User,
        (0..others)
            .map(|number| person(&other(number), "engineer"))
            .collect(),
    );
    for (number, id) in ids.iter().enumerate() {
        service.load(Kind::Group, vec![group(&format!("Other {number}"), &[id])]);
        held.insert(other(number), ("engineer".to_owned(), BTreeSet::new()));
        held.insert(format!("Other {number}"), (String::new(), [other(number)].into()));
    }
    let mut sources = Declared::default();
    for number in 0..PEOPLE {
        let name = new(number);
        sources
            .users
            .push(declared(&name, &name, "writer", Account::Active));
        held.insert(name, ("writer".to_owned(), BTreeSet::new()));
    }
    for number in 0..3 {
        let (name, members) = (format!("Team {number}"), members(number));
        let listed: Vec<&str> = members.iter().map(String::as_str).collect();
        sources.groups.push(declared_group(&name, &listed));
        held.insert(name, (String::new(), members.into_iter().collect()));
    }
    if others > 0 {
        // Somebody who is there gets another title, and a group that is there a new member.
        sources
            .users
            .push(declared(&other(0), &other(0), "chief", Account::Active));
        held.insert(other(0), ("chief".to_owned(), BTreeSet::new()));
        sources
            .groups
            .push(declared_group("Other 0", &[&other(0), &new(0)]));
        held.insert("Other 0".to_owned(), (String::new(), [other(0), new(0)].into()));
    }
    (sources, held)
}

/// What is wrong with what a service holds, in sentences.
fn differences(service: &Service, wanted: &Held) -> Vec<String> {
    let text = |row: &Json, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let users = service.stored(Kind::User);
    let names: BTreeMap<String, String> = users
        .iter()
        .map(|row| (text(row, "id"), text(row, "userName")))
        .collect();
    let mut held: BTreeMap<String, Vec<(String, BTreeSet<String>)>> = BTreeMap::new();
    for row in &users {
        let one = (text(row, "title"), BTreeSet::new());
        held.entry(text(row, "userName")).or_default().push(one);
    }
    for row in service.stored(Kind::Group) {
        let members = row["members"].as_array().into_iter().flatten();
        let members = members.map(|member| names.get(&text(member, "value")).cloned().unwrap_or_default());
        let one = (String::new(), members.collect());
        held.entry(text(&row, "displayName")).or_default().push(one);
    }
    let mut found = Vec::new();
    for (name, wanted) in wanted {
        match held.remove(name).as_deref() {
            None => found.push(format!("{name} is not there")),
            Some([one]) if one == wanted => {}
            Some([one]) => found.push(format!("{name} is {one:?} and should be {wanted:?}")),
            Some(several) => found.push(format!("{name} is there {} times", several.len())),
        }
    }
    found.extend(held.keys().map(|name| format!("nobody declared {name}")));
    found
}

/// Somebody's runs of the plan.
struct Runner<'c> {
    crash: &'c Crash,
    scene: &'c Scene,
    wanted: &'c Held,
    disk: Disk,
}

impl Runner<'_> {
    fn context(&self) -> String {
        format!("{:?}\n{}", self.crash, tail(&self.scene.service.history()))
    }

    /// A run, killed where the script says so: then nothing is known of how it went.
    async fn run(&self, number: usize, script: Script) -> Option<Report> {
        let line = self.scene.line(number, &self.disk, script);
        let report = tokio::select! {
            report = self.scene.apply(line.clone(), &self.disk, self.crash.parallelism) => Some(report),
            () = line.is_cut() => None,
        };
        line.hang_up();
        let report = report?.unwrap_or_else(|error| panic!("{error}\n{}", self.context()));
        self.scene
            .check_report(&report, number, &format!("{:?}", self.crash));
        if is_done(&report) {
            let found = differences(&self.scene.service, self.wanted);
            assert!(found.is_empty(), "it said done: {found:#?}\n{}", self.context());
        }
        Some(report)
    }

    fn crash(&self, random: &mut SmallRng) {
        match self.crash.journal {
            Journal::Kept => {}
            Journal::Torn => self.disk.tear(random),
            Journal::Lost => self.disk.lose(),
        }
    }
}

fn is_done(report: &Report) -> bool {
    matches!(report.verdict, Verdict::Applied | Verdict::AlreadyApplied)
}

/// Kills an apply and runs it again; whether it was killed at all.
async fn check(crash: &Crash, seed: u64) -> bool {
    let mut random = SmallRng::seed_from_u64(seed);
    let service = Service::new(seed);
    let (sources, wanted) = company(&service, crash.others);
    service.behave(crash.behaviour());
    let lag = match crash.look_ups {
        LookUps::Filtered(_) => "",
        _ => LAG_ROWS,
    };
    let rows = format!("{ROWS}{lag}");
    let scene = Scene::new(service, project(&rows, &sources, Absent::Keep)).await;
    let runner = || Runner {
        crash,
        scene: &scene,
        wanted: &wanted,
        disk: Disk::default(),
    };
    let (first, second) = (runner(), runner());
    let beside = async {
        if crash.company == Company::AnotherRunner {
            tokio::time::sleep(Duration::from_millis(seed % 500)).await;
            second.run(20, Box::new(|_| None)).await;
        }
    };
    let killed = async {
        let killed = first.run(10, crash.script()).await.is_none();
        first.crash(&mut random);
        killed
    };
    let ((), killed) = tokio::join!(beside, killed);
    tokio::time::sleep(crash.pause(&mut random)).await;
    let mut last = first.run(11, Box::new(|_| None)).await;
    // What shows late may be there by now.
    for number in 12..14 {
        if last.as_ref().is_some_and(is_done) {
            break;
        }
        tokio::time::sleep(LATEST).await;
        last = first.run(number, Box::new(|_| None)).await;
    }
    let report = last.expect("nothing disturbs it");
    let found = differences(&scene.service, &wanted);
    assert!(
        is_done(&report) && found.is_empty(),
        "{found:#?}\n{report:#?}\n{}",
        first.context()
    );
    let violations = scene.service.violations();
    assert!(violations.is_empty(), "{violations:#?}\n{}", first.context());
    killed
}

/// Checks a crash on a clock of its own.
fn checked(crash: &Crash, seed: u64) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(check(crash, seed))
}

/// The seed of the sample: `WPSYNC_TEST_SEED`, or else another in each run.
fn seed() -> u64 {
    let said = std::env::var("WPSYNC_TEST_SEED").ok();
    let seed = said.and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
    println!("WPSYNC_TEST_SEED={seed}");
    seed
}

#[test]
fn killed_at_any_request_nobody_is_made_twice_whatever_the_filters_do() {
    let seed = seed() * 1_000_000;
    let killed = AtomicU64::new(0);
    let failed = crate::seeds::failed(&(seed..seed + SAMPLE), |seed| {
        let crash = Crash::any(&mut SmallRng::seed_from_u64(seed));
        killed.fetch_add(u64::from(checked(&crash, seed)), Ordering::Relaxed);
    });
    println!("{} of {SAMPLE} were killed", killed.into_inner());
    assert!(
        failed.is_empty(),
        "{} of {SAMPLE} failed: {failed:?}",
        failed.len()
    );
}

/// Each kind of crash at every request of its apply.
#[test]
#[ignore = "takes half an hour: every kind of crash at every request"]
fn killed_at_every_request() {
    let kinds = kinds();
    let runs = AtomicU64::new(0);
    let failed = crate::seeds::failed(&(0..kinds.len() as u64), |number| {
        let kind = &kinds[usize::try_from(number).expect("few")];
        for request in 1..=MOST_REQUESTS {
            runs.fetch_add(1, Ordering::Relaxed);
            if !checked(&Crash { request, ..*kind }, request as u64) {
                return;
            }
        }
        panic!("{kind:?} sends more than {MOST_REQUESTS} requests");
    });
    println!("{} runs of {} kinds", runs.into_inner(), kinds.len());
    let failed: Vec<String> = failed
        .iter()
        .map(|number| format!("{:?}", kinds[usize::try_from(*number).expect("few")]))
        .collect();
    assert!(
        failed.is_empty(),
        "{} of {} kinds failed: {failed:#?}",
        failed.len(),
        kinds.len()
    );
}
