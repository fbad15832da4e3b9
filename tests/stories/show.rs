//! A saved plan is drawn in every form, offline: the directory and its token are not needed.

use crate::at_service::project_at;
use crate::stand_in::{Door, Line, Service};
use crate::support::Project;

#[test]
fn a_saved_plan_is_drawn_in_every_form_without_its_directory() {
    let project = Project::with_people("users: [{ userName: ada@example.com, title: Writer }]\n");
    let planned = project.run("plan").exits(0).stdout;
    for gone in ["directory.db", "wpsync.yaml", "people.yaml"] {
        std::fs::remove_file(project.path(gone))
            .or_else(|error| {
                if gone == "directory.db" {
                    Ok(())
                } else {
                    Err(error)
                }
            })
            .expect("removed");
    }
    assert_eq!(project.run("show").exits(0).stdout, planned);
    let digest = project.digest();
    project
        .run("show --format markdown")
        .exits(0)
        .says("<!-- wpsync:plan:")
        .says("### Plan: 1 to create.")
        .says(&digest);
    project
        .run("show --format markdown --redact masked")
        .exits(0)
        .says("**This view is redacted");
    project
        .run("show --format html --redact masked")
        .exits(0)
        .says("\"notice\":\"This view is redacted");
    assert!(
        !project
            .run("show --format html --redact ids")
            .exits(0)
            .stdout
            .contains("ada@example.com")
    );
    project
        .run("show --format html")
        .exits(0)
        .says("<!doctype html>")
        .says("ada@example.com")
        .says(&digest);
    project
        .run("show --format json")
        .exits(0)
        .says("\"resource_changes\": [")
        .says(&digest);
    project
        .run("show --format markdown --max-bytes 100")
        .exits(64)
        .complains("8000 bytes");
}

#[test]
fn a_receipt_is_drawn_in_every_form_and_names_people() {
    let project = Project::with_people("users: [{ userName: ada@example.com }]\n");
    let _ = project.run("apply --auto-approve").exits(0);
    let receipt = project.receipt();
    let show = format!("show {}", receipt.display());
    project
        .run(&show)
        .exits(0)
        .says("Receipt: applied, 1 of 1 changes done: 1 created.\n")
        .says("  done         create     user:ada@example.com\n")
        .says("evidence    1 read by id\n");
    project
        .run(&format!("{show} --format markdown"))
        .exits(0)
        .says("<!-- wpsync:receipt -->\n```text\nReceipt: applied");
    project
        .run(&format!("{show} --format json"))
        .exits(0)
        .says("\"wpsync_receipt\": 1");
    project
        .run(&format!("{show} --format html"))
        .exits(0)
        .says("<!doctype html>")
        .says("<td>user:ada@example.com</td>");
}

#[test]
fn a_redacted_receipt_names_nobody_and_agrees_with_the_redacted_plan() {
    let project = Project::with_people(
        "users: [{ userName: ada@example.com }]\n\
         groups: [{ displayName: Crew, members: [ada@example.com] }]\n",
    );
    project.run("plan").exits(0);
    project.run("apply wpsync.plan.json").exits(0);
    let receipt = project.receipt();
    for redaction in ["masked", "ids"] {
        let of_plan = project
            .run(&format!("show --format json --redact {redaction}"))
            .exits(0);
        let of_plan: serde_json::Value = serde_json::from_str(&of_plan.stdout).expect("JSON");
        let changes = of_plan["resource_changes"].as_array().expect("changes");
        assert_eq!(changes.len(), 2);
        for format in ["text", "markdown", "html", "json"] {
            let show = format!(
                "show {} --redact {redaction} --format {format}",
                receipt.display()
            );
            let mut ran = project.run(&show).exits(0);
            assert!(!ran.stdout.contains("ada@example.com"), "{}", ran.stdout);
            assert!(!ran.stdout.contains("change_digest"), "{}", ran.stdout);
            for change in changes {
                ran = ran.says(change["address"].as_str().expect("a name"));
            }
        }
    }
    std::fs::remove_file(receipt.with_extension("plan.json")).expect("removed");
    project
        .run(&format!("show {} --redact ids", receipt.display()))
        .exits(1)
        .complains("an apply keeps its plan beside its receipt");
}

/// A project at a service of which a user must know something.
fn at_a_service(about: &str) -> Project {
    let service = Service::new(1);
    let door = Door::open(Line::clear(&service));
    project_at(&door, about, "users: [{ userName: ada@example.com }]\n")
}

#[test]
fn what_a_user_must_know_of_a_service_is_in_every_view() {
    let project = at_a_service("about: Our own service. DELETE suspends for good.\n");
    let with_token = |command: &str| project.run_with(&[("TOKEN", "a-token")], command).exits(0);
    with_token("plan").says("service     DELETE suspends for good.");
    with_token("doctor").says("DELETE suspends for good.");
    with_token("show --format markdown").says("- service: `DELETE suspends for good.`");
    with_token("show --format html").says("DELETE suspends for good.");
    with_token("show --format json").says(r#""about": "DELETE suspends for good.""#);
    with_token("show --redact ids").says("DELETE suspends for good.");
}

#[test]
fn a_service_of_which_there_is_nothing_to_know_takes_no_line() {
    let project = at_a_service("");
    let ran = project.run_with(&[("TOKEN", "a-token")], "plan").exits(0);
    assert!(!ran.stdout.contains("service "), "{ran:?}");
}
