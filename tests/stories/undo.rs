//! `undo` makes the reverse plan of an apply, and says what it cannot bring back.

use crate::stranger::{stranger_adds_member, stranger_edits};
use crate::support::{LOCAL, Project};

const UNDO: &str = "wpsync.undo.plan.json";

/// The id of the saved plan.
fn plan_id(project: &Project) -> String {
    let plan: serde_json::Value = serde_json::from_str(&project.read("wpsync.plan.json")).expect("JSON");
    plan["header"]["plan_id"].as_str().expect("an id").to_owned()
}

fn applied() -> Project {
    let project = Project::example("quickstart");
    project.run("apply --auto-approve").exits(0);
    project
}

/// Plans, applies, and returns what the directory held before.
fn apply(project: &Project) -> String {
    let before = project.exported();
    project.run("plan").exits(0);
    project.run("apply wpsync.plan.json").exits(0);
    assert_ne!(project.exported(), before);
    before
}

#[test]
fn an_apply_of_every_kind_is_undone() {
    let project = applied();
    project.edit("staff.csv", "Writer", "Editor");
    project.edit("staff.csv", "donald@example.com,Donald", "don@example.com,Donald");
    project.edit("people.yaml", "displayName: On call", "displayName: Pager");
    project.edit("staff.csv", "On call", "Pager");
    project.edit(
        "people.yaml",
        "members: [zoe@example.com]",
        "members: [zoe@example.com, ada@example.com]",
    );
    project.edit(
        "people.yaml",
        "groups:\n",
        "  - userName: new@example.com\n    manager: don@example.com\ngroups:\n",
    );
    let before = apply(&project);
    let receipt = format!(".wpsync/receipts/{}.json", plan_id(&project));
    let ran = project.run(&format!("undo {receipt}")).exits(0);
    ran.says("Reverses the apply of 2")
        .says("to delete")
        .says("\"Editor\" → \"Writer\"")
        .says("- ada@example.com");
    let plan: serde_json::Value = serde_json::from_str(&project.read(UNDO)).expect("JSON");
    assert_eq!(plan["header"]["reverses"], plan_id(&project));
    let schema: serde_json::Value =
        serde_json::from_str(&project.run("schema plan").exits(0).stdout).expect("JSON");
    assert!(jsonschema::is_valid(&schema, &plan));
    assert_ne!(
        project.exported(),
        before,
        "undo itself writes nothing to the directory"
    );
    project.run(&format!("show {UNDO}")).exits(0);
    project
        .run(&format!("apply {UNDO}"))
        .exits(0)
        .says("Apply complete");
    assert_eq!(project.exported(), before);
    project
        .run(&format!("undo {receipt}"))
        .exits(0)
        .says("No changes.");
}

#[test]
fn what_somebody_changed_since_is_left_to_them() {
    let project = applied();
    project.edit("staff.csv", "Writer", "Editor");
    project.edit(
        "staff.csv",
        "Sales trainee,Sales,jose@example.com,Sales\nE204",
        "Seller,Sales,jose@example.com,Sales\nE204",
    );
    project.edit(
        "people.yaml",
        "groups:\n",
        "  - userName: new@example.com\n    title: Guest\ngroups:\n",
    );
    apply(&project);
    stranger_edits(&project, "donald@example.com", "title", "Author");
    stranger_edits(&project, "new@example.com", "title", "Host");
    let ran = project
        .run(&format!("undo {}", plan_id(&project)))
        .exits(0)
        .says("Plan: 1 to update.");
    ran.says("Not reversed (2)")
        .says("user:donald@example.com: title stays \"Author\": somebody changed it since the apply")
        .says(
            "user:new@example.com: it stays, because its title is \"Host\" now: somebody changed it \
             since the apply",
        );
    project.run(&format!("apply {UNDO}")).exits(0);
    let left = project.exported();
    assert!(
        left.contains("Author") && left.contains("Host") && !left.contains("Seller"),
        "{left}"
    );
}

#[test]
fn who_was_deleted_comes_back_into_the_groups_that_the_plan_took_them_from() {
    let people = "users:\n  - { userName: ada@example.com, active: true }\n  \
                  - { userName: bob@example.com, title: Cook, active: true, manager: ada@example.com }\n\
                  groups:\n  - { displayName: Sales, members: [ada@example.com, bob@example.com] }\n  \
                  - { displayName: Old, members: [bob@example.com] }\n";
    let project = Project::with_people(people);
    project.run("apply --auto-approve").exits(0);
    let manage =
        "manage: { users: { absent: delete, within: all }, groups: { absent: delete, within: all } }\n";
    project.write("wpsync.yaml", &format!("{LOCAL}{manage}"));
    project.write(
        "people.yaml",
        "users:\n  - { userName: ada@example.com, active: true }\ngroups:\n  \
         - { displayName: Sales, members: [ada@example.com] }\n",
    );
    let before = apply(&project);
    let ran = project.run(&format!("undo {}", plan_id(&project))).exits(0);
    ran.says("to create")
        .says("2 deleted are created again")
        .says("new ids and no password");
    project.run(&format!("apply {UNDO}")).exits(0);
    assert_eq!(project.exported(), before);
}

