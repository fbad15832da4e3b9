//! A plan is believed only if it is the one that was reviewed, for this directory, by this tool, in time.

use crate::commands::output;
use crate::service::Service;
use crate::support::{Door, LOCAL, Project};

/// A project on a SCIM service that counts who connects, with a plan made for it.
fn planned_elsewhere(door: &Door) -> Project {
    let project = Project::example("quickstart");
    project.run("plan").exits(0);
    project.edit(
        "wpsync.yaml",
        "  local: directory.db",
        &format!("  scim: http://{}/v2\n  token: {{ env: TOKEN }}", door.address()),
    );
    project
}

#[test]
fn f070_a_plan_with_a_byte_changed_is_refused_before_any_connection() {
    let door = Door::open();
    let project = planned_elsewhere(&door);
    let plan = std::fs::read(project.path("wpsync.plan.json")).expect("read");
    for at in (0..plan.len()).step_by(plan.len() / 40) {
        let mut damaged = plan.clone();
        damaged[at] = if damaged[at] == b'x' { b'y' } else { b'x' };
        std::fs::write(project.path("wpsync.plan.json"), damaged).expect("written");
        project
            .run_with(&[("TOKEN", "secret")], "apply wpsync.plan.json")
            .exits(6);
    }
    assert!(!door.was_knocked_at());
}

#[test]
fn f062_a_plan_for_another_directory_is_refused_before_any_connection() {
    let door = Door::open();
    let project = planned_elsewhere(&door);
    project
        .run_with(&[("TOKEN", "secret")], "apply wpsync.plan.json")
        .exits(4)
        .complains("the plan is for local:directory.db");
    assert!(!door.was_knocked_at());
}

#[test]
fn f071_in_ci_the_expected_digest_comes_from_outside() {
    let project = Project::example("quickstart");
    project.run("plan").exits(0);
    project
        .run_with(&[("CI", "true")], "apply wpsync.plan.json")
        .exits(6)
        .complains("--expect");
    let other = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    project
        .run_with(
            &[("CI", "true")],
            &format!("apply wpsync.plan.json --expect {other}"),
        )
        .exits(6)
        .complains("not the plan that was expected");
    assert!(!project.path("directory.db").exists() || project.exported().contains("users: []"));
    project
        .run_with(
            &[("CI", "true"), ("WPSYNC_EXPECT", &project.digest())],
            "apply wpsync.plan.json",
        )
        .exits(0);
}

#[test]
fn the_change_digest_may_be_expected_too() {
    let project = Project::example("quickstart");
    project.run("plan").exits(0);
    let plan: serde_json::Value = serde_json::from_str(&project.read("wpsync.plan.json")).expect("JSON");
    let digest = plan["header"]["change_digest"]
        .as_str()
        .expect("a digest")
        .to_owned();
    project.run("plan").exits(0);
    project
        .run(&format!("apply wpsync.plan.json --expect {digest}"))
        .exits(0);
}

/// Rewrites the plan with its digest made to fit.
fn resealed(project: &Project, from: &str, to: &str) {
    let text = project.read("wpsync.plan.json");
    let edited = text.replacen(from, to, 1);
    assert_ne!(text, edited, "{from} is in the plan");
    let cut = edited.trim_end().rfind('\n').expect("lines") + 1;
    let digest = wpsync::digest::Digest::of_bytes(&edited.as_bytes()[..cut]);
    project.write(
        "wpsync.plan.json",
        &format!("{}\"digest\":\"{digest}\"}}\n", &edited[..cut]),
    );
}

#[test]
fn f074_an_expired_plan_is_refused() {
    let project = Project::example("quickstart");
    project.run("plan").exits(0);
    let plan: serde_json::Value = serde_json::from_str(&project.read("wpsync.plan.json")).expect("JSON");
    let expires = plan["header"]["expires"].as_str().expect("a time");
    resealed(
        &project,
        &format!("\"expires\":\"{expires}\""),
        "\"expires\":\"2026-01-01T00:00:00Z\"",
    );
    project
        .run("apply wpsync.plan.json")
        .exits(4)
        .complains("expired at 2026-01-01T00:00:00Z");
}

#[test]
fn f076_a_plan_of_another_version_of_the_tool_is_refused() {
    let project = Project::example("quickstart");
    project.run("plan").exits(0);
    resealed(&project, "\"tool\":\"wpsync ", "\"tool\":\"wpsync 9");
    project
        .run("apply wpsync.plan.json")
        .exits(4)
        .complains("the plan was made by wpsync 9");
}

