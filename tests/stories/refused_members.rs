//! A member whom the service refuses: everybody else goes into the group, or out of it, and the refusal names
//! the one.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use wpsync::dialect::Method;
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::{Behaviour, Fault, Refusal, Refused, refusing};

const PEOPLE: usize = 40;
const LIMITS: &str = "limits: { identity: 99, update: 99, create: 99, remove: 99 }\n";
const TENS: &str = "members_per_request: 10\n";
const HUNDREDS: &str = "members_per_request: 100\n";

fn name(number: usize) -> String {
    format!("p{number}@example.com")
}

/// Declares everybody, and one group with these members.
fn sources(members: &[usize]) -> String {
    let mut text = "users:\n".to_owned();
    for number in 0..PEOPLE {
        let _ = writeln!(text, "  - {{ userName: {} }}", name(number));
    }
    let members: Vec<String> = members.iter().map(|number| name(*number)).collect();
    let _ = writeln!(
        text,
        "groups:\n  - {{ displayName: Team, externalId: G1, members: [{}] }}",
        members.join(", ")
    );
    text
}

/// A service where everybody is there, and a group that has these members.
fn service(dialect: &'static str, members: &[usize]) -> AtService {
    let at = AtService::new(Behaviour::default(), dialect);
    at.configure(LIMITS);
    at.declare(&sources(members));
    at.run("apply --auto-approve").exits(0);
    at.service.forget();
    at
}

/// From now on, the service refuses these members, each with a status.
fn refuse(at: &AtService, members: &[(usize, u16)]) {
    let refusals = members.iter().map(|member| Refusal {
        of: Refused::Member(at.id(&name(member.0))),
        status: member.1,
    });
    at.script(refusing(refusals.collect()));
}

/// Who is in the group, by the service's store.
fn members(at: &AtService) -> BTreeSet<usize> {
    let users = at.service.stored(Kind::User);
    let number = |id: &str| {
        let user = users.iter().find(|user| user["id"] == *id).expect("a person");
        let name = user["userName"].as_str().expect("a name");
        let number = name.trim_start_matches('p').trim_end_matches("@example.com");
        number.parse::<usize>().expect("a number")
    };
    let groups = at.service.stored(Kind::Group);
    let held = groups[0]["members"].as_array().cloned().unwrap_or_default();
    held.iter()
        .map(|member| number(member["value"].as_str().expect("an id")))
        .collect()
}

fn all_but(refused: &[usize]) -> BTreeSet<usize> {
    (0..PEOPLE).filter(|number| !refused.contains(number)).collect()
}

fn everybody() -> Vec<usize> {
    (0..PEOPLE).collect()
}

fn patches(at: &AtService) -> usize {
    let writes = at.service.writes();
    writes
        .iter()
        .filter(|write| write.path().starts_with("/Groups"))
        .count()
}

#[test]
fn one_refused_member_keeps_nobody_else_out() {
    for (dialect, status) in [
        (TENS, 400),
        (HUNDREDS, 404),
        (HUNDREDS, 403),
        (TENS, 409),
        (HUNDREDS, 422),
    ] {
        let at = service(dialect, &[0]);
        refuse(&at, &[(7, status)]);
        at.declare(&sources(&everybody()));
        at.run("apply --auto-approve")
            .exits(3)
            .complains("left as they are: 1 of 39 members: user:p7@example.com: the directory answered")
            .complains(&status.to_string());
        assert_eq!(members(&at), all_but(&[7]), "{status} {dialect}");
        assert!(patches(&at) <= 16, "{} requests", patches(&at));
        // The next plan asks for this one alone.
        at.service.forget();
        at.run("plan")
            .exits(0)
            .says("members 39 → 40\n      + p7@example.com\n");
        at.run("apply --auto-approve")
            .exits(1)
            .complains("user:p7@example.com");
        assert_eq!(patches(&at), 1, "{status} {dialect}");
        // The service thinks better of it.
        at.script(refusing(Vec::new()));
        at.run("apply --auto-approve").exits(0);
        assert_eq!(members(&at), all_but(&[]), "{status} {dialect}");
    }
}

