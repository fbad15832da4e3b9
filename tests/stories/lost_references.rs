//! Managers and members who leave, whom `scope` leaves out, and whose names are mistyped. What refers to them
//! stays as it is, and nobody else waits: least of all the leaver's own removal.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::Behaviour;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const DEACTIVATE: &str = "manage: { users: { absent: deactivate, within: managed } }\n";
const REPORTS: usize = 28;

fn service(more: &str) -> AtService {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.configure(more);
    at
}

fn address(name: &str) -> String {
    format!("{name}@example.com")
}

fn report(number: usize) -> String {
    address(&format!("r{number:02}"))
}

/// The reports of a manager; the manager's own row is not among them.
fn reports(of: &str, count: usize) -> String {
    (0..count).fold("users:\n".to_owned(), |text, number| {
        format!(
            "{text}  - {{ userName: {}, manager: {} }}\n",
            report(number),
            address(of)
        )
    })
}

fn person(name: &str) -> String {
    format!("  - {{ userName: {} }}\n", address(name))
}

/// The boss and all reports are applied.
fn hire_all(at: &AtService) {
    at.declare(&(reports("boss", REPORTS) + &person("boss")));
    at.run_waiving("apply --auto-approve", "create=29: the first")
        .exits(0);
}

/// A boss and 28 reports, as they were applied. Then the sources lose the boss.
fn boss_leaves(more: &str) -> AtService {
    let at = service(more);
    hire_all(&at);
    at.declare(&reports("boss", REPORTS));
    at
}

/// The id of the manager of each person who has one, as the service stores it.
fn managers(at: &AtService) -> BTreeMap<String, String> {
    let users = at.service.stored(Kind::User);
    let of = |user: &Json| {
        let manager = user[ENTERPRISE]["manager"]["value"].as_str()?.to_owned();
        Some((user["userName"].as_str().expect("a name").to_owned(), manager))
    };
    users.iter().filter_map(of).collect()
}

/// All reports with one manager.
fn all_have(id: &str) -> BTreeMap<String, String> {
    (0..REPORTS)
        .map(|number| (report(number), id.to_owned()))
        .collect()
}

fn is_active(at: &AtService, name: &str) -> bool {
    at.stored("active")[&address(name)] != json!(false)
}

/// The names of the members of a group, as the service stores them.
fn members(at: &AtService, group: &str) -> BTreeSet<String> {
    let users = at.service.stored(Kind::User);
    let groups = at.service.stored(Kind::Group);
    let group = groups.iter().find(|one| one["displayName"] == group);
    let listed = group.expect("a group")["members"].as_array().cloned();
    let name_of = |member: &Json| {
        let user = users.iter().find(|user| user["id"] == member["value"]);
        let name = user.expect("a member")["userName"].as_str().expect("a name");
        name.replace("@example.com", "")
    };
    listed.unwrap_or_default().iter().map(name_of).collect()
}

fn names<const N: usize>(all: [&str; N]) -> BTreeSet<String> {
    all.map(str::to_owned).into()
}

/// A person somebody made by hand.
fn somebody_makes(at: &AtService, name: &str) {
    at.somebody_makes(json!({ "schemas": [USER], "userName": address(name), "active": true }));
}

#[test]
fn a_manager_who_leaves_is_deactivated_and_the_reports_keep_the_reference() {
    let at = boss_leaves(DEACTIVATE);
    let boss = at.id(&address("boss"));
    let ran = at
        .run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 1 to deactivate; 28 references are left alone.")
        .says_over_lines("declared no more: manager boss@example.com (28: user:r00@example.com");
    assert_eq!(
        ran.stderr.matches("no source declares the user").count(),
        1,
        "{}",
        ran.stderr
    );
    at.run("apply wpsync.plan.json").exits(0);
    assert!(!is_active(&at, "boss"));
    assert_eq!(managers(&at), all_have(&boss));
    // The next plan still says it.
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply. 28 references are left alone.");
    // Declared again, and nothing is left alone any more.
    at.declare(&(reports("boss", REPORTS) + &person("boss")));
    let ran = at.run("plan").exits(0);
    assert!(!ran.stdout.contains("left alone  no source"), "{}", ran.stdout);
    assert!(
        !ran.stdout.contains("references are left alone"),
        "{}",
        ran.stdout
    );
    at.run("apply --auto-approve").exits(0);
    assert!(is_active(&at, "boss"));
    assert_eq!(managers(&at), all_have(&boss));
}

