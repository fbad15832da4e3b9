//! A file of the day: `partial: true`. It says who joins or leaves today, and nothing about anybody else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::Behaviour;

const JOINERS: &str = "{ csv: 'joiners*.csv', partial: true }";
const LEAVERS: &str = "{ csv: leavers.csv, kind: deactivations, partial: true }";
const MANAGED: &str = "manage: { users: { absent: deactivate, within: managed }, \
                       groups: { absent: delete, within: managed } }\n";
const NOBODY: &str = "partial sources say nothing about who is absent: nobody is removed for absence";

fn at(sources: &[&str], more: &str) -> AtService {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    configure(&at, sources, more);
    at
}

fn configure(at: &AtService, sources: &[&str], more: &str) {
    at.configure(more);
    let ours = format!("sources: [{}]", sources.join(", "));
    at.project.edit("wpsync.yaml", "sources: [people.yaml]", &ours);
}

/// The day's file of joiners.
fn join(at: &AtService, names: &[&str]) {
    let rows: String = names
        .iter()
        .map(|name| format!("{name}@example.com,true\n"))
        .collect();
    at.project
        .write("joiners.csv", &format!("userName,active\n{rows}"));
}

/// Who is active, as the service stores it.
fn active(at: &AtService) -> BTreeMap<String, bool> {
    let stored = at.stored("active").into_iter();
    stored
        .map(|(name, active)| (name.replace("@example.com", ""), active == Json::Bool(true)))
        .collect()
}

fn people(all: &[(&str, bool)]) -> BTreeMap<String, bool> {
    all.iter()
        .map(|(name, active)| ((*name).to_owned(), *active))
        .collect()
}

/// The names of a group's members, as the service stores them.
fn members(at: &AtService, group: &str) -> BTreeSet<String> {
    let users = at.service.stored(Kind::User);
    let groups = at.service.stored(Kind::Group);
    let group = groups
        .iter()
        .find(|one| one["displayName"] == group)
        .expect("a group");
    let members = group["members"].as_array().cloned().unwrap_or_default();
    let name = |member: &Json| {
        let user = users.iter().find(|user| user["id"] == member["value"]);
        let name = user.expect("a person")["userName"].as_str().expect("a name");
        name.replace("@example.com", "")
    };
    members.iter().map(name).collect()
}

#[test]
fn the_files_of_each_day_add_joiners_and_take_out_leavers_and_nobody_else() {
    let at = at(&[JOINERS, LEAVERS], MANAGED);
    join(&at, &["ada", "bob", "cyd", "dan", "eve"]);
    at.run("apply --auto-approve").exits(0);
    // The next day: one joiner, and no file of leavers.
    join(&at, &["fay"]);
    let ran = at
        .run("plan")
        .exits(0)
        .says("Plan: 1 to create.")
        .says_over_lines(NOBODY);
    assert!(ran.stderr.contains("there is no `leavers.csv`"), "{}", ran.stderr);
    at.run("apply wpsync.plan.json").exits(0);
    // Then nobody joins: no file of joiners, and one leaver.
    std::fs::remove_file(at.project.path("joiners.csv")).expect("deleted");
    at.project.write("leavers.csv", "userName\nbob@example.com\n");
    at.run("apply --auto-approve").exits(0);
    let expected = [
        ("ada", true),
        ("bob", false),
        ("cyd", true),
        ("dan", true),
        ("eve", true),
        ("fay", true),
    ];
    assert_eq!(active(&at), people(&expected));
    // And a day with empty files.
    join(&at, &[]);
    at.project.write("leavers.csv", "userName\n");
    at.run("plan --detailed-exitcode").exits(0);
}

#[test]
fn a_source_that_is_not_partial_says_who_is_absent() {
    let at = at(&["joiners.csv"], MANAGED);
    join(&at, &["ada", "bob"]);
    at.run("apply --auto-approve").exits(0);
    join(&at, &["ada"]);
    let ran = at.run("apply --auto-approve").exits(0);
    assert!(!ran.stdout.contains("partial"), "{}", ran.stdout);
    assert_eq!(active(&at), people(&[("ada", true), ("bob", false)]));
    std::fs::remove_file(at.project.path("joiners.csv")).expect("deleted");
    at.run("plan").exits(1).complains("there is no such file");
}