#[test]
fn two_refused_members_are_both_named_each_with_its_cause() {
    let at = service(HUNDREDS, &[0]);
    refuse(&at, &[(7, 404), (33, 400)]);
    at.declare(&sources(&everybody()));
    at.run("apply --auto-approve")
        .exits(3)
        .complains("left as they are: 2 of 39 members")
        .complains("user:p7@example.com: the directory answered 404")
        .complains("user:p33@example.com: the directory answered 400");
    assert_eq!(members(&at), all_but(&[7, 33]));
}

#[test]
fn a_refused_removal_keeps_nobody_else_in() {
    for dialect in [TENS, HUNDREDS] {
        let at = service(dialect, &everybody());
        refuse(&at, &[(7, 400)]);
        at.declare(&sources(&[0, 1]));
        at.run_waiving("apply --auto-approve", "group-shrunk=1: a new team")
            .exits(3)
            .complains("left as they are: 1 of 38 members: user:p7@example.com");
        assert_eq!(members(&at), BTreeSet::from([0, 1, 7]), "{dialect}");
    }
}

#[test]
fn where_everybody_is_refused_few_are_asked_and_nothing_is_said_to_be_written() {
    let at = service(HUNDREDS, &[0]);
    let all: Vec<(usize, u16)> = (1..PEOPLE).map(|number| (number, 400)).collect();
    refuse(&at, &all);
    at.declare(&sources(&everybody()));
    at.run("apply --auto-approve")
        .exits(1)
        .complains("of 39 members: ")
        .complains("more were not tried one by one");
    assert_eq!(members(&at), BTreeSet::from([0]));
    assert!(patches(&at) <= 25, "{} requests", patches(&at));
}

#[test]
fn a_group_that_is_refused_for_a_member_is_made_without_them() {
    for status in [400, 403, 404, 409, 413, 422] {
        let at = AtService::new(Behaviour::default(), HUNDREDS);
        at.configure(LIMITS);
        at.declare(sources(&[]).split("groups:").next().expect("people"));
        at.run("apply --auto-approve").exits(0);
        at.service.forget();
        refuse(&at, &[(7, status)]);
        at.declare(&sources(&everybody()));
        at.run("apply --auto-approve")
            .exits(3)
            .complains("left as they are: 1 of 40 members: user:p7@example.com");
        assert_eq!(members(&at), all_but(&[7]), "{status}");
        assert_eq!(at.service.stored(Kind::Group).len(), 1, "{status}");
        assert!(patches(&at) <= 18, "{} requests", patches(&at));
    }
}

#[test]
fn a_newcomer_who_is_refused_keeps_nobody_else_out_of_a_group() {
    for members_at_once in [HUNDREDS, "membership: { on_create: 0 }\n"] {
        let at = AtService::new(Behaviour::default(), members_at_once);
        at.configure(LIMITS);
        at.script(refusing(vec![Refusal {
            of: Refused::Resource(name(7)),
            status: 400,
        }]));
        at.declare(&sources(&everybody()));
        at.run("apply --auto-approve")
            .exits(3)
            .complains("left as they are: 1 of 40 members: user:p7@example.com: it is not in the directory");
        assert_eq!(members(&at), all_but(&[7]));
        at.script(refusing(Vec::new()));
        at.run("apply --auto-approve").exits(0);
        assert_eq!(members(&at), all_but(&[]));
    }
}

#[test]
fn a_group_that_is_put_back_whole_loses_nobody_for_a_refused_member() {
    let at = service("update: { groups: put }\n", &[0, 1, 2]);
    refuse(&at, &[(7, 400)]);
    let wanted: Vec<usize> = (1..PEOPLE).collect();
    at.declare(&sources(&wanted));
    at.run("apply --auto-approve")
        .exits(3)
        .complains("left as they are: 1 of 38 members: user:p7@example.com");
    assert_eq!(members(&at), all_but(&[0, 7]));
}

