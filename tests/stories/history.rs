//! What was applied before: `wpsync history`, and `wpsync undo last`.

use serde_json::Value as Json;

use crate::support::{LOCAL, Project};

const ONE: &str = "users:\n  - { userName: ada@example.com, title: Engineer, active: true }\n";
const TWO: &str = "users:\n  - { userName: ada@example.com, title: Chief, active: true }\n  \
                   - { userName: bob@example.com, title: Writer, active: true }\n";

/// A project with two applies: one person, then another one and a new title.
fn two_applies() -> Project {
    let project = Project::with_people(ONE);
    project.run("apply --auto-approve").exits(0);
    project.write("people.yaml", TWO);
    project.run("apply --auto-approve").exits(0);
    project
}

#[test]
fn history_lists_the_applies_the_newest_first() {
    let project = two_applies();
    let ran = project
        .run("history")
        .exits(0)
        .says("2 applies to local:directory.db, the newest first\n");
    let lines: Vec<&str> = ran.stdout.lines().skip(1).collect();
    assert_eq!(lines.len(), 2, "{ran:?}");
    assert!(lines[0].ends_with("1 created, 1 updated"), "{ran:?}");
    assert!(lines[1].ends_with("1 created"), "{ran:?}");
    assert!(lines.iter().all(|line| line.contains("  applied  ")), "{ran:?}");
    assert!(!ran.stdout.contains("@example.com"), "it names nobody\n{ran:?}");
    let id = lines[0].split_whitespace().nth(2).expect("an id");
    project
        .run(&format!("show .wpsync/receipts/{id}.json"))
        .exits(0)
        .says("2 of 2 changes done: 1 created, 1 updated.");
}

#[test]
fn history_is_events_for_programs() {
    let project = two_applies();
    let ran = project.run("history --json").exits(0);
    let events: Vec<Json> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let applies: Vec<_> = events
        .iter()
        .filter(|event| event["type"] == "past_apply")
        .collect();
    assert_eq!(applies.len(), 2);
    assert_eq!(applies[0]["done"]["created"], 1);
    assert_eq!(applies[0]["done"]["updated"], 1);
    assert_eq!(applies[1]["done"]["updated"], 0);
    assert_eq!(applies[0]["verdict"], "applied");
    assert_eq!(applies[0]["changes_done"], 2);
}

#[test]
fn history_is_of_one_directory_and_says_where_there_is_none() {
    let project = Project::with_people(ONE);
    project
        .run("history")
        .exits(0)
        .says("No apply to local:directory.db is recorded here.\n");
    project.run("apply --auto-approve").exits(0);
    project.write("wpsync.yaml", &LOCAL.replace("directory.db", "other.db"));
    project
        .run("history")
        .exits(0)
        .says("No apply to local:other.db is recorded here.\n");
    project
        .run("undo last")
        .exits(1)
        .complains("no apply to local:other.db is recorded here");
}

#[test]
fn a_receipt_of_an_older_version_is_listed_with_what_it_tells() {
    let project = two_applies();
    for entry in std::fs::read_dir(project.path(".wpsync/receipts")).expect("receipts") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().ends_with(".plan.json") {
            continue;
        }
        let mut receipt: Json = serde_json::from_slice(&std::fs::read(&path).expect("read")).expect("JSON");
        for line in receipt["outcomes"].as_array_mut().expect("outcomes") {
            let line = line.as_object_mut().expect("a line");
            line.remove("action");
            line.remove("memberships");
        }
        std::fs::write(&path, receipt.to_string()).expect("written");
    }
    project.run("history").exits(0).says("2 changes done\n");
}

#[test]
fn undo_last_reverses_the_newest_apply() {
    let project = two_applies();
    project.write("last", "a file of this name is not meant");
    project
        .run("undo last")
        .exits(0)
        .says("Plan: 1 to update, 1 to delete.")
        .says("\"Chief\" → \"Engineer\"");
    project.run("apply wpsync.undo.plan.json").exits(0);
    let exported = project.exported();
    assert!(
        exported.contains("Engineer") && !exported.contains("bob@example.com"),
        "{exported}"
    );
    // The newest apply is the undo now.
    project
        .run("undo last")
        .exits(0)
        .says("Plan: 1 to create, 1 to update.");
}

#[test]
fn an_apply_says_what_it_did_by_kind() {
    let project = Project::with_people(&format!(
        "{TWO}groups:\n  - {{ displayName: Crew, members: [ada@example.com, bob@example.com] }}\n  \
         - {{ displayName: Old, members: [ada@example.com] }}\n"
    ));
    project.write(
        "wpsync.yaml",
        &format!("{LOCAL}manage: {{ groups: {{ absent: delete, within: all }} }}\n"),
    );
    project
        .run("apply --auto-approve")
        .exits(0)
        .says("Apply complete: 4 created, 3 memberships.\n");
    project.write(
        "people.yaml",
        "users:\n  - { userName: ada@example.com, title: Boss, active: true }\n  \
         - { userName: bob@example.com, title: Writer, active: false }\n  \
         - { userName: cyd@example.com, active: true }\n\
         groups:\n  - { displayName: Crew, members: [ada@example.com, bob@example.com, cyd@example.com] }\n",
    );
    project
        .run("apply --auto-approve")
        .exits(0)
        .says("Apply complete: 1 created, 1 updated, 1 deactivated, 1 deleted, 1 membership.\n");
    project.edit("people.yaml", "active: false", "active: true");
    let ran = project.run("apply --auto-approve --json").exits(0);
    let mut events = ran
        .stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let last = events.rfind(|event| event["type"] == "change_summary");
    let last = last.expect("a summary");
    assert_eq!(last["operation"], "apply");
    assert_eq!(last["done"]["reactivated"], 1);
}
