//! Nobody is made twice at a service whose look-ups find nobody, or everybody, and which takes a name as
//! often as it is sent: whatever is cut, whatever is killed, with the journal and without.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use wpsync::apply::{Next, Outcome, Report, Verdict};
use wpsync::model::Kind;

use crate::stand_in::project::{Project, group};
use crate::stand_in::{Behaviour, Fault, Filters, Line, Names, Storage};
use crate::support::{Cut, How, Paper, Planned, World, run};

const GROUPS: usize = 24;
const BROKEN: [Filters; 4] = [
    Filters::Nobody,
    Filters::Everybody,
    Filters::Refused(400),
    Filters::Refused(501),
];

/// A service that takes a name twice, and has this many groups of somebody else.
fn world(filters: Filters, others: usize) -> World {
    let other = |number: usize| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": format!("Other {number}"), "externalId": format!("O{number}"),
        })
    };
    let world = World::with(Vec::new(), (0..others).map(other).collect());
    world.service.behave(Behaviour {
        filters,
        names: Names::Shared,
        ..Behaviour::default()
    });
    world
}

/// Plans the groups.
async fn planned(world: &World) -> Planned {
    let groups = (0..GROUPS).map(|number| group(&format!("Team {number}"), &[]));
    world
        .plan(&Project {
            groups: groups.collect(),
            ..Project::default()
        })
        .await
}

/// How often the service has each of the groups: once, all of them.
fn check(world: &World, case: &str) {
    let stored = world.service.stored(Kind::Group);
    let names = stored.iter().filter_map(|group| group["displayName"].as_str());
    let mut ours: Vec<&str> = names.filter(|name| name.starts_with("Team ")).collect();
    let (count, distinct) = (ours.len(), ours.drain(..).collect::<BTreeSet<_>>().len());
    assert_eq!((count, distinct), (GROUPS, GROUPS), "{case}");
}

fn how(parallelism: usize) -> How {
    How {
        parallelism,
        ..How::default()
    }
}

async fn applied(planned: &Planned, line: &Arc<Line>, paper: &Paper) -> Report {
    run(planned, line, paper, how(4)).await.expect("an end")
}

#[tokio::test(start_paused = true)]
async fn killed_at_any_create_the_same_apply_makes_the_rest_with_the_journal_and_without() {
    for filters in BROKEN {
        for others in [0, 3] {
            for number in [1, 2, 7, 24] {
                for (cut, keeps) in [
                    (Cut::After(number), true),
                    (Cut::After(number), false),
                    (Cut::Before(number), true),
                ] {
                    let case = format!("{filters:?}, {others} others, {cut:?}, the journal stays: {keeps}");
                    let world = world(filters, others);
                    let planned = planned(&world).await;
                    let paper = Paper::default();
                    let killed = run(&planned, &world.line(Some(cut)), &paper, how(1)).await;
                    assert!(killed.is_none(), "{case}");
                    let paper = if keeps { paper } else { Paper::default() };
                    let report = applied(&planned, &world.line(None), &paper).await;
                    assert!(report.outcomes.iter().all(Outcome::is_done), "{case}: {report:?}");
                    check(&world, &case);
                }
            }
        }
    }
}

/// A line on which the answers to some creates are lost, though the service did what they say.
fn losing(world: &World, every: usize) -> Arc<Line> {
    let script = move |asked: &crate::stand_in::Asked<'_>| {
        let is_lost = asked.write().is_some_and(|number| number % every == 0);
        is_lost.then_some(Fault::TimeoutAfterSend)
    };
    Arc::new(Line::disturbed(&world.service, Box::new(script)))
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_settled_by_the_list_where_no_look_up_can_be_believed() {
    for filters in BROKEN {
        for others in [0, 3] {
            let case = format!("{filters:?}, {others} others");
            let world = world(filters, others);
            let planned = planned(&world).await;
            let report = applied(&planned, &losing(&world, 8), &Paper::default()).await;
            assert!(
                report.outcomes.iter().all(Outcome::is_done),
                "{case}: {:?}",
                report.outcomes
            );
            check(&world, &case);
        }
    }
}

/// A line on which the answer to the first create has such a fault, and no list of groups can be used from
/// then on.
fn losing_with_the_list(world: &World, fault: Fault) -> Arc<Line> {
    let script = move |asked: &crate::stand_in::Asked<'_>| match asked.write() {
        Some(1) => Some(fault),
        None if asked.writes > 0 && asked.request.path == "/Groups" => Some(Fault::Status(501)),
        _ => None,
    };
    Arc::new(Line::disturbed(&world.service, Box::new(script)))
}

/// Whether the first create on a line was not sent again. The others go on.
fn is_sent_once(line: &Line) -> bool {
    let writes = line.writes();
    let of_first = writes.iter().filter(|write| write.body == writes[0].body);
    of_first.count() == 1
}