#[test]
fn a_refused_name_of_a_group_keeps_nobody_out_of_it() {
    let at = service(HUNDREDS, &[0]);
    at.script(Box::new(|asked| {
        let body = String::from_utf8_lossy(asked.request.body.as_deref().unwrap_or_default()).into_owned();
        let is_it = asked.request.method == Method::Patch && body.contains("Crew");
        is_it.then_some(Fault::Status(400))
    }));
    at.declare(&sources(&everybody()).replace("Team", "Crew"));
    at.run("apply --auto-approve")
        .exits(3)
        .complains("the directory answered 400");
    assert_eq!(members(&at), all_but(&[]));
    let groups = at.service.stored(Kind::Group);
    assert_eq!(groups[0]["displayName"], "Team");
    at.run("plan").exits(0).says("1 to update").says("Crew");
}

#[test]
fn a_refused_bulk_request_keeps_nobody_else_from_being_made() {
    let at = AtService::new(Behaviour::default(), "bulk: { operations: 50 }\n");
    at.configure(LIMITS);
    let both = |number: usize| {
        [Refused::InBulk(name(number)), Refused::Resource(name(number))].map(|of| Refusal { of, status: 400 })
    };
    at.script(refusing(both(7).to_vec()));
    at.declare(sources(&[]).split("groups:").next().expect("people"));
    at.run("apply --auto-approve --bulk --parallelism 50")
        .exits(3)
        .complains("user:p7@example.com");
    let stored = at.stored("userName");
    let made: BTreeSet<&str> = stored.keys().map(String::as_str).collect();
    let wanted: BTreeSet<String> = all_but(&[7]).into_iter().map(name).collect();
    assert_eq!(made, wanted.iter().map(String::as_str).collect());
    let posts = at.service.writes().len();
    assert!(posts <= 20, "{posts} requests");
}

#[test]
fn a_service_that_takes_no_bulk_request_gets_the_writes_one_by_one() {
    let at = AtService::new(Behaviour::default(), "bulk: { operations: 50 }\n");
    at.configure(LIMITS);
    at.script(Box::new(|asked| {
        let is_bulk = asked.request.path.starts_with("/Bulk");
        is_bulk.then_some(Fault::Status(405))
    }));
    at.declare(sources(&[]).split("groups:").next().expect("people"));
    at.run("apply --auto-approve --bulk --parallelism 50").exits(0);
    assert_eq!(at.stored("userName").len(), PEOPLE);
    let refused = at
        .service
        .requests_that(|one| one.path().starts_with("/Bulk"))
        .len();
    assert!(refused <= 6, "{refused} Bulk requests");
}

#[test]
fn a_conflict_is_looked_up_and_the_create_is_never_sent_again() {
    let at = AtService::new(Behaviour::default(), HUNDREDS);
    at.configure(LIMITS);
    at.script(refusing(vec![Refusal {
        of: Refused::Resource(name(7)),
        status: 409,
    }]));
    at.declare(sources(&[]).split("groups:").next().expect("people"));
    at.run("apply --auto-approve")
        .exits(3)
        .complains("user:p7@example.com");
    let sent = at.service.writes();
    let of_it = sent.iter().filter(|write| write.named() == name(7)).count();
    assert_eq!(of_it, 1);
    assert!(!at.stored("userName").contains_key(&name(7)));
}

