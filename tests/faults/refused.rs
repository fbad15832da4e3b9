//! Services that refuse a few people, groups and members for good, drawn from a seed. One apply does every
//! change that does not depend on them, leavers go in the same run, and the run comes to its end.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value as Json, json};
use wpsync::apply::Outcome;
use wpsync::model::{Kind, Reference, Value};
use wpsync::plan::{Action, Change};
use wpsync::project::Absent;

use crate::disk::Disk;
use crate::scene::{Account, Declared, Scene, declared, declared_group, group, person, project};
use crate::support::{Refusal, Refused, Service, refusing, tail};

/// How many companies a plain run of the tests simulates.
const SEEDS: u64 = 60;
/// So many that five refusals are 5 % of the changes: more would keep the leavers from being removed.
const STAYING: usize = 100;
const LEAVING: usize = 6;
const NEW: usize = 8;
const GROUPS: usize = 5;
const STATUSES: [u16; 5] = [400, 403, 404, 409, 422];

fn stayer(number: usize) -> String {
    format!("s{number}")
}

/// A company where everybody who stays gets another title, some leave, some come, and groups change.
fn company(random: &mut SmallRng) -> (Arc<Service>, Declared) {
    let service = Service::new(random.random());
    let leavers = (0..LEAVING).map(|number| format!("l{number}"));
    let names: Vec<String> = (0..STAYING).map(stayer).chain(leavers).collect();
    let ids = service.load(
        Kind::User,
        names.iter().map(|name| person(name, "engineer")).collect(),
    );
    let mut users: Vec<Json> = (0..STAYING)
        .map(stayer)
        .map(|name| declared(&name, &name, "chief", Account::Active))
        .collect();
    for number in 0..NEW {
        let name = format!("n{number}");
        let mut user = json!({ "userName": name, "externalId": format!("x-{name}"), "active": true });
        if number > 0 && random.random_bool(0.5) {
            user["manager"] = format!("n{}", random.random_range(0..number)).into();
        }
        users.push(user);
    }
    let mut groups = Vec::new();
    for number in 0..GROUPS {
        let name = format!("g{number}");
        if random.random_bool(0.7) {
            let held: Vec<&str> = ids
                .iter()
                .filter(|_| random.random_bool(0.3))
                .map(|id| &**id)
                .collect();
            service.load(Kind::Group, vec![group(&name, &held)]);
        }
        let newcomers = (0..NEW).map(|number| format!("n{number}"));
        let all: Vec<String> = (0..STAYING).map(stayer).chain(newcomers).collect();
        let members: Vec<&str> = all
            .iter()
            .filter(|_| random.random_bool(0.3))
            .map(|name| &**name)
            .collect();
        groups.push(declared_group(&name, &members));
    }
    (service, Declared { users, groups })
}

/// Up to five people, groups and members whom the service refuses.
fn refused(scene: &Scene, random: &mut SmallRng) -> Vec<Refusal> {
    let changes = &scene.plan.changes;
    let ids: Vec<String> = scene.service.stored(Kind::User).iter().map(id_of).collect();
    let mut draw = || {
        // Newcomers, leavers and groups as often as the many who stay.
        let kinds = [Action::Create, Action::Update, Action::Deactivate, Action::Delete];
        let wanted = (*kinds.choose(random).expect("one"), random.random_bool(0.3));
        let is_wanted = |change: &&Change| (change.action, change.kind == Kind::Group) == wanted;
        let alike: Vec<&Change> = changes.iter().filter(is_wanted).collect();
        let of = match alike.choose(random) {
            Some(change) => Refused::Resource(known_by(change)),
            None => Refused::Member(ids.choose(random).expect("somebody").clone()),
        };
        let status = *STATUSES.choose(random).expect("a status");
        Refusal { of, status }
    };
    let all: Vec<Refusal> = (0..5).map(|_| draw()).collect();
    let count = random.random_range(0..=5);
    all.into_iter().take(count).collect()
}

fn id_of(user: &Json) -> String {
    user["id"].as_str().expect("an id").to_owned()
}

/// The id of what is there, and the name of what is new.
fn known_by(change: &Change) -> String {
    let id = change.remote_id.as_deref();
    id.map_or_else(|| change.key.name.to_string(), str::to_owned)
}

