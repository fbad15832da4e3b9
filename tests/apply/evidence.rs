//! What an apply believes: a reading after the write, never the write's own answer. And what that costs.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tokio::sync::watch;
use wpsync::apply::{Outcome, Report, StopReason, Verdict};
use wpsync::dialect::Method;
use wpsync::model::Kind;
use wpsync::receipt::Evidence;

use crate::stand_in::project::Project;
use crate::stand_in::{Answers, Behaviour, Late, Line, Service, Storage};
use crate::support::{How, Paper, World, run};

fn person(number: usize, title: &str) -> Json {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("user{number:04}@example.com"), "externalId": format!("E{number}"),
        "active": true, "title": title,
    })
}

/// What the sources say of a person.
fn declared(number: usize, title: &str) -> Json {
    let mut person = person(number, title);
    person.as_object_mut().expect("an object").remove("schemas");
    person
}

fn project(people: impl Iterator<Item = Json>) -> Project {
    people.fold(Project::default(), Project::wants)
}

fn behaving(storage: Storage) -> Behaviour {
    Behaviour {
        storage,
        ..Behaviour::default()
    }
}

/// Plans and applies, and returns the report.
async fn applied(world: &World, project: &Project, line: &Arc<Line>) -> Report {
    let planned = world.plan(project).await;
    run(&planned, line, &Paper::default(), How::default())
        .await
        .expect("an end")
}

/// The names and titles that the service holds.
fn stored(service: &Service) -> BTreeSet<(String, String)> {
    let text = |row: &Json, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = service.stored(Kind::User);
    rows.iter()
        .map(|row| (text(row, "userName"), text(row, "title")))
        .collect()
}

fn titles(numbers: std::ops::Range<usize>, title: &str) -> BTreeSet<(String, String)> {
    numbers
        .map(|number| (format!("user{number:04}@example.com"), title.to_owned()))
        .collect()
}

#[tokio::test]
async fn an_answer_that_repeats_the_request_is_no_evidence() {
    for (there, wanted) in [(0, "A"), (3, "B")] {
        let world = World::with((0..there).map(|number| person(number, "A")).collect(), Vec::new());
        world.service.behave(behaving(Storage::Nothing));
        let project = project((0..3).map(|number| declared(number, wanted)));
        let report = applied(&world, &project, &world.line(None)).await;
        assert_eq!(report.verdict, Verdict::Partial, "{:?}", report.outcomes);
        assert_eq!(report.count("done"), 0, "{:?}", report.outcomes);
        assert_eq!(stored(&world.service), titles(0..there, "A"));
    }
}

#[tokio::test]
async fn a_service_that_stops_to_store_half_way_is_found_out_by_the_list() {
    let world = World::with((0..50).map(|number| person(number, "A")).collect(), Vec::new());
    let service = Arc::clone(&world.service);
    let line = world.watched(move |write| {
        if write == 30 {
            service.behave(behaving(Storage::Nothing));
        }
    });
    let report = applied(
        &world,
        &project((0..50).map(|number| declared(number, "B"))),
        &line,
    )
    .await;
    assert_eq!(report.verdict, Verdict::Partial);
    let kept = stored(&world.service)
        .into_iter()
        .filter(|(_, title)| title == "B")
        .count();
    let is_listed = |outcome: &&Outcome| outcome.evidence() == Some(Evidence::Listed);
    assert_eq!(report.count("done"), kept, "{:?}", report.outcomes);
    assert!(
        report.outcomes.iter().filter(is_listed).count() > 0,
        "{:?}",
        report.outcomes
    );
    let failed = report
        .outcomes
        .iter()
        .filter(|outcome| outcome.word() == "failed")
        .count();
    assert_eq!(failed, 50 - kept, "{:?}", report.outcomes);
}