/// Undoes the last apply, with a service that takes everything again.
fn undo(at: &AtService, waivers: &str) {
    at.script(refusing(Vec::new()));
    if waivers.is_empty() {
        at.run("undo last").exits(0);
    } else {
        at.run_waiving("undo last", waivers).exits(0);
    }
    let written = std::fs::read_dir(at.project.path("")).expect("the project");
    let mut names = written.map(|entry| {
        entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    let plan = names.find(|name| name.ends_with(".plan.json")).expect("a plan");
    at.run(&format!("apply {plan}")).exits(0);
}

#[test]
fn what_was_done_beside_a_refused_member_is_counted_kept_and_undone() {
    let at = service(HUNDREDS, &[0]);
    refuse(&at, &[(7, 400)]);
    at.declare(&sources(&everybody()));
    at.run("apply --auto-approve")
        .exits(3)
        .says("Applied in part: 38 memberships, 1 failed.\n");
    at.run("history")
        .exits(0)
        .says("38 memberships, 1 change done in part");
    assert_eq!(members(&at), all_but(&[7]));
    undo(&at, "group-shrunk=1: a trial");
    assert_eq!(members(&at), BTreeSet::from([0]));
}

#[test]
fn a_group_that_was_made_without_a_refused_member_is_undone() {
    let at = AtService::new(Behaviour::default(), HUNDREDS);
    at.configure(LIMITS);
    at.declare(sources(&[]).split("groups:").next().expect("people"));
    at.run("apply --auto-approve").exits(0);
    refuse(&at, &[(7, 400)]);
    at.declare(&sources(&everybody()));
    at.run("apply --auto-approve")
        .exits(3)
        .says("Applied in part: 1 created, 39 memberships, 1 failed.\n");
    undo(&at, "");
    assert!(at.service.stored(Kind::Group).is_empty());
}

#[test]
fn who_was_taken_out_beside_a_refused_removal_comes_back_by_an_undo() {
    let at = service(HUNDREDS, &everybody());
    refuse(&at, &[(7, 400)]);
    at.declare(&sources(&[0, 1]));
    at.run_waiving("apply --auto-approve", "group-shrunk=1: a new team")
        .exits(3);
    assert_eq!(members(&at), BTreeSet::from([0, 1, 7]));
    undo(&at, "");
    assert_eq!(members(&at), all_but(&[]));
}

#[test]
fn whom_the_service_ignores_is_named_and_what_was_done_beside_is_undone() {
    let at = service(TENS, &[0]);
    let id = at.id(&name(7));
    at.script(Box::new(move |asked| {
        let body = String::from_utf8_lossy(asked.request.body.as_deref().unwrap_or_default()).into_owned();
        let is_it = asked.request.method == Method::Patch && body.contains(&format!("\"{id}\""));
        is_it.then_some(Fault::NoEffect200)
    }));
    at.declare(&sources(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
    let ran = at.run("apply --auto-approve").exits(3);
    let there = members(&at);
    assert!(there.len() > 1 && !there.contains(&7), "{there:?}");
    ran.complains("the directory accepted it and did not do it: ")
        .complains("members to add: user:p");
    undo(&at, "");
    assert_eq!(members(&at), BTreeSet::from([0]));
}

/// The members whom the service was asked for one by one, by their ids.
fn asked_alone(at: &AtService) -> BTreeSet<String> {
    let all: Vec<String> = (0..PEOPLE).map(|number| at.id(&name(number))).collect();
    let bodies = at.service.writes().into_iter().map(|write| write.request.body);
    let bodies = bodies.map(|body| String::from_utf8_lossy(&body.unwrap_or_default()).into_owned());
    let named = bodies.map(|body| {
        let is_named = |id: &&String| body.contains(&format!("\"{id}\""));
        all.iter().filter(is_named).cloned().collect::<Vec<_>>()
    });
    named.filter(|ids| ids.len() == 1).flatten().collect()
}

#[test]
fn who_was_not_tried_on_one_night_joins_on_another() {
    let at = service(HUNDREDS, &[0]);
    let all: Vec<(usize, u16)> = (1..PEOPLE).map(|number| (number, 400)).collect();
    refuse(&at, &all);
    at.declare(&sources(&everybody()));
    at.run("apply --auto-approve")
        .exits(1)
        .complains("left as they are: 39 of 39 members: ");
    // Those who were tried are the ones whom the service refuses, and nobody else.
    let unlucky = asked_alone(&at);
    assert!((9..30).contains(&unlucky.len()), "{unlucky:?}");
    let refusals = unlucky.iter().map(|id| Refusal {
        of: Refused::Member(id.clone()),
        status: 400,
    });
    at.script(refusing(refusals.collect()));
    let good = PEOPLE - unlucky.len();
    for _ in 0..20 {
        if members(&at).len() == good {
            break;
        }
        at.run("apply --auto-approve");
    }
    assert_eq!(members(&at).len(), good);
}
