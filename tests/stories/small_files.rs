//! Sources in many small files: a file for each team, or for each person. A team that retires takes its file
//! with it, and a team that rotates is no accident; half of the files or of a file is one.

use std::fmt::Write as _;

use crate::support::{LOCAL, Project};

const MANAGED: &str = "manage: { users: { absent: deactivate, within: managed }, \
                       groups: { absent: delete, within: managed } }\n";

/// A team's file, with these people.
fn team(name: &str, people: impl IntoIterator<Item = usize>) -> String {
    let names: Vec<_> = people
        .into_iter()
        .map(|number| format!("p{number}@example.com"))
        .collect();
    let mut yaml = String::from("users:\n");
    for name in &names {
        let _ = writeln!(yaml, "  - {{ userName: {name}, active: true }}");
    }
    let _ = writeln!(
        yaml,
        "groups:\n  - {{ displayName: {name}, members: [{}] }}",
        names.join(", ")
    );
    yaml
}

/// Ten teams of eight, each in a file of its own; applied.
fn company() -> Project {
    let project = Project::empty();
    std::fs::create_dir(project.path("teams")).expect("a folder");
    configure(&project, "teams/*.yaml", "");
    for number in 0..10 {
        project.write(&file(number), &eight(number));
    }
    project
        .run_waiving("apply --auto-approve", "create=80: first import")
        .exits(0);
    project.wait_for_days(8);
    project
}

fn configure(project: &Project, sources: &str, more: &str) {
    let config = LOCAL.replace("people.yaml", sources);
    project.write("wpsync.yaml", &format!("{config}{MANAGED}{more}"));
}

fn file(number: usize) -> String {
    format!("teams/t{number}.yaml")
}

fn eight(number: usize) -> String {
    team(&format!("T{number}"), number * 8..number * 8 + 8)
}

fn delete(project: &Project, name: &str) {
    std::fs::remove_file(project.path(name)).expect("deleted");
}

#[test]
fn a_retired_team_needs_no_waiver_for_its_file() {
    let project = company();
    delete(&project, &file(4));
    // Its people are eight removals, and the group is one; that is all that has to be waived.
    project
        .run("plan")
        .exits(5)
        .complains("9 removals exceed the limit of 4");
    let ran = project.run("plan").exits(5);
    assert!(!ran.stderr.contains("source"), "{}", ran.stderr);
    project
        .run_waiving("apply --auto-approve", "remove=9: the team is dissolved")
        .exits(0);
    let kept = project.exported();
    assert!(!kept.contains("T4"), "{kept}");
    assert_eq!(kept.matches("active: false").count(), 8, "{kept}");
}

#[test]
fn a_retired_team_whose_people_join_others_needs_no_waiver() {
    let project = company();
    delete(&project, &file(4));
    project.write(&file(5), &team("T5", (40..48).chain(32..36)));
    project.write(&file(6), &team("T6", (48..56).chain(36..40)));
    project.run("apply --auto-approve").exits(0);
    std::fs::rename(project.path(&file(5)), project.path("teams/five.yaml")).expect("renamed");
    project.run("plan --detailed-exitcode").exits(0);
}

#[test]
fn a_file_a_person_needs_no_waiver_for_a_leaver() {
    let project = Project::empty();
    std::fs::create_dir(project.path("people")).expect("a folder");
    configure(&project, "people/*.yaml", "");
    for number in 0..20 {
        let text = format!("users:\n  - {{ userName: p{number}@example.com, active: true }}\n");
        project.write(&format!("people/p{number}.yaml"), &text);
    }
    project.run("apply --auto-approve").exits(0);
    delete(&project, "people/p7.yaml");
    project.run("apply --auto-approve").exits(0);
    let kept = project.exported();
    assert_eq!(kept.matches("active: false").count(), 1, "{kept}");
    // Five of nineteen are more than the three that may always be missing, beside one.
    for number in 8..13 {
        delete(&project, &format!("people/p{number}.yaml"));
    }
    project
        .run("plan")
        .exits(5)
        .complains("people/*.yaml declared 19 when it was last applied, and 14 now");
}

#[test]
fn half_of_the_files_is_an_accident() {
    let project = company();
    (0..5).for_each(|number| delete(&project, &file(number)));
    project
        .run("plan")
        .exits(5)
        .complains("teams/*.yaml declared 90 when it was last applied, and 45 now");
    project.run("apply wpsync.plan.json").exits(5);
}

