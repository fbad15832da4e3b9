//! Messages that lead on: what was sent, what is stored, the row of a dialect that ends it, and whether the
//! same apply or a new plan goes on. Each way out that a message names is tried.

use serde_json::{Value as Json, json};

use crate::at_service::AtService;
use crate::stand_in::{Answers, Asked, Behaviour, Fault, Operation, Storage};

const ADA: &str = "users:\n  - { userName: ada@example.com, title: Engineer, nickName: Ada, \
    phoneNumbers.work: '+44 20 7946' }\n";

/// A service that keeps what a function makes of each resource, and says what it keeps.
fn keeping(storage: Storage) -> Behaviour {
    Behaviour {
        storage,
        answers: Answers::AsKept,
        ..Behaviour::default()
    }
}

/// A telephone number keeps its digits and its leading `+`.
fn digits_alone(resource: &mut Json) {
    for number in resource["phoneNumbers"].as_array_mut().into_iter().flatten() {
        if let Some(value) = number["value"].as_str().map(|value| value.replace(' ', "")) {
            number["value"] = value.into();
        }
    }
}

const ROW: &str = "name: ours\nbase_url: https://scim.example.com\nROW\n\
    sources: { others: { from: our own measurements, checked: 2026-11-21 } }\n";

/// Applies the same to such a service under a dialect with one more row.
fn ends_with(row: &str, storage: Storage) {
    let at = AtService::new(keeping(storage), "rfc7644");
    at.declare(ADA);
    at.project.write("ours.yaml", &ROW.replace("ROW", row));
    at.project
        .edit("wpsync.yaml", "dialect: rfc7644", "dialect: ours.yaml");
    at.run("apply --auto-approve").exits(0);
    at.run("plan --detailed-exitcode").exits(0);
}

#[test]
fn what_the_service_rewrites_is_named_with_the_row_that_ends_it() {
    let at = AtService::new(keeping(Storage::rewritten(digits_alone)), "rfc7644");
    at.declare(ADA);
    let ran = at.run("apply --auto-approve").exits(3);
    let ran = ran.complains(
        "the directory stored something else: phoneNumbers.work was sent as \"+44 20 7946\" and is stored as \
         \"+44207946\"; if the service rewrites it, its dialect says \
         `normalises: { users: { phoneNumbers.work: [telephone] } }` (declared at people.yaml:2:5)",
    );
    assert_eq!(ran.stderr.matches("declared at").count(), 1, "{}", ran.stderr);
    assert!(!ran.stderr.contains("appeared"), "{}", ran.stderr);
    let ran = ran.complains("make a new plan");
    assert!(!ran.stderr.contains("run the same apply again"), "{}", ran.stderr);
    ends_with(
        "normalises: { users: { phoneNumbers.work: [telephone] } }",
        Storage::rewritten(digits_alone),
    );
}

#[test]
fn what_the_service_does_not_keep_is_named_with_the_row_that_ends_it() {
    let at = AtService::new(keeping(Storage::Without(vec!["nickName"])), "rfc7644");
    at.declare(ADA);
    at.run("apply --auto-approve").exits(3).complains(
        "nickName was sent as \"Ada\" and is stored as nothing; if the service does not hold it, its \
         dialect says `not_held: { users: [nickName] }`",
    );
    ends_with(
        "not_held: { users: [nickName] }",
        Storage::Without(vec!["nickName"]),
    );
}

#[test]
fn what_the_service_never_changes_is_named_with_the_row_that_ends_it() {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.declare(ADA);
    at.run("apply --auto-approve").exits(0);
    at.service.behave(keeping(Storage::rewritten(|resource| {
        resource["title"] = "Engineer".into();
    })));
    at.declare(&ADA.replace("Engineer", "Boss"));
    at.run("apply --auto-approve").exits(3).complains(
        "title was sent as \"Boss\" and is stored as \"Engineer\"; if the service never changes it, \
         its dialect says `fixed: { users: [title] }`",
    );
    at.project
        .write("ours.yaml", &ROW.replace("ROW", "fixed: { users: [title] }"));
    at.project
        .edit("wpsync.yaml", "dialect: rfc7644", "dialect: ours.yaml");
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("1 difference stays");
}

#[test]
fn an_account_that_somebody_made_meanwhile_is_named_with_what_differs() {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.declare(ADA);
    at.run("plan").exits(0);
    at.somebody_makes(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@example.com", "title": "Countess", "nickName": "Ada",
    }));
    let ran = at.run("apply wpsync.plan.json").exits(4);
    ran.complains("somebody has made it since the plan was made, with other values (id ")
        .complains("title is \"Countess\" there and \"Engineer\" here")
        .complains("make a new plan");
    at.run("plan").exits(0).says("\"Countess\" → \"Engineer\"");
}

#[test]
fn a_refusal_that_lasts_needs_a_new_plan_and_a_lost_answer_the_same_apply() {
    let two = "users:\n  - { userName: ada@example.com }\n  - { userName: bob@example.com }\n";
    let stopped_by = |fault: Fault| {
        let at = AtService::new(Behaviour::default(), "rfc7644");
        at.declare(two);
        at.run("plan").exits(0);
        at.script(Box::new(move |asked| {
            (asked.operation == Operation::CreateUser && asked.occurrence > 1).then_some(fault)
        }));
        at
    };
    let apply = "apply wpsync.plan.json --parallelism 1";
    let at = stopped_by(Fault::Status(400));
    let ran = at
        .run(apply)
        .exits(3)
        .complains("make a new plan; it has what is left");
    assert!(!ran.stderr.contains("run the same apply again"), "{}", ran.stderr);
    at.script(Box::new(|_| None));
    at.run("plan").exits(0).says("Plan: 1 to create.");

    let at = stopped_by(Fault::Status(401));
    at.run(apply)
        .exits(3)
        .complains("run the same apply again to go on");
    at.script(Box::new(|_| None));
    at.run(apply).exits(0);
    assert_eq!(at.stored("userName").len(), 2);
}

#[test]
fn programs_are_told_what_goes_on() {
    let at = AtService::new(keeping(Storage::Without(vec!["nickName"])), "rfc7644");
    at.declare(ADA);
    let ran = at.run("--json apply --auto-approve").exits(3);
    let events = ran.stdout.lines();
    let mut events = events.map(|line| serde_json::from_str::<Json>(line).expect("JSON"));
    let summary = events
        .rfind(|event| event["type"] == "change_summary" && event["operation"] == "apply")
        .expect("a summary");
    let next = summary["next"].as_str().expect("a next step");
    assert!(next.contains("make a new plan"), "{next}");
}

#[test]
fn a_version_that_the_service_never_takes_is_named_with_the_row_that_ends_it() {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.declare(ADA);
    at.run("apply --auto-approve").exits(0);
    at.declare(&ADA.replace("Engineer", "Boss"));
    let refuses_versions = |asked: &Asked<'_>| asked.request.if_match.as_ref().map(|_| Fault::Status(412));
    at.script(Box::new(refuses_versions));
    at.project
        .write("ours.yaml", &ROW.replace("ROW", "versions: honoured"));
    at.project
        .edit("wpsync.yaml", "dialect: rfc7644", "dialect: ours.yaml");
    at.run("apply --auto-approve")
        .exits(1)
        .complains("its dialect says `versions: ignored`")
        .complains("correct what the directory refused, then plan again");
    at.project
        .write("ours.yaml", &ROW.replace("ROW", "versions: ignored"));
    at.run("apply --auto-approve").exits(0);
    assert_eq!(at.stored("title")["ada@example.com"], "Boss");
}
