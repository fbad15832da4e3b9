//! What each form says of a small plan.

use wpsync::plan::{Action, Change, Plan};
use wpsync::review::{Palette, html, json, json_text, markdown, text};

use crate::support::{group, guard, header, sealed, small};

#[test]
fn the_text_fits_eighty_columns_and_says_everything() {
    let text = text(&small(), Palette::Plain, 80);
    // A digest is longer, and stands on one line so that it can be copied.
    assert!(
        text.lines()
            .all(|line| line.chars().count() <= 80 || line.starts_with("digest ")),
        "{text}"
    );
    for words in [
        "Plan: 1 to create, 4 to update, 1 to deactivate, 1 to delete.",
        "Delete: this cannot be undone by every directory (1 user)",
        "Update (3 users; group Everyone)",
        "~ user:mary@example.com (was maria@example.com)  people.yaml:7:5",
        "~ user:ada@example.com   people.yaml:7:5",
        "department  \"Sales\" → \"Revenue\"",
        "left alone  7 users and 1 group that no source declares",
        "members     1 member leaves and 1 member joins, in 1 group",
    ] {
        assert!(text.contains(words), "{words:?} in\n{text}");
    }
}

#[test]
fn f059_refusals_and_removals_come_first_in_every_form() {
    let mut plan = small();
    plan.header.guards = vec![guard("remove", 2, 1)];
    let plan = sealed(plan.header, plan.changes);
    for (form, after) in [
        (text(&plan, Palette::Plain, 80), "Update ("),
        (markdown(&plan, 60_000, None), "The same for many"),
    ] {
        let places = [
            "Refused: this plan cannot be applied",
            "zed@example.com",
            "bob@example.com",
            after,
        ]
        .map(|words| form.find(words).unwrap_or_else(|| panic!("{words} in\n{form}")));
        assert!(places.is_sorted(), "{form}");
    }
    assert_eq!(json(&plan)["checks"][0]["status"], "fail");
    assert_eq!(json(&plan)["applyable"], false);
    assert!(html(&plan, None).contains("\"refusals\":[\"2 removals exceed the limit of 1"));
}

#[test]
fn markdown_begins_with_a_mark_that_stays_the_same_for_a_directory() {
    let mark = |plan: &Plan| {
        markdown(plan, 60_000, None)
            .lines()
            .next()
            .expect("a line")
            .to_owned()
    };
    let one = mark(&small());
    assert!(one.starts_with("<!-- wpsync:plan:") && one.ends_with(" -->"));
    assert_eq!(one, mark(&sealed(header(), Vec::new())));
    let mut other = header();
    other.directory.origin = "https://other.example.com/v2".into();
    assert_ne!(one, mark(&sealed(other, Vec::new())));
}

#[test]
fn markdown_says_once_what_is_the_same_for_many() {
    let markdown = markdown(&small(), 60_000, None);
    assert!(
        markdown.contains("- 3 users: `department` `\"Sales\"` → `\"Revenue\"`\n"),
        "{markdown}"
    );
    assert!(
        markdown.contains("\n- deactivate user:bob@example.com  no source declares it any more\n"),
        "{markdown}"
    );
    assert!(
        markdown.contains("<details><summary>Update: 4</summary>"),
        "{markdown}"
    );
    assert!(
        markdown.contains(&format!("- digest `{}`", small().digest)),
        "{markdown}"
    );
    assert!(!markdown.contains("not shown"), "{markdown}");
}

#[test]
fn json_has_terraforms_names() {
    let json = json(&small());
    let at = |pointer: &str| {
        json.pointer(pointer)
            .unwrap_or_else(|| panic!("{pointer} in {json:#}"))
    };
    assert_eq!(at("/format_version"), "1.2");
    assert_eq!(at("/resource_drift"), &serde_json::json!([]));
    assert_eq!(at("/checks/1/address/to_display"), "guard.remove");
    assert_eq!(at("/checks/1/status"), "pass");
    assert_eq!(at("/resource_changes/0/address"), "user:ada@example.com");
    assert_eq!(at("/resource_changes/0/type"), "User");
    assert_eq!(at("/resource_changes/0/name"), "ada@example.com");
    assert_eq!(at("/resource_changes/0/change/actions/0"), "update");
    assert_eq!(at("/resource_changes/0/change/before/department"), "Sales");
    assert_eq!(at("/resource_changes/0/change/after/department"), "Revenue");
    assert_eq!(at("/resource_changes/4/change/before"), &serde_json::Value::Null);
    assert_eq!(at("/resource_changes/5/change/after"), &serde_json::Value::Null);
    assert_eq!(at("/resource_changes/6/depends_on/0"), "user:olu@example.com");
    assert_eq!(at("/resource_changes/6/step"), 2);
    assert_eq!(at("/resource_changes/5/step"), 3, "removals come last");
    assert_eq!(at("/summary/removals"), 2);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&json_text(&json)).expect("JSON"),
        json
    );
}

#[test]
fn the_schema_of_the_json_form_accepts_what_is_written() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../schemas/show.schema.json")).expect("JSON");
    let schema = jsonschema::draft202012::new(&schema).expect("a schema");
    for plan in [small(), sealed(header(), Vec::new())] {
        let json = json(&plan);
        let problems: Vec<_> = schema
            .iter_errors(&json)
            .map(|problem| format!("{}: {problem}", problem.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
    let mut wrong = json(&small());
    wrong["checks"][0]["status"] = "maybe".into();
    assert!(!schema.is_valid(&wrong));
}

#[test]
fn a_deleted_group_is_its_size_and_ten_of_its_members() {
    let names: Vec<String> = (0..87)
        .map(|number| format!("p{number:02}@example.com"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let delete = Change {
        action: Action::Delete,
        ..group("Old crew", 87, &names, &[])
    };
    let text = text(&sealed(header(), vec![delete]), Palette::Plain, 80);
    assert!(
        text.contains("members 87 → 0") && text.contains("- p09@example.com"),
        "{text}"
    );
    assert!(
        text.contains("- 77 more") && !text.contains("p10@example.com"),
        "{text}"
    );
}
