//! Whole lives of a plan, drawn from a seed: a company, what is wanted of it, one to three appliers of the
//! plan at once, each disturbed, stopped, killed and begun again with its journal kept, torn or lost, while
//! strangers edit and clocks jump. The service checks every write as it comes (I-1, I-3 to I-6); after each
//! run the report is compared with the history; at the end the directory is what the plan wants, or the
//! report says truly why not (I-7), and nobody has two accounts (I-2).
//!
//! `WPSYNC_SEEDS=1000000` (or `5000..6000`) runs others, `WPSYNC_SEED=17` replays one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value as Json, json};
use wpsync::apply::{Outcome, Report, StopReason, Verdict};
use wpsync::client::transport::Transport as _;
use wpsync::dialect::Method;
use wpsync::model::Kind;
use wpsync::project::Absent;
use wpsync::wire::Request;

use crate::disk::Disk;
use crate::intents::STRANGER;
use crate::scene::{Account, Declared, How, Scene, declared, declared_group, group, person, project};
use crate::support::{Asked, Behaviour, Fault, Filters, Line, Script, Service, tail};

/// How many lives a plain run of the tests simulates; `.ci/long lives` simulates a million.
const SEEDS: u64 = 400;
/// The number of the run at the end, which nothing disturbs.
const LAST: usize = 900;

/// What is there and what is wanted, as the dice say.
fn company(random: &mut SmallRng) -> (Arc<Service>, Declared) {
    let service = Service::new(random.random());
    // Half of the services answer a filter otherwise than the RFC says.
    let filters = [
        Filters::Work,
        Filters::Work,
        Filters::Work,
        Filters::Work,
        Filters::Nobody,
        Filters::Everybody,
        Filters::Refused(400),
        Filters::CaseExact,
    ];
    service.behave(Behaviour {
        filters: *filters.choose(random).expect("some"),
        ..Behaviour::default()
    });
    let names: Vec<String> = (0..random.random_range(2..=6))
        .map(|number| format!("u{number}"))
        .collect();
    let ids = service.load(
        Kind::User,
        names.iter().map(|name| person(name, "engineer")).collect(),
    );
    let mut users: Vec<Json> = names
        .iter()
        .filter_map(|name| wanted_person(name, random))
        .collect();
    for number in 0..random.random_range(0..=3) {
        let name = format!("n{number}");
        let external = format!("x-{name}");
        let mut user = json!({ "userName": name, "externalId": external, "active": true });
        let manager = format!("n{}", random.random_range(0..=number));
        if manager != name {
            user["manager"] = manager.into();
        }
        users.push(user);
    }
    let known: Vec<String> = users
        .iter()
        .filter_map(|user| user["userName"].as_str())
        .map(str::to_owned)
        .collect();
    let some = |random: &mut SmallRng, of: &[String]| {
        of.iter()
            .filter(|_| random.random_bool(0.4))
            .cloned()
            .collect::<Vec<_>>()
    };
    let mut groups = Vec::new();
    for number in 0..random.random_range(0..=2) {
        let name = format!("g{number}");
        if random.random_bool(0.7) {
            service.load(
                Kind::Group,
                vec![group(
                    &name,
                    &some(random, &ids).iter().map(|id| &**id).collect::<Vec<_>>(),
                )],
            );
        }
        let members = some(random, &known);
        groups.push(declared_group(
            &name,
            &members.iter().map(|name| &**name).collect::<Vec<_>>(),
        ));
    }
    // Sources that declare nobody at all are refused as files that were emptied by mistake.
    if users.is_empty() && groups.is_empty() {
        users.push(json!({ "userName": "n0", "externalId": "x-n0", "active": true }));
    }
    (service, Declared { users, groups })
}

/// What the sources say of one who is there; none where they no longer do.
fn wanted_person(was: &str, random: &mut SmallRng) -> Option<Json> {
    let renamed = format!("{was}-renamed");
    let (name, title, account) = match random.random_range(0..6) {
        0 => return None,
        1 => (was, "chief", Account::Active),
        2 => (&*renamed, "engineer", Account::Active),
        3 => (was, "engineer", Account::Inactive),
        4 => (&*renamed, "chief", Account::Active),
        _ => (was, "engineer", Account::Active),
    };
    Some(declared(name, was, title, account))
}

/// Disturbs one request in so many.
fn disturbance(random: &mut SmallRng) -> Script {
    let rate = *[0.0, 0.01, 0.03, 0.1, 0.3].choose(random).expect("some");
    let mut random = SmallRng::seed_from_u64(random.random());
    Box::new(move |_: &Asked<'_>| {
        if random.random_bool(rate) {
            Fault::ALL.choose(&mut random).copied()
        } else {
            None
        }
    })
}

/// One life.
struct Life {
    scene: Scene,
    seed: u64,
}

