//! Whom a plan holds because of a problem of their own: it says who, why and what ends it, in every form, and
//! nobody else waits for them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::{Behaviour, Names};
use crate::support::Ran;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const UNIQUE: &str = "unique: { users: [emails] }\n";
const DEACTIVATE: &str = "manage: { users: { absent: deactivate, within: managed } }\n";

/// A service where each address is one person's.
fn service(dialect: &'static str, more: &str) -> AtService {
    let behaviour = Behaviour {
        unique: vec!["emails"],
        ..Behaviour::default()
    };
    let at = AtService::new(behaviour, dialect);
    at.configure(more);
    at
}

/// Somebody whom no source declares has an address.
fn stranger(at: &AtService, name: &str, address: &str) {
    at.somebody_makes(json!({
        "schemas": [USER],
        "userName": name,
        "emails": [{ "type": "work", "value": address }],
    }));
}

fn person(name: &str) -> String {
    format!("  - {{ userName: {name}@example.com, emails.work: {name}@example.com }}\n")
}

fn people(names: &[&str]) -> String {
    names
        .iter()
        .fold("users:\n".to_owned(), |text, name| text + &person(name))
}

/// The names of the members of each group, as the service stores them.
fn members(at: &AtService) -> BTreeMap<String, Vec<String>> {
    let users = at.service.stored(Kind::User);
    let name_of = |id: &Json| {
        let user = users.iter().find(|user| user["id"] == *id).expect("a member");
        user["userName"].as_str().expect("a name").to_owned()
    };
    let of = |group: &Json| {
        let listed = group["members"].as_array().cloned().unwrap_or_default();
        let mut members: Vec<_> = listed.iter().map(|member| name_of(&member["value"])).collect();
        members.sort();
        (group["displayName"].as_str().expect("a name").to_owned(), members)
    };
    at.service.stored(Kind::Group).iter().map(of).collect()
}

fn active(at: &AtService) -> BTreeMap<String, bool> {
    let all = at.stored("active").into_iter();
    all.map(|(name, active)| (name, active != json!(false))).collect()
}

/// Ann's address is a stranger's; Tom has left, and Zoe is new.
fn one_of_three() -> AtService {
    let at = service(UNIQUE, DEACTIVATE);
    at.declare(&people(&["ann", "tom"]));
    at.run("apply --auto-approve").exits(0);
    stranger(&at, "theirs@example.com", "sales@example.com");
    let ann = "users:\n  - { userName: ann@example.com, emails.work: sales@example.com }\n";
    let team = "groups:\n  - { displayName: Team, members: [ann@example.com, zoe@example.com] }\n";
    at.declare(&format!("{ann}{}{team}", person("zoe")));
    at
}

#[test]
fn one_person_whose_address_is_taken_holds_up_no_leaver_and_no_newcomer() {
    let at = one_of_three();
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 2 to create, 1 to deactivate; 1 person is held.");
    at.run("apply wpsync.plan.json").exits(0);
    let expected = [
        ("ann@example.com", true),
        ("theirs@example.com", true),
        ("tom@example.com", false),
        ("zoe@example.com", true),
    ];
    let expected = expected.map(|(name, active)| (name.to_owned(), active));
    assert_eq!(active(&at), expected.into());
    assert_eq!(members(&at)["Team"], ["zoe@example.com"]);
    assert_eq!(
        at.stored("emails")["ann@example.com"][0]["value"],
        "ann@example.com"
    );
    // The next plan still says it, and does nothing.
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply. 1 person is held.");
    // Once the address is free, nobody is held any more.
    at.somebody_deletes("theirs@example.com");
    at.run("apply --auto-approve").exits(0);
    assert_eq!(
        at.stored("emails")["ann@example.com"][0]["value"],
        "sales@example.com"
    );
    assert_eq!(members(&at)["Team"], ["ann@example.com", "zoe@example.com"]);
    at.run("plan --detailed-exitcode").exits(0).says("No changes.");
}

#[test]
fn every_form_of_a_plan_says_first_who_is_held_and_what_ends_it() {
    let at = one_of_three();
    at.run("plan").exits(0);
    let why = "sales@example.com (emails) is taken in the directory by user:theirs@example.com";
    let next = "give one of them another value, or change the other one in the directory first";
    let place = "people.yaml:2:5";
    for format in ["text", "markdown", "html", "json"] {
        let ran = at.run(&format!("show --format {format}")).exits(0);
        let plain = ran
            .stdout
            .replace('\\', "")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        for said in [why, next, place, "user:ann@example.com"] {
            assert!(plain.contains(said), "{format}: no {said:?} in {plain}");
        }
        if format == "text" || format == "markdown" {
            let held = plain
                .find("Held: nothing is planned for them")
                .expect("a heading");
            let change = plain.find("zoe@example.com").expect("a change");
            assert!(held < change, "{format}: {plain}");
        }
    }
    at.run("why ann@example.com")
        .exits(0)
        .says_over_lines(why)
        .says_over_lines(next);
    at.run("drift")
        .exits(0)
        .says("1 person is held")
        .says(&format!("user:ann@example.com ({place}): {why}"))
        .says(next);
}

