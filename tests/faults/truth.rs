//! Whether what is said is true. Organisations live on at services that keep what they are told, or echo it,
//! drop it, rewrite it, show it late or hide it, or that find nobody or everybody by a filter. After each
//! plan that calls the directory as declared, and after each apply that calls itself complete, a model of the
//! sources compares what the service stores.
//!
//! `WPSYNC_TRUTH_SEEDS=10000` lives so many lives, `WPSYNC_TRUTH_SEED=17` replays one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::seq::IteratorRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value as Json, json};
use wpsync::apply::Verdict;
use wpsync::client::transport::Transport;
use wpsync::model::Kind;
use wpsync::operation::{self, ApplySettings, Verification};
use wpsync::project::Absent;
use wpsync::state::{MemoryStore, State};

use crate::organisation::{Organisation, Rewriting};
use crate::scene::person;
use crate::support::machine::{Runner, Simulated, plan_waiving};
use crate::support::project::Project;
use crate::support::{Behaviour, Filters, Late, Line, Members, Names, Service, Storage};

/// How many lives a plain run of the tests lives; `.ci/long truth` lives ten thousand.
const SEEDS: u64 = 150;
/// How long a service that shows writes late takes.
const LAG: Duration = Duration::from_secs(20);

/// A service's way with what it is told.
struct Way {
    behaviour: Behaviour,
    stored_as: Rewriting,
    /// Rows of the dialect that say so.
    rows: &'static str,
}

/// The way of a service, as the dice say.
fn way(random: &mut SmallRng) -> Way {
    let faithful = |behaviour| Way {
        behaviour,
        stored_as: |_| Vec::new(),
        rows: "",
    };
    let keeps = |storage| Behaviour {
        storage,
        ..Behaviour::default()
    };
    // A service that takes no titles cannot be told from one that rewrites capitals where only they differ.
    // What was sent twice and came back so is called unverified, and later believed.
    let deaf = |storage| Way {
        stored_as: |title| vec![title.to_lowercase(), title.to_uppercase()],
        ..faithful(keeps(storage))
    };
    let late = |late| Behaviour {
        late,
        ..Behaviour::default()
    };
    let filtered = |filters, names| Behaviour {
        filters,
        names,
        ..Behaviour::default()
    };
    match random.random_range(0..13) {
        0 => deaf(Storage::Nothing),
        1 => deaf(Storage::Without(vec!["title"])),
        2 => faithful(keeps(Storage::Without(vec!["members"]))),
        3 => Way {
            stored_as: |title| vec![title.to_uppercase()],
            ..faithful(keeps(Storage::rewritten(|resource| {
                if let Some(title) = resource["title"].as_str() {
                    resource["title"] = title.to_uppercase().into();
                }
            })))
        },
        4 => faithful(late(Late::in_look_ups(LAG))),
        5 => Way {
            rows: "visibility_lag: 30\n",
            ..faithful(late(Late::everywhere(LAG)))
        },
        6 => faithful(Behaviour {
            members: Members::Unlisted,
            ..Behaviour::default()
        }),
        7 => faithful(Behaviour {
            members: Members::Hidden,
            ..Behaviour::default()
        }),
        8 => faithful(filtered(Filters::Nobody, Names::Shared)),
        9 => faithful(filtered(Filters::Everybody, Names::Shared)),
        10 => faithful(filtered(Filters::Refused(400), Names::Shared)),
        11 => faithful(filtered(Filters::CaseExact, Names::Shared)),
        _ => faithful(Behaviour::default()),
    }
}

/// Somebody edits the directory by hand.
fn edit_by_hand(service: &Service, random: &mut SmallRng) {
    let users = service.stored(Kind::User);
    let groups = service.stored(Kind::Group);
    let path = |kind: &str, row: &Json| format!("/{kind}/{}", row["id"].as_str().unwrap_or_default());
    let (user, group) = (users.iter().choose(random), groups.iter().choose(random));
    match (random.random_range(0..4), user, group) {
        (0, Some(user), _) => service.edit(&path("Users", user), "title", &"by hand".into()),
        (1, Some(user), _) => service.edit(&path("Users", user), "active", &false.into()),
        (2, Some(user), Some(group)) => {
            let members = json!([{ "value": user["id"] }]);
            service.edit(&path("Groups", group), "members", &members);
        }
        _ => {
            let name = format!("back-door-{}", random.random::<u32>());
            drop(service.load(Kind::User, vec![person(&name, "by hand")]));
        }
    }
}

/// A company's life.
struct Life {
    service: Arc<Service>,
    store: MemoryStore,
    absent: Absent,
    way: Way,
    context: String,
}

impl Life {
    fn runner(&self, seed: u64) -> Runner {
        let line: Arc<dyn Transport> =
            Arc::new(Line::clear(&self.service).taking(Duration::from_millis(10), seed));
        let morning: jiff::Timestamp = "2026-11-21T08:00:00Z".parse().expect("a time");
        Runner::new(
            Simulated::new(morning, seed),
            line,
            State::in_store(self.store.clone()),
        )
    }

