//! The last line of an apply, each in the world in which it is true and in the nearest in which it is not.

use crate::sandbox::Sandbox;
use crate::stranger::stranger_deactivates;
use crate::support::{LOCAL, Project};

const ONE: &str = "users:\n  - { userName: ada@example.com, title: Engineer }\n";
const TWO: &str = "users:\n  - { userName: ada@example.com, title: Chief }\n  \
                   - { userName: bob@example.com, title: Writer }\n";

#[test]
fn a_plan_without_changes_has_nothing_to_do_and_one_with_changes_has() {
    let project = Project::with_people(ONE);
    project.run("apply --auto-approve").exits(0);
    project.run("plan").exits(0).says("No changes.");
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Nothing to do: the plan has no changes.\n");
    project.write("people.yaml", TWO);
    project.run("plan").exits(0);
    let ran = project.run("apply wpsync.plan.json").exits(0);
    assert_eq!(ran.stdout, "Apply complete: 1 created, 1 updated.\n");
}

#[test]
fn a_plan_is_applied_already_only_where_everything_is_done() {
    let project = Project::with_people(ONE);
    project.run("apply --auto-approve").exits(0);
    project.write("people.yaml", TWO);
    project.run("plan").exits(0);
    let plan = project.read("wpsync.plan.json");
    // Another runner has no memory, and finds half of it done.
    let half = TWO.lines().take(2).collect::<Vec<_>>().join("\n");
    project.write("people.yaml", &format!("{half}\n"));
    project.run("apply --auto-approve").exits(0).says("1 updated");
    std::fs::remove_dir_all(project.path(".wpsync")).expect("removed");
    project.write("people.yaml", TWO);
    project.write("wpsync.plan.json", &plan);
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete: 1 created, 1 already done.\n");
    let ran = project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Already applied at 2");
    assert!(ran.stdout.ends_with(": nothing to do.\n"), "{ran:?}");
    std::fs::remove_dir_all(project.path(".wpsync")).expect("removed");
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Nothing to do, the plan is applied already: 2 already done.\n");
}

/// A service that deletes no account that somebody has used. Bob's was.
struct Workplace {
    project: Project,
    sandbox: Sandbox,
}

impl Workplace {
    fn with_people(people: &str) -> Self {
        let project = Project::empty();
        let sandbox = Sandbox::start(&project, "--dialect workplace --claimed bob@example.com");
        project.write(
            "wpsync.yaml",
            &format!(
                "version: 1\n\
                 directory: {{ scim: '{}', dialect: workplace, token: {{ env: WPSYNC_TOKEN }} }}\n\
                 sources: [people.yaml]\nmanage: {{ users: {{ absent: delete, within: all }} }}\n",
                sandbox.url
            ),
        );
        project.write("people.yaml", people);
        Self { project, sandbox }
    }

    fn run(&self, arguments: &str) -> crate::support::Ran {
        self.project
            .run_with(&[("WPSYNC_TOKEN", &*self.sandbox.token)], arguments)
    }
}

fn person(name: &str, title: &str) -> String {
    format!(
        "  - {{ userName: {name}@example.com, title: {title}, active: true, \
         emails: {{ work: {name}@example.com }}, \
         name: {{ formatted: {name} }} }}\n"
    )
}

#[test]
fn an_apply_is_done_in_part_only_where_something_was_written() {
    let people = format!("users:\n{}{}", person("ada", "Engineer"), person("bob", "Writer"));
    let workplace = Workplace::with_people(&people);
    workplace.run("apply --auto-approve").exits(0);
    let without_bob = format!("users:\n{}", person("ada", "Engineer"));
    workplace.project.write("people.yaml", &without_bob);
    workplace
        .run("apply --auto-approve")
        .exits(1)
        .says("Nothing was written: 1 failed.\n");
    workplace
        .project
        .write("people.yaml", &without_bob.replace("Engineer", "Chief"));
    workplace
        .run("apply --auto-approve")
        .exits(3)
        .says("Applied in part: 1 updated, 1 failed.\n");
    workplace
        .project
        .write("people.yaml", &people.replace("Engineer", "Boss"));
    workplace
        .run("apply --auto-approve")
        .exits(0)
        .says("Apply complete: 1 updated.\n");
}

#[test]
fn a_plan_about_somebody_who_is_held_is_not_called_no_changes() {
    let project = Project::with_people(TWO);
    project.write(
        "wpsync.yaml",
        &format!("{LOCAL}manage: {{ users: {{ absent: deactivate, within: all }} }}\n"),
    );
    project.run("apply --auto-approve").exits(0);
    stranger_deactivates(&project, "bob@example.com");
    project
        .run("plan --only bob@example.com --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply for whom this plan is about. 1 person is held.\n");
    project
        .run("plan --only ada@example.com --detailed-exitcode")
        .exits(0)
        .says("No changes for whom this plan is about.\n");
}