impl Life {
    async fn begin(seed: u64, random: &mut SmallRng) -> Self {
        let (service, declared) = company(random);
        let absent = if random.random_bool(0.5) {
            Absent::Delete
        } else {
            Absent::Deactivate
        };
        let scene = Scene::new(service, project("", &declared, absent)).await;
        // Whoever is not in the plan is not to be touched.
        let planned: BTreeSet<&str> = scene
            .plan
            .changes
            .iter()
            .filter_map(|change| change.remote_id.as_deref())
            .collect();
        for id in scene
            .service
            .contents()
            .keys()
            .filter(|id| !planned.contains(&***id))
        {
            scene.intents.protect(id);
        }
        Self { scene, seed }
    }

    fn context(&self) -> String {
        format!("seed {}", self.seed)
    }

    /// One applier and all its restarts, each with a number of its own.
    async fn applier(&self, first: usize, mut random: SmallRng) {
        tokio::time::sleep(Duration::from_nanos(random.random_range(0..2_000_000_000))).await;
        let disk = Disk::default();
        for number in first..first + random.random_range(1..=3) {
            let report = self.one_run(number, &disk, &mut random).await;
            if let Some(report) = report {
                self.scene.check_report(&report, number, &self.context());
                if report.outcomes.iter().all(Outcome::is_done) {
                    return;
                }
            } else {
                match random.random_range(0..3) {
                    0 => disk.tear(&mut random),
                    1 => disk.lose(),
                    _ => {}
                }
            }
            tokio::time::sleep(Duration::from_nanos(random.random_range(0..60_000_000_000))).await;
        }
    }

    /// A run that may be stopped, or killed; then it has no report.
    async fn one_run(&self, number: usize, disk: &Disk, random: &mut SmallRng) -> Option<Report> {
        let mut line =
            Line::new(&self.scene.service, number, disturbance(random)).checked(self.scene.intents.on(disk));
        line = line.taking(
            Duration::from_millis(random.random_range(1..=400)),
            random.random(),
        );
        if random.random_bool(0.3) {
            line = line.with_jumping_clock();
        }
        let line = Arc::new(line);
        let (stop, stopped) = tokio::sync::watch::channel(None);
        let how = How {
            parallelism: *[1, 2, 8].choose(random).expect("some"),
            seed: random.random(),
            stop: stopped,
        };
        let mut end = |chance: f64| {
            let after = if random.random_bool(chance) {
                20_000_000_000
            } else {
                1 << 60
            };
            tokio::time::sleep(Duration::from_nanos(random.random_range(0..after)))
        };
        let (killed, told_to_stop) = (end(0.4), end(0.2));
        let run = self.scene.apply_until(line.clone(), disk, how);
        tokio::pin!(run, killed, told_to_stop);
        let result = loop {
            tokio::select! {
                biased;
                result = &mut run => break Some(result),
                () = &mut killed => break None,
                () = &mut told_to_stop, if stop.borrow().is_none() => {
                    let _ = stop.send(Some(StopReason::Interrupted));
                }
            }
        };
        line.hang_up();
        // A run that could not begin has written nothing.
        let wrote = || {
            self.scene
                .service
                .history()
                .iter()
                .any(|one| one.line == number && one.is_write())
        };
        match result? {
            Ok(report) => Some(report),
            Err(error) => {
                assert!(
                    !wrote(),
                    "{}: it could not begin ({error}), and wrote",
                    self.context()
                );
                None
            }
        }
    }

    /// Somebody who edits by hand; gives what was touched.
    async fn stranger(&self, mut random: SmallRng) -> BTreeSet<String> {
        let line = Line::new(&self.scene.service, STRANGER, Box::new(|_| None))
            .taking(Duration::from_millis(50), random.random());
        let mut touched = BTreeSet::new();
        for number in 0..random.random_range(1..=3) {
            tokio::time::sleep(Duration::from_nanos(random.random_range(0..10_000_000_000))).await;
            let contents = self.scene.service.contents();
            let ids: Vec<&String> = contents.keys().collect();
            let Some(id) = ids.choose(&mut random).map(|id| (*id).clone()) else {
                continue;
            };
            let is_group = contents[&id].get("userName").is_none();
            let endpoint = if is_group { "Groups" } else { "Users" };
            let request = match random.random_range(0..4) {
                0 => Request::new(Method::Post, &["Users"])
                    .with_body(&person(&format!("stranger{number}"), "by hand")),
                1 if is_group => {
                    let member = ids
                        .iter()
                        .find(|id| contents[**id].get("userName").is_some())
                        .map(|id| json!([{ "value": id }]));
                    patch(
                        endpoint,
                        &id,
                        "add",
                        "members",
                        &member.unwrap_or_else(|| json!([])),
                    )
                }
                2 => {
                    // Whoever goes leaves all groups.
                    touched.extend(self.scene.before().resources.keys().cloned());
                    touched.extend(self.scene.wanted().resources.into_keys());
                    Request::new(Method::Delete, &[endpoint, &id])
                }
                _ if is_group => patch(
                    endpoint,
                    &id,
                    "replace",
                    "displayName",
                    &format!("by hand {number}").into(),
                ),
                _ => patch(endpoint, &id, "replace", "title", &"by hand".into()),
            };
            if request.method != Method::Post {
                let name = contents[&id]["userName"]
                    .as_str()
                    .or(contents[&id]["displayName"].as_str())
                    .unwrap_or_default();
                touched.extend([format!("new:{name}"), id]);
            }
            let _ = line.send(request).await;
        }
        touched
    }

