//! Whoever an applied plan declared is managed, whatever became of their own change: who was refused, or had
//! drifted, loses access when they leave, and a refused member keeps nobody else in a group.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::{Behaviour, Refusal, Refused, refusing};

const ROWS: &str = "name: ours\ngroups: full\n";
const MANAGED: &str = "manage: { users: { absent: deactivate, within: managed }, \
                       groups: { absent: keep, within: managed, members: exact } }\n\
                       limits: { remove: 50, update: 50, create: 50, identity: 50, \
                       groups: { '*': { shrink: 100%, net: 100% } } }\n";
const NAMES: [&str; 5] = ["ada", "bob", "cyd", "dan", "eve"];

fn account(name: &str) -> Json {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("{name}@example.com"), "title": "Old", "active": true,
    })
}

/// A service where somebody else made everybody.
fn company() -> AtService {
    let at = AtService::new(Behaviour::default(), ROWS);
    at.configure(MANAGED);
    at.service
        .load(Kind::User, NAMES.iter().map(|name| account(name)).collect());
    at
}

/// Declares these people, some with a new title.
fn declare(at: &AtService, names: &[&str], titled: &[&str]) {
    let row = |name: &&str| {
        let title = if titled.contains(name) { "New" } else { "Old" };
        format!("  - {{ userName: {name}@example.com, title: {title} }}\n")
    };
    at.declare(&format!("users:\n{}", names.iter().map(row).collect::<String>()));
}

/// From now on the service refuses to change this person's title, and nothing else of them.
fn refuse(at: &AtService, name: &str) {
    let id = at.id(&format!("{name}@example.com"));
    at.script(Box::new(move |asked| {
        let body = String::from_utf8_lossy(asked.request.body.as_deref().unwrap_or_default()).into_owned();
        let is_it = asked.request.path.ends_with(&id) && body.contains("title");
        is_it.then_some(crate::stand_in::Fault::Status(403))
    }));
}

/// Who can sign in, by the service's store.
fn active(at: &AtService) -> Vec<String> {
    let all = at.stored("active").into_iter();
    let active = all.filter(|(_, active)| *active != json!(false));
    active
        .map(|(name, _)| name.trim_end_matches("@example.com").to_owned())
        .collect()
}

#[test]
fn who_was_refused_on_the_first_night_loses_access_when_they_leave() {
    // Beside others who are done, and alone.
    for titled in [["bob", "cyd"].as_slice(), &["bob"]] {
        let at = company();
        refuse(&at, "bob");
        declare(&at, &NAMES, titled);
        let code = if titled.len() > 1 { 3 } else { 1 };
        at.run("apply --auto-approve").exits(code);
        declare(&at, &["ada", "cyd", "dan", "eve"], titled);
        let ran = at.run("apply --auto-approve").exits(0).says("1 to deactivate");
        assert!(!ran.stdout.contains("by hand"), "{}", ran.stdout);
        assert_eq!(active(&at), ["ada", "cyd", "dan", "eve"], "{titled:?}");
    }
}

#[test]
fn who_leaves_is_known_though_one_person_is_refused_every_night() {
    let at = company();
    refuse(&at, "bob");
    declare(&at, &NAMES, &["bob"]);
    for _ in 0..2 {
        at.run("apply --auto-approve")
            .exits(1)
            .says("Nothing was written: 1 failed.\n");
    }
    declare(&at, &["ada", "bob", "cyd", "dan"], &["bob"]);
    at.run("apply --auto-approve").exits(3);
    assert_eq!(active(&at), ["ada", "bob", "cyd", "dan"]);
}

#[test]
fn who_had_drifted_loses_access_when_they_leave_and_who_is_somebody_else_by_now_does_not() {
    for (attribute, value, is_bob) in [("title", "Theirs", true), ("userName", "zoe@example.com", false)] {
        let at = company();
        declare(&at, &NAMES, &["bob", "cyd"]);
        at.run("plan").exits(0);
        at.somebody_sets("bob@example.com", attribute, &json!(value));
        at.run("apply wpsync.plan.json --on-drift skip").exits(3);
        declare(&at, &["ada", "cyd", "dan", "eve"], &["cyd"]);
        at.run("apply --auto-approve").exits(0);
        let left = active(&at);
        assert_eq!(left.len(), if is_bob { 4 } else { 5 }, "{attribute}: {left:?}");
    }
}

/// Declares everybody, and a group of these.
fn declare_team(at: &AtService, members: &[&str]) {
    let row = |name: &&str| format!("  - {{ userName: {name}@example.com }}\n");
    let members: Vec<String> = members.iter().map(|name| format!("{name}@example.com")).collect();
    at.declare(&format!(
        "users:\n{}groups:\n  - {{ displayName: Team, members: [{}] }}\n",
        NAMES.iter().map(row).collect::<String>(),
        members.join(", ")
    ));
}

/// Who is in the group, by the service's store.
fn team(at: &AtService) -> BTreeSet<String> {
    let group = at.service.stored(Kind::Group).remove(0);
    let held = group["members"].as_array().cloned().unwrap_or_default();
    let held: Vec<Json> = held.iter().map(|member| member["value"].clone()).collect();
    let of_it = |name: &&&str| held.contains(&json!(at.id(&format!("{name}@example.com"))));
    NAMES
        .iter()
        .filter(of_it)
        .map(|name| (*name).to_owned())
        .collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_member_who_is_refused_every_night_keeps_nobody_in_the_group() {
    let at = company();
    let held: Vec<Json> = ["ada", "bob", "cyd"]
        .iter()
        .map(|name| json!({ "value": at.id(&format!("{name}@example.com")) }))
        .collect();
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    let group = json!({ "schemas": schemas, "displayName": "Team", "members": held });
    at.service.load(Kind::Group, vec![group]);
    at.script(refusing(vec![Refusal {
        of: Refused::Member(at.id("eve@example.com")),
        status: 400,
    }]));
    // What the first plan takes over, it does not remove from.
    declare_team(&at, &["ada", "bob", "dan", "eve"]);
    at.run("apply --auto-approve")
        .exits(3)
        .says("1 removal is withheld");
    assert_eq!(team(&at), set(&["ada", "bob", "cyd", "dan"]));
    declare_team(&at, &["ada", "dan", "eve"]);
    at.run("apply --auto-approve").exits(3);
    assert_eq!(team(&at), set(&["ada", "dan"]));
}
