//! Problems that stay: the same people are refused, ignored or failed at every night, and nobody else waits
//! for them a second night.

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::isolation::{LEAVERS, ROWS, account, company, declare, leavers_left, refuse, titled_new};
use crate::stand_in::{Asked, Behaviour, Fault, Operation};

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("p{number:03}")).collect()
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// What a service does with writes to these people, and with no others.
fn answer(at: &AtService, names: &[&str], fault: Fault) {
    let ids: Vec<String> = names
        .iter()
        .map(|name| at.id(&format!("{name}@example.com")))
        .collect();
    at.script(Box::new(move |asked: &Asked<'_>| {
        let is_theirs = ids.iter().any(|id| asked.request.path.ends_with(id));
        (is_theirs && !asked.operation.is_read()).then_some(fault)
    }));
}

/// Some people of whom these have the new title by the sources, and the others the old one.
fn some_titled(at: &AtService, all: &[&str], titled: &[&str]) {
    let people = all.iter().map(|name| {
        let title = if titled.contains(name) { "New" } else { "Old" };
        format!("  - {{ userName: {name}@example.com, title: {title} }}\n")
    });
    at.declare(&format!("users:\n{}", people.collect::<String>()));
}

fn somebody_leaves(at: &AtService, name: &str) {
    at.somebody_makes(account(name));
}

#[test]
fn four_people_who_are_refused_every_night_keep_leavers_one_night_and_no_longer() {
    let all = ["ada", "bob", "cyd", "dan", "eve"];
    let at = company(&all, 1);
    some_titled(&at, &all, &all[..4]);
    refuse(&at, &all[..4], 403);
    at.run("apply --auto-approve")
        .exits(1)
        .complains(
            "4 of the 4 changes before them failed; they begin if at most 3 do. The next plan does not wait",
        )
        .complains("`wpsync plan --deactivate KEY`");
    assert_eq!(leavers_left(&at), 1, "the first night they may be a mistake");
    at.run("apply --auto-approve").exits(3);
    assert_eq!(leavers_left(&at), 0);
    // On any later night too, and with somebody new who is refused.
    somebody_leaves(&at, "gone77");
    some_titled(&at, &all, &all);
    refuse(&at, &all, 403);
    at.run("apply --auto-approve").exits(3);
    assert_eq!(leavers_left(&at), 0);
}

#[test]
fn four_newcomers_who_are_refused_for_the_first_time_keep_leavers_however_many_are_known() {
    let all = ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal"];
    let at = company(&all, 0);
    some_titled(&at, &all, &all[..4]);
    refuse(&at, &all, 403);
    at.run("apply --auto-approve").exits(1);
    somebody_leaves(&at, "gone01");
    declare(&at, &all, "New");
    at.run("apply --auto-approve")
        .exits(1)
        .complains("4 of the 4 changes before them failed");
    assert_eq!(leavers_left(&at), 1);
}

#[test]
fn the_leaver_who_was_kept_is_removed_by_a_plan_for_the_leaver_alone() {
    let all = ["ada", "bob", "cyd", "dan"];
    let at = company(&all, 1);
    refuse(&at, &all, 403);
    at.run("apply --auto-approve").exits(1);
    assert_eq!(leavers_left(&at), 1);
    at.run("plan --deactivate user:gone00@example.com").exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(leavers_left(&at), 0);
}

#[test]
fn the_same_plan_does_not_get_around_its_own_failures() {
    let all = ["ada", "bob", "cyd", "dan"];
    let at = company(&all, 1);
    refuse(&at, &all, 403);
    at.run("plan").exits(0);
    for _ in 0..2 {
        at.run("apply wpsync.plan.json").exits(1);
        assert_eq!(leavers_left(&at), 1);
    }
}

#[test]
fn twenty_people_who_are_refused_every_night_hold_up_nobody_in_a_company_of_a_thousand() {
    let all = names(1000);
    let all = borrowed(&all);
    let at = company(&all, 2);
    let (refused, others) = (&all[..20], &all[500..503]);
    refuse(&at, refused, 403);
    for night in 1..=2 {
        let titled = [refused, &others[..night]].concat();
        some_titled(&at, &all, &titled);
        at.run("apply --auto-approve").exits(3);
        assert_eq!(titled_new(&at).len(), night, "night {night}");
    }
    assert_eq!(leavers_left(&at), 0);
    let said = at.run("apply --auto-approve").exits(1);
    said.complains("20 changes (").complains("answered 403");
}

#[test]
fn who_waits_for_a_seat_gets_the_one_that_a_leaver_frees() {
    let at = company(&["ada"], 4);
    at.declare(
        "users:\n  - { userName: ada@example.com, title: Old }\n  - { userName: n1@example.com }\n  \
         - { userName: n2@example.com }\n  - { userName: n3@example.com }\n  \
         - { userName: n4@example.com }\n",
    );
    let mut freed = 0;
    at.script(Box::new(move |asked: &Asked<'_>| {
        freed += usize::from(asked.operation == Operation::Deactivate);
        (asked.operation == Operation::CreateUser && freed < 4).then_some(Fault::Status(403))
    }));
    at.run("apply --auto-approve").exits(1);
    assert_eq!(leavers_left(&at), 4);
    at.run("apply --auto-approve").exits(0);
    assert_eq!((leavers_left(&at), at.stored("title").len()), (0, 9));
}