#[test]
fn whoever_is_declared_inactive_loses_the_access_although_their_new_address_is_taken() {
    let at = service(UNIQUE, "");
    at.declare(&people(&["ann", "bob"]));
    at.run("apply --auto-approve").exits(0);
    stranger(&at, "theirs@example.com", "sales@example.com");
    let ann = "users:\n  - { userName: ann@example.com, active: false, emails.work: sales@example.com }\n";
    at.declare(&format!("{ann}{}", person("bob")));
    at.run("why ann@example.com")
        .exits(0)
        .says("A plan would deactivate it")
        .says_over_lines("Nothing else of it is planned: sales@example.com (emails) is taken");
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 1 to deactivate; 1 person is held.")
        .says_over_lines("only the deactivation is planned that a source asks for");
    at.run("apply wpsync.plan.json").exits(0);
    assert!(!active(&at)["ann@example.com"]);
    assert_eq!(
        at.stored("emails")["ann@example.com"][0]["value"],
        "ann@example.com"
    );
    // What is left is still said.
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply. 1 person is held.");
}

#[test]
fn a_plan_about_a_group_says_which_of_its_members_is_held() {
    let at = one_of_three();
    at.run("plan --only group:Team --detailed-exitcode")
        .exits(2)
        .says("Plan: 2 to create; 1 person is held.")
        .says("user:ann@example.com");
    at.run("plan --only user:zoe@example.com")
        .exits(0)
        .says("Plan: 1 to create.");
}

/// Many people whose addresses are strangers', and one who is fine.
fn many_taken(at: &AtService, count: usize) {
    let mut text = people(&["fine"]);
    for number in 0..count {
        stranger(
            at,
            &format!("s{number}@example.com"),
            &format!("a{number}@example.com"),
        );
        let _ = writeln!(
            text,
            "  - {{ userName: p{number}@example.com, emails.work: a{number}@example.com }}"
        );
    }
    at.declare(&text);
}

#[test]
fn three_held_people_are_three_and_four_are_a_mistake_until_somebody_says_that_they_are_not() {
    let at = service(UNIQUE, "");
    many_taken(&at, 3);
    at.run("plan")
        .exits(0)
        .says("Plan: 1 to create; 3 people are held.");
    let at = service(UNIQUE, "");
    many_taken(&at, 4);
    let refused =
        "4 of the 5 declared people and groups are held because of a problem of their own, and 3 may be";
    let ran = at
        .run("plan")
        .exits(5)
        .complains(refused)
        .complains("--waive 'held=4: why'");
    assert!(ran.stderr.contains("user:p0@example.com"), "{ran:?}");
    at.run_waiving("plan", "held=3: another number").exits(5);
    at.run("apply wpsync.plan.json").exits(5);
    assert_eq!(at.stored("userName").len(), 4, "nobody was made");
    at.run_waiving("plan", "held=4: they are being renamed").exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    assert!(at.stored("userName").contains_key("fine@example.com"));
    // Nothing is refused that changes nothing.
    at.run("plan")
        .exits(0)
        .says("Nothing to apply. 4 people are held.");
}

#[test]
fn the_limit_of_held_people_is_the_stricter_of_configuration_and_policy_and_no_sum_of_a_week() {
    let at = service(UNIQUE, "limits: { held: 0 }\n");
    many_taken(&at, 1);
    at.run("plan").exits(5).complains("and 0 may be");
    at.configure("limits: { held: 50% }\n");
    at.project
        .write("policy.yaml", "version: 1\nlimits: { held: 0 }\n");
    at.run("plan --policy policy.yaml")
        .exits(5)
        .complains("and 0 may be");
    at.run("plan").exits(0);
    // Who is held every night is not counted again every night.
    at.configure("limits: { held: 3 }\n");
    at.run("plan").exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    for name in ["new1", "new2", "new3", "new4"] {
        let before = at.project.read("people.yaml");
        at.declare(&format!("{before}{}", person(name)));
        at.run("apply --auto-approve").exits(0);
    }
    assert!(at.stored("userName").contains_key("new4@example.com"));
}

