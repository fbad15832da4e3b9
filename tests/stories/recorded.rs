//! What the record of who is managed says about who is who: somebody who is held is not removed, and an
//! account that takes somebody's name does not take their place.

use std::time::Duration;

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::{Answers, Behaviour, Late, Names};

const DELETE: &str = "manage: { users: { absent: delete, within: managed } }\nadopt: all\n\
                      limits: { identity: 100%, remove: 100% }\n";
const DEACTIVATE: &str = "manage: { users: { absent: deactivate, within: managed } }\nadopt: all\n\
                          limits: { identity: 100%, remove: 100% }\n";

fn person(name: &str) -> Json {
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
    json!({ "schemas": schemas, "userName": name, "active": true })
}

/// A service where these people were made by an apply.
fn applied(manage: &str, people: &str) -> AtService {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.configure(manage);
    at.declare(people);
    at.run("apply --auto-approve").exits(0);
    at
}

fn names(at: &AtService) -> Vec<String> {
    at.stored("active").into_keys().collect()
}

/// The names of those who cannot sign in.
fn inactive(at: &AtService) -> Vec<String> {
    let all = at.stored("active").into_iter();
    all.filter(|(_, active)| *active == json!(false))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn somebody_who_is_held_is_not_removed_for_absence_though_an_apply_made_them() {
    let people = "users:\n  - { userName: ada, externalId: E1 }\n  - { userName: kim, externalId: E2 }\n";
    let renumbered = people.replace("E1", "E1001");
    let at = applied(DELETE, people);
    at.declare(&renumbered);
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says_over_lines("Nothing to apply. 1 person is held.");
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(names(&at), ["ada", "kim"]);
    at.run("why ada").exits(0).says_over_lines("another externalId");

    // Two declarations of one account, and a spelling that only looks the same.
    for (first, then) in [
        (
            "users:\n  - { userName: ada, externalId: E1 }\n",
            "users:\n  - { userName: ada, externalId: E1 }\n  - { userName: eva, externalId: E1 }\n",
        ),
        (
            "users:\n  - { userName: \"jos\u{e9}\" }\n",
            "users:\n  - { userName: \"jose\u{301}\" }\n",
        ),
    ] {
        let at = applied(DELETE, first);
        let before = names(&at);
        at.declare(then);
        let _ = at.run("apply --auto-approve");
        assert_eq!(names(&at), before, "{then}");
    }
}

#[test]
fn somebody_who_left_is_removed_although_the_account_could_be_somebody_who_is_held() {
    let at = applied(
        DEACTIVATE,
        "users:\n  - { userName: ada, externalId: E1 }\n  - { userName: eve, externalId: E2 }\n",
    );
    // Eve takes Ada's number, and leaves.
    at.somebody_sets("eve", "externalId", &json!("E1"));
    at.declare("users:\n  - { userName: ada, externalId: E1 }\n");
    at.run("plan").exits(0).says_over_lines("1 person is held");
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(inactive(&at), ["eve"]);
}

#[test]
fn an_account_that_takes_a_name_does_not_take_the_place_of_the_one_that_had_it() {
    let people = "users:\n  - { userName: bob }\n  - { userName: ada }\n\
                  groups:\n  - { displayName: Admins, members: [bob, ada] }\n";
    let at = applied(DEACTIVATE, people);
    let bob = at.id("bob");
    at.somebody_sets("bob", "userName", &json!("b0b"));
    at.somebody_makes(person("bob"));
    let stranger = at.id("bob");
    at.declare(&people.replace("{ userName: bob }", "{ userName: bob, title: CFO }"));
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says_over_lines("1 person is held")
        .says_over_lines(&format!(
            "the account of this name in the directory (id {stranger}) is not the one that was applied \
             before (id {bob}), which is there as b0b"
        ))
        .says_over_lines("wpsync plan --waive 'rebind=1: why'");
    at.run("apply wpsync.plan.json").exits(0);
    let titles = at.stored("title");
    assert_eq!((&titles["bob"], &titles["b0b"]), (&Json::Null, &Json::Null));
    assert_eq!(inactive(&at), [""; 0]);

    // Whoever leaves is the one that was applied.
    at.declare(&people.replace("{ userName: bob }", "{ userName: bob, active: false }"));
    at.run("apply --auto-approve").exits(0);
    let all = at.stored("active");
    let left: Vec<&String> = all
        .iter()
        .filter(|(_, active)| **active == json!(false))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(left.len(), 1);
    assert_eq!(at.id(left[0]), bob);

    // Or reviewers agree that it is the other one.
    let at = applied("adopt: all\n", people);
    let bob = at.id("bob");
    at.somebody_sets("bob", "userName", &json!("b0b"));
    at.somebody_makes(person("bob"));
    at.declare(&people.replace("{ userName: bob }", "{ userName: bob, title: CFO }"));
    at.run_waiving("plan", "rebind=1: a new account")
        .exits(0)
        .says_over_lines(&format!("for user:bob, instead of {bob}"));
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(at.stored("title")["bob"], "CFO");
}

#[test]
fn a_removal_by_name_means_the_account_that_was_applied() {
    let at = applied("", "users:\n  - { userName: bob }\n  - { userName: ada }\n");
    let bob = at.id("bob");
    at.somebody_sets("bob", "userName", &json!("b0b"));
    at.somebody_makes(person("bob"));
    at.run("plan --deactivate bob").exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(inactive(&at), ["b0b"]);
    assert_eq!(at.id("b0b"), bob);
}

#[test]
fn a_removal_by_name_does_not_mean_somebody_who_had_the_name_before() {
    let at = applied("", "users:\n  - { userName: kim }\n  - { userName: ada }\n");
    let first = at.id("kim");
    at.declare("users:\n  - { userName: kim, active: false }\n  - { userName: ada }\n");
    at.run("apply --auto-approve").exits(0);
    at.somebody_sets("kim", "userName", &json!("kim.old"));
    at.declare("users:\n  - { userName: ada }\n");
    at.run("apply --auto-approve").exits(0);
    at.somebody_makes(person("kim"));
    at.declare("users:\n  - { userName: kim, title: New }\n  - { userName: ada }\n");
    at.run("apply --auto-approve").exits(0);
    let second = at.id("kim");
    at.run("plan --delete kim").exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    let left = names(&at);
    assert_eq!(left, ["ada", "kim.old"], "{second}");
    assert_eq!(at.id("kim.old"), first);
}

#[test]
fn an_old_name_that_stays_in_the_file_makes_nobody_of_whoever_registers_it_later() {
    let at = applied("adopt: all\n", "users:\n  - { userName: kim }\n");
    let renamed = "users:\n  - { userName: kim.new, previously: kim, title: CFO }\n";
    at.declare(renamed);
    at.run("apply --auto-approve").exits(0);
    assert_eq!(names(&at), ["kim.new"]);
    at.somebody_deletes("kim.new");
    at.somebody_makes(person("kim"));
    let stranger = at.id("kim");
    at.run("apply --auto-approve").exits(0);
    assert_eq!(names(&at), ["kim", "kim.new"]);
    assert_eq!(
        (at.id("kim"), &at.stored("title")["kim"]),
        (stranger, &Json::Null)
    );
}

#[test]
fn a_new_declaration_does_not_part_a_leaver_from_the_account_that_is_his() {
    let at = applied(
        "",
        "users:\n  - { userName: eve, externalId: E4 }\n  - { userName: ada, externalId: E1 }\n",
    );
    let eve = at.id("eve");
    at.declare(
        "users:\n  - { userName: eve, active: false }\n  - { userName: eva, externalId: E4 }\n  \
         - { userName: ada, externalId: E1 }\n",
    );
    at.run("plan").exits(0).says_over_lines("1 person is held");
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(inactive(&at), ["eve"]);
    assert_eq!(at.id("eve"), eve);
}

#[test]
fn a_list_that_shows_people_late_makes_nobody_twice() {
    let at = AtService::new(
        Behaviour {
            late: Late::in_lists(Duration::from_hours(1)),
            names: Names::Shared,
            ..Behaviour::default()
        },
        "rfc7644",
    );
    at.declare("users:\n  - { userName: ada }\n  - { userName: bob }\n");
    at.run("apply --auto-approve")
        .exits(3)
        .says_over_lines("nobody looked whether something is there twice");
    at.run("plan --detailed-exitcode").exits(0).says("No changes.");
    let _ = at.run("apply --auto-approve");
    assert_eq!(at.service.stored(Kind::User).len(), 2);
}

#[test]
fn an_answer_with_a_strangers_id_makes_nobody_of_the_stranger() {
    let at = AtService::new(
        Behaviour {
            answers: Answers::WithTheFirstId,
            ..Behaviour::default()
        },
        "rfc7644",
    );
    at.configure(DELETE);
    at.somebody_makes(person("stranger"));
    let stranger = at.id("stranger");
    at.declare("users:\n  - { userName: bob }\n");
    at.run("apply --auto-approve").exits(3).complains(&format!(
        "answered with the id {stranger}, which is somebody's whom no source declares"
    ));
    at.service.behave(Behaviour::default());
    at.declare("users:\n  - { userName: ada }\n");
    let _ = at.run("apply --auto-approve");
    assert!(names(&at).contains(&"stranger".to_owned()), "{:?}", names(&at));
    assert_eq!(at.id("stranger"), stranger);
}