#[test]
fn of_two_or_three_files_none_is_a_retired_team() {
    let project = company();
    (0..7).for_each(|number| delete(&project, &file(number)));
    project
        .run_waiving(
            "apply --auto-approve",
            "remove=63: only three teams stay|source-shrunk=63: so it is",
        )
        .exits(0);
    project.wait_for_days(8);
    delete(&project, &file(7));
    project
        .run("plan")
        .exits(5)
        .complains("teams/*.yaml declared 27 when it was last applied, and 18 now");
}

#[test]
fn an_emptied_folder_and_a_pattern_that_was_narrowed_are_accidents() {
    let project = company();
    configure(&project, "teams/t1*.yaml", "");
    project
        .run("plan")
        .exits(5)
        .complains("sources that are gone or empty: 1 (teams/*.yaml declared 90 when it was last applied)");
    configure(&project, "'teams/t[0-6].yaml'", "");
    project
        .run("plan")
        .exits(5)
        .complains("teams/*.yaml declared 90 when it was last applied, and 63 now");
    configure(&project, "'teams/t?.yaml'", "");
    project.run("plan --detailed-exitcode").exits(0); // another pattern for the same files
    configure(&project, "teams/*.yaml", "");
    (0..10).for_each(|number| delete(&project, &file(number)));
    project
        .run("plan")
        .exits(1)
        .complains("no file matches `teams/*.yaml`");
}

#[test]
fn half_of_one_file_is_an_accident_although_the_pattern_hardly_shrinks() {
    let project = company();
    project.write(&file(3), &team("T3", 24..28));
    project
        .run("plan")
        .exits(5)
        .complains("4 of the 9 rows of a source are gone, and 3 may be (teams/t3.yaml declared 9");
}

#[test]
fn a_large_file_of_a_pattern_is_missed_although_the_pattern_hardly_shrinks() {
    let project = company();
    project.write("teams/all.yaml", &team("All", 100..700));
    project.write("teams/branch.yaml", &team("Branch", 700..755));
    project
        .run_waiving("apply --auto-approve", "create=655: two more exports")
        .exits(0);
    project.wait_for_days(8);
    delete(&project, "teams/branch.yaml");
    project.run("plan").exits(5).complains(
        "sources that are gone or empty: 1 (teams/branch.yaml declared 56 when it was last applied)",
    );
}

#[test]
fn after_an_apply_that_knew_no_pattern_a_file_is_judged_by_itself() {
    let project = company();
    let receipt = project.receipt();
    let text = std::fs::read_to_string(&receipt).expect("read");
    let mut json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for source in json["memory"]["sources"].as_array_mut().expect("sources") {
        let pattern = source.as_object_mut().and_then(|source| source.remove("pattern"));
        assert_eq!(pattern, Some("teams/*.yaml".into()));
    }
    std::fs::write(&receipt, json.to_string()).expect("written");
    delete(&project, &file(4));
    project
        .run("plan")
        .exits(5)
        .complains("sources that are gone or empty: 1 (teams/t4.yaml declared 9 when it was last applied)");
}

/// Sixty people, and a crew of some of them; applied.
fn crew_of(members: impl IntoIterator<Item = usize>, name: &str) -> Project {
    let project = Project::with_people(&crew(members, name));
    project
        .run_waiving("apply --auto-approve", "create=60: first import")
        .exits(0);
    project
}

fn crew(members: impl IntoIterator<Item = usize>, name: &str) -> String {
    let people: String = (0..60)
        .map(|number| format!("  - userName: p{number}@example.com\n"))
        .collect();
    let names = |numbers: &mut dyn Iterator<Item = usize>| {
        let names: Vec<_> = numbers.map(|number| format!("p{number}@example.com")).collect();
        names.join(", ")
    };
    format!(
        "users:\n{people}groups:\n  - {{ displayName: All, members: [{}] }}\n  \
         - {{ displayName: {name}, members: [{}] }}\n",
        names(&mut (0..60)),
        names(&mut members.into_iter())
    )
}

#[test]
fn a_rotation_is_not_a_loss() {
    let project = crew_of(0..12, "Crew");
    project.write("people.yaml", &crew((9..12).chain(20..28), "Crew"));
    project.run("plan").exits(0).says("members 12 → 11");
    project.write("people.yaml", &crew((9..12).chain(20..25), "Crew"));
    project
        .run("plan")
        .exits(5)
        .complains("(group:Crew loses 9 of 12, 5 join: net 4)");
    project.write("people.yaml", &crew((10..12).chain(20..30), "Crew"));
    project
        .run("plan")
        .exits(5)
        .complains("(group:Crew loses 10 of 12, 10 join: net 0)");
    project
        .run_waiving("apply --auto-approve", "group-shrunk=1: a new crew")
        .exits(0);
}

