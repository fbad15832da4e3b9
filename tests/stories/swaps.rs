//! People and groups who take each other's names.

use crate::support::{LOCAL, Project};

const PEOPLE: &str = "users:
  - { userName: ada@example.com, externalId: E1, emails.work: ada@example.com, title: Engineer }
  - { userName: bob@example.com, externalId: E2, emails.work: bob@example.com, title: Engineer }
  - { userName: cyd@example.com, externalId: E3, emails.work: cyd@example.com, title: Engineer }
groups:
  - { displayName: Alpha, externalId: G1, members: [ada@example.com] }
  - { displayName: Beta, externalId: G2, members: [bob@example.com] }
";

/// Two people and two groups have each other's names now; one person has another title, too.
fn swapped() -> Project {
    let project = Project::with_people(PEOPLE);
    project.run("apply --auto-approve").exits(0);
    project.edit(
        "people.yaml",
        "ada@example.com, externalId: E1, emails.work: ada@example.com, title: Engineer",
        "B, externalId: E1, emails.work: B, title: Lead",
    );
    project.edit(
        "people.yaml",
        "bob@example.com, externalId: E2, emails.work: bob@example.com",
        "ada@example.com, externalId: E2, emails.work: ada@example.com",
    );
    project.edit(
        "people.yaml",
        "B, externalId: E1, emails.work: B",
        "bob@example.com, externalId: E1, emails.work: bob@example.com",
    );
    project.edit(
        "people.yaml",
        "Alpha, externalId: G1, members: [ada@example.com]",
        "B, externalId: G1, members: [bob@example.com]",
    );
    project.edit(
        "people.yaml",
        "Beta, externalId: G2, members: [bob@example.com]",
        "Alpha, externalId: G2, members: [ada@example.com]",
    );
    project.edit("people.yaml", "B, externalId: G1", "Beta, externalId: G1");
    project
}

fn allow(project: &Project) {
    let manage = "manage:\n  users: { swaps: temporary }\n  groups: { swaps: temporary }\n\
                  limits: { identity: 2, update: 2 }\n";
    project.write("wpsync.yaml", &format!("{LOCAL}{manage}"));
}

#[test]
fn f023_those_whose_names_would_be_swapped_are_held_and_the_plan_says_which_key_allows_it() {
    let project = swapped();
    project.write("wpsync.yaml", &format!("{LOCAL}limits: {{ held: 4 }}\n"));
    let before = project.exported();
    project.edit(
        "people.yaml",
        "groups:",
        "  - { userName: dee@example.com }\ngroups:",
    );
    project
        .run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 1 to create; 2 people are held, 2 groups are held.")
        .says_over_lines("user:ada@example.com, user:bob@example.com")
        .says_over_lines("manage: { users: { swaps: temporary } }")
        .says_over_lines("people may see and get mail about");
    project.run("apply wpsync.plan.json").exits(0);
    let after = project.exported();
    assert!(after.contains("dee@example.com"), "{after}");
    let kept = |text: &str| text.lines().filter(|line| !line.contains("dee@")).count();
    assert_eq!(kept(&after), kept(&before));
}

#[test]
fn f023_swapped_names_go_by_a_temporary_one_that_the_plan_shows_and_come_back_by_an_undo() {
    let project = swapped();
    allow(&project);
    let before = project.exported();
    // A swap is a change of two people, so the limits of two hold.
    project
        .run("plan")
        .exits(0)
        .says("wpsync-")
        .says("Plan: 6 to update");
    let receipt = format!(".wpsync/receipts/{}.json", project.plan_id());
    project.run("why ada@example.com").exits(0).says("temporary name");
    project.run("apply wpsync.plan.json").exits(0).says("4 updated");
    let after = project.exported();
    assert!(
        after.contains("bob@example.com") && after.contains("Lead") && !after.contains("wpsync-"),
        "{after}"
    );
    project.run("plan --detailed-exitcode").exits(0);
    project.run("drift --detailed-exitcode").exits(0);

    project
        .run(&format!(
            "undo {receipt} --waive identity=2:back --waive update=2:back"
        ))
        .exits(0)
        .says("6 to update");
    project.run("apply wpsync.undo.plan.json").exits(0);
    assert_eq!(project.exported(), before);
}
