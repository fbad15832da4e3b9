//! One organisation at every service that a shipped dialect describes: planned, applied, planned again and
//! nothing is left; then a week of edits the same. The dialects are read from their folder, so that none is
//! forgotten.

use serde_json::json;
use wpsync::dialect::Dialect;
use wpsync::dialect::Groups;
use wpsync::dialect::Nesting;
use wpsync::model::Kind;
use wpsync::plan::Action;
use wpsync::sandbox::PaceReport;

use super::organisation::{MORE_THAN_A_THOUSAND, Organisation, stored};
use super::world::{World, dialect_files};

/// The service as its dialect has it, and with what no client knows: everything is asked too fast.
fn hasty(dialect: &Dialect) -> Dialect {
    let mut strict = dialect.clone();
    let unknown = Dialect::parse(
        "name: x\nrates: [{ requests: 20, seconds: 10 }, { methods: [POST, PUT, PATCH, DELETE], requests: 5, \
         seconds: 3 }]",
    );
    strict.rates.extend(unknown.expect("a dialect").rates);
    strict
}

async fn lives_through_a_week(name: String, served: fn(&Dialect) -> Dialect, at_most: usize) -> World {
    let rows = Dialect::shipped_text(&name)
        .unwrap_or_else(|| panic!("{name}.yaml is in the folder and not in the program"));
    let dialect = Dialect::parse(rows).expect("a dialect");
    let organisation = Organisation::of(&dialect, at_most);
    let world = World::new(rows, served(&dialect), &[]);
    world.holds(Kind::User, organisation.crowd_at(&dialect));
    world.holds(Kind::Group, Organisation::groups_at(&dialect));
    let (first, _) = world.converges(&organisation.at_first()).await;
    assert!(
        first
            .plan
            .changes
            .iter()
            .any(|change| change.action == Action::Create),
        "{}",
        dialect.name
    );
    let (week, _) = world.converges(&organisation.after_a_week()).await;
    assert!(
        week.plan.changes.len() >= 3,
        "{}: {:?}",
        dialect.name,
        week.plan.header.summary
    );
    is_as_it_should_be(&world, &organisation, &dialect).await;
    world
}

/// Looks behind the service: what its client believes is one thing, what is stored another.
async fn is_as_it_should_be(world: &World, organisation: &Organisation, dialect: &Dialect) {
    let store = world.store();
    let named = async |name: &str| {
        store
            .search("/Users", &format!("userName eq {}", json!(stored(dialect, name))))
            .await
            .body
    };
    let is_fixed =
        |path: &str| dialect.keeps_as_made(dialect.catalog().find(Kind::User, path).expect("known"));
    let bob = if is_fixed("userName") {
        "bob@example.com"
    } else {
        "robert@example.com"
    };
    for (name, count) in [
        ("Ada@Example.com", 1),
        (bob, 1),
        ("judy@example.com", 1),
        ("ivan@example.com", 1),
        ("extra0@example.com", 1),
    ] {
        assert_eq!(
            named(name).await["totalResults"],
            json!(count),
            "{}: {name}",
            dialect.name
        );
    }
    assert_eq!(
        named("ivan@example.com").await["Resources"][0]["active"],
        json!(true),
        "{}",
        dialect.name
    );
    for gone in ["dan@example.com", "erin@example.com"] {
        let found = named(gone).await;
        assert!(
            found["totalResults"] == 0 || found["Resources"][0]["active"] == json!(false),
            "{}: {gone}: {found}",
            dialect.name
        );
    }
    let groups = store.get("/Groups?count=1000").await.body;
    let members = |name: &str| {
        let group = groups["Resources"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|group| group["displayName"] == name);
        group.map_or(0, |group| group["members"].as_array().map_or(0, Vec::len))
    };
    if dialect.groups == Groups::None {
        assert_eq!(groups["totalResults"], 0, "{}", dialect.name);
        return;
    }
    let nested = usize::from(dialect.membership.nesting == Nesting::Allowed);
    let found = (
        members("Everybody"),
        members("Sales"),
        members("Above"),
        members("Nobody"),
    );
    assert_eq!(
        found,
        (organisation.crowd - 3 + 4, 2, 1 + nested, 0),
        "{}",
        dialect.name
    );
}

/// Every dialect's week, each told apart from the others' failures.
async fn every_week(served: fn(&Dialect) -> Dialect, at_most: usize, is_right: fn(PaceReport) -> bool) {
    let mut wrong = Vec::new();
    for name in dialect_files() {
        match tokio::spawn(lives_through_a_week(name.clone(), served, at_most)).await {
            Ok(world) if is_right(world.pace()) => {}
            Ok(world) => wrong.push(format!("{name}: {:?}", world.pace())),
            Err(_) => wrong.push(format!("{name}: see above")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(start_paused = true)]
async fn the_same_organisation_converges_at_every_service() {
    every_week(Dialect::clone, MORE_THAN_A_THOUSAND, |pace| {
        pace == PaceReport::default()
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn f100_a_limit_that_no_dialect_knows_is_never_run_into_twice() {
    every_week(hasty, 101, |pace| pace.throttled > 0 && pace.early == 0).await;
}

#[tokio::test(start_paused = true)]
async fn f033_where_nobody_tells_who_is_in_a_group_the_last_apply_is_believed_and_nothing_is_called_verified()
{
    let rows = "name: silent\nabsent_members: hidden\nmembers_per_request: 2\n";
    let dialect = Dialect::parse(rows).expect("a dialect");
    let organisation = Organisation::of(&dialect, 5);
    let world = World::new(rows, dialect.clone(), &[]);
    world.holds(Kind::User, organisation.crowd_at(&dialect));
    let (first, report) = world.converges(&organisation.at_first()).await;
    assert!(
        first
            .notes
            .iter()
            .any(|note| note.contains("nothing can be verified")),
        "{:?}",
        first.notes
    );
    let words: Vec<&str> = first
        .plan
        .changes
        .iter()
        .zip(&report.outcomes)
        .filter(|(change, _)| change.members.is_some())
        .map(|(_, outcome)| outcome.word())
        .collect();
    assert_eq!(words, ["unverified"; 3], "three groups have members");
    let (week, _) = world.converges(&organisation.after_a_week()).await;
    let sales = week
        .plan
        .changes
        .iter()
        .find(|change| change.id == "group:Sales")
        .expect("a change");
    assert!(
        sales.reason.contains("what the last apply left is taken for it"),
        "{}",
        sales.reason
    );
    is_as_it_should_be(&world, &organisation, &dialect).await;

    // A client that has applied nothing knows nothing: everybody is added, and nobody removed.
    let stranger = world.forgetful();
    let planned = stranger.plan(&organisation.at_first()).await;
    let everybody = planned
        .plan
        .changes
        .iter()
        .find(|change| change.id == "group:Everybody")
        .expect("a change");
    let members = everybody.members.as_ref().expect("members");
    assert!(
        members.remove.is_empty() && members.add.len() == organisation.crowd + 4,
        "{members:?}"
    );
    assert!(
        everybody
            .reason
            .contains("everybody declared is added and nobody removed"),
        "{}",
        everybody.reason
    );
}