    /// Plans, and applies what there is to do. Panics where something that is said is not true. Gives how
    /// many claims were compared.
    async fn plan_and_apply(&self, organisation: &Organisation, seed: u64) -> u64 {
        let declared = organisation.declared();
        let project = Project {
            dialect: format!("name: test\nmax_concurrency: 16\n{}", self.way.rows),
            users_absent: self.absent,
            groups_absent: Absent::Delete,
            users: declared.users,
            groups: declared.groups,
            ..Project::default()
        };
        let (runner, watch) = (self.runner(seed), operation::Unwatched);
        let around = runner.watched_by(&watch);
        // What is refused claims nothing.
        let Ok(mut opened) = operation::open(&project.location(), &around) else {
            return 0;
        };
        let Ok(made) = plan_waiving(&mut opened, &around).await else {
            return 0;
        };
        let standing = wpsync::plan::standing(made.plan());
        let (changes, leaves) = (made.plan().changes.len(), !standing.leaves_nothing());
        if standing.is_as_declared() {
            self.is_true("No changes", organisation);
            return 1;
        }
        let Ok(Verification::Ready(verified)) =
            operation::verify_made(opened, made, Some("a trial"), &around)
        else {
            return 0;
        };
        let settings = ApplySettings::default();
        let Ok(cleared) = operation::clear(*verified, settings, &around).await else {
            return 0;
        };
        let (_go_on, stop) = tokio::sync::watch::channel(None);
        let Ok(applied) = operation::apply(cleared, stop, &around).await else {
            return 0;
        };
        let report = applied.report;
        let is_complete = matches!(report.verdict, Verdict::Applied | Verdict::AlreadyApplied);
        let is_verified = report.count("unverified") == 0;
        if is_complete && is_verified && !leaves && changes > 0 {
            self.is_true("Apply complete", organisation);
            return 1;
        }
        0
    }

    fn is_true(&self, said: &str, organisation: &Organisation) {
        let mut found = organisation.differences(&self.service, self.absent, self.way.stored_as);
        // A group without members has none (RFC 7643, section 2.5). A service that hides all members and
        // whose dialect does not say so cannot be told from that where the sources list nobody.
        let hides = self.service.hides_members();
        found.retain(|sentence| !(hides && sentence.ends_with("and {} should be")));
        assert!(found.is_empty(), "{}: it said {said:?}: {found:#?}", self.context);
    }
}

/// Lives a life, and gives how many claims were compared.
fn live(seed: u64) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut random = SmallRng::seed_from_u64(seed);
        let way = way(&mut random);
        let mut life = Life {
            service: Service::new(seed),
            store: MemoryStore::default(),
            absent: [Absent::Delete, Absent::Deactivate][random.random_range(0..2)],
            context: format!("seed {seed}, {:?}", way.behaviour),
            way,
        };
        let mut organisation = Organisation::default();
        // The service has its way from the beginning, or from some day on.
        let from = random.random_range(0..4);
        let behaviour = std::mem::take(&mut life.way.behaviour);
        (0..6).for_each(|_| organisation.step(&mut random));
        let mut claims = 0;
        for round in 0..6 {
            if round == from {
                life.service.behave(behaviour.clone());
            }
            (0..random.random_range(0..4)).for_each(|_| organisation.step(&mut random));
            if random.random_bool(0.3) {
                edit_by_hand(&life.service, &mut random);
            }
            // What was written before shows by now.
            tokio::time::sleep(2 * LAG).await;
            claims += life.plan_and_apply(&organisation, random.random()).await;
        }
        claims
    })
}

/// Which seeds to run.
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().expect("a number"))
    };
    match number("WPSYNC_TRUTH_SEED") {
        Some(one) => one..one + 1,
        None => 0..number("WPSYNC_TRUTH_SEEDS").unwrap_or(SEEDS),
    }
}

#[test]
fn what_is_said_of_a_directory_is_true() {
    let seeds = seeds();
    let claims = AtomicU64::new(0);
    let failed = crate::seeds::failed(&seeds, |seed| {
        claims.fetch_add(live(seed), Ordering::Relaxed);
    });
    assert!(
        failed.is_empty(),
        "{} of {} lives failed: {failed:?}; replay one: WPSYNC_TRUTH_SEED={} cargo test --locked --test \
         faults what_is_said",
        failed.len(),
        seeds.end - seeds.start,
        failed[0]
    );
    let claims = claims.into_inner();
    println!("{claims} claims of {} lives are true", seeds.end - seeds.start);
    assert!(claims >= seeds.end - seeds.start, "{claims} claims are few");
}

/// A hundred steps of an organisation at a service that does what it says: after each, the service holds what
/// the sources say.
#[test]
fn a_hundred_steps_and_the_service_is_right_after_each() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    for absent in [Absent::Deactivate, Absent::Delete] {
        runtime.block_on(async {
            let mut random = SmallRng::seed_from_u64(2026);
            let life = Life {
                service: Service::new(1),
                store: MemoryStore::default(),
                absent,
                way: Way {
                    behaviour: Behaviour::default(),
                    stored_as: |_| Vec::new(),
                    rows: "",
                },
                context: format!("{absent:?}"),
            };
            let mut organisation = Organisation::default();
            (0..20).for_each(|_| organisation.step(&mut random));
            for step in 0..100 {
                organisation.step(&mut random);
                tokio::time::sleep(Duration::from_hours(1)).await;
                life.plan_and_apply(&organisation, step).await;
                life.is_true(&format!("step {step}"), &organisation);
            }
        });
    }
}
