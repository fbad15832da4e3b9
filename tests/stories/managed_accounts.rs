//! `within: managed`: whoever an applied plan declared is ours, by id, and nobody else is.

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::Behaviour;

const MANAGED: &str = "manage: { users: { absent: deactivate, within: managed } }\n";
const ALL: &str = "manage: { users: { absent: deactivate, within: all } }\n";
const BOTH: &str = "users:\n  - { userName: ada@example.com, title: Engineer, active: true }\n  \
                    - { userName: bob@example.com, title: Writer, active: true }\n";
const ADA: &str = "users:\n  - { userName: ada@example.com, title: Engineer, active: true }\n";
const NO_STATE: &str = "no state says who is managed, so nobody is removed for absence";

fn person(name: &str, title: &str) -> Json {
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
    json!({ "schemas": schemas, "userName": name, "title": title, "active": true })
}

/// A service without people, and a configuration.
fn service(manage: &str) -> AtService {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.configure(manage);
    at
}

/// A service where both are, made by somebody else, as the sources say.
fn met(manage: &str) -> AtService {
    let at = service(manage);
    at.somebody_makes(person("ada@example.com", "Engineer"));
    at.somebody_makes(person("bob@example.com", "Writer"));
    at.declare(BOTH);
    at
}

fn lose_the_state(at: &AtService) {
    std::fs::remove_dir_all(at.project.path(".wpsync")).expect("removed");
}