#[test]
fn coreutils_verify_the_digest() {
    let project = Project::example("quickstart");
    project.run("plan").exits(0);
    let mut shell = std::process::Command::new("sh");
    let output = output(
        shell
            .args(["-c", "head -n -1 wpsync.plan.json | sha256sum"])
            .current_dir(project.path(".")),
    );
    let found = String::from_utf8(output.stdout).expect("text");
    assert_eq!(
        format!("sha256:{}", found.split_whitespace().next().expect("a digest")),
        project.digest()
    );
}

#[test]
fn two_plans_of_the_same_inputs_have_the_same_changes() {
    let project = Project::example("quickstart");
    let changes = |project: &Project| {
        project.run("plan").exits(0);
        let text = project.read("wpsync.plan.json");
        let plan: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        (
            text.lines()
                .skip(2)
                .filter(|line| !line.starts_with("\"digest\""))
                .collect::<Vec<_>>()
                .join("\n"),
            plan["header"]["change_digest"].clone(),
        )
    };
    let first = changes(&project);
    assert_eq!(changes(&project), first);
    project.edit("wpsync.yaml", "sources:\n  - people.yaml\n", "sources:\n");
    let config = project
        .read("wpsync.yaml")
        .replace("match:", "  - people.yaml\nmatch:");
    project.write("wpsync.yaml", &config);
    assert_eq!(changes(&project), first, "the order of sources means nothing");
    let comments = format!("# a comment\n{}", project.read("people.yaml"));
    project.write("people.yaml", &comments);
    assert_eq!(
        changes(&project).1,
        first.1,
        "a comment moves origins, not the meaning"
    );
}

#[test]
fn f117_one_apply_at_a_time() {
    let project = Project::example("quickstart");
    project.run("plan").exits(0);
    project.run("apply wpsync.plan.json").exits(0);
    project.edit("staff.csv", "Writer", "Editor");
    project.run("plan").exits(0);
    let lock = std::fs::OpenOptions::new()
        .write(true)
        .open(project.path(".wpsync/lock"))
        .expect("the lock's file");
    lock.try_lock().expect("nobody holds it");
    project
        .run("apply wpsync.plan.json")
        .exits(7)
        .complains("another run holds the lock");
    drop(lock);
    project.run("apply wpsync.plan.json").exits(0).says("1 updated");
}

/// Makes a plan one that no longer holds.
type Break = fn(&Project);

/// What a plan is bound to: how each is broken, and what `apply` says.
const MATRIX: [(&str, Break, &str); 9] = [
    (
        "tool",
        |project| resealed(project, "\"tool\":\"wpsync ", "\"tool\":\"wpsync 9"),
        "the plan was made by wpsync 9",
    ),
    (
        "expiry",
        |project| resealed(project, "\"expires\":\"2", "\"expires\":\"1"),
        "the plan expired at 1",
    ),
    (
        "directory",
        |project| project.edit("wpsync.yaml", "directory.db", "other.db"),
        "and the configuration names local:other.db",
    ),
    (
        "tenant",
        |project| {
            resealed(
                project,
                "\"origin\":\"local:directory.db\"",
                "\"origin\":\"local:directory.db\",\"tenant\":\"acme\"",
            )
        },
        "the plan is for the tenant acme, and the configuration names no tenant",
    ),
    (
        "dialect",
        |project| {
            let plan: serde_json::Value =
                serde_json::from_str(&project.read("wpsync.plan.json")).expect("JSON");
            let digest = plan["header"]["directory"]["dialect_digest"]
                .as_str()
                .expect("a digest")
                .to_owned();
            resealed(project, &digest, &format!("sha256:{}", "0".repeat(64)));
        },
        "the dialect of the directory is not the one",
    ),
    (
        "configuration",
        |project| project.edit("wpsync.yaml", "version: 1", "version: 1\n"),
        "the configuration wpsync.yaml is not the one",
    ),
    (
        "policy",
        |project| {
            resealed(
                project,
                "\"pseudonym_key\":",
                &format!("\"policy\":\"sha256:{}\",\"pseudonym_key\":", "0".repeat(64)),
            )
        },
        "the plan was made with a policy file",
    ),
    (
        "a newer plan",
        |project| {
            resealed(project, "\"created\":\"2", "\"created\":\"1");
            project.run("plan --out newer.json").exits(0);
            project.run("apply newer.json").exits(0);
        },
        "a newer plan was applied since",
    ),
    (
        "its own limits",
        |project| {
            resealed(
                project,
                "\"guard\":\"create\",\"limit\":25",
                "\"guard\":\"create\",\"limit\":1",
            )
        },
        "2 new people exceed",
    ),
];

