//! What an error of one row leaves alone: nobody who is declared is removed or loses a group because a row is
//! wrong, and nobody who leaves keeps access because of somebody else's row.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::Behaviour;

const ROWS: &str = "name: ours\ngroups: full\n";
const MANAGE: &str = "manage:\n  users: { absent: deactivate, within: managed }\n  \
                      groups: { absent: delete, within: managed, members: exact }\n\
                      adopt: all\nlimits: { remove: 100, create: 100, update: 100, held: 50% }\n";
const HOLD: &str = "problems: hold\n";
/// A file of people whose column of groups declares them.
const PEOPLE: &str = "sources:\n  - csv: hr.csv\n    columns:\n      userName: userName\n      \
                      externalId: externalId\n      department: department\n      \
                      groups: { attribute: groups, declare: true }\n";

const NAMES: &str = "columns: { userName: userName }";

/// A service, and a project with these sources.
fn at(sources: &str, more: &str) -> AtService {
    let at = AtService::new(Behaviour::default(), ROWS);
    configure(&at, sources, more);
    at
}

fn configure(at: &AtService, sources: &str, more: &str) {
    at.configure(&format!("{MANAGE}{more}"));
    let config = at.project.read("wpsync.yaml");
    let config = config.replace("sources: [people.yaml]\n", sources);
    at.project.write("wpsync.yaml", &config);
}

/// One row of each of six people: all in Sales, and in group All.
fn rows() -> Vec<String> {
    let row = |number| format!("p{number},E{number},Sales,All");
    (1..=6).map(row).collect()
}

fn write(at: &AtService, rows: &[String]) {
    let text = format!("userName,externalId,department,groups\n{}\n", rows.join("\n"));
    at.project.write("hr.csv", &text);
}

/// A company of six, applied.
fn company(more: &str) -> AtService {
    let at = at(PEOPLE, more);
    write(&at, &rows());
    at.run("apply --auto-approve").exits(0);
    at
}

fn inactive(at: &AtService) -> BTreeSet<String> {
    let all = at.stored("active").into_iter();
    all.filter(|(_, active)| *active == json!(false))
        .map(|(name, _)| name)
        .collect()
}