/// The people who can sign in.
fn active(at: &AtService) -> Vec<String> {
    let all = at.stored("active").into_iter();
    all.filter(|(_, active)| *active != json!(false))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn a_contractor_whom_somebody_made_stays_and_a_leaver_of_ours_goes() {
    for (manage, left) in [
        (MANAGED, vec!["ada@example.com", "contractor@example.com"]),
        (ALL, vec!["ada@example.com"]),
    ] {
        let at = service(manage);
        at.declare(BOTH);
        at.run("apply --auto-approve").exits(0);
        at.somebody_makes(person("contractor@example.com", "Plumber"));
        at.declare(ADA);
        at.run("apply --auto-approve").exits(0);
        assert_eq!(active(&at), left, "{manage}");
    }
    let at = service(MANAGED);
    at.declare(ADA);
    at.run("apply --auto-approve").exits(0);
    at.somebody_makes(person("contractor@example.com", "Plumber"));
    at.run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes. The directory is as the sources say.");
    at.run("why contractor@example.com").exits(0).says(
        "A plan would do nothing: no source declares it, and no applied plan ever declared it, so \
         `within: managed` leaves it alone.",
    );
}

#[test]
fn whoever_was_declared_and_unchanged_is_ours_too() {
    let at = met(MANAGED);
    at.run("apply --auto-approve").exits(0).says("No changes.");
    at.declare(ADA);
    at.run("apply --auto-approve").exits(0);
    assert_eq!(active(&at), ["ada@example.com"]);
}

#[test]
fn an_apply_on_another_runner_knows_whom_its_plan_left_unchanged() {
    let at = met(MANAGED);
    at.declare(&BOTH.replace("Engineer", "Chief"));
    at.run("plan").exits(0).says("Plan: 1 to update.");
    at.run("apply wpsync.plan.json").exits(0);
    at.declare(&ADA.replace("Engineer", "Chief"));
    at.run("plan").exits(0).says("Plan: 1 to deactivate.");
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(active(&at), ["ada@example.com"]);
}

#[test]
fn a_narrowed_plan_adds_and_never_forgets() {
    let at = met(MANAGED);
    at.run("plan --only user:bob@example.com")
        .exits(0)
        .says("No changes for whom this plan is about.");
    at.run("apply wpsync.plan.json").exits(0);
    at.declare(&ADA.replace("Engineer", "Chief"));
    at.run("plan --only user:ada@example.com").exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    at.run("apply --auto-approve")
        .exits(0)
        .says("Plan: 1 to deactivate.");
    assert_eq!(active(&at), ["ada@example.com"]);
}

#[test]
fn whoever_left_the_sources_stays_ours_until_the_removal() {
    let at = met("");
    at.run("apply --auto-approve").exits(0);
    at.declare(&ADA.replace("Engineer", "Chief"));
    at.run("apply --auto-approve").exits(0);
    at.configure(MANAGED);
    at.run("apply --auto-approve").exits(0);
    assert_eq!(active(&at), ["ada@example.com"]);
}

#[test]
fn whoever_is_ours_is_known_by_id_and_not_by_name() {
    let at = met(MANAGED);
    at.run("apply --auto-approve").exits(0);
    at.somebody_deletes("bob@example.com");
    at.somebody_makes(person("bob@example.com", "Another Bob"));
    at.declare(ADA);
    at.run("apply --auto-approve").exits(0).says("No changes.");
    assert_eq!(active(&at).len(), 2);
}

#[test]
fn whom_a_source_renames_is_still_ours() {
    let at = service(MANAGED);
    let users = |name: &str| {
        format!("{ADA}  - {{ userName: {name}, externalId: e-2, title: Writer, active: true }}\n")
    };
    at.declare(&users("bob@example.com"));
    at.run("apply --auto-approve").exits(0);
    at.declare(&users("rob@example.com"));
    at.run_waiving("apply --auto-approve", "rename=1: married")
        .exits(0);
    at.declare(ADA);
    at.run("apply --auto-approve").exits(0);
    assert_eq!(active(&at), ["ada@example.com"]);
}

#[test]
fn adopting_never_makes_a_stranger_ours() {
    let at = met(MANAGED);
    at.declare(ADA);
    for _ in 0..2 {
        at.run("apply --adopt all --auto-approve").exits(0);
    }
    at.configure(&format!("{MANAGED}adopt: all\n"));
    at.run("apply --auto-approve").exits(0);
    assert_eq!(active(&at), ["ada@example.com", "bob@example.com"]);
}

#[test]
fn a_stranger_whom_somebody_deactivates_by_name_is_not_ours() {
    let at = met("manage: { users: { absent: delete, within: managed } }\n");
    at.declare(ADA);
    at.run("apply --auto-approve").exits(0);
    at.run("plan --deactivate user:bob@example.com").exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    at.run("apply --auto-approve").exits(0);
    assert_eq!(active(&at), ["ada@example.com"]);
    assert_eq!(at.service.stored(Kind::User).len(), 2);
}

#[test]
fn groups_are_ours_or_not_in_the_same_way() {
    let at = service("manage: { groups: { absent: delete, within: managed } }\n");
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    let theirs = json!({ "schemas": schemas, "displayName": "Theirs" });
    at.service.load(Kind::Group, vec![theirs]);
    at.declare(&format!(
        "{ADA}groups:\n  - {{ displayName: Ours, members: [] }}\n"
    ));
    at.run("apply --auto-approve").exits(0).says(
        "Plan: 2 to create; no state says which groups are managed, so no group is removed for absence.",
    );
    at.declare(ADA);
    at.run("apply --auto-approve").exits(0);
    let names: Vec<Json> = at
        .service
        .stored(Kind::Group)
        .iter()
        .map(|group| group["displayName"].clone())
        .collect();
    assert_eq!(names, [json!("Theirs")]);
}

#[test]
fn without_state_nobody_is_ours_and_every_first_line_says_so() {
    let at = met(MANAGED);
    at.run("apply --auto-approve").exits(0);
    lose_the_state(&at);
    at.declare(ADA);
    let whole = format!("Nothing to apply. No{}.", &NO_STATE[2..]);
    at.run("plan --detailed-exitcode").exits(2).says(&whole).says(
        "no state    undeclared, and perhaps ours: users (1: user:bob@example.com); an apply records who is \
         declared from then on, and `wpsync plan --deactivate KEY` or `--delete KEY` removes who has left \
         before",
    );
    at.run("show --format markdown")
        .exits(0)
        .says(&format!("### {whole}"));
    at.run("show --format html").exits(0).says(&whole);
    let shown: Json = serde_json::from_str(&at.run("show --format json").exits(0).stdout).expect("JSON");
    assert_eq!(shown["standing"]["headline"], json!(whole));
    assert_eq!(shown["standing"]["as_declared"], json!(false));
    assert_eq!(shown["standing"]["without_state"], json!(1));
    assert_eq!(
        shown["header"]["without_state"]["users"]["first"],
        json!(["user:bob@example.com"])
    );
    let redacted = at.run("show --redact ids --format json").exits(0).stdout;
    assert!(!redacted.contains("bob@example.com"), "{redacted}");
    at.run("drift").exits(0).says(NO_STATE);
    at.run("why bob@example.com").exits(0).says(
        "A plan would do nothing: no source declares it, and no state says who is managed, so \
         `within: managed` leaves it alone.",
    );
    at.declare(&ADA.replace("Engineer", "Chief"));
    at.run("plan")
        .exits(0)
        .says(&format!("Plan: 1 to update; {NO_STATE}."));
    at.run("apply wpsync.plan.json").exits(0);
    // The way out that the row names.
    at.run("plan --deactivate user:bob@example.com").exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(active(&at), ["ada@example.com"]);
    at.run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes. The directory is as the sources say.");
}

#[test]
fn without_state_and_without_strangers_nothing_is_missing() {
    let at = met(MANAGED);
    at.run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes. The directory is as the sources say.");
}