#[test]
fn f062_f074_f076_each_thing_that_a_plan_is_bound_to_has_a_message_of_its_own() {
    for (what, breaks, message) in MATRIX {
        let project =
            Project::with_people("users:\n  - userName: ada@example.com\n  - userName: bob@example.com\n");
        project.write("wpsync.yaml", LOCAL);
        project.run("plan").exits(0);
        breaks(&project);
        let applied = project.path("newer.json").exists();
        let ran = project.run("apply wpsync.plan.json");
        assert!(ran.stderr.contains(message), "{what}: {}", ran.stderr);
        let _ = ran.exits(if what == "its own limits" { 5 } else { 4 });
        project.write("wpsync.yaml", LOCAL);
        assert_eq!(
            project.exported().contains("ada"),
            applied,
            "{what}: nothing was sent"
        );
    }
}

#[test]
fn a_header_that_says_less_than_its_changes_is_not_believed() {
    let people = (0..30)
        .map(|number| format!("  - userName: p{number}@example.com"))
        .collect::<Vec<_>>()
        .join("\n");
    let project = Project::with_people(&format!("users:\n{people}\n"));
    project.run("plan").exits(5);
    resealed(
        &project,
        "\"count\":30,\"guard\":\"create\",\"limit\":25",
        "\"count\":3,\"guard\":\"create\",\"limit\":99",
    );
    project
        .run("apply wpsync.plan.json")
        .exits(5)
        .complains("30 new people exceed the limit of 25");
}

#[test]
fn f079_a_clock_that_is_far_off_is_refused_before_the_first_write() {
    let service = Service::start();
    service.forget_me();
    let project = Project::with_people("users:\n  - { userName: robot@example.com, title: Robot }\n");
    let directory = format!(
        "directory: {{ scim: {}, token: {{ env: TOKEN }} }}",
        service.base()
    );
    project.write(
        "wpsync.yaml",
        &format!("version: 1\n{directory}\nsources: [people.yaml]\n"),
    );
    let token = [("TOKEN", "secret")];
    service.set_clock(4);
    project.run_with(&token, "plan").exits(0);
    for (minutes, direction) in [(10, "ahead of"), (-10, "behind")] {
        service.set_clock(minutes);
        project
            .run_with(&token, "apply wpsync.plan.json")
            .exits(4)
            .complains(direction)
            .complains("minutes");
        project
            .run_with(&token, "plan --out other.json")
            .exits(4)
            .complains("the directory's clock is");
    }
    assert_eq!(service.writes(), 0);
}

#[test]
fn the_change_digest_is_the_same_after_a_merge_a_comment_and_drift_elsewhere() {
    let project = Project::example("quickstart");
    project.run("apply --auto-approve").exits(0);
    project.edit("staff.csv", "Writer", "Editor");
    project
        .run_with(&[("WPSYNC_COMMIT", "aaaa")], "plan --out reviewed.json")
        .exits(0);
    let reviewed: serde_json::Value = serde_json::from_str(&project.read("reviewed.json")).expect("JSON");
    // Meanwhile other people's change is merged and applied; then this one is merged: another commit, a
    // comment, the rows reordered.
    project.edit("staff.csv", "Editor", "Writer");
    project.edit("staff.csv", "Sales trainee", "Trainee");
    project.run("apply --auto-approve").exits(0).says("2 updated");
    project.edit("staff.csv", "Writer", "Editor");
    let rows = project.read("staff.csv");
    let mut rows: Vec<_> = rows.lines().collect();
    rows[1..].reverse();
    project.write("staff.csv", &format!("{}\n", rows.join("\n")));
    let people = format!("# merged\n{}", project.read("people.yaml"));
    project.write("people.yaml", &people);
    project.run_with(&[("WPSYNC_COMMIT", "bbbb")], "plan").exits(0);
    let merged: serde_json::Value = serde_json::from_str(&project.read("wpsync.plan.json")).expect("JSON");
    let digest = &reviewed["header"]["change_digest"];
    assert_eq!(*digest, merged["header"]["change_digest"]);
    assert_ne!(reviewed["digest"], merged["digest"]);
    let expected = digest.as_str().expect("a digest");
    project
        .run(&format!("apply wpsync.plan.json --expect {expected}"))
        .exits(0);
}