#[tokio::test]
async fn a_run_that_is_stopped_still_reads_back_what_was_taken() {
    let world = World::with((0..50).map(|number| person(number, "A")).collect(), Vec::new());
    let planned = world
        .plan(&project((0..50).map(|number| declared(number, "B"))))
        .await;
    let (sender, stop) = watch::channel(None);
    let line = world.watched(move |write| {
        if write == 30 {
            let _ = sender.send(Some(StopReason::Interrupted));
        }
    });
    let how = How {
        stop,
        ..How::default()
    };
    let report = run(&planned, &line, &Paper::default(), how)
        .await
        .expect("an end");
    assert_eq!(report.verdict, Verdict::Interrupted);
    let changed = stored(&world.service)
        .into_iter()
        .filter(|(_, title)| title == "B")
        .count();
    assert!((30..50).contains(&changed), "{changed}");
    assert_eq!(report.count("done"), changed, "{:?}", report.outcomes);
    assert_eq!(report.count("failed"), 0, "{:?}", report.outcomes);
}

#[tokio::test]
async fn a_list_that_shows_writes_late_is_not_held_against_the_service() {
    let world = World::with((0..50).map(|number| person(number, "A")).collect(), Vec::new());
    let planned = world
        .plan(&project((0..50).map(|number| declared(number, "B"))))
        .await;
    world.service.behave(Behaviour {
        late: Late::in_lists(std::time::Duration::from_hours(1)),
        ..Behaviour::default()
    });
    let report = run(&planned, &world.line(None), &Paper::default(), How::default()).await;
    let report = report.expect("an end");
    assert_eq!((report.verdict, report.count("done")), (Verdict::Applied, 50));
    let by_id = |outcome: &Outcome| outcome.evidence() == Some(Evidence::ReadById);
    assert!(report.outcomes.iter().all(by_id), "{:?}", report.outcomes);
}

#[tokio::test]
async fn a_new_person_whose_id_is_somebody_elses_is_refused_at_once() {
    let world = World::with(vec![person(0, "A")], Vec::new());
    world.service.behave(Behaviour {
        answers: Answers::WithTheFirstId,
        ..Behaviour::default()
    });
    let project = project([declared(0, "B"), declared(1, "A")].into_iter());
    let report = applied(&world, &project, &world.line(None)).await;
    let says = |outcome: &Outcome| {
        matches!(outcome, Outcome::Failed { reason, .. }
            if reason.contains("which is user:user0000@example.com"))
    };
    assert!(report.outcomes.iter().any(says), "{:?}", report.outcomes);
    assert_eq!(report.verdict, Verdict::Partial);
}

/// How many requests a plan and its apply send.
async fn requests(world: &World, project: &Project) -> usize {
    world.service.forget();
    let line = world.line(None);
    let report = applied(world, project, &line).await;
    assert_eq!(
        (report.verdict, report.count("done")),
        (Verdict::Applied, report.outcomes.len())
    );
    world.service.requests()
}

#[tokio::test]
async fn a_create_takes_three_requests_at_most_and_so_does_an_update() {
    const COUNT: usize = 1000;
    let world = World::with((0..COUNT).map(|number| person(number, "A")).collect(), Vec::new());
    let created = project((COUNT..2 * COUNT).map(|number| declared(number, "A")));
    let creating = requests(&world, &created).await;
    assert!(stored(&world.service) == titles(0..2 * COUNT, "A"));
    let updated = project((0..COUNT).map(|number| declared(number, "B")));
    let updating = requests(&world, &updated).await;
    let is_look = |exchange: &crate::stand_in::Exchange| exchange.request.method == Method::Get;
    println!(
        "1,000 creates: {creating} requests; 1,000 updates: {updating} requests, {} of them readings",
        world.service.requests_that(is_look).len()
    );
    assert!(creating <= 3 * COUNT, "{creating}");
    assert!(updating <= 3 * COUNT, "{updating}");
    // A plan without changes takes the pages of its lists, and at most four requests more.
    world.service.forget();
    assert!(world.plan(&updated).await.plan.changes.is_empty());
    let pages = 2 * COUNT / 100 + 1 + 1;
    assert!(
        world.service.requests() <= pages + 4,
        "{}",
        world.service.requests()
    );
}
