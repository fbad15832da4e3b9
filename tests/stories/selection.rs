//! Plans about one person or group: `--only`, `--deactivate`, `--delete`. They are sealed, guarded and
//! applied like any other.

use crate::support::Project;

const PEOPLE: &str = "users:
  - { userName: ada@example.com, externalId: E1, title: Analyst }
  - { userName: bob@example.com, externalId: E2, title: Builder }
  - { userName: tom@example.com, externalId: E3, title: Writer, active: true }
groups:
  - { displayName: Sales, members: [bob@example.com] }
";

fn applied() -> Project {
    let project = Project::with_people(PEOPLE);
    project.run("apply --auto-approve").exits(0);
    project
}

#[test]
fn a_plan_about_one_person_is_about_nobody_else_and_the_rest_stays_to_be_planned() {
    let project = applied();
    let changed = PEOPLE
        .replace("Analyst", "Countess")
        .replace("Builder", "Architect")
        .replace("[bob@example.com]", "[bob@example.com, ada@example.com]");
    project.write("people.yaml", &changed);
    let plan = project
        .run("plan --only user:ada@example.com")
        .exits(0)
        .says("Plan: 1 to update.");
    plan.says("only        user:ada@example.com; nobody else is in this plan")
        .says("Countess");
    assert!(
        project
            .read("wpsync.plan.json")
            .contains(r#""selection":{"only":["user:ada@example.com"]}"#),
        "it is part of what is sealed"
    );
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete: 1 updated.");
    project
        .run("plan --only E1 --detailed-exitcode")
        .exits(0)
        .says("No changes for whom this plan is about.");
    project
        .run("plan --only group:Sales --only user:bob@example.com --detailed-exitcode")
        .exits(2)
        .says("Plan: 2 to update.");
    project
        .run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 2 to update.");
    assert!(!project.read("wpsync.plan.json").contains("selection"));
}

#[test]
fn who_is_needed_comes_along() {
    let project = applied();
    let new = "  - { userName: new@example.com, manager: boss@example.com }\n  \
               - { userName: boss@example.com }\n  - { userName: other@example.com }\ngroups:";
    project.write("people.yaml", &PEOPLE.replace("groups:", new));
    let waiver = "create=2: two start today";
    project
        .run_waiving("plan --only user:new@example.com", waiver)
        .exits(0)
        .says("Plan: 2 to create.")
        .says("boss@example.com");
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete: 2 created.");
}

#[test]
fn absence_removes_nobody_when_a_plan_is_about_somebody() {
    let project = applied();
    project.edit(
        "wpsync.yaml",
        "sources:",
        "manage: { users: { absent: delete, within: all } }\nadopt: all\nlimits: { remove: 100% }\nsources:",
    );
    let without_bob = "  - { userName: bob@example.com, externalId: E2, title: Builder }\n";
    project.write(
        "people.yaml",
        &PEOPLE
            .replace(without_bob, "")
            .replace("[bob@example.com]", "[]")
            .replace("Analyst", "Countess"),
    );
    project
        .run("plan --only user:ada@example.com")
        .exits(0)
        .says("Plan: 1 to update.");
    project
        .run("plan --only user:bob@example.com")
        .exits(1)
        .complains("removes nobody for being absent")
        .complains("--delete");
    project
        .run("plan --only user:adda@example.com")
        .exits(1)
        .complains("no source declares user:adda@example.com")
        .complains("--delete");
    project
        .run_waiving("plan", "remove=1: he left|group-emptied=1: he was the last")
        .says("1 to delete");
}

#[test]
fn somebody_is_deactivated_by_name_and_no_update_gives_the_access_back() {
    let project = applied();
    project
        .run("plan --deactivate user:bob@example.com")
        .exits(0)
        .says("Plan: 1 to deactivate.")
        .complains("no plan gives the access back");
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete: 1 deactivated.");
    assert_eq!(project.exported().matches("active: false").count(), 1);
    project
        .run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes.");
    project
        .run("plan --deactivate bob@example.com --detailed-exitcode")
        .exits(0)
        .complains("is inactive already");
    project.edit("people.yaml", "Builder", "Architect");
    project
        .run("plan --only user:bob@example.com")
        .exits(0)
        .says("Plan: 1 to update.");
    let plan = project.read("wpsync.plan.json");
    assert!(
        !plan.contains(r#""active":true"#) && plan.contains(r#""title":"Architect""#),
        "{plan}"
    );
    project.run("apply wpsync.plan.json").exits(0);
    assert_eq!(
        project.exported().matches("active: false").count(),
        1,
        "an update never activates"
    );
    project.run("why user:bob@example.com").exits(0).says("Architect");
}

#[test]
fn what_the_sources_will_make_of_it_later_is_said() {
    let project = applied();
    let plan = project.run("plan --deactivate user:tom@example.com").exits(0);
    plan.complains("people.yaml:4:")
        .complains("declares it active, so the next plan would give the access back");
    project.run("apply wpsync.plan.json").exits(0);
    project.run("plan").says("1 to reactivate");
    project
        .run("plan --delete E1")
        .exits(0)
        .says("Plan: 1 to delete.")
        .complains("so the next plan would create it again");
    project.run("apply wpsync.plan.json").exits(0);
    project.run("plan").says("1 to create");
}

#[test]
fn one_person_is_guarded_and_named_right() {
    let project = applied();
    project.edit("wpsync.yaml", "sources:", "protect: [tom@example.com]\nsources:");
    project
        .run("plan --delete user:tom@example.com")
        .exits(5)
        .complains("protected");
    project
        .run("plan --delete user:nobody@example.com")
        .exits(1)
        .complains("the directory does not have user:nobody@example.com");
    project
        .run("plan --deactivate group:Sales")
        .exits(64)
        .complains("only people can be deactivated");
    project
        .run("plan --deactivate user:ada@example.com --delete user:ada@example.com")
        .exits(64)
        .complains("two things");
    project
        .run("plan --delete group:Sales")
        .exits(0)
        .says("Plan: 1 to delete.");
}

#[test]
fn a_file_that_says_who_leaves_is_planned_asked_about_and_selected_from() {
    let project = applied();
    let sources = "sources: [people.yaml, { csv: gone.csv, columns: { mail: userName }, kind: KIND }]";
    let config = project.read("wpsync.yaml");
    project.write(
        "wpsync.yaml",
        &config.replace("sources: [people.yaml]", &sources.replace("KIND", "deletions")),
    );
    let only_ada = "users:\n  - { userName: ada@example.com, externalId: E1, title: Countess }\n";
    project.write("people.yaml", only_ada);
    project.write("gone.csv", "mail\ntom@example.com\nlong.gone@example.com\n");
    project
        .run("why user:tom@example.com")
        .exits(0)
        .says("a source says that it is to be deleted");
    let waivers = "source-shrunk=3: two files now";
    project
        .run_waiving("plan --only user:tom@example.com", waivers)
        .exits(0)
        .says("Plan: 1 to delete.")
        .says("gone.csv:2:1");
    project
        .run_waiving("plan", waivers)
        .exits(0)
        .says("Plan: 1 to update, 1 to delete.")
        .says("left alone  1 user and 1 group");
    project.write(
        "wpsync.yaml",
        &config.replace(
            "sources: [people.yaml]",
            &sources.replace("KIND", "deactivations"),
        ),
    );
    project
        .run_waiving("plan", waivers)
        .exits(0)
        .says("Plan: 1 to update, 1 to deactivate.");
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete: 1 updated, 1 deactivated.");
    project
        .run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes.");
}