#[test]
fn a_manager_who_is_deleted_is_known_to_the_next_plans_too() {
    let at = boss_leaves("manage: { users: { absent: delete, within: managed } }\n");
    at.run("apply --auto-approve")
        .exits(0)
        .says("28 references are left alone");
    assert!(!at.stored("active").contains_key(&address("boss")));
    let ran = at.run("drift");
    assert!(!ran.stdout.contains("boss@example.com"), "{}", ran.stdout);
    // The name is still in the sources. Nobody else waits until it is taken out.
    at.declare(&(reports("boss", REPORTS) + &person("zoe")));
    at.run("apply --auto-approve")
        .exits(0)
        .says("Plan: 1 to create; 28 references are left alone.");
    assert!(is_active(&at, "zoe"));
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply. 28 references are left alone.");
}

#[test]
fn a_deleted_member_is_known_by_the_external_id_that_a_group_still_names() {
    let at = service("manage: { users: { absent: delete, within: managed } }\n");
    let people = "users:\n".to_owned() + &["ann", "zoe"].map(person).concat();
    let team = |members: &str| format!("groups:\n  - {{ displayName: Team, members: [{members}] }}\n");
    let gone = "  - { userName: gone@example.com, externalId: E7 }\n";
    at.declare(&(people.clone() + gone + &team("ann@example.com, E7")));
    at.run("apply --auto-approve").exits(0);
    at.declare(&(people.clone() + &team("ann@example.com, E7")));
    at.run("apply --auto-approve").exits(0).says("1 to delete");
    at.declare(&(people.clone() + &team("zoe@example.com, E7")));
    at.run("apply --auto-approve")
        .exits(0)
        .says("Plan: 1 to update; 1 reference is left alone.");
    assert_eq!(members(&at, "Team"), names(["zoe"]));
    // Another id that nobody knows is refused still; and once the name is out of the sources, so is this one.
    at.declare(&(people.clone() + &team("zoe@example.com, E8")));
    at.run("plan").exits(1).complains("`E8`");
    at.declare(&(people.clone() + &team("zoe@example.com, ann@example.com")));
    at.run("apply --auto-approve").exits(0);
    at.declare(&(people + &team("zoe@example.com, E7")));
    at.run("plan").exits(1).complains("`E7`");
}

#[test]
fn a_manager_in_a_file_of_leavers_is_deactivated_and_the_reports_keep_the_reference() {
    let at = service("");
    hire_all(&at);
    let boss = at.id(&address("boss"));
    at.declare(&reports("boss", REPORTS));
    at.project.write("leavers.csv", "userName\nboss@example.com\n");
    at.project.edit(
        "wpsync.yaml",
        "sources: [people.yaml]",
        "sources: [people.yaml, { csv: leavers.csv, kind: deactivations }]",
    );
    at.run("apply --auto-approve")
        .exits(0)
        .says("Plan: 1 to deactivate; 28 references are left alone.");
    assert!(!is_active(&at, "boss"));
    assert_eq!(managers(&at), all_have(&boss));
}

#[test]
fn a_leaver_whom_only_the_file_of_leavers_knows_is_no_mistyped_manager() {
    let at = service("");
    at.declare(&reports("boss", 2));
    at.project.write("leavers.csv", "userName\nboss@example.com\n");
    at.project.edit(
        "wpsync.yaml",
        "sources: [people.yaml]",
        "sources: [people.yaml, { csv: leavers.csv, kind: deactivations }]",
    );
    at.run("apply --auto-approve")
        .exits(0)
        .says("Plan: 2 to create; 2 references are left alone.");
    assert!(is_active(&at, "r00") && is_active(&at, "r01"));
    assert_eq!(managers(&at), BTreeMap::new());
}

