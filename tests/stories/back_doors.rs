//! What somebody made, gave or took in the directory by hand: `drift` tells it, and a plan that overwrites it
//! says so.

use serde_json::{Value as Json, json};

use crate::at_service::AtService;
use crate::stand_in::{Behaviour, Members};

const TWO: &str = "users:\n  - { userName: ada@example.com, title: Engineer, active: true }\n  \
                   - { userName: bob@example.com, title: Writer, active: true }\n\
                   groups:\n  - { displayName: Sales, members: [ada@example.com] }\n";
const OURS: &str = "manage: { users: { absent: deactivate, within: all } }\nadopt: [users]\n";

/// A person as the service stores them.
fn person(name: &str) -> Json {
    json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": true })
}

/// A directory with two people and a group that are declared and applied, and others whom nobody declares.
fn applied(configuration: &str, others: &[&str]) -> AtService {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.configure(configuration);
    at.declare(TWO);
    for other in others {
        at.somebody_makes(person(other));
    }
    at.run("apply --auto-approve").exits(0);
    at
}

#[test]
fn an_account_that_a_plan_would_remove_is_drift() {
    let at = applied(OURS, &[]);
    at.somebody_makes(person("mallory@example.com"));
    let before = at.stored("active");
    at.run("drift --detailed-exitcode")
        .exits(2)
        .says("Drift: 1 changed in the directory.")
        .says("user:mallory@example.com\n      appeared in the directory; no source declares it");
    at.run("plan")
        .exits(0)
        .says("Plan: 1 to deactivate.")
        .says("user:mallory@example.com: removes what somebody made by hand");
    assert_eq!(at.stored("active"), before);
}

#[test]
fn an_account_that_appeared_is_drift_where_the_undeclared_are_kept() {
    let at = applied("", &["robot@example.com", "printer@example.com"]);
    at.run("drift --detailed-exitcode")
        .exits(0)
        .says("No drift.")
        .says("undeclared  2 people; --undeclared names them\n");
    at.somebody_makes(person("mallory@example.com"));
    let ran = at.run("drift --detailed-exitcode").exits(2);
    let ran = ran.says("user:mallory@example.com\n      appeared in the directory; no source declares it");
    assert!(!ran.stdout.contains("robot"), "{}", ran.stdout);
    at.run("plan --detailed-exitcode").exits(0).says("No changes.");
    at.run("apply --auto-approve").exits(0);
    at.run("drift --detailed-exitcode").exits(0).says("No drift.");
}