#[test]
fn a_plan_about_somebody_is_not_stopped_by_anybody_elses_problem() {
    let at = service(UNIQUE, DEACTIVATE);
    at.declare(&people(&["ann", "tom", "zoe", "eve", "kim", "lea", "max", "ned"]));
    at.run("apply --auto-approve").exits(0);
    // Many problems of others: taken addresses, a swap of addresses, and a file that lost most of its rows.
    for number in 0..6 {
        stranger(
            &at,
            &format!("s{number}@example.com"),
            &format!("a{number}@example.com"),
        );
    }
    let mut text = "users:\n".to_owned();
    for number in 0..6 {
        let _ = writeln!(
            text,
            "  - {{ userName: p{number}@example.com, emails.work: a{number}@example.com }}"
        );
    }
    text += "  - { userName: ann@example.com, emails.work: zoe@example.com }\n";
    text += "  - { userName: zoe@example.com, emails.work: ann@example.com }\n";
    text += "  - { userName: eve@example.com, emails.work: eve@example.com, title: Dr }\n";
    at.declare(&text);
    at.run("plan").exits(5);
    at.run("plan --deactivate user:tom@example.com")
        .exits(0)
        .says("Plan: 1 to deactivate.");
    at.run("apply wpsync.plan.json").exits(0);
    assert!(!active(&at)["tom@example.com"]);
    at.run("plan --delete user:kim@example.com")
        .exits(0)
        .says("Plan: 1 to delete.");
    at.run("apply wpsync.plan.json").exits(0);
    assert!(!at.stored("userName").contains_key("kim@example.com"));
    at.run("plan --only user:eve@example.com")
        .exits(0)
        .says("Plan: 1 to update.");
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(at.stored("title")["eve@example.com"], "Dr");
    // Whose problem it is, is told.
    at.run("plan --only user:ann@example.com --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply for whom this plan is about. 1 person is held.");
}

