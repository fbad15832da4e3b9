//! Errors of single rows, and the same error in many rows.

use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::Behaviour;

const HOLD: &str = "problems: hold\nmanage: { users: { absent: deactivate, within: all } }\n";

/// A service that has everybody, and a project that declared them.
fn company() -> AtService {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.configure("manage: { users: { absent: deactivate, within: all } }\n");
    at.declare(
        "users:\n  - { userName: ada, title: a }\n  - { userName: bob, title: a }\n\
         \x20 - { userName: cleo, title: a }\n  - { userName: dan, title: a }\n",
    );
    assert_eq!(at.run("apply --auto-approve").code, Some(0));
    at
}

#[test]
fn a_value_that_is_none_holds_one_person_and_everybody_else_is_changed() {
    let at = company();
    let rows = "users:\n  - { userName: ada, title: b }\n  - { userName: bob, title: b, active: maybe }\n\
                \x20 - { userName: cleo, title: b }\n";
    at.declare(rows);
    let ran = at.run("plan");
    assert_eq!(ran.code, Some(1), "refused as a whole by default: {ran:?}");
    assert!(ran.stderr.contains("`active` takes true or false, not `maybe`"));
    at.configure(HOLD);
    let ran = at.run("validate");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.stdout.contains("1 is held because its row has an error"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("warning[not-a-boolean]"), "{ran:?}");
    assert_eq!(at.run("apply --auto-approve").code, Some(0));
    let titles = at.stored("title");
    let title = |name: &str| titles[name].as_str().expect("a title").to_owned();
    assert_eq!([title("ada"), title("bob"), title("cleo")], ["b", "a", "b"]);
    let active = at.stored("active");
    assert_eq!(active["dan"], false, "who is not declared has left");
    assert_ne!(active["bob"], false, "who is held has not");
}

#[test]
fn nobody_is_taken_for_absent_while_a_row_does_not_say_whose_it_is() {
    let at = company();
    at.configure(HOLD);
    at.declare(
        "users:\n  - { userName: ada, title: b }\n  - { title: b }\n  - { userName: cleo, title: a }\n",
    );
    assert_eq!(at.run("apply --auto-approve").code, Some(0));
    assert_eq!(at.stored("title")["ada"], "b");
    let active = at.stored("active");
    assert!(active.values().all(|active| *active != false), "{active:?}");
}

#[test]
fn a_selection_is_not_stopped_by_the_row_of_somebody_else() {
    let at = company();
    at.declare("users:\n  - { userName: ada, title: b }\n  - { userName: bob, active: maybe }\n");
    for plan in ["plan --only user:ada", "plan --deactivate user:dan"] {
        assert_eq!(at.run(plan).code, Some(0), "{plan}");
        assert_eq!(at.run("apply wpsync.plan.json").code, Some(0), "{plan}");
    }
    assert_eq!(at.stored("title")["ada"], "b");
    assert_eq!(at.stored("active")["dan"], false);
    assert_eq!(at.run("plan").code, Some(1));
}

#[test]
fn an_error_of_a_file_refuses_everything_although_problems_are_held() {
    let at = company();
    at.configure(HOLD);
    for damaged in [
        "users:\n  - { userName: ada, title: b }\n  - userName: bob",
        "users:\n  - { userName: ada, title: b }\nusrs: []\n",
        "users:\n  - { userName: ada, title: *a }\n",
    ] {
        at.declare(damaged);
        let ran = at.run("plan");
        assert_eq!(ran.code, Some(1), "{damaged}: {ran:?}");
    }
}

#[test]
fn a_person_who_stands_twice_in_a_file_is_held_once() {
    let at = company();
    at.configure(HOLD);
    at.declare(
        "users:\n  - { userName: ada, title: b }\n  - { userName: bob, title: b }\n\
         \x20 - { userName: BOB, title: c }\n  - { userName: cleo, title: a }\n\
         \x20 - { userName: dan, title: a }\n",
    );
    let ran = at.run("validate");
    assert!(ran.stdout.contains("1 is held"), "{ran:?}");
    assert_eq!(at.run("apply --auto-approve").code, Some(0));
    let titles = at.stored("title");
    assert_eq!(
        (titles["ada"].as_str(), titles["bob"].as_str()),
        (Some("b"), Some("a"))
    );
}