#[test]
fn a_manager_outside_the_scope_stays_what_the_sources_say_where_the_directory_has_them() {
    let scope = "scope: { users: 'user.userName != \"boss@example.com\"' }\n";
    let at = service(scope);
    at.declare(&(reports("boss", 2) + &person("boss")));
    at.run("validate")
        .exits(0)
        .says_over_lines("2 memberships and references name somebody whom `scope` leaves out");
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 2 to create.")
        .says("outside scope  not in the directory, and left out: manager (2)");
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(managers(&at), BTreeMap::new());
    at.run("plan --detailed-exitcode").exits(0).says("No changes.");
    at.run("why r00@example.com")
        .exits(0)
        .says_over_lines("user:boss@example.com is left out of it: `scope` leaves it out");
    // Somebody else's tool makes the boss: the references can be set.
    somebody_makes(&at, "boss");
    let boss = at.id(&address("boss"));
    at.run("apply --auto-approve").exits(0).says("Plan: 2 to update.");
    let expected = (0..2).map(|number| (report(number), boss.clone()));
    assert_eq!(managers(&at), expected.collect());
    let ran = at.run("plan").exits(0).says("No changes.");
    assert!(!ran.stdout.contains("outside scope"), "{}", ran.stdout);
}

#[test]
fn what_is_outside_the_scope_has_no_references_that_are_left_alone() {
    let at = service("scope: { users: 'user.userName != \"ann@example.com\"' }\n");
    at.declare("users:\n  - { userName: ann@example.com, manager: nobody@example.com }\n  - userName: bob\n");
    let ran = at.run("apply --auto-approve").exits(0).says("Plan: 1 to create.");
    assert!(!ran.stdout.contains("left alone"), "{}", ran.stdout);
    assert_eq!(at.stored("active").into_keys().collect::<Vec<_>>(), ["bob"]);
    at.run("plan --detailed-exitcode").exits(0).says("No changes.");
}

#[test]
fn a_source_may_name_a_manager_whom_only_the_directory_has() {
    let at = service("");
    at.project.write(
        "people.csv",
        "userName,manager\nann@example.com,boss@example.com\n",
    );
    let live = "sources: [{ csv: people.csv, references: live }]";
    at.project.edit("wpsync.yaml", "sources: [people.yaml]", live);
    at.run("plan")
        .exits(1)
        .complains("neither a source nor the directory has user:boss@example.com");
    somebody_makes(&at, "boss");
    let boss = at.id(&address("boss"));
    let ran = at.run("apply --auto-approve").exits(0);
    assert!(!ran.stdout.contains("left alone."), "{}", ran.stdout);
    assert_eq!(managers(&at), [(address("ann"), boss)].into());
    at.run("plan --detailed-exitcode").exits(0).says("No changes.");
}

#[test]
fn a_manager_whom_somebody_deleted_is_known_to_the_record() {
    let at = boss_leaves(DEACTIVATE);
    at.somebody_deletes(&address("boss"));
    at.declare(&(reports("boss", REPORTS) + &person("zoe")));
    at.run("apply --auto-approve")
        .exits(0)
        .says("Plan: 1 to create; 28 references are left alone.");
    assert!(is_active(&at, "zoe"));
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply. 28 references are left alone.");
}