#[test]
fn the_deactivated_are_reactivated_and_the_created_may_be_deactivated() {
    let project = Project::with_people(
        "users:\n  - { userName: ada@example.com, active: true }\n  \
         - { userName: bob@example.com, active: true }\n",
    );
    project.run("apply --auto-approve").exits(0);
    project.write(
        "wpsync.yaml",
        &format!("{LOCAL}manage: {{ users: {{ absent: deactivate, within: all }} }}\n"),
    );
    project.write(
        "people.yaml",
        "users:\n  - { userName: ada@example.com, active: true }\n  \
         - { userName: cyd@example.com, active: true }\n",
    );
    apply(&project);
    let ran = project
        .run(&format!("undo {} --created deactivate", plan_id(&project)))
        .exits(0);
    ran.says("Plan: 1 to reactivate, 1 to deactivate.");
    project.run(&format!("apply {UNDO}")).exits(0);
    assert_eq!(project.exported().matches("active: false").count(), 1);
}

#[test]
fn a_group_that_others_have_joined_stays() {
    let project = applied();
    project.edit(
        "people.yaml",
        "groups:\n",
        "groups:\n  - displayName: Choir\n    members: [ada@example.com]\n",
    );
    apply(&project);
    stranger_adds_member(&project, "Choir", "tom@example.com");
    project
        .run(&format!("undo {}", plan_id(&project)))
        .exits(0)
        .says("No changes.")
        .says("1 have joined it since");
}

#[test]
fn guards_judge_a_reverse_plan_too() {
    let project = Project::with_people("users:\n  - { userName: ada@example.com }\n");
    project.write("wpsync.yaml", &format!("{LOCAL}protect: [bob@example.com]\n"));
    project.run("apply --auto-approve").exits(0);
    project.write("wpsync.yaml", LOCAL);
    project.write(
        "people.yaml",
        "users:\n  - { userName: ada@example.com }\n  - { userName: bob@example.com }\n",
    );
    apply(&project);
    project.write("wpsync.yaml", &format!("{LOCAL}protect: [bob@example.com]\n"));
    project
        .run(&format!("undo {}", plan_id(&project)))
        .exits(5)
        .complains("what is protected: 1 (delete user:bob@example.com)");
}

#[cfg(unix)]
#[test]
fn the_kept_plan_is_the_one_that_was_applied_and_readable_by_nobody_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = applied();
    project.edit("staff.csv", "Writer", "Editor");
    apply(&project);
    let kept = format!(".wpsync/receipts/{}.plan.json", plan_id(&project));
    assert_eq!(project.read(&kept), project.read("wpsync.plan.json"));
    let mode = std::fs::metadata(project.path(&kept))
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn without_the_plan_of_a_receipt_nothing_is_guessed() {
    let project = applied();
    project.edit("staff.csv", "Writer", "Editor");
    apply(&project);
    let id = plan_id(&project);
    project
        .run("undo no-such-receipt")
        .exits(1)
        .complains("the newest applies are\n")
        .complains(&format!("    {id}  2"))
        .complains(", applied");
    project.run(&format!("undo {id}.json")).exits(0);
    std::fs::remove_file(project.path(&format!(".wpsync/receipts/{id}.plan.json"))).expect("removed");
    project
        .run(&format!("undo {id}"))
        .exits(1)
        .complains("an apply keeps its plan beside its receipt");
}

#[test]
fn a_reversal_that_is_refused_says_how_undo_waives() {
    let project = Project::with_people(
        "users:\n  - { userName: a@example.com }\n  - { userName: b@example.com }\n  \
         - { userName: c@example.com }\n",
    );
    project.write("wpsync.yaml", &format!("{LOCAL}limits: {{ remove: 1 }}\n"));
    project.run("plan").exits(0);
    project.run("apply wpsync.plan.json").exits(0);
    let undo = format!("undo {}", plan_id(&project));
    project
        .run(&undo)
        .exits(5)
        .complains(&format!("wpsync {undo} --waive 'remove=3: why'"));
    project
        .run_waiving(&undo, "remove=3: it was a trial")
        .exits(0)
        .says("Plan: 3 to delete.");
}

#[test]
fn what_a_later_apply_changed_is_not_called_somebody_else_s() {
    let project = applied();
    project.edit("staff.csv", "Writer", "Editor");
    apply(&project);
    let first = plan_id(&project);
    project.edit("staff.csv", "Editor", "Author");
    apply(&project);
    let second = plan_id(&project);
    let ran = project.run(&format!("undo {first}")).exits(0).says(&format!(
        "title stays \"Author\": a later apply changed it (plan {second}), so undo that one first"
    ));
    assert!(!ran.stdout.contains("somebody"), "{}", ran.stdout);
    project.run(&format!("undo {second}")).exits(0);
    project.run(&format!("apply {UNDO}")).exits(0);
    project
        .run(&format!("undo {first}"))
        .exits(0)
        .says("\"Editor\" → \"Writer\"");
    stranger_edits(&project, "donald@example.com", "title", "Poet");
    project
        .run(&format!("undo {second}"))
        .exits(0)
        .says("title stays \"Poet\": somebody changed it since the apply");
}
