//! What apply does when the directory is not as the plan read it.

use crate::stranger::{stranger_edits, stranger_makes_anew};
use crate::support::{LOCAL, Project};

fn planned() -> Project {
    let project = Project::example("quickstart");
    project.run("apply --auto-approve").exits(0);
    project.edit("staff.csv", "Writer", "Editor");
    project.edit("people.yaml", "Head of Sales", "Sales lead");
    project.run("plan").exits(0).says("Plan: 2 to update.");
    project
}

#[test]
fn f098_drift_stops_the_apply_before_the_first_write_and_names_person_attribute_and_line() {
    let project = planned();
    stranger_edits(&project, "donald@example.com", "title", "Author");
    let before = project.exported();
    let ran = project.run("apply wpsync.plan.json").exits(4);
    ran.says("Nothing was written")
        .complains("user:donald@example.com")
        .complains("title was \"Writer\"")
        .complains("is \"Author\" now")
        .complains("staff.csv:4:");
    assert_eq!(project.exported(), before);
}

#[test]
fn drift_in_an_attribute_that_is_declared_and_not_changed_is_drift_too() {
    let project = planned();
    stranger_edits(&project, "donald@example.com", "department", "Sales");
    project
        .run("apply wpsync.plan.json")
        .exits(4)
        .complains("department was \"Engineering\"");
}

#[test]
fn drift_elsewhere_does_not_stop_a_plan() {
    let project = planned();
    stranger_edits(&project, "mei@example.com", "title", "Head of everything");
    project.run("apply wpsync.plan.json").exits(0).says("2 updated");
}

#[test]
fn what_somebody_else_did_already_is_recognised() {
    let project = planned();
    stranger_edits(&project, "donald@example.com", "title", "Editor");
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("1 updated, 1 already done");
}

#[test]
fn f022_an_account_made_anew_between_plan_and_apply_is_not_taken_for_the_one_that_was_read() {
    let project = planned();
    stranger_makes_anew(&project, "donald@example.com");
    let before = project.exported();
    project
        .run("apply wpsync.plan.json")
        .exits(4)
        .says("Nothing was written")
        .complains("user:donald@example.com");
    assert_eq!(project.exported(), before);

    // A new plan is about the new account.
    project.run("plan").exits(0).says("Plan: 3 to update.");
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("2 updated, 1 membership");
    project.run("plan --detailed-exitcode").exits(0);
}

#[test]
fn f022_an_account_made_anew_is_not_removed_instead_of_the_one_that_was_read() {
    let three = "users:\n  - { userName: ada@example.com, active: true }\n  \
                 - { userName: bob@example.com, active: true }\n  \
                 - { userName: cyd@example.com, active: true }\n";
    for (absent, code, said) in [
        ("delete", 0, "1 already done"),
        ("deactivate", 4, "Nothing was written: 1 drifted"),
    ] {
        let project = Project::with_people(three);
        project.run("apply --auto-approve").exits(0);
        let manage = format!("manage: {{ users: {{ absent: {absent}, within: all }} }}\n");
        project.write("wpsync.yaml", &format!("{LOCAL}{manage}"));
        project.edit(
            "people.yaml",
            "  - { userName: cyd@example.com, active: true }\n",
            "",
        );
        project
            .run("plan")
            .exits(0)
            .says(&format!("Plan: 1 to {absent}."));
        stranger_makes_anew(&project, "cyd@example.com");
        let before = project.exported();
        project.run("apply wpsync.plan.json").exits(code).says(said);
        assert_eq!(project.exported(), before, "{absent}");
    }
}

#[test]
fn f073_a_plan_applies_once_with_and_without_its_journal() {
    let project = planned();
    project.run("apply wpsync.plan.json").exits(0).says("2 updated");
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Already applied");
    std::fs::remove_dir_all(project.path(".wpsync")).expect("removed");
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("2 already done");
}

#[test]
fn the_receipt_tells_what_was_done() {
    let project = planned();
    project.run("apply wpsync.plan.json").exits(0);
    let files = std::fs::read_dir(project.path(".wpsync/receipts")).expect("receipts");
    let names: Vec<String> = files
        .map(|file| file.expect("a file").file_name().into_string().expect("text"))
        .collect();
    let plans = names.iter().filter(|name| name.ends_with(".plan.json")).count();
    assert_eq!((names.len(), plans), (4, 2), "two receipts, and the plan of each");
    let plan: serde_json::Value = serde_json::from_str(&project.read("wpsync.plan.json")).expect("JSON");
    let name = format!(
        ".wpsync/receipts/{}.json",
        plan["header"]["plan_id"].as_str().expect("an id")
    );
    project
        .run(&format!("show {name}"))
        .exits(0)
        .says("Receipt: applied, 2 of 2 changes done: 2 updated.")
        .says("PATCH 2");
    let receipt: serde_json::Value = serde_json::from_str(&project.read(&name)).expect("JSON");
    let schema: serde_json::Value =
        serde_json::from_str(&project.run("schema receipt").exits(0).stdout).expect("JSON");
    assert!(jsonschema::is_valid(&schema, &receipt));
    let schema: serde_json::Value =
        serde_json::from_str(&project.run("schema plan").exits(0).stdout).expect("JSON");
    assert!(jsonschema::is_valid(&schema, &plan));
}

#[cfg(unix)]
#[test]
fn f078_plans_and_state_are_readable_by_nobody_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = planned();
    project.run("apply wpsync.plan.json").exits(0);
    let mode = |name: &str| {
        std::fs::metadata(project.path(name))
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(
        (
            mode("wpsync.plan.json"),
            mode(".wpsync"),
            mode(".wpsync/journal"),
            mode("directory.db")
        ),
        (0o600, 0o700, 0o700, 0o600)
    );
}

#[test]
fn f130_what_the_directory_holds_is_shown_harmless() {
    let project = planned();
    stranger_edits(&project, "donald@example.com", "title", "a\u{1b}[31mb\r\u{202e}c");
    let ran = project
        .run("plan")
        .exits(0)
        .says("title  \"a\\u{1b}[31mb\\r\\u{202e}c\" → \"Editor\"");
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stdout.contains('\r'));
}