#[test]
fn a_member_who_is_no_longer_declared_stays_and_everybody_else_joins_and_leaves() {
    for (written, identified) in [("gone@example.com", ""), ("E7", ", externalId: E7")] {
        let at = service("");
        let gone = format!("  - {{ userName: gone@example.com{identified} }}\n");
        let all = ["ann", "bob", "zoe"].map(person).concat();
        let team = |members: &str| format!("groups:\n  - {{ displayName: Team, members: [{members}] }}\n");
        let before = team(&format!("ann@example.com, bob@example.com, {written}"));
        at.declare(&format!("users:\n{all}{gone}{before}"));
        at.run("apply --auto-approve").exits(0);
        assert_eq!(members(&at, "Team"), names(["ann", "bob", "gone"]));
        let after = team(&format!("ann@example.com, zoe@example.com, {written}"));
        at.declare(&format!("users:\n{all}{after}"));
        at.run("plan --detailed-exitcode")
            .exits(2)
            .says("Plan: 1 to update; 1 reference is left alone.")
            .says_over_lines(&format!("declared no more: members {written} (1: group:Team)"));
        at.run("apply wpsync.plan.json").exits(0);
        assert_eq!(members(&at, "Team"), names(["ann", "gone", "zoe"]));
        let ran = at.run("drift");
        assert!(
            !ran.stdout.contains("gone@example.com"),
            "{}\n{}",
            ran.stdout,
            ran.stderr
        );
        at.run("why group:Team").exits(0).says_over_lines(&format!(
            "its members \"{written}\" is left alone, whom no source declares any more"
        ));
        // The name is taken out of the group too, and the membership ends.
        at.declare(&format!(
            "users:\n{all}{}",
            team("ann@example.com, zoe@example.com")
        ));
        at.run("apply --auto-approve").exits(0);
        assert_eq!(members(&at, "Team"), names(["ann", "zoe"]));
        at.run("plan --detailed-exitcode").exits(0).says("No changes.");
    }
}

#[test]
fn a_member_outside_the_scope_is_left_out_and_the_group_still_loses_its_leaver() {
    let at = service("");
    let people = "users:\n".to_owned() + &["ann", "bob"].map(person).concat();
    let team = |members: &str| format!("groups:\n  - {{ displayName: Team, members: [{members}] }}\n");
    at.declare(&(people.clone() + &team("ann@example.com, bob@example.com")));
    at.run("apply --auto-approve").exits(0);
    at.configure("scope: { users: 'user.userName != \"ext@example.com\"' }\n");
    at.declare(&(people + &person("ext") + &team("ann@example.com, ext@example.com")));
    at.run("validate").exits(0).says_over_lines(
        "1 membership or reference names somebody whom `scope` leaves out: a plan leaves it out where the \
         directory does not have that person or group.",
    );
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 1 to update.")
        .says("outside scope  not in the directory, and left out: members (1)");
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(members(&at, "Team"), names(["ann"]));
    at.run("plan --detailed-exitcode").exits(0).says("No changes.");
    // Without the scope, validate has nothing to say of it, and the member joins.
    at.configure("");
    let ran = at.run("validate").exits(0);
    assert!(!ran.stdout.contains("scope"), "{}", ran.stdout);
    at.run("apply --auto-approve").exits(0);
    assert_eq!(members(&at, "Team"), names(["ann", "ext"]));
}

