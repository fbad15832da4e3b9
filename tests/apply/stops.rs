//! What stops a run: harm by the first of many removals, a deadline, and a request to stop.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tokio::sync::watch;
use wpsync::apply::{Outcome, Report, StopReason, Verdict};
use wpsync::plan::Action;
use wpsync::project::Absent;

use crate::stand_in::Line;
use crate::stand_in::project::{Project, group};
use crate::support::{How, Paper, Planned, World, run, taking_away};

fn person(number: usize) -> Json {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("user{number:02}"),
        "title": "Engineer", "active": true,
    })
}

/// Twenty people, of whom one is declared with another title, and the rest is removed.
async fn leaving(world: &World, absent: Absent) -> Planned {
    let project = Project {
        users_absent: absent,
        ..Project::default()
    };
    let project = project.wants(json!({ "userName": "user00", "title": "Lead" }));
    world.plan(&project).await
}

async fn applied(world: &World, absent: Absent, line: &Arc<Line>) -> Report {
    run(
        &leaving(world, absent).await,
        line,
        &Paper::default(),
        How {
            parallelism: 8,
            ..How::default()
        },
    )
    .await
    .expect("an end")
}

#[tokio::test]
async fn f104_a_service_that_does_harm_does_it_to_one() {
    for (harms_from, at_most) in [(1, 1), (2, 6), (6, 6), (7, 15)] {
        let world = World::with((0..20).map(person).collect(), Vec::new());
        let line = world.harming(harms_from);
        let report = applied(&world, Absent::Deactivate, &line).await;
        assert_eq!(report.verdict, Verdict::Partial);
        assert!(
            (harms_from..=at_most).contains(&taking_away(&line)),
            "{harms_from}: {}",
            taking_away(&line)
        );
        let said = report
            .outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Outcome::Failed { reason, .. } if reason.contains("Harmed")))
            .count();
        assert!(said >= 1, "{:?}", report.outcomes);
    }
}

#[tokio::test]
async fn f104_waves_end_with_everybody() {
    for absent in [Absent::Deactivate, Absent::Delete] {
        let world = World::with((0..20).map(person).collect(), Vec::new());
        let line = world.line(None);
        let report = applied(&world, absent, &line).await;
        assert_eq!(
            (report.verdict, report.count("done"), taking_away(&line)),
            (Verdict::Applied, 20, 19)
        );
    }
}

#[tokio::test]
async fn f104_members_leave_in_waves_too() {
    let group_of = |number: usize, members: &[String]| {
        let members: Vec<Json> = members.iter().map(|id| json!({ "value": id })).collect();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": format!("Team {number:02}"), "members": members,
        })
    };
    let world = World::with((0..2).map(person).collect(), Vec::new());
    let ids: Vec<String> = world
        .snapshot()
        .await
        .users
        .iter()
        .map(|live| live.id.to_string())
        .collect();
    let groups: Vec<Json> = (0..10).map(|number| group_of(number, &ids)).collect();
    world.service.load(wpsync::model::Kind::Group, groups);
    let project = Project {
        groups: (0..10)
            .map(|number| group(&format!("Team {number:02}"), &["user00"]))
            .collect(),
        ..Project::default()
    };
    let project = project.wants(json!({ "userName": "user00" }));
    let plan = world.plan(&project).await;
    assert!(
        plan.plan
            .changes
            .iter()
            .all(|change| change.action == Action::Update && change.takes_away())
    );
    let (sender, stop) = watch::channel(None);
    // Whoever stops after the first has seen one removal only.
    let line = world.watched(move |_| {
        sender.send_replace(Some(StopReason::Interrupted));
    });
    let report = run(&plan, &line, &Paper::default(), How { parallelism: 8, stop })
        .await
        .expect("an end");
    assert_eq!(
        (report.verdict, taking_away(&line), report.count("done")),
        (Verdict::Interrupted, 1, 1)
    );
}

#[tokio::test]
async fn f106_at_the_deadline_nothing_new_is_sent_and_what_is_under_way_ends() {
    for number in [1, 3, 7] {
        let world = World::with((0..20).map(person).collect(), Vec::new());
        let plan = leaving(&world, Absent::Delete).await;
        let (sender, stop) = watch::channel(None);
        let line = world.watched(move |sent| {
            if sent == number {
                sender.send_replace(Some(StopReason::Deadline));
            }
        });
        let paper = Paper::default();
        let report = run(&plan, &line, &paper, How { parallelism: 4, stop })
            .await
            .expect("an end");
        assert_eq!(report.verdict, Verdict::OutOfTime);
        assert_eq!(
            report.count("done") + report.count("not-tried"),
            20,
            "{:?}",
            report.outcomes
        );
        assert_eq!(report.count("done"), line.writes().len());
        assert!(
            (number..number + 4).contains(&line.writes().len()),
            "{} of {number}",
            line.writes().len()
        );
        let line = world.line(None);
        let report = run(&plan, &line, &paper, How::default()).await.expect("an end");
        assert_eq!(report.verdict, Verdict::Applied);
        assert_eq!(world.contents().len(), 1);
    }
}

#[tokio::test]
async fn f106_a_deadline_that_passes_while_everything_is_checked_sends_no_write() {
    for (reason, verdict) in [
        (StopReason::Deadline, Verdict::OutOfTime),
        (StopReason::Interrupted, Verdict::Interrupted),
    ] {
        let world = World::with((0..20).map(person).collect(), Vec::new());
        let plan = leaving(&world, Absent::Delete).await;
        let (_sender, stop) = watch::channel(Some(reason));
        let line = world.line(None);
        let report = run(&plan, &line, &Paper::default(), How { parallelism: 4, stop })
            .await
            .expect("an end");
        assert_eq!(
            (report.verdict, report.count("not-tried"), line.writes().len()),
            (verdict, 20, 0)
        );
    }
}

#[tokio::test]
async fn f121_a_panic_in_a_worker_ends_the_run_and_is_no_success() {
    let world = World::with((0..20).map(person).collect(), Vec::new());
    let plan = leaving(&world, Absent::Delete).await;
    let line = world.watched(|number| assert!(number != 4, "a worker that panics"));
    let paper = Paper::default();
    let report = run(
        &plan,
        &line,
        &paper,
        How {
            parallelism: 4,
            ..How::default()
        },
    )
    .await
    .expect("an end");
    assert_eq!(report.verdict, Verdict::Partial);
    let unknown = report
        .outcomes
        .iter()
        .filter(|outcome| {
            matches!(
                outcome,
                Outcome::Failed {
                    may_have_written: true,
                    ..
                }
            )
        })
        .count();
    assert_eq!(unknown, 1, "{:?}", report.outcomes);
    assert!(report.outcomes.iter().any(
        |outcome| matches!(outcome, Outcome::Skipped { reason } if reason.contains("ended unexpectedly"))
    ));
    let report = run(&plan, &world.line(None), &paper, How::default())
        .await
        .expect("an end");
    assert_eq!(report.verdict, Verdict::Applied);
}