#[test]
fn whoever_only_a_partial_source_named_stays_beside_a_source_of_everybody() {
    let at = at(
        &["people.yaml", JOINERS],
        "manage: { users: { absent: deactivate, within: all } }\nadopt: all\n",
    );
    at.declare("users:\n  - { userName: zoe@example.com, active: true }\n");
    join(&at, &["ada"]);
    at.run("apply --auto-approve").exits(0);
    join(&at, &["bob"]);
    at.run("validate").exits(0).says_over_lines(NOBODY);
    at.run("why user:ada@example.com")
        .exits(0)
        .says_over_lines("partial sources say nothing about who is absent");
    at.run("apply --auto-approve").exits(0);
    let all = [("ada", true), ("bob", true), ("zoe", true)];
    assert_eq!(active(&at), people(&all));
}

#[test]
fn every_view_of_a_plan_says_that_nobody_is_removed_for_absence() {
    let at = at(&[JOINERS], MANAGED);
    join(&at, &["ada"]);
    at.run("plan").exits(0).says_over_lines(NOBODY);
    for form in ["", "--format markdown", "--format html"] {
        at.run(&format!("show wpsync.plan.json {form}"))
            .exits(0)
            .says_over_lines(NOBODY);
    }
    let shown = at.run("show wpsync.plan.json --format json").exits(0).stdout;
    let shown: Json = serde_json::from_str(&shown).expect("JSON");
    assert!(
        shown
            .to_string()
            .contains(r#""partly_named":["members","users"]"#),
        "{shown}"
    );
}

#[test]
fn a_member_list_of_a_partial_source_only_adds() {
    let at = at(&["groups.yaml", JOINERS], MANAGED);
    at.project
        .write("groups.yaml", "groups:\n  - { displayName: Sales }\n");
    let joiners = |rows: &str| {
        at.project
            .write("joiners.csv", &format!("userName,groups\n{rows}"));
    };
    joiners("ada@example.com,Sales\nbob@example.com,Sales\n");
    at.run("apply --auto-approve").exits(0);
    joiners("cyd@example.com,Sales\n");
    at.run("apply --auto-approve").exits(0);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(members(&at, "Sales"), names(&["ada", "bob", "cyd"]));
}

#[test]
fn a_partial_file_of_leavers_leaves_the_other_sources_as_they_are() {
    let at = at(&["people.yaml", LEAVERS], MANAGED);
    let declare = |names: &[&str]| {
        let line = |name: &&str| format!("  - {{ userName: {name}@example.com, active: true }}\n");
        at.declare(&format!("users:\n{}", names.iter().map(line).collect::<String>()));
    };
    declare(&["ada", "bob", "cyd"]);
    at.run("apply --auto-approve").exits(0);
    declare(&["ada", "bob"]);
    at.run("apply --auto-approve").exits(0);
    let all = [("ada", true), ("bob", true), ("cyd", false)];
    assert_eq!(
        active(&at),
        people(&all),
        "absence counts where every source names everybody"
    );
}

#[test]
fn a_partial_source_that_is_taken_out_removes_nobody_until_its_people_are_adopted() {
    let at = at(&["people.yaml", JOINERS], MANAGED);
    at.declare("users:\n  - { userName: zoe@example.com, active: true }\n");
    join(&at, &["ada"]);
    at.run("apply --auto-approve").exits(0);
    configure(&at, &["people.yaml"], MANAGED);
    for _ in 0..2 {
        at.run("apply --auto-approve")
            .exits(0)
            .says_over_lines("1 removal is withheld (adopt users)");
        assert_eq!(active(&at), people(&[("ada", true), ("zoe", true)]));
    }
    at.run("apply --auto-approve --adopt users").exits(0);
    assert_eq!(active(&at), people(&[("ada", false), ("zoe", true)]));
}

#[test]
fn the_size_of_a_partial_source_means_nothing() {
    let at = at(&[JOINERS], "limits: { create: 100 }\n");
    let many: Vec<String> = (0..60).map(|number| format!("p{number}")).collect();
    join(&at, &many.iter().map(String::as_str).collect::<Vec<_>>());
    at.run("apply --auto-approve").exits(0);
    join(&at, &["ada"]);
    at.run("apply --auto-approve").exits(0);
    assert_eq!(active(&at).len(), 61);
}

/// Joiners in a file whose rows declare groups, beside a file of everybody.
const DECLARING: &str = "{ csv: 'joiners*.csv', partial: true, columns: { userName: userName, \
                         groups: { attribute: groups, declare: true } } }";
const WITH_GROUPS: &str = "{ csv: hr.csv, columns: { userName: userName, groups: { attribute: groups, \
                           declare: true } } }";

fn write_rows(at: &AtService, file: &str, rows: &[(&str, &str)]) {
    let rows = rows
        .iter()
        .map(|(name, groups)| format!("{name}@example.com,{groups}\n"));
    let text = format!("userName,groups\n{}", rows.collect::<String>());
    at.project.write(file, &text);
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn groups(at: &AtService) -> BTreeSet<String> {
    let groups = at.service.stored(Kind::Group).into_iter();
    groups
        .map(|group| group["displayName"].as_str().expect("a name").to_owned())
        .collect()
}

#[test]
fn a_group_that_a_row_of_yesterdays_file_declared_stays() {
    let at = at(&[WITH_GROUPS, DECLARING], &format!("{MANAGED}adopt: all\n"));
    write_rows(&at, "hr.csv", &[("ada", "All"), ("bob", "All")]);
    write_rows(&at, "joiners.csv", &[("cyd", "All;Newbies")]);
    at.run("apply --auto-approve").exits(0);
    std::fs::remove_file(at.project.path("joiners.csv")).expect("deleted");
    at.run("apply --auto-approve").exits(0).says_over_lines(
        "nobody is removed for absence, no group is removed for absence, and no member is taken out of a \
         group",
    );
    assert_eq!(groups(&at), names(&["All", "Newbies"]));
    assert_eq!(members(&at, "Newbies"), names(&["cyd"]));
}

#[test]
fn memberships_of_a_partial_source_that_is_taken_out_stay_until_the_group_is_adopted() {
    let at = at(&[WITH_GROUPS, "{ csv: 'joiners*.csv', partial: true }"], MANAGED);
    write_rows(
        &at,
        "hr.csv",
        &[("ada", "All"), ("bob", "All"), ("dan", "All"), ("eve", "All")],
    );
    write_rows(&at, "joiners.csv", &[("cyd", "All")]);
    at.run("apply --auto-approve").exits(0);
    std::fs::remove_file(at.project.path("joiners.csv")).expect("deleted");
    at.run("apply --auto-approve").exits(0);
    configure(&at, &[WITH_GROUPS], MANAGED);
    for _ in 0..3 {
        at.run("apply --auto-approve")
            .exits(0)
            .says_over_lines("2 removals are withheld (adopt users, the members of 1 group)");
        assert_eq!(members(&at, "All"), names(&["ada", "bob", "cyd", "dan", "eve"]));
    }
    let ran = at.run("apply --auto-approve --adopt group:All").exits(0);
    assert!(!ran.stdout.contains("by hand"), "{}", ran.stdout);
    assert_eq!(members(&at, "All"), names(&["ada", "bob", "dan", "eve"]));
    // From then on, it is as any group.
    write_rows(
        &at,
        "hr.csv",
        &[("ada", "All"), ("bob", "All"), ("dan", "All"), ("eve", "")],
    );
    at.run("apply --auto-approve").exits(0);
    assert_eq!(members(&at, "All"), names(&["ada", "bob", "dan"]));
}

#[test]
fn a_group_that_the_whole_sources_declare_may_go_and_the_plan_does_not_deny_it() {
    let at = at(&["groups.yaml", JOINERS], &format!("{MANAGED}adopt: all\n"));
    let declare = |groups: &str| at.project.write("groups.yaml", &format!("groups:\n{groups}"));
    declare("  - { displayName: Sales }\n  - { displayName: Ops }\n");
    join(&at, &["ada"]);
    at.run("apply --auto-approve").exits(0);
    declare("  - { displayName: Sales }\n");
    at.run("apply --auto-approve")
        .exits(0)
        .says_over_lines("nobody is removed for absence, and no member is taken out of a group that stays");
    assert_eq!(groups(&at), names(&["Sales"]));
}

#[test]
fn who_is_gone_from_the_source_of_everybody_is_named_beside_a_partial_source() {
    let at = at(&[WITH_GROUPS, "{ csv: 'joiners*.csv', partial: true }"], MANAGED);
    let all = [("ada", "All"), ("bob", "All"), ("dan", "All"), ("eve", "All")];
    write_rows(&at, "hr.csv", &all);
    write_rows(&at, "joiners.csv", &[("cyd", "All")]);
    at.run("apply --auto-approve").exits(0);
    // A day like any other: yesterday's joiner was never in the file of everybody.
    std::fs::remove_file(at.project.path("joiners.csv")).expect("deleted");
    let as_declared = "No changes. The directory is as the sources say.";
    at.run("plan --detailed-exitcode").exits(0).says(as_declared);
    at.run("apply --auto-approve").exits(0);
    at.run("plan --detailed-exitcode").exits(0).says(as_declared);
    // One leaves, and another leaves the group.
    write_rows(&at, "hr.csv", &[("ada", "All"), ("dan", ""), ("eve", "All")]);
    let headline = "Nothing to apply. 1 person and 2 members stay, since partial sources name some only.";
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says(headline)
        .says_over_lines(
            "no source names group:All (2: user:bob@example.com, user:dan@example.com), users (1: \
             user:bob@example.com)",
        );
    let shown: Json =
        serde_json::from_str(&at.run("show wpsync.plan.json --format json").exits(0).stdout).expect("JSON");
    assert_eq!(shown["standing"]["unnamed"], Json::from(3));
    assert_eq!(shown["standing"]["as_declared"], Json::from(false));
    let redacted = at
        .run("show wpsync.plan.json --redact ids --format json")
        .exits(0)
        .stdout;
    assert!(!redacted.contains("bob@example.com"), "{redacted}");
    at.run("apply --auto-approve").exits(0);
    at.run("plan --detailed-exitcode").exits(2).says(headline);
    assert_eq!(members(&at, "All"), names(&["ada", "bob", "cyd", "dan", "eve"]));
    // The joiner comes into the file of everybody, and leaves it.
    write_rows(&at, "hr.csv", &[all.as_slice(), &[("cyd", "All")]].concat());
    at.run("apply --auto-approve").exits(0).says(as_declared);
    write_rows(&at, "hr.csv", &all);
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply. 1 person and 1 member stay, since partial sources name some only.");
}

#[test]
fn a_leaver_whom_nobody_knows_is_told() {
    let at = at(&["people.yaml", LEAVERS], MANAGED);
    at.declare("users:\n  - { userName: ada@example.com, active: true }\n");
    at.project.write("leavers.csv", "userName\nbob@exmaple.com\n");
    at.somebody_makes(serde_json::json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "bob@example.com",
        "active": true,
    }));
    let ran = at.run("apply --auto-approve").exits(0);
    let told = "1 of those whom a file says to deactivate is known to nobody, neither to the directory nor \
                to the record of applies: user:bob@exmaple.com";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    // The nearest: the name is right, and the account is inactive afterwards.
    at.project.write("leavers.csv", "userName\nbob@example.com\n");
    for _ in 0..2 {
        let ran = at.run("apply --auto-approve").exits(0);
        assert!(!ran.stderr.contains("known to nobody"), "{}", ran.stderr);
        assert_eq!(active(&at), people(&[("ada", true), ("bob", false)]));
    }
}