#[tokio::test(start_paused = true)]
async fn where_nothing_can_tell_it_is_unknown_and_never_sent_again() {
    for filters in BROKEN {
        let world = world(filters, 3);
        let planned = planned(&world).await;
        let paper = Paper::default();
        let line = losing_with_the_list(&world, Fault::TimeoutAfterSend);
        let report = run(&planned, &line, &paper, how(1)).await.expect("an end");
        assert_eq!(report.verdict, Verdict::Partial, "{filters:?}: {report:?}");
        let says = |outcome: &Outcome| {
            matches!(outcome, Outcome::Failed { reason, may_have_written: true, .. }
                if reason.starts_with("unknown, look at it"))
        };
        assert!(
            report.outcomes.iter().any(says),
            "{filters:?}: {:?}",
            report.outcomes
        );
        assert!(matches!(report.next(), Some(Next::Look(which)) if which.len() == 1));
        assert!(is_sent_once(&line), "{filters:?}");
        // The same apply again, while the list says nothing: it is not sent.
        let deaf = Arc::new(Line::disturbed(
            &world.service,
            Box::new(|asked| {
                let is_list = asked.write().is_none() && asked.request.path == "/Groups";
                is_list.then_some(Fault::Status(501))
            }),
        ));
        let report = run(&planned, &deaf, &paper, how(1)).await.expect("an end");
        assert!(
            report.outcomes.iter().any(says),
            "{filters:?}: {:?}",
            report.outcomes
        );
        assert_eq!(report.verdict, Verdict::Partial, "{filters:?}");
        assert_eq!(deaf.writes().len(), 0, "{filters:?}");
        // And when the list can be read again, everything is there once.
        let report = applied(&planned, &world.line(None), &paper).await;
        assert!(
            report.outcomes.iter().all(Outcome::is_done),
            "{filters:?}: {report:?}"
        );
        check(&world, &format!("{filters:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_an_id_is_a_problem_of_its_own() {
    let world = world(Filters::Nobody, 3);
    let planned = planned(&world).await;
    let line = losing_with_the_list(&world, Fault::NoId201);
    let report = run(&planned, &line, &Paper::default(), how(1))
        .await
        .expect("an end");
    let says = |outcome: &Outcome| {
        matches!(outcome, Outcome::Failed { reason, may_have_written: true, .. }
            if reason.contains("has no id") && reason.starts_with("unknown, look at it"))
    };
    assert!(report.outcomes.iter().any(says), "{:?}", report.outcomes);
    assert!(is_sent_once(&line));
}

#[tokio::test(start_paused = true)]
async fn somebody_whose_name_only_looks_the_same_is_not_ours_and_nothing_is_sent() {
    let user =
        |name: &str| json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name });
    for (appears, is_alike) in [("mi\u{212a}e@example.com", true), ("mika@example.com", false)] {
        let world = World::with(vec![user("bob@example.com")], Vec::new());
        let planned = world
            .plan(&Project::default().wants(person("mike@example.com")))
            .await;
        world.service.load(Kind::User, vec![user(appears)]);
        world.service.behave(Behaviour {
            filters: Filters::Nobody,
            names: Names::Shared,
            ..Behaviour::default()
        });
        let line = world.line(None);
        let report = applied(&planned, &line, &Paper::default()).await;
        if !is_alike {
            assert_eq!(report.verdict, Verdict::Applied, "{report:?}");
            continue;
        }
        assert_eq!(report.verdict, Verdict::Drifted, "{report:?}");
        assert_eq!(line.writes().len(), 0);
        let detail = report.outcomes[0]
            .detail(&planned.plan.changes[0])
            .expect("a sentence");
        assert!(
            detail.contains("mike@example.com") && detail.contains("another user"),
            "{detail}"
        );
    }
}

/// A person as a source says it.
fn person(name: &str) -> Json {
    json!({ "userName": name, "title": "Dev" })
}

#[tokio::test(start_paused = true)]
async fn a_created_person_who_is_gone_is_not_made_a_second_time() {
    let world = World::with(Vec::new(), Vec::new());
    let planned = world
        .plan(&Project::default().wants(person("ada")).wants(person("bob")))
        .await;
    let paper = Paper::default();
    assert!(
        run(&planned, &world.line(Some(Cut::Before(2))), &paper, how(1))
            .await
            .is_none()
    );
    let id = world.service.stored(Kind::User)[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let mut request = wpsync::wire::Request::new(wpsync::dialect::Method::Delete, &[]);
    request.path = format!("/Users/{id}");
    assert_eq!(world.service.ask(request).status, 204);
    for _ in 0..2 {
        let report = applied(&planned, &world.line(None), &paper).await;
        assert_eq!(report.verdict, Verdict::Partial, "{report:?}");
        let says = |outcome: &Outcome| {
            matches!(outcome, Outcome::Failed { reason, .. }
                if reason.contains(&id) && reason.contains("look at it there"))
        };
        assert!(report.outcomes.iter().any(says), "{:?}", report.outcomes);
        assert_eq!(world.service.stored(Kind::User).len(), 0);
    }
}

/// A service that makes its own name of the one that is sent, by which no look-up finds it.
fn renaming() -> Behaviour {
    Behaviour {
        storage: Storage::rewritten(|resource: &mut Json| {
            let name = resource["userName"].as_str().unwrap_or_default().to_owned();
            if !name.contains('@') {
                resource["userName"] = format!("{name}@tenant.example").into();
            }
        }),
        ..Behaviour::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_stored_as_another_one_is_said_and_nobody_is_made_again() {
    let world = World::with(Vec::new(), Vec::new());
    world.service.behave(renaming());
    let planned = world
        .plan(&Project::default().wants(person("ada")).wants(person("bob")))
        .await;
    let paper = Paper::default();
    for _ in 0..3 {
        let report = applied(&planned, &world.line(None), &paper).await;
        assert_eq!(report.verdict, Verdict::Partial, "{report:?}");
        assert_eq!(report.next(), Some(Next::NewPlan));
        let says = |outcome: &Outcome| {
            matches!(outcome, Outcome::Failed { reason, .. }
                if reason.contains("userName was sent as \"ada\" and is stored as \"ada@tenant.example\"")
                    && reason.contains("declare it as it is stored"))
        };
        assert!(report.outcomes.iter().any(says), "{:?}", report.outcomes);
    }
    let stored = world.service.stored(Kind::User);
    let names: BTreeSet<_> = stored
        .iter()
        .filter_map(|user| user["userName"].as_str())
        .collect();
    assert_eq!((stored.len(), names.len()), (2, 2), "{names:?}");
}