#[test]
fn the_undeclared_are_named_on_request() {
    let at = applied("", &["robot@example.com"]);
    for command in ["plan", "drift"] {
        let plain = at.run(command).exits(0);
        assert!(!plain.stdout.contains("robot"), "{}", plain.stdout);
        at.run(&format!("{command} --undeclared"))
            .exits(0)
            .says("No source declares them (1)\n  user:robot@example.com\n");
        at.run(&format!("--json {command} --undeclared"))
            .exits(0)
            .says(r#"{"key":"user:robot@example.com","type":"undeclared"}"#);
        let redacted = at
            .run(&format!("{command} --undeclared --redact masked"))
            .exits(0);
        assert!(!redacted.stdout.contains("robot@"), "{}", redacted.stdout);
    }
}

#[test]
fn without_a_record_of_who_was_there_nobody_is_called_new() {
    let at = applied("", &["robot@example.com"]);
    let mut last: Json = serde_json::from_str(&at.project.read(".wpsync/snapshot/last.json")).expect("JSON");
    last.as_object_mut()
        .expect("an object")
        .remove("undeclared")
        .expect("it is kept");
    at.project.write(".wpsync/snapshot/last.json", &last.to_string());
    at.somebody_makes(person("mallory@example.com"));
    at.run("drift --detailed-exitcode")
        .exits(0)
        .says("No drift in what is declared.")
        .says("undeclared  2 people")
        .says("no record says who of them was there at the last apply");
}

#[test]
fn a_leaver_whose_access_somebody_gave_back_is_drift() {
    let at = applied(OURS, &[]);
    at.declare(&TWO.replace(
        "  - { userName: bob@example.com, title: Writer, active: true }\n",
        "",
    ));
    at.run("apply --auto-approve").exits(0);
    assert_eq!(at.stored("active")["bob@example.com"], false);
    at.run("drift --detailed-exitcode").exits(0).says("No drift.");
    at.somebody_sets("bob@example.com", "active", &json!(true));
    at.run("drift --detailed-exitcode")
        .exits(2)
        .says("user:bob@example.com\n      active  last applied false, directory true");
    at.run("plan")
        .exits(0)
        .says("user:bob@example.com: overwrites a change made by hand: active true (last applied false)");
    at.run("apply --auto-approve").exits(0);
    assert_eq!(at.stored("active")["bob@example.com"], false);
}

#[test]
fn a_plan_says_what_it_overwrites_of_what_somebody_changed() {
    let at = applied("", &[]);
    at.somebody_sets("ada@example.com", "title", &json!("Boss"));
    at.declare(&TWO.replace("Writer", "Editor"));
    let line =
        "user:ada@example.com: overwrites a change made by hand: title \"Boss\" (last applied \"Engineer\")";
    let ran = at.run("plan").exits(0).says("Plan: 2 to update.").says(line);
    let heading = "Changed by hand since the last apply, and overwritten (1)";
    assert!(ran.stdout.contains(heading), "{}", ran.stdout);
    at.run("show --format markdown").exits(0).says(line);
    at.run("show --format html")
        .exits(0)
        .says("overwrites a change made by hand: title");
    let shown: Json = serde_json::from_str(&at.run("show --format json").exits(0).stdout).expect("JSON");
    let drift = &shown["resource_drift"];
    assert_eq!(drift.as_array().map(Vec::len), Some(1), "{drift}");
    assert_eq!(
        (
            &drift[0]["address"],
            &drift[0]["attribute"],
            &drift[0]["before"],
            &drift[0]["after"]
        ),
        (
            &json!("user:ada@example.com"),
            &json!("title"),
            &json!("Engineer"),
            &json!("Boss")
        )
    );
    let redacted = at
        .run("show --redact masked")
        .exits(0)
        .says("overwrites a change made by hand: title");
    assert!(!redacted.stdout.contains("Boss"), "{}", redacted.stdout);
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(at.stored("title")["ada@example.com"], "Engineer");
    let again = at.run("plan").exits(0).says("No changes.");
    assert!(!again.stdout.contains("by hand"), "{}", again.stdout);
}

#[test]
fn a_plan_for_what_the_sources_alone_changed_overwrites_nothing() {
    let at = applied("", &[]);
    at.declare(&TWO.replace("Writer", "Editor"));
    let ran = at.run("plan").exits(0).says("Plan: 1 to update.");
    assert!(!ran.stdout.contains("by hand"), "{}", ran.stdout);
    let shown: Json = serde_json::from_str(&at.run("show --format json").exits(0).stdout).expect("JSON");
    assert_eq!(shown["resource_drift"], json!([]));
}

#[test]
fn whom_somebody_deleted_and_added_is_said_where_a_plan_turns_it_round() {
    let at = applied("", &[]);
    let group = at.service.stored(wpsync::model::Kind::Group)[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let member = json!([{ "value": at.id("ada@example.com") }, { "value": at.id("bob@example.com") }]);
    at.service.edit(&format!("/Groups/{group}"), "members", &member);
    at.run("plan")
        .exits(0)
        .says("group:Sales: takes out bob@example.com, whom somebody added by hand");
    at.somebody_deletes("bob@example.com");
    at.run("plan")
        .exits(0)
        .says("user:bob@example.com: makes again what somebody deleted by hand");
}

const HIDES: &str = "name: hides\nbase_url: https://scim.example.com\nabsent_members: hidden\n\
    membership: { ask: { list: users, filter: 'groups.value eq {group}' } }\n\
    sources: { others: { from: our own measurements, checked: 2026-11-21 } }\n";

/// A service that shows no members, after an apply; somebody then adds one.
fn joined_where_members_are_hidden(dialect: &'static str) -> AtService {
    let behaviour = Behaviour {
        members: Members::Hidden,
        ..Behaviour::default()
    };
    let at = AtService::new(behaviour, dialect);
    at.declare(TWO);
    at.run("apply --auto-approve").exits(0);
    let group = at.service.stored(wpsync::model::Kind::Group)[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let members = json!([{ "value": at.id("ada@example.com") }, { "value": at.id("bob@example.com") }]);
    at.service.edit(&format!("/Groups/{group}"), "members", &members);
    at
}

#[test]
fn hidden_members_are_asked_for() {
    let at = joined_where_members_are_hidden(HIDES);
    at.run("drift --detailed-exitcode")
        .exits(2)
        .says("member user:bob@example.com  last applied not there, directory there, sources not there");
}

#[test]
fn members_who_cannot_be_asked_for_are_not_called_unchanged() {
    const MUTE: &str = "name: mute\nbase_url: https://scim.example.com\nabsent_members: hidden\n\
        sources: { others: { from: our own measurements, checked: 2026-11-21 } }\n";
    let at = joined_where_members_are_hidden(MUTE);
    let ran = at
        .run("drift --detailed-exitcode")
        .exits(0)
        .says("No drift in what the directory tells.")
        .says("not told    who is in 1 declared group:");
    assert!(
        !ran.stdout.contains("as the last apply left it"),
        "{}",
        ran.stdout
    );
}
