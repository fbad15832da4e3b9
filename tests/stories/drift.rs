//! `drift` tells what changed in the directory since the last apply from what the sources ask.

use serde_json::json;

use crate::at_service::AtService;
use crate::stand_in::Behaviour;
use crate::stranger::{stranger_adds_member, stranger_deletes, stranger_edits};
use crate::support::Project;

fn applied() -> Project {
    let project = Project::example("quickstart");
    project.run("apply --auto-approve").exits(0);
    project
}

#[test]
fn after_an_apply_there_is_none() {
    let project = applied();
    project
        .run("drift --detailed-exitcode")
        .exits(0)
        .says("No drift.")
        .says("last apply  2");
    let before = project.exported();
    stranger_edits(&project, "donald@example.com", "nickName", "Don");
    project
        .run("drift --detailed-exitcode")
        .exits(0)
        .says("No drift.");
    assert_ne!(
        project.exported(),
        before,
        "what no source declares is nobody's business"
    );
}

#[test]
fn three_ways_are_told_apart() {
    let project = applied();
    stranger_edits(&project, "donald@example.com", "title", "Author");
    stranger_edits(&project, "alan@example.com", "title", "Philosopher");
    stranger_edits(&project, "mei@example.com", "title", "Director");
    project.edit(
        "staff.csv",
        "Alan,Turing,alan@example.com,Engineer",
        "Alan,Turing,alan@example.com,Mathematician",
    );
    project.edit(
        "staff.csv",
        "Olu,Adébáyò,olu@example.com,Sales trainee",
        "Olu,Adébáyò,olu@example.com,Account manager",
    );
    project.edit(
        "staff.csv",
        "Mei,李,mei@example.com,Account manager",
        "Mei,李,mei@example.com,Director",
    );
    let before = project.exported();
    let ran = project.run("drift --detailed-exitcode").exits(2);
    let ran = ran
        .says("Drift: 1 changed in the directory, 2 both changed, 1 source changed.")
        .says("title  last applied \"Writer\", directory \"Author\", sources \"Writer\"  staff.csv:4:")
        .says("title  last applied \"Engineer\", directory \"Philosopher\", sources \"Mathematician\"")
        .says("title  last applied \"Account manager\", directory \"Director\", sources \"Director\"")
        .says("Source changed (1): `wpsync plan` shows what follows");
    assert!(!ran.stdout.contains("Sales trainee"), "{}", ran.stdout);
    assert_eq!(project.exported(), before, "drift writes nothing");
    project.run("drift").exits(0);
}

#[test]
fn a_change_of_the_sources_alone_is_not_drift() {
    let project = applied();
    project.edit("staff.csv", "Writer", "Editor");
    project.edit(
        "people.yaml",
        "groups:\n",
        "  - userName: new@example.com\ngroups:\n",
    );
    project
        .run("drift --detailed-exitcode")
        .exits(0)
        .says("2 source changed")
        .says("Source changed (2): `wpsync plan` shows what follows");
}

#[test]
fn members_and_whole_people_drift_too() {
    let project = applied();
    stranger_adds_member(&project, "On call", "tom@example.com");
    stranger_deletes(&project, "user:olu@example.com");
    stranger_deletes(&project, "group:Engineering");
    let ran = project.run("drift --detailed-exitcode").exits(2);
    ran.says("group:On call")
        .says("member user:tom@example.com  last applied not there, directory there, sources not there")
        .says("user:olu@example.com")
        .says("member user:olu@example.com  last applied there, directory not there, sources there")
        .says("group:Engineering")
        .says("last applied there, directory not there, sources there");
    assert!(!project.run("drift").exits(0).stdout.contains("source changed"));
}

#[test]
fn what_was_last_applied_follows_every_apply_and_resume() {
    let project = applied();
    project.edit("staff.csv", "Writer", "Editor");
    project.edit("people.yaml", "displayName: On call", "displayName: Pager");
    project.edit("staff.csv", "On call", "Pager");
    project.run("plan").exits(0);
    project.run("apply wpsync.plan.json").exits(0);
    project
        .run("drift --detailed-exitcode")
        .exits(0)
        .says("No drift.");
    stranger_edits(&project, "donald@example.com", "title", "Writer");
    project
        .run("drift")
        .exits(0)
        .says("last applied \"Editor\", directory \"Writer\", sources \"Editor\"");
}

#[test]
fn an_apply_that_wrote_nothing_is_not_the_last_one() {
    let project = applied();
    let last = project.read(".wpsync/snapshot/last.json");
    project.edit("staff.csv", "Writer", "Editor");
    project.run("plan").exits(0);
    stranger_edits(&project, "donald@example.com", "title", "Author");
    project.run("apply wpsync.plan.json").exits(4);
    assert_eq!(project.read(".wpsync/snapshot/last.json"), last);
    project
        .run("drift --detailed-exitcode")
        .exits(2)
        .says("1 both changed")
        .says("last applied \"Writer\", directory \"Author\"");
}

#[test]
fn without_a_record_it_says_what_it_does_not_know() {
    let project = applied();
    stranger_edits(&project, "donald@example.com", "title", "Author");
    std::fs::remove_dir_all(project.path(".wpsync")).expect("removed");
    let ran = project
        .run("drift --detailed-exitcode")
        .exits(2)
        .says("1 not known who changed")
        .says("last apply  not known here");
    ran.says("title  last applied not known, directory \"Author\", sources \"Writer\"");
    stranger_edits(&project, "donald@example.com", "title", "Writer");
    project
        .run("drift --detailed-exitcode")
        .exits(0)
        .says("No differences.");
    project.run("apply --auto-approve").exits(0).says("No changes.");
    stranger_edits(&project, "donald@example.com", "title", "Author");
    project.run("drift").exits(0).says("1 changed in the directory");
}