#[test]
fn a_removal_that_the_service_takes_and_does_not_do_keeps_no_other_back() {
    for fault in [Fault::NoEffect200, Fault::Status(403)] {
        let at = company(&["ada"], 8);
        answer(&at, &["gone00"], fault);
        at.run("apply --auto-approve").exits(3);
        assert_eq!(leavers_left(&at), 1, "{fault:?}");
        assert_eq!(at.stored("active")["gone00@example.com"], json!(true));
        somebody_leaves(&at, "gone99");
        at.run("apply --auto-approve").exits(3);
        assert_eq!(leavers_left(&at), 1, "the next night");
    }
}

fn group(name: &str, members: &[String]) -> Json {
    let members: Vec<Json> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name, "members": members,
    })
}

#[test]
fn ten_groups_that_keep_a_member_keep_no_leaver() {
    let all = names(200);
    let all = borrowed(&all);
    let at = company(&all, 2);
    at.configure(
        "adopt: all\nmanage: { users: { absent: deactivate, within: all } }\n\
         limits: { remove: 100, update: 1000, groups: { '*': { shrink: 100%, net: 100% } } }\n",
    );
    let members = [at.id("p000@example.com"), at.id("p001@example.com")];
    let groups = (0..10).map(|number| group(&format!("Team {number}"), &members));
    at.service.load(Kind::Group, groups.collect());
    let people = all
        .iter()
        .map(|name| format!("  - {{ userName: {name}@example.com, title: New }}\n"));
    let groups =
        (0..10).map(|number| format!("  - {{ displayName: Team {number}, members: [p000@example.com] }}\n"));
    at.declare(&format!(
        "users:\n{}groups:\n{}",
        people.collect::<String>(),
        groups.collect::<String>()
    ));
    at.script(Box::new(|asked: &Asked<'_>| {
        let is_group = asked.request.path.starts_with("/Groups");
        (is_group && !asked.operation.is_read()).then_some(Fault::Status(403))
    }));
    at.run("apply --auto-approve").exits(3);
    assert_eq!(leavers_left(&at), 0);
    somebody_leaves(&at, "gone99");
    at.run("apply --auto-approve").exits(3);
    assert_eq!(leavers_left(&at), 0, "on a night on which nothing else is done");
}

#[test]
fn two_people_at_whom_the_service_fails_every_night_are_no_quarantine() {
    let all = ["ada", "bob", "cyd"];
    let at = company(&all, 0);
    some_titled(&at, &all, &all[..2]);
    answer(&at, &all[..2], Fault::Status(500));
    for _ in 0..3 {
        at.run("apply --auto-approve")
            .exits(3)
            .complains("where the directory fails at the same again, ask there why");
    }
    somebody_leaves(&at, "gone00");
    declare(&at, &all, "New");
    at.run("apply --auto-approve").exits(3);
    assert_eq!((leavers_left(&at), titled_new(&at).len()), (0, 1));
}

#[test]
fn five_people_at_whom_the_service_fails_every_night_hold_up_others_one_night_and_no_longer() {
    let all = names(12);
    let all = borrowed(&all);
    let at = company(&all, 0);
    answer(&at, &all[..5], Fault::Status(500));
    for night in 0..4 {
        somebody_leaves(&at, &format!("gone{night:02}"));
        some_titled(&at, &all, &all[..=5 + night]);
        at.run("apply --auto-approve").exits(3);
        assert_eq!(titled_new(&at).len(), 1 + night, "night {night}");
        assert!(night == 0 || leavers_left(&at) == 0, "night {night}");
    }
}

#[test]
fn a_group_goes_on_without_a_newcomer_at_whom_the_service_fails() {
    for status in [400, 500] {
        let at = AtService::new(Behaviour::default(), ROWS);
        at.configure(LEAVERS);
        let everybody = ["ada", "bob", "cyd"];
        at.service
            .load(Kind::User, everybody.iter().map(|name| account(name)).collect());
        let ids = ["ada", "bob"].map(|name| at.id(&format!("{name}@example.com")));
        at.service.load(Kind::Group, vec![group("Team", &ids)]);
        at.declare(
            "users:\n  - { userName: ada@example.com }\n  - { userName: bob@example.com }\n  \
             - { userName: cyd@example.com }\n  - { userName: new@example.com }\n\
             groups:\n  - displayName: Team\n    \
             members: [ada@example.com, cyd@example.com, new@example.com]\n",
        );
        at.script(Box::new(move |asked: &Asked<'_>| {
            (asked.operation == Operation::CreateUser).then_some(Fault::Status(status))
        }));
        let waivers = "group-shrunk=1: moved|group-emptied=1: moved";
        at.run_waiving("apply --auto-approve", waivers).exits(3);
        let groups = at.service.stored(Kind::Group);
        let mut members: Vec<&str> = groups[0]["members"]
            .as_array()
            .expect("members")
            .iter()
            .filter_map(|member| member["value"].as_str())
            .collect();
        members.sort_unstable();
        let mut wanted = [at.id("ada@example.com"), at.id("cyd@example.com")];
        wanted.sort();
        assert_eq!(members, wanted, "{status}");
    }
}