/// The changes that are done where the service refuses these: all but those of refused resources, and those
/// that need one of them. Groups lose the members who are refused or not made, and people such a manager.
fn possible(changes: &[Change], refusals: &[Refusal]) -> Vec<Change> {
    let is_refused = |of: Refused| refusals.iter().any(|refusal| refusal.of == of);
    let mut lost: BTreeSet<&str> = changes
        .iter()
        .filter(|change| is_refused(Refused::Resource(known_by(change))))
        .map(|change| &*change.id)
        .collect();
    loop {
        let is_lost = |need: &Change| lost.contains(&*need.id);
        let refers_to = |change: &Change, need: &Change| {
            let joins = change.members.iter().flat_map(|delta| &delta.add);
            let named = change.after.values().flatten().filter_map(named);
            need.action == Action::Create
                && need.key != change.key
                && joins.chain(named).any(|one| one.key.as_ref() == Some(&need.key))
        };
        let needs_lost = |change: &&Change| {
            let mut needs = changes.iter().filter(|need| change.needs.contains(&need.id));
            needs.any(|need| is_lost(need) && !refers_to(change, need))
        };
        let more = changes
            .iter()
            .find(|change| !is_lost(change) && needs_lost(change));
        let Some(more) = more else { break };
        lost.insert(&more.id);
    }
    let unmade: BTreeSet<String> = changes
        .iter()
        .filter(|change| lost.contains(&*change.id) && change.action == Action::Create)
        .map(|change| change.key.name.to_string())
        .collect();
    let mut possible: Vec<Change> = changes
        .iter()
        .filter(|change| !lost.contains(&*change.id))
        .cloned()
        .collect();
    for delta in possible.iter_mut().filter_map(|change| change.members.as_mut()) {
        for members in [&mut delta.add, &mut delta.remove] {
            members.retain(|member| match (&member.id, &member.key) {
                (Some(id), _) => !is_refused(Refused::Member(id.to_string())),
                (None, Some(key)) => !unmade.contains(&*key.name),
                (None, None) => true,
            });
        }
    }
    let is_unmade = |value: &Value| {
        let key = named(value)
            .filter(|one| one.id.is_none())
            .and_then(|one| one.key.as_ref());
        key.is_some_and(|key| unmade.contains(&*key.name))
    };
    possible.retain_mut(|change| {
        let asked = change.after.len();
        change
            .after
            .retain(|_, value| !value.as_ref().is_some_and(is_unmade));
        change.after.len() == asked || !change.after.is_empty()
    });
    possible
}

/// To whom an attribute refers.
fn named(value: &Value) -> Option<&Reference> {
    match value {
        Value::Reference(reference) => Some(reference),
        _ => None,
    }
}

/// One apply at a service that refuses these. Gives how many refusals there were.
async fn applied(seed: u64) -> usize {
    let mut random = SmallRng::seed_from_u64(seed);
    let (service, declared) = company(&mut random);
    let absent = *[Absent::Deactivate, Absent::Delete]
        .choose(&mut random)
        .expect("one");
    let most = *[1, 7, 100].choose(&mut random).expect("a size");
    let rows = format!("members_per_request: {most}\n");
    let scene = Scene::new(service, project(&rows, &declared, absent)).await;
    let refusals = refused(&scene, &mut random);
    let (disk, parallelism) = (Disk::default(), *[1, 4, 16].choose(&mut random).expect("one"));
    let line = scene.line(1, &disk, refusing(refusals.clone()));
    let report = scene.apply(line, &disk, parallelism).await.expect("it begins");
    let history = || tail(&scene.service.history());
    let context = format!("seed {seed}, {refusals:?}");
    scene.check_history(&context);
    scene.check_report(&report, 1, &context);
    assert_eq!(report.halt, None, "{context}\n{}", history());
    let possible = possible(&scene.plan.changes, &refusals);
    let wanted = scene.before().with(&possible);
    let (now, told) = (scene.world(), |id: &str| {
        let numbered = scene.plan.changes.iter().zip(&report.outcomes);
        let of_it = numbered.filter(|pair| known_by(pair.0) == id.trim_start_matches("new:"));
        format!(
            "{:?}",
            of_it.map(|pair| (pair.0.action, pair.1)).collect::<Vec<_>>()
        )
    });
    for (id, resource) in &wanted.resources {
        assert_eq!(
            now.resources.get(id),
            Some(resource),
            "{context}: {id} {}",
            told(id)
        );
    }
    assert_eq!(now.resources.len(), wanted.resources.len(), "{context}");
    // Whatever is not done says so, and whatever is done is not said to have failed.
    let whole = |change: &Change| possible.contains(change);
    for (change, outcome) in scene.plan.changes.iter().zip(&report.outcomes) {
        assert_eq!(
            outcome.is_done(),
            whole(change),
            "{context}: {} {outcome:?}",
            change.id
        );
        let is_named = |outcome: &Outcome| outcome.detail(change).is_some();
        assert!(
            whole(change) || is_named(outcome),
            "{context}: {} {outcome:?}",
            change.id
        );
    }
    refusals.len()
}

#[test]
fn whatever_does_not_depend_on_a_refused_person_group_or_member_is_done_in_one_apply() {
    let failed = crate::seeds::failed(&(0..SEEDS), |seed| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(applied(seed));
    });
    assert!(
        failed.is_empty(),
        "{} of {SEEDS} seeds failed: {failed:?}",
        failed.len()
    );
}
