//! Who is declared again has access again, where wpsync took it away because nobody declared them; and nobody
//! else gets it back by being declared.

use crate::stranger::stranger_deactivates;
use crate::support::{LOCAL, Project};

const BOTH: &str = "users:\n  - { userName: ada@example.com, title: Engineer }\n  \
                    - { userName: bob@example.com, title: Writer }\n";
const ADA: &str = "users:\n  - { userName: ada@example.com, title: Engineer }\n";
const MANAGE: &str = "manage: { users: { absent: deactivate, within: all } }\nlimits: { remove: 9 }\n";
const HELD: &str = "Nothing to apply. 1 person is held.";

/// A company whose export has no column that says who is active.
fn company() -> Project {
    let project = Project::with_people(BOTH);
    project.write("wpsync.yaml", &format!("{LOCAL}{MANAGE}"));
    project.run("apply --auto-approve").exits(0);
    project
}

fn inactive(project: &Project) -> usize {
    project.exported().matches("active: false").count()
}

/// Bob is in no source, and so inactive.
fn without_bob() -> Project {
    let project = company();
    project.write("people.yaml", ADA);
    project.run("apply --auto-approve").exits(0);
    assert_eq!(inactive(&project), 1);
    project
}

#[test]
fn a_returner_has_access_again() {
    let project = without_bob();
    project.write("people.yaml", BOTH);
    project
        .run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 1 to reactivate.")
        .says("active  false → true");
    project
        .run("why bob@example.com")
        .exits(0)
        .says("a source declares it again, and it was deactivated because none did");
    project.run("apply wpsync.plan.json").exits(0);
    assert_eq!(inactive(&project), 0);
    project
        .run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes.");
    project
        .run("drift --detailed-exitcode")
        .exits(0)
        .says("No drift.");
}

#[test]
fn a_returner_comes_with_what_has_changed_about_them() {
    let project = without_bob();
    project.write("people.yaml", &BOTH.replace("Writer", "Editor"));
    project
        .run("apply --auto-approve")
        .exits(0)
        .says("1 to reactivate");
    assert_eq!(inactive(&project), 0);
    assert!(project.exported().contains("title: Editor"));
}

#[test]
fn a_deactivation_by_name_is_not_turned_round_by_presence() {
    let project = company();
    project.run("plan --deactivate bob@example.com").exits(0);
    project.run("apply wpsync.plan.json").exits(0);
    project
        .run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes.");
    project.write("people.yaml", &BOTH.replace("Engineer", "Chief"));
    project
        .run("apply --auto-approve")
        .exits(0)
        .says("Plan: 1 to update.");
    assert_eq!(inactive(&project), 1);
}

#[test]
fn a_declared_deactivation_outlives_its_line() {
    let project = company();
    project.write("people.yaml", &BOTH.replace("title: Writer", "active: false"));
    project
        .run("apply --auto-approve")
        .exits(0)
        .says("1 to deactivate");
    project.run("apply --auto-approve").exits(0).says("No changes.");
    project.write("people.yaml", BOTH);
    project.run("apply --auto-approve").exits(0).says("No changes.");
    assert_eq!(inactive(&project), 1);
}

#[test]
fn whom_somebody_deactivated_in_the_directory_is_held() {
    let project = company();
    stranger_deactivates(&project, "bob@example.com");
    project.write("people.yaml", &BOTH.replace("Writer", "Editor"));
    project
        .run("plan --detailed-exitcode")
        .exits(2)
        .says(HELD)
        .says("user:bob@example.com (people.yaml:3:")
        .says("why   somebody deactivated the account in the directory, and no source")
        .says("next  declare `active: true` to give access, or `active: false` to keep it");
    project
        .run("why bob@example.com")
        .exits(0)
        .says("somebody deactivated the account in the directory");
    project
        .run("drift --detailed-exitcode")
        .exits(2)
        .says("Drift: 1 changed in the directory")
        .says("active  last applied true, directory false")
        .says("1 person is held");
    project.run("apply wpsync.plan.json").exits(0);
    assert_eq!(inactive(&project), 1);
    assert!(
        project.exported().contains("title: Writer"),
        "nothing is planned for them"
    );
    project.write(
        "people.yaml",
        &BOTH.replace("title: Writer", "title: Writer, active: true"),
    );
    project
        .run_waiving("plan", "reactivate=1: bob is back")
        .exits(0)
        .says("Plan: 1 to reactivate.");
}

#[test]
fn a_first_plan_gives_no_suspended_account_back() {
    let project = without_bob();
    std::fs::remove_dir_all(project.path(".wpsync")).expect("removed");
    let groups = "groups:\n  - { displayName: Sales, members: [ada@example.com, bob@example.com] }\n";
    project.write("people.yaml", &format!("{BOTH}{groups}"));
    project
        .run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 1 to create; 1 person is held.")
        .says("why   the account is inactive, no source says `active`, and no record");
    project.run("apply wpsync.plan.json").exits(0);
    assert_eq!(inactive(&project), 1);
    project.run("plan --detailed-exitcode").exits(2).says(HELD);
}
