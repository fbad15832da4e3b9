//! Nobody becomes somebody else: an account that only looks like a declared person's is a stranger's, and one
//! person's unsettled identity is no reason to leave everybody else waiting.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::{Behaviour, Names};
use crate::support::Ran;

const MIKE: &str = "users:
  - { userName: mike@example.com, title: Security }
  - { userName: ada@example.com, title: Writer }
groups:
  - { displayName: Admins, members: [mike@example.com, ada@example.com] }
";

/// A service that holds these people, and a group with these of them.
fn world(people: &[Json], group: &str, members: &[&str]) -> AtService {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    let ids = at
        .service
        .load(Kind::User, people.iter().map(|one| user(one.clone())).collect());
    let named = |name: &&str| {
        people
            .iter()
            .position(|one| one["userName"] == **name)
            .expect("a person")
    };
    let members: Vec<Json> = members
        .iter()
        .map(|name| json!({ "value": ids[named(name)] }))
        .collect();
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    let group = json!({ "schemas": schemas, "displayName": group, "members": members });
    at.service.load(Kind::Group, vec![group]);
    at
}

fn user(mut user: Json) -> Json {
    user["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
    user
}

fn waiving(at: &AtService, arguments: &str, waiver: &str) -> Ran {
    at.project
        .line(arguments)
        .with(&[("TOKEN", "t0ken")])
        .waiving(waiver)
        .run()
}

/// The names of those who are in a group, as the store has them.
fn members(at: &AtService, group: &str) -> BTreeSet<String> {
    let groups = at.service.stored(Kind::Group);
    let group = groups
        .iter()
        .find(|one| one["displayName"] == group)
        .expect("a group");
    let people = at.service.stored(Kind::User);
    let name = |member: &Json| {
        let person = people
            .iter()
            .find(|one| one["id"] == member["value"])
            .expect("a person");
        person["userName"].as_str().expect("a name").to_owned()
    };
    group["members"]
        .as_array()
        .into_iter()
        .flatten()
        .map(name)
        .collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A stranger's account looks like Mike's name. He is held, nothing of his goes there, and Ada gets hers.
fn a_stranger_gets_nothing(stranger: &str, shown: &str, rule: &str) {
    let people = [
        json!({ "userName": stranger }),
        json!({ "userName": "ada@example.com" }),
    ];
    let at = world(&people, "Admins", &["ada@example.com"]);
    at.configure("manage: { users: { absent: deactivate, within: all } }\nadopt: all\n");
    at.declare(MIKE);
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says_over_lines("1 person is held")
        .says_over_lines(&format!("mike@example.com looks like {shown}"))
        .says_over_lines(&format!("by {rule}"))
        .says_over_lines("wpsync plan --waive 'lookalike=1: why'");
    at.run("why mike@example.com")
        .exits(0)
        .says_over_lines(&format!("mike@example.com looks like {shown}"));
    at.run("apply wpsync.plan.json").exits(0);
    let titles = at.stored("title");
    assert_eq!(titles[stranger], Json::Null, "{titles:?}");
    assert_eq!(titles["ada@example.com"], "Writer");
    assert_eq!(titles.len(), 2, "and nobody is made: {titles:?}");
    assert_ne!(at.stored("active")[stranger], false, "nor removed");
    assert_eq!(members(&at, "Admins"), set(&["ada@example.com"]));
    at.configure("adopt: all\n");
    // A number that is not theirs releases nobody. The right one makes a new account for Mike.
    waiving(&at, "plan", "lookalike=2: a guess")
        .exits(0)
        .says_over_lines("1 person is held");
    waiving(&at, "apply --auto-approve", "lookalike=1: he is new").exits(0);
    let titles = at.stored("title");
    assert_eq!(
        (&titles["mike@example.com"], &titles[stranger]),
        (&json!("Security"), &Json::Null)
    );
    assert_eq!(
        members(&at, "Admins"),
        set(&["ada@example.com", "mike@example.com"])
    );
}

#[test]
fn a_stranger_whose_name_has_the_kelvin_sign_gets_nothing_of_mikes() {
    a_stranger_gets_nothing(
        "mi\u{212a}e@example.com",
        "mi\\u{212a}e@example.com",
        "case folding",
    );
}

#[test]
fn a_stranger_whose_name_has_a_hidden_letter_gets_nothing_of_mikes() {
    a_stranger_gets_nothing(
        "mi\u{200b}ke@example.com",
        "mi\\u{200b}ke@example.com",
        "invisible characters",
    );
}

#[test]
fn a_group_that_only_looks_like_a_declared_one_keeps_its_name_and_its_people() {
    let people = [
        json!({ "userName": "ada@example.com" }),
        json!({ "userName": "bob@example.com" }),
    ];
    let at = world(&people, "Masse", &["bob@example.com"]);
    at.configure("adopt: all\n");
    at.declare(
        "users:\n  - { userName: ada@example.com }\n  - { userName: bob@example.com }\n\
         groups:\n  - { displayName: \"Ma\u{df}e\", members: [ada@example.com] }\n",
    );
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says_over_lines("1 group is held")
        .says_over_lines("Ma\\u{df}e looks like Masse")
        .says_over_lines("by case folding");
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(members(&at, "Masse"), set(&["bob@example.com"]));
    assert_eq!(at.service.stored(Kind::Group).len(), 1);
    waiving(&at, "apply --auto-approve", "lookalike=1: two groups").exits(0);
    assert_eq!(members(&at, "Masse"), set(&["bob@example.com"]));
    assert_eq!(members(&at, "Ma\u{df}e"), set(&["ada@example.com"]));
}

#[test]
fn where_both_accounts_are_live_each_is_who_it_says() {
    let people = [
        json!({ "userName": "mike@example.com" }),
        json!({ "userName": "mi\u{212a}e@example.com" }),
        json!({ "userName": "ada@example.com" }),
    ];
    let at = world(&people, "Admins", &[]);
    at.declare(MIKE);
    at.run("plan").exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    let titles = at.stored("title");
    assert_eq!(titles["mi\u{212a}e@example.com"], Json::Null);
    assert_eq!(
        (&titles["mike@example.com"], &titles["ada@example.com"]),
        (&json!("Security"), &json!("Writer"))
    );
    assert_eq!(
        members(&at, "Admins"),
        set(&["ada@example.com", "mike@example.com"])
    );
    at.run("plan --detailed-exitcode")
        .exits(0)
        .says_over_lines("No changes.");
}

#[test]
fn two_accounts_that_could_be_one_person_hold_that_person_and_nobody_else() {
    let people = [
        json!({ "userName": "mike@example.com", "externalId": "7" }),
        json!({ "userName": "m.old@example.com", "externalId": "7" }),
        json!({ "userName": "ada@example.com" }),
    ];
    let at = world(&people, "Admins", &["m.old@example.com"]);
    at.configure("adopt: all\n");
    at.declare(&MIKE.replace("title: Security", "externalId: '7', title: Security"));
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says_over_lines("1 person is held")
        .says_over_lines("it could be 2 accounts in the directory: their externalId is the same");
    at.run("why mike@example.com")
        .exits(0)
        .says_over_lines("it could be 2 accounts");
    at.run("drift").exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    let titles = at.stored("title");
    assert_eq!(
        (&titles["mike@example.com"], &titles["m.old@example.com"]),
        (&Json::Null, &Json::Null)
    );
    assert_eq!(titles["ada@example.com"], "Writer");
    let kept = set(&["ada@example.com", "m.old@example.com"]);
    assert_eq!(members(&at, "Admins"), kept, "neither account is moved");
}

/// Kim's account has another externalId than is declared.
fn renumbered() -> AtService {
    let people = [
        json!({ "userName": "kim@example.com", "externalId": "g-1" }),
        json!({ "userName": "ada@example.com" }),
    ];
    let at = world(&people, "Admins", &["kim@example.com"]);
    at.declare(
        "users:\n  - { userName: kim@example.com, externalId: g-2, title: Chief }\n  \
         - { userName: ada@example.com, title: Writer }\n",
    );
    at
}

#[test]
fn an_account_with_another_identity_holds_one_person_and_a_waiver_binds_it() {
    let at = renumbered();
    let id = at.id("kim@example.com");
    at.run("plan --only ada@example.com")
        .exits(0)
        .says_over_lines("Plan: 1 to update.");
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says_over_lines("1 person is held")
        .says_over_lines("has another externalId: g-1 there, g-2 here")
        .says_over_lines("wpsync plan --waive 'rebind=1: why'")
        .says_over_lines("wpsync plan --delete 'user:kim@example.com'");
    at.run("apply wpsync.plan.json").exits(0);
    let titles = at.stored("title");
    assert_eq!(
        (&titles["kim@example.com"], &titles["ada@example.com"]),
        (&Json::Null, &json!("Writer"))
    );
    // Reviewers see whose account is bound to what.
    let bound = format!("binds the account of user:kim@example.com (id {id}) to identity g-2");
    waiving(&at, "plan", "rebind=1: a new number")
        .exits(0)
        .says_over_lines(&bound);
    at.run("show --format markdown").exits(0).says_over_lines(&bound);
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(at.stored("externalId")["kim@example.com"], "g-2");
    assert_eq!(
        (
            at.stored("title")["kim@example.com"].as_str(),
            at.id("kim@example.com")
        ),
        (Some("Chief"), id)
    );
    at.run("plan --detailed-exitcode")
        .exits(0)
        .says_over_lines("No changes.");
}

#[test]
fn another_identity_of_one_who_left_is_removed_first_and_a_new_account_made() {
    let at = renumbered();
    let id = at.id("kim@example.com");
    waiving(
        &at,
        "plan --delete user:kim@example.com",
        "group-emptied=1: known",
    )
    .exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    at.run("apply --auto-approve").exits(0);
    assert_ne!(at.id("kim@example.com"), id);
    assert_eq!(at.stored("externalId")["kim@example.com"], "g-2");
}

#[test]
fn a_leaver_with_a_second_account_leaves_if_the_record_knows_which_is_his() {
    let at = world(
        &[json!({ "userName": "kim@example.com", "active": true })],
        "Admins",
        &[],
    );
    at.declare("users:\n  - { userName: kim@example.com }\n");
    at.run("apply --auto-approve").exits(0);
    let id = at.id("kim@example.com");
    at.service.behave(Behaviour {
        names: Names::Shared,
        ..Behaviour::default()
    });
    at.service.load(
        Kind::User,
        vec![user(json!({ "userName": "KIM@example.com", "active": true }))],
    );
    at.declare("users:\n  - { userName: kim@example.com, active: false }\n");
    at.run("plan").exits(0).says_over_lines("1 to deactivate");
    at.run("apply wpsync.plan.json").exits(0);
    let active = at.stored("active");
    assert_eq!(
        (&active["kim@example.com"], &active["KIM@example.com"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(at.id("kim@example.com"), id);
}