#[test]
fn more_rows_than_may_be_held_are_told_by_validate() {
    let at = company();
    at.configure(HOLD);
    let row = |number: usize| format!("  - {{ userName: p{number}, active: maybe }}\n");
    let declare = |count: usize| {
        let rows: String = (0..count).map(row).collect();
        at.declare(&format!("users:\n  - {{ userName: ada }}\n{rows}"));
    };
    declare(3);
    let ran = at.run("validate");
    assert!(
        ran.stdout.contains("3 are held") && !ran.stdout.contains("refused"),
        "{ran:?}"
    );
    declare(4);
    let ran = at.run("validate");
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.stdout
            .contains("A plan that changes something would be refused: at most 3 may be held"),
        "{ran:?}"
    );
    let told = at.run("validate --json").stdout;
    assert!(
        told.contains(r#""held":4"#) && told.contains(r#""most_held":3"#),
        "{told}"
    );
    at.configure("");
    assert_eq!(at.run("validate").code, Some(1), "by default they are errors");
}

#[test]
fn groups_in_a_circle_are_held_and_no_other_group() {
    let at = company();
    at.configure(HOLD);
    let people = "users:\n  - { userName: ada, title: a }\n  - { userName: bob, title: a }\n\
                  \x20 - { userName: cleo, title: a }\n  - { userName: dan, title: a }\n";
    at.declare(&format!(
        "{people}groups:\n  - {{ displayName: North, members: [\"group:South\"] }}\n\
         \x20 - {{ displayName: South, members: [\"group:North\"] }}\n\
         \x20 - {{ displayName: Sales, members: [ada] }}\n"
    ));
    assert_eq!(at.run("apply --auto-approve").code, Some(0));
    let groups = at.service.stored(Kind::Group);
    let names: Vec<_> = groups.iter().map(|group| group["displayName"].clone()).collect();
    assert_eq!(names, ["Sales"]);
}