/// The names of the members of each group, as the service stores them.
fn members(at: &AtService) -> BTreeMap<String, Vec<String>> {
    let users = at.service.stored(Kind::User);
    let name_of = |id: &Json| {
        let user = users.iter().find(|user| user["id"] == *id).expect("a member");
        user["userName"].as_str().expect("a name").to_owned()
    };
    let of = |group: &Json| {
        let listed = group["members"].as_array().cloned().unwrap_or_default();
        let mut members: Vec<_> = listed.iter().map(|member| name_of(&member["value"])).collect();
        members.sort();
        (group["displayName"].as_str().expect("a name").to_owned(), members)
    };
    at.service.stored(Kind::Group).iter().map(of).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn set(all: &[&str]) -> BTreeSet<String> {
    names(all).into_iter().collect()
}

#[test]
fn a_row_with_an_error_does_not_put_anybody_out_of_scope() {
    let scope = "scope:\n  users: 'has(user.department) && user.department == \"Sales\"'\n";
    let clauses = "scope:\n  users:\n    - title: Sales\n      clauses:\n        \
                   - { attribute: department, operator: EQUALS, value: Sales }\n";
    for scope in [scope, clauses] {
        let at = company(&format!("{HOLD}{scope}"));
        for place in [4, 6] {
            // The department of one cannot be read, and a stray row says another one of somebody else.
            let mut rows = rows();
            rows[4] = "p5,E5,Sa\u{1}les,All".to_owned();
            rows.insert(if place == 4 { 0 } else { 6 }, "p3,E3,IT,All".to_owned());
            write(&at, &rows);
            at.run("validate").exits(0).says("2 are held");
            at.run("plan --detailed-exitcode")
                .exits(2)
                .says("Nothing to apply. 2 people are held.")
                .says("user:p5")
                .says("user:p3");
            at.run("apply --auto-approve").exits(0);
            assert_eq!(inactive(&at), set(&[]), "{scope}");
        }
        at.run("why p5").exits(0).says("A plan would do nothing");
        assert!(!at.run("why p5").stdout.contains("it meets"), "nobody can tell");
        // The nearest other world: the row can be read, and says another department.
        let mut rows = rows();
        rows[4] = "p5,E5,IT,All".to_owned();
        write(&at, &rows);
        at.run("apply --auto-approve").exits(0);
        assert_eq!(inactive(&at), set(&["p5"]), "{scope}");
    }
}

#[test]
fn whoever_may_be_out_of_scope_does_not_lose_the_access_to_an_error() {
    let sources = "sources: [people.yaml]\n";
    let scope = "scope:\n  users: 'user.department == \"Sales\"'\n";
    let at = at(sources, &format!("{HOLD}{scope}"));
    let declare = |bob: &str| {
        at.declare(&format!(
            "users:\n  - {{ userName: ada, department: Sales }}\n  - {{ userName: bob, {bob} }}\n"
        ));
    };
    declare("department: Sales");
    at.run("apply --auto-approve").exits(0);
    declare("department: IT, active: false, locale: [en]");
    at.run("apply --auto-approve").exits(0);
    assert_eq!(inactive(&at), set(&[]), "it may be in another scope");
    declare("department: Sales, active: false, locale: [en]");
    at.run("apply --auto-approve").exits(0);
    assert_eq!(inactive(&at), set(&["bob"]));
}

#[test]
fn no_group_is_removed_while_a_cell_that_may_name_it_cannot_be_read() {
    for cell in ["All;;Solo", "All;So\u{1}lo"] {
        let at = company(HOLD);
        let mut rows = rows();
        rows[4] = "p5,E5,Sales,All;Solo".to_owned();
        write(&at, &rows);
        at.run("apply --auto-approve").exits(0);
        rows[4] = format!("p5,E5,Sales,{cell}");
        rows.remove(0);
        write(&at, &rows);
        at.run("validate").exits(0).says("1 is held");
        at.run("plan --detailed-exitcode").exits(2).says(
            "Plan: 1 to update, 1 to deactivate; 1 row does not say for certain whom it declares, so no \
             group is removed for absence, 1 person is held.",
        );
        at.run("show").exits(0).says_over_lines(
            "perhaps meant by a row that does not say whom it declares: groups (1: group:Solo)",
        );
        at.run("apply wpsync.plan.json").exits(0);
        assert_eq!(members(&at)["Solo"], ["p5"], "{cell}");
        assert_eq!(members(&at)["All"], ["p2", "p3", "p4", "p5", "p6"], "{cell}");
        assert_eq!(inactive(&at), set(&["p1"]), "who leaves leaves");
        // Once the cell can be read, it decides.
        rows[3] = "p5,E5,Sales,All".to_owned();
        write(&at, &rows);
        at.run_waiving("apply --auto-approve", "group-emptied=1: closed")
            .exits(0);
        assert!(!members(&at).contains_key("Solo"));
    }
}

#[test]
fn a_mistyped_member_takes_nobody_out_of_the_group() {
    let at = at("sources: [people.yaml]\n", "");
    let declare = |team: &str, other: &str| {
        at.declare(&format!(
            "users:\n  - {{ userName: ada }}\n  - {{ userName: bob }}\n  - {{ userName: cyd }}\ngroups:\n  \
             - {{ displayName: Team, members: [{team}] }}\n  - {{ displayName: Other, members: [{other}] }}\n"
        ));
    };
    declare("ada, bob, cyd", "ada, bob, cyd");
    at.run("apply --auto-approve").exits(0);
    declare("adb, bob", "ada, bob");
    at.run("plan").exits(1).complains("`adb`");
    at.run("plan --only group:Team --detailed-exitcode").exits(2);
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(members(&at)["Team"], ["ada", "bob", "cyd"]);
    configure(&at, "sources: [people.yaml]\n", HOLD);
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("1 reference is left alone")
        .says_over_lines("known to nobody: members adb (1: group:Team)")
        .says_over_lines("until then nobody is taken out of a group with such a member");
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(members(&at)["Team"], ["ada", "bob", "cyd"]);
    assert_eq!(members(&at)["Other"], ["ada", "bob"]);
    declare("ada, bob", "ada, bob");
    at.run("apply --auto-approve").exits(0);
    assert_eq!(members(&at)["Team"], ["ada", "bob"]);
}

#[test]
fn whoever_says_to_be_in_a_group_that_nobody_knows_stays_in_the_others() {
    let at = at("sources: [people.yaml]\n", "");
    let declare = |bob: &str| {
        at.declare(&format!(
            "users:\n  - {{ userName: ada, groups: [All, Team] }}\n  \
             - {{ userName: bob, groups: [{bob}] }}\n  - {{ userName: cyd }}\ngroups:\n  \
             - {{ displayName: All }}\n  - {{ displayName: Team }}\n"
        ));
    };
    declare("All, Team");
    at.run("apply --auto-approve").exits(0);
    declare("Alll");
    at.run("plan").exits(1);
    at.run("plan --only group:All --detailed-exitcode").exits(0);
    configure(&at, "sources: [people.yaml]\n", HOLD);
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply. 1 reference is left alone.")
        .says_over_lines("until then whoever names such a group is taken out of none");
    at.run("apply --auto-approve").exits(0);
    assert_eq!(members(&at)["All"], ["ada", "bob"]);
    assert_eq!(members(&at)["Team"], ["ada", "bob"]);
    // The nearest other world: the name is right.
    declare("All");
    at.run("apply --auto-approve").exits(0);
    assert_eq!(members(&at)["All"], ["ada", "bob"]);
    assert_eq!(members(&at)["Team"], ["ada"]);
}

#[test]
fn whoever_is_renamed_in_a_row_with_an_error_stays_in_the_groups() {
    let at = company(HOLD);
    let mut rows = rows();
    rows[4] = "q5,E\u{1}5,Sales,All".to_owned();
    rows[5] = "p6,E6,Sales,".to_owned();
    write(&at, &rows);
    at.run("apply --auto-approve").exits(0);
    assert_eq!(members(&at)["All"], ["p1", "p2", "p3", "p4", "p5"]);
    assert_eq!(inactive(&at), set(&[]));
    rows[4] = "q5,E5,Sales,All".to_owned();
    write(&at, &rows);
    at.run("apply --auto-approve").exits(0);
    assert_eq!(members(&at)["All"], ["p1", "p2", "p3", "p4", "q5"]);
}

/// A company with files of those who leave.
fn with_leavers(more: &str) -> AtService {
    let sources = format!(
        "{PEOPLE}  - {{ csv: 'out/*.csv', kind: deactivations, partial: true, {NAMES} }}\n  \
         - {{ csv: 'gone/*.csv', kind: deletions, partial: true, {NAMES} }}\n"
    );
    let at = at(&sources, more);
    for folder in ["out", "gone"] {
        std::fs::create_dir(at.project.path(folder)).expect("a folder");
    }
    write(&at, &rows());
    at.run("apply --auto-approve").exits(0);
    at
}

#[test]
fn whoever_stands_twice_among_those_who_leave_leaves_once_and_stops_nobody() {
    for more in ["", HOLD] {
        let at = with_leavers(more);
        write(&at, &rows()[2..]);
        at.project.write("out/a.csv", "userName\np1\np2\nP1\n");
        at.project.write("out/b.csv", "userName\np1\n");
        at.run("plan --deactivate p6").exits(0);
        at.run("apply --auto-approve").exits(0);
        assert_eq!(inactive(&at), set(&["p1", "p2"]));
    }
}

#[test]
fn whoever_is_to_be_deleted_and_deactivated_is_deactivated_and_stops_nobody() {
    let at = with_leavers(HOLD);
    write(&at, &rows()[2..]);
    at.project.write("out/a.csv", "userName\np1\n");
    at.project.write("gone/b.csv", "userName\np1\np2\n");
    at.run("validate")
        .exits(0)
        .complains("user:p1 is to be deactivated here, and deleted elsewhere");
    at.run("apply --auto-approve").exits(0);
    assert_eq!(inactive(&at), set(&["p1"]));
    assert!(!at.stored("active").contains_key("p2"));
}

#[test]
fn an_empty_partial_file_and_a_team_that_says_that_it_has_nobody_stop_nobody() {
    let at = with_leavers("");
    at.project.write("out/a.csv", "");
    at.project.write("out/b.csv", "userName\np1\n");
    write(&at, &rows()[1..]);
    at.run("validate").exits(0).complains("warning[empty-source]");
    at.run("apply --auto-approve").exits(0);
    assert_eq!(inactive(&at), set(&["p1"]));

    let at = self::at("sources: ['teams/*.yaml']\n", "");
    std::fs::create_dir(at.project.path("teams")).expect("a folder");
    at.project.write(
        "teams/a.yaml",
        "users:\n  - { userName: ada }\n  - { userName: bob }\n",
    );
    at.project.write("teams/b.yaml", "users: []\n");
    at.run("apply --auto-approve").exits(0);
    assert_eq!(at.stored("active").len(), 2);
    // A file with nothing in it may be cut.
    at.project.write("teams/b.yaml", "users:\n");
    at.run("plan")
        .exits(1)
        .complains("if nobody is to be in it, delete the file");
    // A file that an entry names alone is taken out of the configuration.
    configure(&at, "sources: [teams/a.yaml, teams/b.yaml]\n", "");
    at.project.write("teams/b.yaml", "users: []\n");
    at.run("plan").exits(1).complains("take it out of `sources`");
}
