//! A row that has somebody else's identifier by mistake. It costs nobody who is declared an account or a
//! group, and keeps nobody in who has left.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::Behaviour;

const MANAGE: &str = "manage:\n  users: { absent: deactivate, within: managed }\n  \
                      groups: { absent: delete, within: managed }\nadopt: all\nlimits: { held: 50% }\n";
const ANN: &str = "  - { userName: ann, externalId: E1 }\n";
const BOB: &str = "  - { userName: bob, externalId: E2 }\n";
const CYD: &str = "  - { userName: cyd, externalId: E3 }\n";
const DAN: &str = "  - { userName: dan, externalId: E4 }\n";
const EVERYBODY: [&str; 4] = [ANN, BOB, CYD, DAN];

/// People, and a group of those with these names.
fn sources(people: &[&str], members: &str) -> String {
    format!(
        "users:\n{}groups:\n  - {{ displayName: All, members: [{members}] }}\n",
        people.concat()
    )
}

/// A service after a first apply of four people in one group.
fn company(more: &str) -> AtService {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.configure(&format!("{MANAGE}{more}"));
    at.declare(&sources(&EVERYBODY, "ann, bob, cyd, dan"));
    at.run("apply --auto-approve").exits(0);
    at
}

/// The names of the people who can sign in, by what the service stores.
fn active(at: &AtService) -> Vec<String> {
    let all = at.stored("active").into_iter();
    all.filter(|(_, active)| *active != json!(false))
        .map(|(name, _)| name)
        .collect()
}