#[test]
fn a_group_that_the_service_does_not_create_is_held_and_a_service_that_creates_none_is_said_once() {
    let at = service("name: ours\ngroups: update\n", "");
    let group = |name: &str| json!({ "schemas": [GROUP], "displayName": name, "members": [] });
    at.service.load(Kind::Group, vec![group("Team")]);
    let groups = |names: &[&str]| {
        let groups = names.iter().fold("groups:\n".to_owned(), |text, name| {
            text + &format!("  - {{ displayName: {name}, members: [ann@example.com] }}\n")
        });
        people(&["ann"]) + &groups
    };
    at.declare(&groups(&["Team", "Sales"]));
    at.run("plan")
        .exits(0)
        .says("1 group is held")
        .says_over_lines("ours does not create groups")
        .says_over_lines("make it there first");
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(members(&at)["Team"], ["ann@example.com"]);
    // None of forty is there: that is no problem of theirs.
    let names: Vec<String> = (0..40).map(|number| format!("G{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    at.declare(&groups(&names));
    let ran = at.run("plan").exits(1);
    let said = "ours cannot do what the sources ask: ours does not create groups, and 40 groups ask for it: \
                make it there first";
    assert!(ran.stderr.contains(said), "{ran:?}");
    assert!(ran.stderr.lines().count() < 5, "{ran:?}");
}

#[test]
fn whoever_is_to_be_deleted_where_the_service_deletes_nobody_loses_the_access() {
    let at = service("slack", "");
    at.declare(&people(&["ann", "tom"]));
    at.run("apply --auto-approve").exits(0);
    let sources = "sources: [people.yaml]";
    let config = at.project.read("wpsync.yaml");
    let leavers = "sources: [people.yaml, { csv: gone.csv, columns: { mail: userName }, kind: deletions }]";
    at.project.write("wpsync.yaml", &config.replace(sources, leavers));
    at.declare(&people(&["ann"]));
    at.project.write("gone.csv", "mail\ntom@example.com\n");
    at.run("plan")
        .exits(0)
        .says("Plan: 1 to deactivate.")
        .complains("slack does not delete everybody");
    at.run("apply wpsync.plan.json").exits(0);
    assert!(!active(&at)["tom@example.com"]);
    at.run("plan --detailed-exitcode").exits(0).says("No changes.");
}

#[test]
fn two_undeclared_accounts_of_one_name_stop_no_plan_and_both_leave() {
    let behaviour = Behaviour {
        names: Names::Shared,
        ..Behaviour::default()
    };
    let at = AtService::new(behaviour, "rfc7644");
    at.configure("manage: { users: { absent: delete, within: all } }\nadopt: [users]\n");
    let twin = || json!({ "schemas": [USER], "userName": "twin@example.com" });
    at.service.load(Kind::User, vec![twin(), twin()]);
    at.declare(&people(&["ann"]));
    at.run("plan").exits(0).says("Plan: 1 to create, 2 to delete.");
    at.run("apply wpsync.plan.json").exits(0);
    let names: Vec<_> = at.stored("active").into_keys().collect();
    assert_eq!(names, ["ann@example.com"]);
}

#[test]
fn a_row_that_does_not_say_whom_it_declares_is_told_with_whom_it_keeps() {
    let at = service("rfc7644", &format!("{DEACTIVATE}problems: hold\n"));
    at.declare(&people(&["ann", "bob", "tom"]));
    at.run("apply --auto-approve").exits(0);
    let nameless = "  - { title: Dr }\n";
    at.declare(&format!("{}{nameless}", people(&["ann", "zoe"])));
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says_over_lines(
            "Plan: 1 to create; 1 row does not say for certain whom it declares, so nobody is removed for \
             absence.",
        )
        .says("people.yaml:4:5")
        .says_over_lines("users (2: user:bob@example.com, user:tom@example.com)");
    at.run("why tom@example.com")
        .exits(0)
        .says_over_lines("no source declares it, and people.yaml:4:5 may mean it");
    let shown = at.run("show --format json").exits(0).stdout;
    let shown: Json = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["standing"]["unread"], 1);
    assert_eq!(shown["header"]["unread"]["kept"]["users"]["count"], 2);
    at.run("apply wpsync.plan.json").exits(0);
    assert!(active(&at).values().all(|active| *active), "{:?}", active(&at));
    // Whoever is removed by name leaves all the same.
    at.run("plan --deactivate user:tom@example.com")
        .exits(0)
        .says("Plan: 1 to deactivate.");
    // Four such rows are a mistake.
    at.declare(&format!(
        "{}{}",
        people(&["ann", "zoe", "new"]),
        nameless.repeat(4)
    ));
    at.run("plan")
        .exits(5)
        .complains("4 of the 7 declared people and groups are held");
    // Once every row says whom it declares, whoever is absent leaves.
    at.declare(&people(&["ann", "zoe"]));
    at.run("apply --auto-approve").exits(0);
    assert!(!active(&at)["tom@example.com"] && !active(&at)["bob@example.com"]);
}

/// How many lines are about who is held.
fn lines_about_held(ran: &Ran) -> usize {
    let mut lines = ran
        .stdout
        .lines()
        .skip_while(|line| !line.contains("Held: nothing"));
    lines.by_ref().take_while(|line| !line.is_empty()).count()
}

#[test]
fn twenty_problems_of_many_kinds_are_told_by_kind_and_each_by_why() {
    let at = service(UNIQUE, "limits: { held: 100% }\n");
    let mut text = people(&["fine"]);
    for number in 0..8 {
        stranger(
            &at,
            &format!("s{number}@example.com"),
            &format!("a{number}@example.com"),
        );
        let _ = writeln!(
            text,
            "  - {{ userName: p{number}@example.com, emails.work: a{number}@example.com }}"
        );
    }
    for number in 0..8 {
        stranger(
            &at,
            &format!("mi\u{212a}e{number}@example.com"),
            &format!("m{number}@example.com"),
        );
        let _ = writeln!(text, "  - {{ userName: mike{number}@example.com }}");
    }
    for number in 0..4 {
        let (name, number_there) = (format!("q{number}@example.com"), format!("old-{number}"));
        at.somebody_makes(json!({ "schemas": [USER], "userName": name, "externalId": number_there }));
        let _ = writeln!(
            text,
            "  - {{ userName: q{number}@example.com, externalId: new-{number} }}"
        );
    }
    at.declare(&text);
    let ran = at.run("plan").exits(0).says("20 people are held");
    assert!(lines_about_held(&ran) <= 20, "{}", ran.stdout);
    let ran = ran
        .says("and 5 more")
        .says_over_lines("a name or another value that it would get belongs to somebody else")
        .says_over_lines("`wpsync why KEY` says of each what it is and what ends it");
    assert_eq!(
        ran.stdout.matches("wpsync why KEY").count(),
        1,
        "the way out of all is said once: {}",
        ran.stdout
    );
    at.run("why user:p7@example.com")
        .exits(0)
        .says_over_lines("a7@example.com (emails) is taken in the directory by user:s7@example.com")
        .says_over_lines("give one of them another value");
    // Five or fewer are told in words of their own.
    let at = service(UNIQUE, "limits: { held: 100% }\n");
    many_taken(&at, 5);
    let ran = at
        .run("plan")
        .exits(0)
        .says_over_lines("a4@example.com (emails) is taken");
    assert!(!ran.stdout.contains("wpsync why KEY"), "{}", ran.stdout);
}
