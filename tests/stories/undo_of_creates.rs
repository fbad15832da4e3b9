//! The reverse of a create is what the service can do: some services delete nobody, or not everybody.

use crate::at_service::AtService;
use crate::stand_in::Behaviour;

const UNDO: &str = "wpsync.undo.plan.json";
const NOTE: &str = "the service does not delete the 3 people whom the apply created: they are deactivated";

/// Three people, with everything that a service may want with a new person.
fn three() -> String {
    let line = |number| {
        format!(
            "  - {{ userName: p{number}@example.com, externalId: 'e{number}', active: true, \
             emails.work: p{number}@example.com, name.formatted: P {number}, name.givenName: P, \
             name.familyName: N{number} }}\n"
        )
    };
    format!("users:\n{}", (0..3).map(line).collect::<String>())
}

/// Three people whom an apply made at a service.
fn created(dialect: &'static str) -> AtService {
    let at = AtService::new(Behaviour::default(), dialect);
    at.declare(&three());
    at.run("plan").exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(
        at.stored("active")
            .values()
            .filter(|active| **active == true)
            .count(),
        3
    );
    at
}

#[test]
fn who_was_created_loses_access_where_delete_deactivates() {
    for dialect in ["slack", "gitlab", "atlassian"] {
        let at = created(dialect);
        let ran = at.run(&format!("undo {}", at.project.plan_id())).exits(0);
        let ran = ran
            .says("Plan: 3 to deactivate.")
            .says("the apply created it; the service does not delete it, so it is deactivated")
            .says(NOTE);
        assert!(!ran.stdout.contains("to delete"), "{dialect}: {}", ran.stdout);
        at.run(&format!("apply {UNDO}"))
            .exits(0)
            .says("Apply complete: 3 deactivated.");
        let active = at.stored("active");
        assert_eq!(active.len(), 3, "{dialect}: the accounts stay");
        assert!(
            active.values().all(|active| *active == false),
            "{dialect}: {active:?}"
        );
        at.run(&format!("undo {}", at.project.plan_id()))
            .exits(0)
            .says("No changes. This plan reverses nothing.")
            .says("it is inactive already");
    }
}

#[test]
fn who_was_created_is_deleted_where_delete_deletes() {
    let at = created("rfc7644");
    let ran = at.run(&format!("undo {}", at.project.plan_id())).exits(0);
    let ran = ran.says("Plan: 3 to delete.");
    assert!(!ran.stdout.contains("does not delete"), "{}", ran.stdout);
    at.run(&format!("apply {UNDO}")).exits(0);
    assert!(at.stored("active").is_empty());
}

#[test]
fn a_created_group_stays_where_groups_are_not_deleted() {
    const KEEPS: &str = "name: keeps\nbase_url: https://scim.example.com\n\
        delete: { users: hard, groups: none }\n\
        sources: { others: { from: our own measurements, checked: 2026-11-21 } }\n";
    let at = AtService::new(Behaviour::default(), KEEPS);
    at.declare("users:\n  - { userName: a@example.com }\ngroups:\n  - { displayName: Sales, members: [] }\n");
    at.run("plan").exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    at.run(&format!("undo {}", at.project.plan_id()))
        .exits(0)
        .says("Plan: 1 to delete.")
        .says("group:Sales: it stays: the service does not delete groups");
    at.run(&format!("apply {UNDO}")).exits(0);
    assert!(at.stored("active").is_empty());
    assert_eq!(at.service.stored(wpsync::model::Kind::Group).len(), 1);
}

#[test]
fn nobody_is_deleted_by_name_where_delete_deactivates() {
    let at = created("slack");
    at.run("plan --delete p0@example.com --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply for whom this plan is about. 1 person is held.")
        .says("slack does not delete people")
        .says("`wpsync plan --deactivate user:p0@example.com` ends the access");
    at.run("plan --deactivate user:p0@example.com").exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(at.stored("active")["p0@example.com"], false);
}