#[test]
fn a_rotation_over_a_week_counts_those_who_joined_and_those_who_left() {
    let project = crew_of(0..12, "Crew");
    project.write("people.yaml", &crew((0..12).chain(20..26), "Crew"));
    project.run("apply --auto-approve").exits(0);
    project.write("people.yaml", &crew((6..12).chain(20..26), "Crew"));
    project.run("apply --auto-approve").exits(0); // 6 of 18 left, and 6 joined
    project.write("people.yaml", &crew((11..12).chain(20..26), "Crew"));
    project
        .run("plan")
        .exits(5)
        .complains("(group:Crew loses 11 of 12, 6 join: net 5, with 6 of the last 7 days)");
    project.wait_for_days(8);
    project
        .run("plan")
        .exits(5)
        .complains("(group:Crew loses 5 of 12)");
    project.write("people.yaml", &crew((9..12).chain(20..26), "Crew"));
    project.run("plan").exits(0);
}

#[test]
fn the_limits_of_groups_have_patterns_and_the_stricter_wins() {
    let project = crew_of(0..20, "Release-1");
    let limited = |limits: &str| {
        project.write(
            "wpsync.yaml",
            &format!("{LOCAL}limits: {{ groups: {{ {limits} }} }}\n"),
        );
    };
    project.write("people.yaml", &crew((12..20).chain(40..49), "Release-1"));
    project.run("plan").exits(0); // 12 of 20 leave, 9 join: net 3
    limited("'release-*': { shrink: 50%, net: 10% }");
    project
        .run("plan")
        .exits(5)
        .complains("(group:Release-1 loses 12 of 20, 9 join: net 3)");
    limited("'release-*': { shrink: 60%, net: 10% }");
    project.run("plan").exits(5);
    limited("'release-*': { shrink: 60%, net: 15% }");
    project.run("plan").exits(0);
    limited("'release-*': { shrink: 60%, net: 15% }, '*-1': { net: 2 }");
    project.run("plan").exits(5); // of two that fit, the stricter
    limited("'ops-*': { net: 0 }");
    project.run("plan").exits(0); // about another group
    let policy = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(
        policy.path(),
        "version: 1\nlimits: { groups: { 'RELEASE-*': { net: 2 } } }\n",
    )
    .expect("written");
    let path = policy.path().to_str().expect("text");
    limited("'release-*': { net: 50% }");
    project.run("plan").exits(0);
    project
        .run_with(&[("WPSYNC_POLICY", path)], "plan")
        .exits(5)
        .complains("net 3");
    limited("'release-[': { net: 2 }");
    project
        .run("plan")
        .exits(1)
        .complains("`release-[` is not a pattern");
}

#[test]
fn a_rotation_of_a_few_a_day_is_measured_by_the_size_before_the_week() {
    let project = crew_of(0..20, "Crew");
    project.write("people.yaml", &crew(8..28, "Crew"));
    project.run("apply --auto-approve").exits(0);
    // 8 more: 16 of the 20 who were there are gone, however many came meanwhile.
    project.write("people.yaml", &crew(16..36, "Crew"));
    project
        .run("apply --auto-approve")
        .exits(5)
        .complains("(group:Crew loses 16 of 20, 16 join: net 0, with 8 of the last 7 days)");
    // The nearest that may go on: 15 of 20.
    project.write("people.yaml", &crew(15..35, "Crew"));
    project.run("apply --auto-approve").exits(0);
}

#[test]
fn a_group_that_is_renamed_keeps_the_limits_of_its_live_name() {
    let project = crew_of(0..20, "Release-1");
    let limits = "limits: { groups: { 'release-*': { net: 10% } } }\n";
    project.write("wpsync.yaml", &format!("{LOCAL}{limits}"));
    let renamed = |members| {
        let text = crew(members, "Rel-1");
        text.replace(
            "displayName: Rel-1,",
            "displayName: Rel-1, previously: Release-1,",
        )
    };
    project.write("people.yaml", &renamed(0..17));
    project
        .run("plan")
        .exits(5)
        .complains("(group:Rel-1 loses 3 of 20)");
    project.write("people.yaml", &renamed(0..18));
    project.run("plan").exits(0).says("1 to update");
}
