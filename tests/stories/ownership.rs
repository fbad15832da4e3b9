//! What comes under management for the first time is added to, and not removed from, unless it is adopted by
//! name.

use crate::support::{LOCAL, Project};

const BEFORE: &str = "users:\n  - { userName: ada@example.com, title: Engineer, roles: [admin, editor], \
                      active: true }\n  \
                      - { userName: bob@example.com, title: Writer, active: true }\n  \
                      - { userName: cyd@example.com, active: true }\n\
                      groups:\n  - { displayName: Sales, members: [ada@example.com, bob@example.com] }\n  \
                      - { displayName: Old, members: [cyd@example.com] }\n";
const AFTER: &str = "users:\n  - { userName: ada@example.com, title: null, roles: [admin, boss] }\n  \
                     - { userName: bob@example.com, active: false }\n\
                     groups:\n  - { displayName: Sales, members: [ada@example.com] }\n";
const REMOVING: &str =
    "manage: { users: { absent: deactivate, within: all }, groups: { absent: delete, within: all } }\n";

/// A directory that somebody else filled: no receipt tells that any of it is ours.
fn met(more: &str) -> Project {
    let project = Project::with_people(BEFORE);
    project.run("apply --auto-approve").exits(0);
    std::fs::remove_dir_all(project.path(".wpsync")).expect("removed");
    project.write("people.yaml", AFTER);
    project.write("wpsync.yaml", &format!("{LOCAL}{REMOVING}{more}"));
    project
}

#[test]
fn f057_the_first_plan_adds_and_removes_only_what_a_source_says_itself() {
    let project = met("");
    let ran = project
        .run("plan")
        .exits(0)
        .says(
            "Plan: 1 to update, 1 to deactivate; 4 removals are withheld (adopt users, groups, 1 attribute, \
             the members of 1 group).",
        )
        .says("[\"admin\", \"editor\"] → [\"admin\", \"boss\", \"editor\"]")
        .says("\"Engineer\" → (nothing)");
    ran.says(
        "withheld    removals from what is managed for the first time: group:Sales \
         (1: user:bob@example.com), groups (1: group:Old), users (1: user:cyd@example.com), \
         users.roles (1: user:ada@example.com); --adopt NAME removes them",
    );
    project.run("apply wpsync.plan.json").exits(0);
    let after = project.exported();
    for kept in ["cyd@example.com", "Old", "editor", "boss"] {
        assert!(after.contains(kept), "{kept} is gone:\n{after}");
    }
    assert_eq!(after.matches("active: false").count(), 1, "{after}");
}

#[test]
fn the_second_plan_removes() {
    let project = met("");
    project.run("apply --auto-approve").exits(0);
    project
        .run_waiving("plan", "remove=3: meant")
        .exits(0)
        .says("1 to deactivate, 1 to delete")
        .says("- bob@example.com");
}

#[test]
fn a_first_plan_without_changes_takes_over_too() {
    let project = Project::with_people(BEFORE);
    project.run("apply --auto-approve").exits(0);
    std::fs::remove_dir_all(project.path(".wpsync")).expect("removed");
    project.run("apply --auto-approve").exits(0).says("No changes.");
    project.edit(
        "people.yaml",
        "members: [ada@example.com, bob@example.com]",
        "members: [ada@example.com]",
    );
    project.run("plan").exits(0).says("- bob@example.com");
}

#[test]
fn what_is_adopted_by_name_is_removed_from_at_once() {
    let project = met("");
    let ran = project
        .run("plan --adopt group:SALES --adopt users.Title")
        .exits(0)
        .says("- bob@example.com")
        .says("\"Engineer\" → (nothing)");
    ran.says("adopted     group:sales, users.title")
        .says("groups (1: group:Old), users (1: user:cyd@example.com)");
    project
        .run("plan --adopt users")
        .exits(0)
        .says("Deactivate")
        .says("user:cyd@example.com");
    project
        .run("plan --adopt all")
        .exits(0)
        .says("2 to deactivate, 1 to delete");
    project
        .run("plan --adopt user.title")
        .exits(1)
        .complains("--adopt user.title: this names nothing that can be managed");
    let project = met("adopt: [groups, users.roles]\n");
    project
        .run("plan")
        .exits(0)
        .says("group:Old")
        .says("[\"admin\", \"editor\"] → [\"admin\", \"boss\"]");
    met("adopt: all\n")
        .run("plan")
        .exits(0)
        .says("2 to deactivate, 1 to delete");
    met("adopt: [sales]\n")
        .run("plan")
        .exits(1)
        .complains("names nothing that can be managed");
}

#[test]
fn a_group_that_is_renamed_stays_managed() {
    let people = "users:\n  - userName: ada@example.com\n  - userName: bob@example.com\n";
    let group = |name: &str, members: &str| {
        format!("{people}groups:\n  - {{ displayName: {name}, externalId: G1, members: [{members}] }}\n")
    };
    let project = Project::with_people(&group("Sales", "ada@example.com, bob@example.com"));
    project.run("apply --auto-approve").exits(0);
    project.write("people.yaml", &group("Revenue", "ada@example.com"));
    project
        .run("plan")
        .exits(0)
        .says("(was Sales)")
        .says("- bob@example.com");
}
