//! Services that make something of the texts that they store: whatever it is, plans come to an end, and the
//! store holds what the service makes of the declared texts. And nothing is ever learnt of who somebody is,
//! or of what they may do.

use std::sync::Arc;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value as Json, json};
use unicode_normalization::UnicodeNormalization as _;
use wpsync::apply::Verdict;
use wpsync::client::transport::Transport;
use wpsync::model::Kind;
use wpsync::operation::{self, ApplySettings, Claims, Unwatched, Verification};
use wpsync::plan::Plan;
use wpsync::state::{MemoryStore, State, Store as _};

use crate::stand_in::machine::{Runner, Simulated, plan_waiving};
use crate::stand_in::project::{Project, group};
use crate::stand_in::{Answers, Behaviour, Line, Service, Storage};
use crate::support::How;

const TITLES: [&str; 10] = [
    "IT Support",
    "head of sales",
    "WRITER",
    "deVries",
    " Pilot ",
    "Cafe\u{301} Chef",
    "Caf\u{e9} Chef",
    "Chief of the Night Shift",
    "Chief of the Day Shift",
    "\u{130}stanbul",
];

type Rule = fn(&str) -> String;

const RULES: [Rule; 6] = [
    |text| text.to_lowercase(),
    |text| text.to_uppercase(),
    |text| text.trim().to_owned(),
    |text| text.nfc().collect(),
    |text| text.nfd().collect(),
    |text| text.chars().take(6).collect(),
];

fn person(name: &str, title: &str) -> Json {
    json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "title": title })
}

/// A service, and a machine that keeps its state from run to run.
struct World {
    service: Arc<Service>,
    state: MemoryStore,
}

impl World {
    fn rewriting(seed: u64, rewrite: impl Fn(&mut Json) + Send + Sync + 'static) -> Self {
        let behaviour = Behaviour {
            storage: Storage::rewritten(rewrite),
            // Half of the services repeat the request.
            answers: [Answers::AsKept, Answers::AsAsked][usize::from(seed % 2 == 1)],
            ..Behaviour::default()
        };
        Self {
            service: Service::behaving(seed, behaviour),
            state: MemoryStore::default(),
        }
    }

    /// Plans, and applies what is planned.
    async fn round(&self, project: &Project, seed: u64) -> (Plan, Option<Verdict>) {
        let line: Arc<dyn Transport> = Arc::new(Line::clear(&self.service));
        let morning: jiff::Timestamp = "2026-11-21T08:00:00Z".parse().expect("a time");
        let machine = Simulated::new(morning, seed);
        let runner = Runner::new(machine, line, State::in_store(self.state.clone()));
        let around = runner.watched_by(&Unwatched);
        let location = project.location();
        let mut opened = operation::open(&location, &around).expect("a project");
        let made = plan_waiving(&mut opened, &around).await.expect("a plan");
        let plan = made.plan().clone();
        if plan.changes.is_empty() {
            return (plan, None);
        }
        let claims = Claims::default();
        let verified = operation::verify(&plan.to_bytes(), &location, &claims, &around);
        let Ok(Verification::Ready(verified)) = verified else {
            panic!("there is no receipt");
        };
        let cleared = operation::clear(*verified, ApplySettings::default(), &around).await;
        let applied = operation::apply(cleared.expect("clear"), How::default().stop, &around).await;
        let report = applied.expect("an apply").report;
        (plan, Some(report.verdict))
    }

    /// The attributes of which something is learnt.
    fn learnt(&self) -> Vec<String> {
        let Some(bytes) = self.state.get("snapshot/learnt.json").expect("memory") else {
            return Vec::new();
        };
        let learnt: Json = serde_json::from_slice(&bytes).expect("JSON");
        let directories = learnt["directories"].as_object().expect("directories").values();
        let texts = directories.flat_map(|one| one["texts"].as_array().expect("texts"));
        let mut all: Vec<String> = texts.map(|text| text["attribute"].to_string()).collect();
        all.dedup();
        all
    }

    fn title(&self, name: &str) -> String {
        let all = self.service.stored(Kind::User);
        let user = all
            .iter()
            .find(|user| user["userName"] == name)
            .expect("a person");
        user["title"].as_str().unwrap_or_default().to_owned()
    }
}

async fn a_company(seed: u64) {
    let mut random = SmallRng::seed_from_u64(seed);
    let rule = *RULES.choose(&mut random).expect("a rule");
    let world = World::rewriting(seed, move |resource| {
        if let Some(title) = resource["title"].as_str().map(rule) {
            resource["title"] = title.into();
        }
    });
    let size = random.random_range(1..=6);
    let mut project = Project::default();
    let mut there = vec![person("nobody-s", "Left As It Was \u{e9}")];
    let mut declared: Vec<(String, &str)> = Vec::new();
    for number in 0..size {
        let (name, title) = (
            format!("p{number}"),
            *TITLES.choose(&mut random).expect("a title"),
        );
        if random.random_bool(0.6) {
            there.push(person(&name, &format!("former {number}")));
        }
        project = project.wants(json!({ "userName": name, "title": title }));
        declared.push((name, title));
    }
    world.service.load(Kind::User, there);
    let mut rounds = 0;
    loop {
        let (plan, verdict) = world.round(&project, seed + rounds).await;
        if plan.changes.is_empty() {
            break;
        }
        assert_eq!(verdict, Some(Verdict::Applied), "{seed}");
        rounds += 1;
        assert!(rounds <= 3, "{seed}: {:?}", plan.changes);
    }
    for (name, title) in declared {
        assert_eq!(world.title(&name), rule(title), "{seed}: {name}");
    }
    assert!(
        world.learnt().iter().all(|name| name == "\"users.title\""),
        "{seed}"
    );
    assert_eq!(world.title("nobody-s"), "Left As It Was \u{e9}", "{seed}");
}

#[tokio::test(start_paused = true)]
async fn plans_come_to_an_end_whatever_a_service_makes_of_titles() {
    for seed in 0..40 {
        a_company(seed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_learnt_of_access_roles_names_or_members() {
    let world = World::rewriting(1, |resource| {
        if resource["userName"].is_string() {
            resource["active"] = true.into();
            resource["roles"] = json!([]);
            resource["externalId"] = resource["externalId"].as_str().map(str::to_lowercase).into();
        } else {
            resource["displayName"] = resource["displayName"].as_str().map(str::to_lowercase).into();
            resource["members"] = json!([]);
        }
    });
    world
        .service
        .load(Kind::User, vec![person("ada", "Writer"), person("bob", "Writer")]);
    let declared = |name: &str| {
        json!({
            "userName": name, "externalId": format!("E-{name}"), "active": false, "title": "Writer",
            "roles": ["admin"],
        })
    };
    let project = Project {
        groups: vec![group("Sales", &["ada"]), group("Ops", &["bob"])],
        ..Project::default()
    };
    let project = project.wants(declared("ada")).wants(declared("bob"));
    for round in 0..3 {
        let (plan, verdict) = world.round(&project, round).await;
        assert!(!plan.changes.is_empty(), "{round}");
        assert_ne!(verdict, Some(Verdict::Applied), "{round}");
        assert_eq!(world.learnt(), Vec::<String>::new(), "{round}");
    }
}