#[test]
fn nine_mistyped_groups_in_many_rows_are_nine_errors_with_counts_and_three_places() {
    let at = company();
    let row = |number: usize| format!("  - {{ userName: p{number}, groups: [Salse{}] }}\n", number % 9);
    let rows: String = (0..227).map(row).collect();
    at.declare(&format!("users:\n{rows}"));
    let ran = at.run("validate");
    let errors = |text: &str| text.lines().filter(|line| line.starts_with("error[")).count();
    assert_eq!(errors(&ran.stderr), 9, "{}", ran.stderr);
    assert!(ran.stderr.contains("`Salse1`, 26 times"), "{}", ran.stderr);
    assert!(ran.stderr.contains("and 23 more places"), "{}", ran.stderr);
    assert!(ran.stderr.contains("9 errors"), "{}", ran.stderr);
    let events = at.run("validate --json").stdout;
    let counted = events
        .lines()
        .filter(|line| line.contains(r#""count":2"#))
        .count();
    assert_eq!(counted, 9, "{events}");
}

/// A project on people.csv whose column of groups declares them.
fn declaring() -> AtService {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    let config = at.project.read("wpsync.yaml").replace(
        "sources: [people.yaml]",
        "sources:\n  - csv: people.csv\n    columns:\n      Name: userName\n      \
         Groups: { attribute: groups, declare: true }\n  - groups/*.yaml",
    );
    at.project.write("wpsync.yaml", &config);
    std::fs::create_dir(at.project.path("groups")).expect("a folder");
    at.project
        .write("groups/all.yaml", "groups:\n  - { displayName: All }\n");
    at
}

#[test]
fn a_column_that_declares_its_groups_needs_no_other_source() {
    let at = declaring();
    at.project.write(
        "people.csv",
        "Name,Groups\nada,Sales;All\nbob,sales\ncleo,\ndan,Sales\n",
    );
    assert_eq!(
        at.run("apply --auto-approve").code,
        Some(0),
        "{:?}",
        at.run("validate")
    );
    let groups = at.service.stored(Kind::Group);
    let sizes: Vec<_> = groups
        .iter()
        .map(|group| {
            let members = group["members"].as_array().map_or(0, Vec::len);
            (group["displayName"].as_str().expect("a name"), members)
        })
        .collect();
    let mut sizes = sizes;
    sizes.sort_unstable();
    assert_eq!(sizes, [("All", 1), ("Sales", 3)]);
}

#[test]
fn names_of_groups_that_look_alike_do_not_become_two_groups() {
    let at = declaring();
    at.project
        .write("people.csv", "Name,Groups\nada,Sales\nbob,S\u{430}les\n");
    let ran = at.run("validate");
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("error[lookalike-group]"), "{}", ran.stderr);
    at.project.write(
        "groups/all.yaml",
        "groups:\n  - { displayName: All }\n  - { displayName: Sales }\n\
         \x20 - { displayName: \"S\u{430}les\" }\n",
    );
    assert_eq!(
        at.run("validate").code,
        Some(0),
        "two that are both declared are two"
    );
}

#[test]
fn a_column_without_groups_cannot_declare_them() {
    let at = declaring();
    at.project.edit(
        "wpsync.yaml",
        "Name: userName",
        "Name: { attribute: userName, declare: true }",
    );
    at.project.write("people.csv", "Name,Groups\nada,Sales\n");
    let ran = at.run("validate");
    assert!(
        ran.code == Some(1) && ran.stderr.contains("error[not-groups]"),
        "{}",
        ran.stderr
    );
}

#[test]
fn no_group_loses_a_member_while_a_row_does_not_say_whose_it_is() {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.configure("problems: hold\n");
    let people = |ada: &str| {
        at.declare(&format!(
            "users:\n  - {{ {ada} groups: [Sales] }}\n  - {{ userName: bob, groups: [Sales, Other] }}\n\
             \x20 - {{ userName: cleo, groups: [Other] }}\ngroups:\n  - {{ displayName: Sales }}\n\
             \x20 - {{ displayName: Other }}\n"
        ));
    };
    let sizes = || -> Vec<usize> {
        let groups = at.service.stored(Kind::Group);
        let size = |group: &serde_json::Value| group["members"].as_array().map_or(0, Vec::len);
        groups.iter().map(size).collect()
    };
    people("userName: ada,");
    assert_eq!(at.run("apply --auto-approve").code, Some(0));
    let before = sizes();
    people("");
    let ran = at.run("apply --auto-approve");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(sizes(), before, "{ran:?}");
}

#[test]
fn a_membership_that_cannot_be_read_holds_its_group_alone() {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.configure("problems: hold\n");
    let config = at.project.read("wpsync.yaml").replace(
        "sources: [people.yaml]",
        "sources: [people.yaml, { csv: members.csv, kind: memberships }]",
    );
    at.project.write("wpsync.yaml", &config);
    at.declare(
        "users:\n  - { userName: ada }\n  - { userName: bob }\n\
         groups:\n  - { displayName: Sales }\n  - { displayName: Other }\n",
    );
    at.project
        .write("members.csv", "group,member\nSales,ada\nSales,\nOther,bob\n");
    let ran = at.run("apply --auto-approve");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let groups = at.service.stored(Kind::Group);
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0]["displayName"], "Other");
    assert_eq!(at.service.stored(Kind::User).len(), 2);
    at.project.write("members.csv", "group,member\nSales,ada\n,ada\n");
    let ran = at.run("plan");
    assert_eq!(ran.code, Some(1), "it may be any group: {ran:?}");
}