/// The names of the members of each group, as the service stores them.
fn members(at: &AtService) -> BTreeMap<String, BTreeSet<String>> {
    let users = at.service.stored(Kind::User);
    let name_of = |id: &Json| {
        let user = users.iter().find(|user| user["id"] == *id).expect("a member");
        user["userName"].as_str().expect("a name").to_owned()
    };
    let of = |group: &Json| {
        let listed = group["members"].as_array().cloned().unwrap_or_default();
        let members = listed.iter().map(|member| name_of(&member["value"])).collect();
        (group["displayName"].as_str().expect("a name").to_owned(), members)
    };
    at.service.stored(Kind::Group).iter().map(of).collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn who_has_a_leavers_identifier_stays_and_the_leaver_goes() {
    let at = company("");
    let wrong = BOB.replace("E2", "E3");
    at.declare(&sources(&[ANN, &wrong, DAN], "ann, bob, dan"));
    at.run("why cyd").exits(0).says("A plan would deactivate it");
    at.run("why bob")
        .exits(0)
        .says("A plan would do nothing: its name is taken");
    for _night in [1, 2] {
        at.run("plan --detailed-exitcode")
            .exits(2)
            .says("1 person is held");
        at.run("apply wpsync.plan.json").exits(0);
        assert_eq!(active(&at), ["ann", "bob", "dan"]);
        assert_eq!(members(&at)["All"], names(&["ann", "bob", "dan"]));
    }
    // Corrected, nothing is left to do; and whoever comes back has the account again.
    at.declare(&sources(&[ANN, BOB, DAN], "ann, bob, dan"));
    at.run("plan --detailed-exitcode").exits(0).says("No changes.");
    at.declare(&sources(&EVERYBODY, "ann, bob, cyd, dan"));
    at.run("apply --auto-approve").exits(0);
    assert_eq!(active(&at), ["ann", "bob", "cyd", "dan"]);
}

#[test]
fn who_takes_the_name_of_a_leaver_is_not_taken_for_them_where_the_row_says_the_former_name() {
    let at = company("");
    let renamed = "  - { userName: bob, externalId: E3, previously: cyd }\n";
    at.declare(&sources(&[ANN, renamed, DAN], "ann, bob, dan"));
    at.run("apply --auto-approve").exits(0);
    assert_eq!(
        active(&at),
        ["ann", "cyd", "dan"],
        "bob has left, and cyd waits for the name"
    );
}

#[test]
fn two_rows_that_mean_one_account_cost_neither_person_theirs() {
    let at = company("");
    let (bob, cyd) = (BOB.replace("E2", "E3"), "  - { userName: cyd }\n");
    at.declare(&sources(&[ANN, &bob, cyd], "ann, bob, cyd"));
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 1 to update, 1 to deactivate; 2 people are held.");
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(active(&at), ["ann", "bob", "cyd"]);
    assert_eq!(members(&at)["All"], names(&["ann", "bob", "cyd"]));
    for name in ["bob", "cyd"] {
        at.run(&format!("why {name}"))
            .exits(0)
            .says_over_lines("A plan would do nothing: it and")
            .says_over_lines("are one account in the directory: cyd");
    }
}

#[test]
fn two_rows_with_one_identifier_are_held_and_who_is_declared_inactive_leaves_all_the_same() {
    for (bob, cyd, expected) in [
        ("", "", &["ann", "bob", "cyd"][..]),
        ("", ", active: false", &["ann", "bob"]),
        (", active: false", "", &["ann", "cyd"]),
    ] {
        let at = company("problems: hold\n");
        let bob = format!("  - {{ userName: bob, externalId: E3{bob} }}\n");
        let cyd = format!("  - {{ userName: cyd, externalId: E3{cyd} }}\n");
        at.declare(&sources(&[ANN, &bob, &cyd], "ann, bob, cyd"));
        at.run("apply --auto-approve").exits(0);
        assert_eq!(active(&at), expected, "{bob}{cyd}");
        assert_eq!(members(&at)["All"], names(&["ann", "bob", "cyd"]));
    }
}

#[test]
fn two_groups_with_one_identifier_stay_with_their_members() {
    let at = company("problems: hold\n");
    let groups = |low: &str| {
        let all = sources(&EVERYBODY, "ann, bob, cyd, dan");
        format!(
            "{all}  - {{ displayName: Mid, externalId: G2, members: [ann, bob] }}\n  \
             - {{ displayName: Low, externalId: {low}, members: [cyd, dan] }}\n"
        )
    };
    at.declare(&groups("G3"));
    at.run("apply --auto-approve").exits(0);
    let before = members(&at);
    at.declare(&groups("G2"));
    at.run("apply --auto-approve").exits(0);
    assert_eq!(members(&at), before);
    assert_eq!(before["Low"], names(&["cyd", "dan"]));
}

#[test]
fn a_row_with_somebody_elses_name_takes_nobody_out_of_a_group() {
    let at = company("problems: hold\n");
    let wrong = BOB.replace("bob", "cyd");
    at.declare(&sources(&[ANN, &wrong, CYD, DAN], "ann, bob, cyd, dan"));
    at.run("apply --auto-approve").exits(0);
    assert_eq!(active(&at), ["ann", "bob", "cyd", "dan"]);
    assert_eq!(members(&at)["All"], names(&["ann", "bob", "cyd", "dan"]));
}

#[test]
fn two_files_that_disagree_about_an_identifier_take_nobody_out_of_a_group() {
    let at = company("problems: hold\n");
    let config = at.project.read("wpsync.yaml");
    at.project.write(
        "wpsync.yaml",
        &config.replace("[people.yaml]", "[people.yaml, it.yaml]"),
    );
    let wrong = BOB.replace("E2", "E4");
    at.project
        .write("it.yaml", "users:\n  - { userName: bob, externalId: E2 }\n");
    at.declare(&sources(&[ANN, &wrong, CYD], "ann, bob, cyd"));
    at.run("apply --auto-approve").exits(0);
    assert_eq!(active(&at), ["ann", "bob", "cyd", "dan"], "the row may mean dan");
    let all = &members(&at)["All"];
    assert!(all.is_superset(&names(&["ann", "bob", "cyd"])), "{all:?}");
}

#[test]
fn a_file_that_makes_two_people_one_takes_neither_out_of_a_group() {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.configure(&format!("{MANAGE}problems: hold\n"));
    let people = EVERYBODY.concat().replace(" }", ", groups: [All] }");
    at.declare(&format!("users:\n{people}groups:\n  - {{ displayName: All }}\n"));
    at.run("apply --auto-approve").exits(0);
    let config = at.project.read("wpsync.yaml");
    at.project.write(
        "wpsync.yaml",
        &config.replace("[people.yaml]", "[people.yaml, it.yaml]"),
    );
    at.project
        .write("it.yaml", "users:\n  - { userName: cyd, externalId: E2 }\n");
    at.run("apply --auto-approve").exits(0);
    assert_eq!(active(&at), ["ann", "bob", "cyd", "dan"]);
    assert_eq!(members(&at)["All"], names(&["ann", "bob", "cyd", "dan"]));
    // Corrected, nothing is left to do.
    at.project
        .write("it.yaml", "users:\n  - { userName: cyd, externalId: E3 }\n");
    at.run("plan --detailed-exitcode").exits(0).says("No changes.");
}

#[test]
fn a_removal_by_name_removes_the_account_of_that_name_alone() {
    let both = [ANN, "  - { userName: bob, externalId: E3 }\n", CYD, DAN];
    let bare = [both[0], both[1], "  - { userName: cyd }\n", DAN];
    let gone = [both[0], both[1], DAN];
    for rows in [&both[..], &bare, &gone] {
        let at = company("");
        at.declare(&sources(rows, "ann, bob, dan"));
        at.run("plan --deactivate bob")
            .exits(0)
            .says("Plan: 1 to deactivate.");
        at.run("apply wpsync.plan.json").exits(0);
        assert_eq!(active(&at), ["ann", "cyd", "dan"]);
        at.run("plan --delete user:bob")
            .exits(0)
            .says("Plan: 1 to delete.");
        at.run("apply wpsync.plan.json").exits(0);
        assert_eq!(active(&at), ["ann", "cyd", "dan"]);
        assert!(!at.stored("userName").contains_key("bob"));
    }
}

#[test]
fn a_removal_by_an_identifier_that_is_declared_for_another_account_is_held() {
    let at = company("");
    let wrong = BOB.replace("E2", "E3");
    at.declare(&sources(&[ANN, &wrong, DAN], "ann, bob, dan"));
    at.run("plan --delete E3 --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply for whom this plan is about. 1 person is held.")
        .says_over_lines("the name and the identifier that are declared for it are not one account's");
    // The account is removed by the name that it has there.
    at.run("plan --delete cyd").exits(0).says("Plan: 1 to delete.");
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(active(&at), ["ann", "bob", "dan"]);
}
