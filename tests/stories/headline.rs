//! The first line of every view, and the exit code of `plan --detailed-exitcode`: what is withheld, held, or
//! cannot be written is never called "No changes".

use serde_json::Value as Json;

use crate::support::{LOCAL, Project, Ran};

const TWO: &str = "users:\n  - { userName: ada@example.com, title: Engineer, active: true }\n  \
                   - { userName: bob@example.com, title: Writer, active: true }\n";
const ONE: &str = "users:\n  - { userName: ada@example.com, title: Engineer, active: true }\n";
const REMOVING: &str = "manage: { users: { absent: deactivate, within: all } }\n";
const WITHHELD: &str = "Nothing to apply. 1 removal is withheld (adopt users).";

/// A directory with two people, met by a runner that has no memory, whose sources have lost one of them.
fn leaver_on_a_new_runner() -> Project {
    let project = Project::with_people(TWO);
    project.write("wpsync.yaml", &format!("{LOCAL}{REMOVING}"));
    project.run("apply --auto-approve").exits(0);
    std::fs::remove_dir_all(project.path(".wpsync")).expect("removed");
    project.write("people.yaml", ONE);
    project
}

/// The event of a type.
fn event(ran: &Ran, kind: &str) -> Json {
    let events = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).expect("JSON"));
    let mut of_kind = events.filter(|event| event["type"] == kind);
    of_kind.next().expect("there is such an event")
}

#[test]
fn a_leaver_whom_a_new_runner_keeps_is_not_called_no_changes() {
    let project = leaver_on_a_new_runner();
    let ran = project
        .run("plan --detailed-exitcode")
        .exits(2)
        .says(WITHHELD)
        .says(
            "withheld    removals from what is managed for the first time: users (1: user:bob@example.com)",
        );
    assert!(!ran.stdout.contains("No changes"), "{ran:?}");
    project.run("plan").exits(0).says(WITHHELD);
    project
        .run("show --format markdown")
        .exits(0)
        .says(&format!("### {WITHHELD}"))
        .says("users (1: user:bob@example.com)");
    project
        .run("show --format html")
        .exits(0)
        .says(WITHHELD)
        .says("user:bob@example.com");
    let shown: Json = serde_json::from_str(&project.run("show --format json").exits(0).stdout).expect("JSON");
    assert_eq!(shown["standing"]["headline"], WITHHELD);
    assert_eq!(shown["standing"]["as_declared"], false);
    assert_eq!(shown["header"]["withheld"]["users"], 1);
    assert_eq!(shown["withheld"]["users"]["first"][0], "user:bob@example.com");
    let summary = event(&project.run("plan --json").exits(0), "change_summary");
    assert_eq!(summary["standing"]["headline"], WITHHELD);
    assert_eq!(summary["standing"]["withheld"], 1);
    project.run("why bob@example.com").exits(0).says(
        "A plan would do nothing: no source declares it, and `users` is managed for the first time; \
         --adopt users removes it.",
    );
}

#[test]
fn a_drift_without_a_record_says_what_is_withheld() {
    leaver_on_a_new_runner()
        .run("drift")
        .exits(0)
        .says("No differences in what the sources declare; 1 removal is withheld (adopt users).");
}

#[test]
fn a_plan_with_changes_says_what_it_leaves_undone() {
    let project = leaver_on_a_new_runner();
    project.edit("people.yaml", "Engineer", "Chief");
    project
        .run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 1 to update; 1 removal is withheld (adopt users).");
    project.run("apply wpsync.plan.json").exits(0);
    project
        .run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 1 to deactivate.");
}

#[test]
fn a_view_without_names_has_the_same_first_line() {
    let project = leaver_on_a_new_runner();
    project.run("plan").exits(0);
    for view in ["--redact ids", "--redact masked"] {
        let ran = project.run(&format!("show {view}")).exits(0).says(WITHHELD);
        assert!(!ran.stdout.contains("bob@example.com"), "{view}: {}", ran.stdout);
    }
}

#[test]
fn nothing_left_undone_is_still_no_changes() {
    let project = Project::with_people(TWO);
    project.run("apply --auto-approve").exits(0);
    project
        .run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes. The directory is as the sources say.");
}

#[test]
fn what_a_source_says_itself_is_planned_on_a_new_runner_too() {
    let project = Project::with_people(TWO);
    project.run("apply --auto-approve").exits(0);
    std::fs::remove_dir_all(project.path(".wpsync")).expect("removed");
    project.write(
        "people.yaml",
        "users:\n  - { userName: ada@example.com, title: null }\n  \
         - { userName: bob@example.com, active: false }\n",
    );
    project
        .run("plan")
        .exits(0)
        .says("Plan: 1 to update, 1 to deactivate.")
        .says("\"Engineer\" → (nothing)");
}

#[test]
fn a_list_that_a_source_empties_is_emptied_on_a_new_runner_too() {
    let project = Project::with_people(&format!(
        "{TWO}groups:\n  - {{ displayName: Sales, members: [ada@example.com, bob@example.com] }}\n  \
         - {{ displayName: Crew, members: [ada@example.com, bob@example.com] }}\n"
    ));
    project.run("apply --auto-approve").exits(0);
    std::fs::remove_dir_all(project.path(".wpsync")).expect("removed");
    project.write(
        "people.yaml",
        &format!(
            "{TWO}groups:\n  - {{ displayName: Sales, members: [] }}\n  \
             - {{ displayName: Crew, members: [ada@example.com] }}\n"
        ),
    );
    project
        .run_waiving("plan", "group-emptied=1: closed")
        .exits(0)
        .says("Plan: 1 to update; 1 removal is withheld (adopt the members of 1 group).")
        .says("members 2 → 0");
}

#[test]
fn an_empty_cell_is_absence() {
    let project = Project::empty();
    project.write(
        "wpsync.yaml",
        "version: 1\ndirectory: { local: directory.db }\nsources:\n  - csv: people.csv\n    \
         columns: { userName: userName, title: { attribute: title, empty: clear } }\n",
    );
    project.write("people.csv", "userName,title\nada@example.com,Engineer\n");
    project.run("apply --auto-approve").exits(0);
    std::fs::remove_dir_all(project.path(".wpsync")).expect("removed");
    project.write("people.csv", "userName,title\nada@example.com,\n");
    project
        .run("plan --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply. 1 removal is withheld (adopt 1 attribute).")
        .says("users.title (1: user:ada@example.com)");
    project
        .run("plan --adopt users.title")
        .exits(0)
        .says("Plan: 1 to update.");
}