#[test]
fn a_mistyped_name_that_nobody_knows_is_one_error_with_its_place() {
    let at = service(DEACTIVATE);
    at.declare(&(reports("bos", REPORTS) + &person("boss")));
    // The sources alone cannot tell: the name may be that of somebody who left.
    at.run("validate")
        .exits(0)
        .complains("no source declares the user `bos@example.com`");
    let ran = at
        .run("plan")
        .exits(1)
        .complains(
            "neither a source nor the directory nor the record of applies has the person `bos@example.com`",
        )
        .complains("people.yaml:2:")
        .complains("correct the name, declare it in a source, or take the reference out");
    assert_eq!(
        ran.stderr.matches("neither a source").count(),
        1,
        "{}",
        ran.stderr
    );
    // Nobody proposes another person.
    assert!(!ran.stderr.contains("did you mean"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("boss@example.com"), "{}", ran.stderr);
    assert!(at.stored("active").is_empty());
}

#[test]
fn a_mistyped_name_leaves_only_its_reference_alone_where_problems_are_held() {
    let at = service(&format!("problems: hold\n{DEACTIVATE}"));
    at.declare(&("users:\n".to_owned() + &["ann", "tom", "boss"].map(person).concat()));
    at.run("apply --auto-approve").exits(0);
    let ann = "  - { userName: ann@example.com, title: Boss, manager: bos@example.com }\n";
    at.declare(&format!("users:\n{ann}{}", person("boss")));
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 1 to update, 1 to deactivate; 1 reference is left alone.")
        .says_over_lines("known to nobody: manager bos@example.com (1: user:ann@example.com)");
    at.run("apply wpsync.plan.json").exits(0);
    assert!(!is_active(&at, "tom"));
    assert_eq!(at.stored("title")["ann@example.com"], "Boss");
    assert_eq!(managers(&at), BTreeMap::new());
    at.run("plan --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply. 1 reference is left alone.");
    // It counts as held: more than a few are refused as one mistake.
    at.declare(&(reports("bos", REPORTS) + &["ann", "tom", "boss"].map(person).concat()));
    at.run("plan").exits(5).complains("held");
}

#[test]
fn a_plan_about_somebody_else_is_not_stopped_by_a_mistyped_name() {
    let at = service("");
    at.declare(&(reports("bos", 2) + &person("zoe")));
    at.run("plan --only user:zoe@example.com")
        .exits(0)
        .says("Plan: 1 to create.");
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(
        at.stored("active").into_keys().collect::<Vec<_>>(),
        ["zoe@example.com"]
    );
    // A plan about whoever has it leaves the reference alone, and says so.
    at.run("plan --only user:r00@example.com --detailed-exitcode")
        .exits(2)
        .says("Plan: 1 to create; 1 reference is left alone.");
    at.run("apply wpsync.plan.json").exits(0);
    assert!(is_active(&at, "r00"));
    assert_eq!(managers(&at), BTreeMap::new());
}

#[test]
fn a_new_person_whose_manager_left_is_created_without_a_manager() {
    let at = boss_leaves(DEACTIVATE);
    let boss = at.id(&address("boss"));
    at.run("apply --auto-approve").exits(0);
    at.declare(
        &(reports("boss", REPORTS) + "  - { userName: new@example.com, manager: boss@example.com }\n"),
    );
    at.run("apply --auto-approve")
        .exits(0)
        .says("Plan: 1 to create; 29 references are left alone.");
    assert!(is_active(&at, "new"));
    assert_eq!(managers(&at), all_have(&boss));
}

#[test]
fn every_form_of_a_plan_and_why_say_whose_references_are_left_alone() {
    let at = boss_leaves(DEACTIVATE);
    at.run("plan").exits(0);
    for format in ["text", "markdown", "html", "json"] {
        let ran = at.run(&format!("show --format {format}")).exits(0);
        let plain = ran.stdout.replace('\\', "");
        let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        for said in [
            "28 references are left alone",
            "boss@example.com",
            "user:r00@example.com",
        ] {
            assert!(plain.contains(said), "{format}: no {said:?} in {plain}");
        }
        if format != "json" {
            assert!(plain.contains("declared no more: manager"), "{format}: {plain}");
        }
    }
    at.run("why user:r00@example.com")
        .exits(0)
        .says_over_lines("its manager \"boss@example.com\" is left alone, whom no source declares any more");
    at.declare(&(reports("boss", REPORTS) + &person("boss")));
    let ran = at.run("why user:r00@example.com").exits(0);
    assert!(!ran.stdout.contains("is left alone, whom"), "{}", ran.stdout);
}

#[test]
fn what_the_service_does_not_hold_is_not_left_alone() {
    let rows = "name: ours\nnot_held: { users: [manager] }\n";
    let at = AtService::new(Behaviour::default(), rows);
    at.declare(&(reports("boss", 2) + &person("boss")));
    at.run("apply --auto-approve").exits(0);
    at.configure(DEACTIVATE);
    at.declare(&reports("boss", 2));
    let ran = at.run("apply --auto-approve").exits(0);
    assert!(
        !ran.stdout.contains("references are left alone"),
        "{}",
        ran.stdout
    );
    assert!(!is_active(&at, "boss"));
}
