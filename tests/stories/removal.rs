//! Leavers: only where the configuration says so, last, limited, and never the protected.

use crate::commands::output;
use crate::support::{LOCAL, Project, Ran};

const THREE: &str = "users:\n  - { userName: ada@example.com, active: true }\n  \
                     - { userName: bob@example.com, active: true }\n  \
                     - { userName: cyd@example.com, active: true }\ngroups:\n  \
                     - { displayName: Sales, members: [ada@example.com, bob@example.com] }\n";
const ONE: &str = "users:\n  - { userName: ada@example.com, active: true }\ngroups:\n  \
                   - { displayName: Sales, members: [ada@example.com] }\n";

fn project(manage: &str) -> Project {
    let project = Project::with_people(THREE);
    project.run("apply --auto-approve").exits(0);
    project.write("people.yaml", ONE);
    project.write("wpsync.yaml", &format!("{LOCAL}{manage}"));
    project
}

#[test]
fn f058_absent_people_are_kept_unless_the_configuration_says_otherwise() {
    let project = project("");
    project
        .run("plan")
        .exits(0)
        .says("Plan: 1 to update.")
        .says("left alone  2 users that no source declares");
}

#[test]
fn absent_people_are_deactivated_and_then_left_in_peace() {
    let project = project("manage: { users: { absent: deactivate, within: all } }\n");
    project
        .run("plan")
        .exits(0)
        .says("Plan: 1 to update, 2 to deactivate.");
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("2 deactivated, 1 membership");
    assert_eq!(project.exported().matches("active: false").count(), 2);
    project.run("plan --detailed-exitcode").exits(0);
}

#[test]
fn absent_people_and_groups_are_deleted() {
    let project = project(
        "manage: { users: { absent: delete, within: all }, groups: { absent: delete, within: all } }\n",
    );
    project.edit("people.yaml", "Sales", "Marketing");
    project
        .run("plan")
        .exits(0)
        .says("Plan: 1 to create, 3 to delete.");
    project.run("apply wpsync.plan.json").exits(0);
    let left = project.exported();
    assert!(
        left.contains("Marketing") && !left.contains("Sales") && !left.contains("bob"),
        "{left}"
    );
}

#[test]
fn f060_nothing_is_never_read_as_everything() {
    let manage = |rest: &str| format!("manage: {{ users: {{ absent: delete{rest} }} }}\n");
    for nothing in [
        "",
        ", within:",
        ", within: ''",
        ", within: ' '",
        ", within: []",
        ", within: {}",
        ", within: ALL PEOPLE",
    ] {
        project(&manage(nothing))
            .run("plan")
            .exits(1)
            .complains("wpsync.yaml:4:");
    }
    // Who has no such attribute is not within it.
    let project = project(&manage(", within: 'user.department == \"Sales\"'"));
    project
        .run("plan")
        .exits(0)
        .says("left alone  2 users that no source declares");
}

#[test]
fn f050_a_limit_refuses_everything_and_a_waiver_names_the_number() {
    let project = project("manage: { users: { absent: deactivate, within: all } }\nlimits: { remove: 1 }\n");
    let before = project.exported();
    project
        .run("plan")
        .exits(5)
        .complains("2 removals exceed the limit of 1 (for 3 managed active people)")
        .complains("--waive 'remove=2: why'");
    project.run("apply wpsync.plan.json").exits(5);
    project.run("apply --auto-approve").exits(5);
    assert_eq!(project.exported(), before, "nothing was sent");
    let waived = |waiver: &str| project.run_waiving("apply --auto-approve", waiver);
    waived("remove=1: one too few")
        .exits(5)
        .complains("allows exactly 1");
    waived("remove=2: branch closed").exits(0);
    assert_eq!(project.exported().matches("active: false").count(), 2);
}

#[test]
fn f056_protected_people_are_never_touched() {
    let project = project("manage: { users: { absent: delete, within: all } }\nprotect: [cyd@example.com]\n");
    let before = project.exported();
    project
        .run("plan --delete cyd@example.com")
        .exits(5)
        .complains("what is protected: 1 (delete user:cyd@example.com)");
    project.run("apply wpsync.plan.json").exits(5);
    assert_eq!(project.exported(), before);
}

#[test]
fn a_protected_person_whom_no_source_declares_is_kept() {
    let project = project("manage: { users: { absent: delete, within: all } }\nprotect: [cyd@example.com]\n");
    project
        .run("why cyd@example.com")
        .exits(0)
        .says("A plan would do nothing: no source declares it, and `protect` keeps it.");
    project.run("apply --auto-approve").exits(0);
    assert!(project.exported().contains("cyd@example.com"));
    project.run("plan --detailed-exitcode").exits(0);
    project.run("drift --detailed-exitcode").exits(0);
    project.edit("wpsync.yaml", "protect: [cyd@example.com]\n", "");
    project
        .run("plan")
        .exits(0)
        .says("Plan: 1 to delete.")
        .says("user:cyd@example.com");
}

#[test]
fn without_a_terminal_only_yes_applies() {
    let project = Project::with_people(ONE);
    let answer = |text: &str| project.line("apply").answering(text).run();
    answer("y\n").exits(1).complains("not applied");
    answer("").exits(1).complains("not applied");
    // Once as a process, from a file.
    let answer = project.path("answer");
    std::fs::write(&answer, "yes\n").expect("written");
    let mut command = project.command("apply");
    command.stdin(std::fs::File::open(answer).expect("opened"));
    Ran::of(output(&mut command)).exits(0).says("Apply complete");
}
