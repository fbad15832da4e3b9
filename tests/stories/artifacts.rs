//! A plan file on its way from the job that makes it to the job that applies it: swapped, mixed, cut to size,
//! made from other files.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use wpsync::digest::Digest;

use crate::commands::output;
use crate::support::{LOCAL, Project, Ran};

const CI: (&str, &str) = ("CI", "true");

fn people(names: &[&str]) -> String {
    let line =
        |name: &&str| format!("  - {{ userName: {name}@example.com, externalId: {name}, active: true }}\n");
    format!("users:\n{}", names.iter().map(line).collect::<String>())
}

/// A plan's text with a digest that fits.
fn sealed(lines: &[&str]) -> String {
    let before: String = lines.iter().flat_map(|line| [*line, "\n"]).collect();
    format!(
        "{before}\"digest\":\"{}\"}}\n",
        Digest::of_bytes(before.as_bytes())
    )
}

#[test]
fn f144_a_plan_that_somebody_put_in_the_place_of_the_reviewed_one_is_refused() {
    let project = Project::with_people(&people(&["ada"]));
    project.run("plan").exits(0);
    let reviewed = project.digest();
    project.write("people.yaml", &people(&["ada", "mallory"]));
    project.run("plan").exits(0); // as good a plan as any, and not the one that was reviewed
    let command = format!("apply wpsync.plan.json --expect {reviewed}");
    project
        .run_with(&[CI], &command)
        .exits(6)
        .complains("not the plan that was expected");
    assert!(project.exported().contains("users: []"), "nothing was sent");
}

#[test]
fn f075_parts_of_two_plans_are_neither_of_them() {
    let project = Project::with_people(&people(&["ada"]));
    project.run("plan").exits(0);
    let (one, digest) = (project.read("wpsync.plan.json"), project.digest());
    project.write("people.yaml", &people(&["bob"]));
    project.run("plan").exits(0);
    let other = project.read("wpsync.plan.json");
    let (one, other): (Vec<&str>, Vec<&str>) = (one.lines().collect(), other.lines().collect());
    // The header of the reviewed plan over the changes of another: with the old digest, and with one that
    // fits.
    let mixed = [one[0], one[1], other[2], other[3], other[4]];
    let old = format!("{}\n{}\n", mixed.join("\n"), one[one.len() - 1]);
    for text in [old, sealed(&mixed)] {
        project.write("wpsync.plan.json", &text);
        project
            .run_with(&[CI], &format!("apply wpsync.plan.json --expect {digest}"))
            .exits(6);
        let change_digest = one[1]
            .split("\"change_digest\":\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .expect("a digest");
        project
            .run_with(&[CI], &format!("apply wpsync.plan.json --expect {change_digest}"))
            .exits(6);
    }
    assert!(project.exported().contains("users: []"), "nothing was sent");
}

#[test]
fn f080_a_plan_that_somebody_cut_to_the_changes_they_like_is_another_plan() {
    let project = Project::with_people(&people(&["ada", "bob"]));
    project.run("plan").exits(0);
    let (text, digest) = (project.read("wpsync.plan.json"), project.digest());
    let lines: Vec<&str> = text.lines().collect();
    let last_change = lines[3].trim_end_matches(',');
    project.write(
        "wpsync.plan.json",
        &sealed(&[lines[0], lines[1], lines[2], last_change, lines[5]]),
    );
    project
        .run_with(&[CI], &format!("apply wpsync.plan.json --expect {digest}"))
        .exits(6);
    project.run("apply wpsync.plan.json").exits(6); // its own summary and change digest do not fit either
    assert!(project.exported().contains("users: []"), "nothing was sent");
}

#[test]
fn f077_a_file_that_is_swapped_while_it_is_read_is_one_plan_or_the_other() {
    let project = Project::with_people(&people(&["ada"]));
    project.run("plan --out one.json").exits(0);
    project.write("people.yaml", &people(&["bob"]));
    project.run("plan --out other.json").exits(0);
    let plans = [
        std::fs::read(project.path("one.json")).expect("read"),
        std::fs::read(project.path("other.json")).expect("read"),
    ];
    let digest = |bytes: &[u8]| {
        let json: Value = serde_json::from_slice(bytes).expect("JSON");
        json["digest"].as_str().expect("a digest").to_owned()
    };
    let (path, spare, over) = (
        project.path("swapped.json"),
        project.path("spare.json"),
        AtomicBool::new(false),
    );
    std::fs::write(&path, &plans[0]).expect("written");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for plan in plans.iter().cycle().take_while(|_| !over.load(Ordering::Relaxed)) {
                std::fs::write(&spare, plan).expect("written");
                std::fs::rename(&spare, &path).expect("swapped");
            }
        });
        for _ in 0..40 {
            // What is shown, and what it is called, are of one file.
            let shown: Value =
                serde_json::from_str(&project.run("show swapped.json --format json").exits(0).stdout)
                    .expect("JSON");
            let text = shown.to_string();
            let number = usize::from(text.contains("bob@example.com"));
            assert!(
                text.contains(&digest(&plans[number])) && !text.contains(&digest(&plans[1 - number])),
                "{text}"
            );
        }
        over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn f003_the_file_of_another_company_is_refused() {
    let names: Vec<String> = (0..40).map(|number| format!("p{number}")).collect();
    let ours: Vec<&str> = names.iter().map(String::as_str).collect();
    let theirs: Vec<String> = (0..40).map(|number| format!("q{number}")).collect();
    let theirs: Vec<&str> = theirs.iter().map(String::as_str).collect();
    let project = Project::with_people(&people(&ours));
    project.write(
        "wpsync.yaml",
        &format!("{LOCAL}manage: {{ users: {{ absent: deactivate, within: all }} }}\n"),
    );
    project
        .run_waiving("apply --auto-approve", "create=40: first import")
        .exits(0);
    let before = project.exported();
    project.write("people.yaml", &people(&theirs));
    project
        .run("plan")
        .exits(5)
        .complains("40 removals exceed the limit")
        .complains("40 new people exceed the limit");
    assert_eq!(project.exported(), before, "nothing was sent");
    // Last month's file brings back whom it still has: a few are a plan, which names its file by size, rows
    // and digest.
    project.write("people.yaml", &people(&ours[..38]));
    project.run("plan").exits(0).says("2 to deactivate");
    let plan: Value = serde_json::from_str(&project.read("wpsync.plan.json")).expect("JSON");
    assert_eq!(plan["header"]["sources"][0]["rows"], 38);
}

#[test]
fn f143_a_pull_request_from_a_fork_is_checked_without_any_secret() {
    let project = Project::with_people(
        "users:\n  - { userName: ada@example.com }\n  - { userName: ADA@example.com }\n",
    );
    project.write(
        "wpsync.yaml",
        "version: 1\ndirectory: { scim: https://scim.example.com/v2, token: { env: TOKEN } }\n\
         sources: [people.yaml]\n",
    );
    let mut command = project.command("validate");
    command.env_clear();
    let ran = Ran::of(output(&mut command));
    ran.exits(1).complains("people.yaml:3:5");
    project.write("people.yaml", &people(&["ada"]));
    let mut command = project.command("validate");
    command.env_clear();
    Ran::of(output(&mut command)).exits(0);
    project.run_with(&[CI], "plan").exits(5); // a plan asks for the token's origin before anything else
}
