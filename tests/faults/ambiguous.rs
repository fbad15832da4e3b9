//! Creates of which nobody can say at once whether they were done: 16 ways, 10 seeds each, at two
//! concurrencies. No account is made twice, and none that is there is called a failure.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use wpsync::apply::{Outcome, Verdict};
use wpsync::project::Absent;

use crate::disk::Disk;
use crate::scene::{Account, Declared, Scene, declared, project};
use crate::support::{Asked, Behaviour, Fault, Late, Operation, Script, Service, tail};

const SEEDS: u64 = 10;
const PEOPLE: [&str; 4] = ["Ann", "Bob", "Cyd", "Dan"];

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
struct Way {
    name: &'static str,
    /// With a create.
    create: Fault,
    /// With look-ups after it.
    look_up: LookUp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LookUp {
    Works,
    /// Once or twice.
    Fails,
    Ignored,
    Exact,
    /// Shows what was made after up to this many seconds.
    Lags(u64),
}

const fn way(name: &'static str, create: Fault) -> Way {
    Way {
        name,
        create,
        look_up: LookUp::Works,
    }
}

const WAYS: [Way; 16] = [
    way("no answer, and not done", Fault::Reset),
    way("timed out, and done", Fault::TimeoutAfterSend),
    way("reset in the answer, and done", Fault::CutMidBody),
    way("500, and done", Fault::Done(500)),
    way("502, and done", Fault::Done(502)),
    way("503, and done", Fault::Done(503)),
    way("504, and done", Fault::Done(504)),
    way("201 without a body", Fault::NoBody201),
    way("201 without an id", Fault::NoId201),
    way("200 for 201", Fault::Done200),
    way("409 without a word, and done", Fault::Done(409)),
    way("400 for what is there", Fault::Done(400)),
    Way {
        name: "filters are ignored",
        create: Fault::TimeoutAfterSend,
        look_up: LookUp::Ignored,
    },
    Way {
        name: "filters are exact",
        create: Fault::TimeoutAfterSend,
        look_up: LookUp::Exact,
    },
    Way {
        name: "shows late",
        create: Fault::TimeoutAfterSend,
        look_up: LookUp::Lags(300),
    },
    Way {
        name: "look-ups fail too",
        create: Fault::Done(500),
        look_up: LookUp::Fails,
    },
];

impl Way {
    fn script(self, seed: u64) -> Script {
        let mut random = SmallRng::seed_from_u64(seed);
        let struck = random.random_range(1..=PEOPLE.len());
        let mut failing = if self.look_up == LookUp::Fails {
            random.random_range(1..=2)
        } else {
            0
        };
        let mut has_struck = false;
        Box::new(move |asked: &Asked<'_>| {
            if asked.operation == Operation::CreateUser && asked.occurrence == struck {
                has_struck = true;
                return Some(self.create);
            }
            if !has_struck || asked.operation != Operation::LookUp {
                return None;
            }
            match self.look_up {
                LookUp::Ignored => Some(Fault::FilterIgnored),
                LookUp::Exact if asked.request.query.contains("userName") => Some(Fault::FilterExact),
                LookUp::Fails if failing > 0 => {
                    failing -= 1;
                    Some(Fault::BrokenBeforeCommit)
                }
                _ => None,
            }
        })
    }
}

async fn create(way: Way, seed: u64, parallelism: usize) {
    let service = Service::new(seed);
    let mut lag = 0;
    if let LookUp::Lags(most) = way.look_up {
        let mut random = SmallRng::seed_from_u64(seed);
        service.behave(Behaviour {
            late: Late::in_look_ups(Duration::from_secs(random.random_range(0..=most))),
            ..Behaviour::default()
        });
        lag = most;
    }
    let people = Declared {
        users: PEOPLE
            .map(|name| declared(name, name, "engineer", Account::Active))
            .into(),
        ..Declared::default()
    };
    let project = project(&format!("visibility_lag: {lag}\n"), &people, Absent::Keep);
    let scene = Scene::new(service, project).await;
    let context = format!("{}, seed {seed}, {parallelism} at once", way.name);
    let disk = Disk::default();
    let report = scene
        .apply(scene.line(1, &disk, way.script(seed)), &disk, parallelism)
        .await
        .expect("it begins");
    scene.check_report(&report, 1, &context);
    scene.check_history(&context);
    if way.look_up == LookUp::Ignored {
        // Nobody can tell by such look-ups, unless there is but one person: it stops, says so, and goes on
        // when they work.
        let is_last_alone = report.outcomes.iter().all(Outcome::is_done);
        assert!(
            is_last_alone || report.verdict == Verdict::Partial,
            "{context}: {report:?}"
        );
        scene
            .apply(scene.line(2, &disk, Box::new(|_| None)), &disk, parallelism)
            .await
            .expect("it goes on");
    } else {
        assert_eq!(
            report.verdict,
            Verdict::Applied,
            "{context}: {report:?}\n{}",
            tail(&scene.service.history())
        );
    }
    assert_eq!(scene.world(), scene.wanted(), "{context}");
    let made = scene
        .service
        .history()
        .iter()
        .filter(|one| one.operation.is_create() && one.took_effect())
        .count();
    assert_eq!(made, PEOPLE.len(), "{context}: each is made once");
}

fn run(ways: &[Way]) -> u64 {
    let mut runs = 0;
    for way in ways {
        for seed in 0..SEEDS {
            for parallelism in [1, 8] {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_time()
                    .start_paused(true)
                    .build()
                    .expect("a runtime");
                runtime.block_on(create(*way, seed, parallelism));
                runs += 1;
            }
        }
    }
    runs
}

#[test]
fn f090_ambiguous_creates_without_a_usable_answer() {
    assert_eq!(run(&WAYS[..8]), 8 * SEEDS * 2);
}

#[test]
fn f091_ambiguous_creates_with_odd_answers_and_look_ups() {
    assert_eq!(run(&WAYS[8..]), 8 * SEEDS * 2);
}