#[test]
fn a_plan_applied_where_its_sources_have_moved_on_records_what_it_did() {
    let project = applied();
    std::fs::remove_dir_all(project.path(".wpsync")).expect("removed");
    project.edit("staff.csv", "Writer", "Editor");
    project.run("plan").exits(0);
    project.edit("staff.csv", "Editor", "Author");
    project.run("apply wpsync.plan.json").exits(0);
    let ran = project
        .run("drift --detailed-exitcode")
        .exits(0)
        .says("1 source changed");
    ran.says("not known   15 declared resources");
    project
        .run("--json drift")
        .exits(0)
        .says(r#""last":"Editor","live":"Editor""#);
}

#[cfg(unix)]
#[test]
fn what_was_last_applied_is_readable_by_nobody_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = applied();
    let mode = |name: &str| {
        std::fs::metadata(project.path(name))
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(
        (mode(".wpsync/snapshot"), mode(".wpsync/snapshot/last.json")),
        (0o700, 0o600)
    );
}

#[test]
fn a_redacted_run_counts_and_names_nobody() {
    let project = applied();
    stranger_edits(&project, "donald@example.com", "title", "Author");
    let redacted = [("WPSYNC_REDACT", "masked")];
    for arguments in ["drift", "--json drift"] {
        let ran = project.run_with(&redacted, arguments).exits(0);
        assert!(
            !ran.stdout.contains("donald") && !ran.stdout.contains("Author"),
            "{}",
            ran.stdout
        );
    }
    project
        .run_with(&redacted, "drift")
        .exits(0)
        .says("1 changed in the directory")
        .says("redacted");
    project
        .run_with(&redacted, "why donald@example.com")
        .exits(1)
        .complains("--redact none");
}

#[test]
fn programs_read_drift_as_events() {
    let project = applied();
    stranger_edits(&project, "donald@example.com", "title", "Author");
    let ran = project.run("--json drift").exits(0);
    let events: Vec<serde_json::Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let of = |kind: &str| {
        events
            .iter()
            .find(|event| event["type"] == kind)
            .expect("an event")
    };
    let difference = &of("resource_drift")["difference"];
    assert_eq!(
        (&difference["side"], &difference["last"], &difference["live"]),
        (&"directory".into(), &"Writer".into(), &"Author".into())
    );
    assert_eq!(
        (
            &of("change_summary")["directory"],
            &of("change_summary")["source"]
        ),
        (&1.into(), &0.into())
    );
}

const KEEPS_NAMES: &str = "name: keeper\nbase_url: https://scim.example.com\nfixed: { users: [name] }\n\
    sources: { others: { from: our own measurements, checked: 2026-11-21 } }\n";
const ADA_AND_BOB: &str = "users:\n  \
    - { userName: ada@example.com, name.familyName: Lovelace, title: Countess }\n  \
    - { userName: bob@example.com, name.familyName: Ross, title: Builder }\n";

/// Two people at a service that keeps names as they were made.
fn with_fixed_names() -> AtService {
    let at = AtService::new(Behaviour::default(), KEEPS_NAMES);
    at.declare(ADA_AND_BOB);
    at.run("apply --auto-approve").exits(0);
    at
}

#[test]
fn a_value_that_the_service_keeps_as_made_was_never_applied() {
    let at = with_fixed_names();
    at.declare(&ADA_AND_BOB.replace("Lovelace, title: Countess", "Byron, title: Analyst"));
    at.run("apply --auto-approve").exits(0);
    let drift = at.run("drift --detailed-exitcode").exits(0);
    let drift = drift.says("No drift in what was applied last; 1 difference stays");
    assert!(!drift.stdout.contains("Byron"), "{}", drift.stdout);
    let why = at.run("why ada@example.com").exits(0);
    why.says("A plan would do nothing: the service does not change users.name.familyName");
    let all = at.run("--json drift").exits(0);
    assert!(!all.stdout.contains(r#""last":"Byron""#), "{}", all.stdout);
}

#[test]
fn a_difference_that_stays_hides_nothing_else() {
    let at = with_fixed_names();
    at.declare(&ADA_AND_BOB.replace("Lovelace", "Byron"));
    std::fs::remove_dir_all(at.project.path(".wpsync")).expect("removed");
    at.run("apply --auto-approve").exits(0).says("1 difference stays");
    at.somebody_sets("bob@example.com", "title", &json!("Boss"));
    at.run("drift --detailed-exitcode")
        .exits(2)
        .says("title  last applied \"Builder\", directory \"Boss\", sources \"Builder\"");
}

#[test]
fn a_fixed_value_that_somebody_changed_in_the_directory_is_drift() {
    let at = with_fixed_names();
    at.somebody_sets("ada@example.com", "name.familyName", &json!("King"));
    at.run("drift --detailed-exitcode")
        .exits(2)
        .says("name.familyName  last applied \"Lovelace\", directory \"King\", sources \"Lovelace\"");
    at.run("why ada@example.com")
        .exits(0)
        .says("the service does not change users.name.familyName");
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply. 1 difference stays");
}