    /// The last run, which nothing disturbs: what is wanted, or why not.
    async fn end(&self, touched: &BTreeSet<String>, random: &mut SmallRng) {
        let scene = &self.scene;
        let disk = Disk::default();
        let report = scene
            .apply(
                scene.line(LAST, &disk, Box::new(|_| None)),
                &disk,
                *[1, 8].choose(random).expect("some"),
            )
            .await;
        let context = self.context();
        scene.check_history(&context);
        let history = || tail(&scene.service.history());
        let report = report.unwrap_or_else(|error| panic!("{context}: {error}\n{}", history()));
        scene.check_report(&report, LAST, &context);
        let is_done = matches!(
            report.verdict,
            Verdict::Applied | Verdict::AlreadyApplied | Verdict::NothingToDo
        );
        if !is_done {
            assert!(
                !touched.is_empty(),
                "{context}: nobody else edited, and it ends so: {report:#?}\n{}",
                history()
            );
            let is_told = report
                .outcomes
                .iter()
                .any(|outcome| matches!(outcome, Outcome::Drifted(_) | Outcome::Failed { .. }));
            assert!(is_told, "{context}: {report:#?}");
            return;
        }
        let (now, wanted) = (scene.world(), scene.wanted());
        let is_compared = |id: &&String| {
            !touched.contains(*id) && !id.starts_with("new:stranger") && !id.starts_with("new:by hand")
        };
        let ids: BTreeSet<&String> = now
            .resources
            .keys()
            .chain(wanted.resources.keys())
            .filter(is_compared)
            .collect();
        for id in ids {
            let (found, wanted) = (now.resources.get(id), wanted.resources.get(id));
            let is_gone_by_hand =
                |members: &BTreeSet<String>| members.iter().any(|member| touched.contains(member));
            if wanted.is_some_and(|wanted| is_gone_by_hand(&wanted.members)) {
                continue;
            }
            assert_eq!(found, wanted, "{context}: {id}\n{}", history());
        }
    }
}

fn patch(endpoint: &str, id: &str, op: &str, path: &str, value: &serde_json::Value) -> Request {
    let operation = json!({ "op": op, "path": path, "value": value });
    let body =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
    Request::new(Method::Patch, &[endpoint, id]).with_body(&body)
}

/// Lives a life, and gives every request of it.
fn live(seed: u64) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut random = SmallRng::seed_from_u64(seed);
        let life = Life::begin(seed, &mut random).await;
        let mut fork = || SmallRng::seed_from_u64(random.random());
        let (one, two, three, hand, mut last) = (fork(), fork(), fork(), fork(), fork());
        let (appliers, has_stranger) = (
            *[1, 1, 1, 2, 2, 3].choose(&mut random).expect("some"),
            random.random_bool(0.3),
        );
        let stranger = async {
            if has_stranger {
                life.stranger(hand).await
            } else {
                BTreeSet::new()
            }
        };
        let second = async {
            if appliers > 1 {
                life.applier(20, two).await;
            }
        };
        let third = async {
            if appliers > 2 {
                life.applier(30, three).await;
            }
        };
        let ((), (), (), touched) = tokio::join!(life.applier(10, one), second, third, stranger);
        // What was on its way when its sender died has arrived.
        tokio::time::sleep(Duration::from_mins(10)).await;
        life.end(&touched, &mut last).await;
        life.scene
            .service
            .history()
            .iter()
            .map(|one| format!("{:?} {}", one.came.elapsed(), one.in_short()))
            .collect()
    })
}

/// Which seeds to run.
fn seeds() -> std::ops::Range<u64> {
    let number = |text: &str| {
        text.parse::<u64>()
            .unwrap_or_else(|_| panic!("{text} is not a number of a seed"))
    };
    if let Ok(one) = std::env::var("WPSYNC_SEED") {
        return number(&one)..number(&one) + 1;
    }
    match std::env::var("WPSYNC_SEEDS") {
        Ok(text) => match text.split_once("..") {
            Some((first, end)) => number(first)..number(end),
            None => 0..number(&text),
        },
        Err(_) => 0..SEEDS,
    }
}

#[test]
fn f098_f118_simulated_lives_of_a_plan() {
    let seeds = seeds();
    let failed = crate::seeds::failed(&seeds, |seed| drop(live(seed)));
    assert!(
        failed.is_empty(),
        "{} of {} seeds failed: {failed:?}; replay one: WPSYNC_SEED={} cargo test --locked --test faults \
         simulated",
        failed.len(),
        seeds.end - seeds.start,
        failed[0]
    );
}

#[test]
fn a_seed_replays_exactly() {
    for seed in 0..20 {
        assert_eq!(live(seed), live(seed), "seed {seed}");
    }
}
