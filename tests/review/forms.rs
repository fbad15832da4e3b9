//! What each form says of a small plan.

use wpsync::model::{Key, Kind};
use wpsync::plan::guard::{GuardFigure, Waiver};
use wpsync::plan::{Action, Change, Plan};
use wpsync::review::{Palette, html, json, json_text, markdown, text};

use crate::support::{change, group, guard, header, sealed, small};

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
    for (form, order) in [
        (
            text(&plan, Palette::Plain, 80),
            ["  - user:zed@example.com", "  ! user:bob@example.com", "Update ("],
        ),
        (
            markdown(&plan, 60_000, None),
            [
                "- delete user:zed@example.com",
                "- deactivate user:bob@example.com",
                "The same for many",
            ],
        ),
    ] {
        let places = [
            "Refused: this plan cannot be applied",
            order[0],
            order[1],
            order[2],
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
        markdown.contains("\n- deactivate user:bob@example.com\n")
            && markdown.matches("no source declares it any more").count() == 1,
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
    assert_eq!(at("/format_version"), "1.3");
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

/// Every form of a plan, each as people read it.
fn forms(plan: &Plan) -> [String; 3] {
    [
        text(plan, Palette::Plain, 1_000),
        markdown(plan, 60_000, None),
        html(plan, None).replace("\\\"", "\""),
    ]
}

#[track_caller]
fn everywhere_says(plan: &Plan, words: &str) {
    for form in forms(plan) {
        assert!(
            form.contains(words),
            "{words:?} in\n{}",
            &form[..form.len().min(4_000)]
        );
    }
}

#[test]
fn the_budget_of_the_week_is_seen_before_it_bites() {
    let mut plan = small();
    let used = |earlier| GuardFigure {
        earlier,
        ..guard("create", 1, 40)
    };
    plan.header.guards = vec![used(30), guard("remove", 2, 20)];
    let plan = sealed(plan.header, plan.changes);
    everywhere_says(&plan, "create 31 of 40 (30 by earlier applies)");
    assert_eq!(json(&plan)["checks"][0]["earlier"], 30);
    assert_eq!(json(&plan)["checks"][0]["status"], "pass");
    let mut plan = small();
    plan.header.guards = vec![used(0)];
    let text = text(&sealed(plan.header, plan.changes), Palette::Plain, 80);
    assert!(!text.contains("this week"), "{text}");
}

#[test]
fn a_waived_guard_says_which_groups_it_is_about() {
    let emptied: Vec<String> = (10..24)
        .map(|number| format!("group:Team {number} loses 3 of 3"))
        .collect();
    let mut plan = small();
    plan.header.guards = vec![GuardFigure {
        cases: emptied.clone(),
        ..guard("group-emptied", 14, 0)
    }];
    plan.header.waivers = vec![Waiver {
        count: 14,
        guard: "group-emptied".into(),
        reason: "teams are merged".into(),
    }];
    let plan = sealed(plan.header, plan.changes);
    for case in &emptied {
        everywhere_says(&plan, case);
    }
    assert_eq!(
        json(&plan)["checks"][0]["cases"].as_array().map(Vec::len),
        Some(14)
    );
}

/// A plan that deletes groups and people, by which two others lose their last group.
fn merger() -> Plan {
    let mut plan = small();
    plan.header.guards = vec![GuardFigure {
        cases: vec![
            "user:kim@example.com loses the last group".into(),
            "user:lee@example.com loses the last group".into(),
        ],
        ..guard("remove", 5, 3)
    }];
    plan.changes.push(change(Action::Delete, Kind::Group, "Old crew"));
    sealed(plan.header, plan.changes)
}

#[test]
fn removals_are_people_groups_and_people_without_a_group_by_name() {
    let plan = merger();
    everywhere_says(
        &plan,
        "5 removals exceed the limit of 3 (for 400 managed active people): 2 people (user:bob@example.com, \
         user:zed@example.com), 1 group (group:Old crew), 2 people who lose their last group \
         (user:kim@example.com, user:lee@example.com); if that is meant: wpsync plan --waive 'remove=5: why'",
    );
    let Plan {
        mut header, changes, ..
    } = merger();
    header.guards[0].limit = 5;
    let allowed = sealed(header, changes);
    everywhere_says(
        &allowed,
        "2 people who lose their last group (user:kim@example.com, user:lee@example.com)",
    );
    let markdown = markdown(&allowed, 60_000, None);
    assert!(
        markdown.contains("#### 🔻 3 removals: 2 users and 1 group\n"),
        "{markdown}"
    );
}

#[test]
fn the_head_tells_people_from_groups() {
    for form in &forms(&small())[1..] {
        assert!(
            form.contains("people: 1 to create, 3 to update, 1 to deactivate, 1 to delete"),
            "{form}"
        );
        assert!(form.contains("groups: 1 to update"), "{form}");
    }
}

#[test]
fn deleted_groups_and_their_members_come_before_hundreds_of_people() {
    let names: Vec<String> = (0..87)
        .map(|number| format!("p{number:02}@example.com"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut changes: Vec<Change> = (0..649)
        .map(|number| {
            change(
                Action::Delete,
                Kind::User,
                &format!("leaver.{number:03}@example.com"),
            )
        })
        .collect();
    changes.push(Change {
        action: Action::Delete,
        ..group("Old crew", 87, &names, &[])
    });
    let plan = sealed(header(), changes);
    let markdown = markdown(&plan, 60_000, None);
    let places = [
        "- delete group:Old crew",
        "-     87 members",
        "-     p09@example.com",
        "-     77 more",
        "- delete user:leaver.000@example.com",
        "- delete user:leaver.648@example.com",
    ]
    .map(|words| {
        markdown
            .find(words)
            .unwrap_or_else(|| panic!("{words} in\n{markdown}"))
    });
    assert!(places.is_sorted(), "{markdown}");
    assert_eq!(markdown.matches("no source declares it any more").count(), 1);
    let text = text(&plan, Palette::Plain, 80);
    assert!(
        text.find("group:Old crew") < text.find("user:leaver.000"),
        "{text}"
    );
}

#[test]
fn whoever_becomes_an_administrator_is_named_first() {
    let mut plan = small();
    plan.header.privileges.groups = vec![Key::new(Kind::Group, "Zulu admins")];
    let names: Vec<String> = (0..60)
        .map(|number| format!("n{number:02}@example.com"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    plan.changes.push(group("Zulu admins", 2, &[], &names));
    let plan = sealed(plan.header, plan.changes);
    for form in forms(&plan) {
        let place = |words: &str| form.find(words).unwrap_or_else(|| panic!("{words} in\n{form}"));
        assert!(
            place("group:Zulu admins for 60") > 0 && place("n59@example.com") > 0,
            "all are named"
        );
    }
    for form in &forms(&plan)[..2] {
        assert!(
            form.find("Rights that people get") < form.find("zed@example.com"),
            "{form}"
        );
    }
    let text = &forms(&plan)[0];
    let update = text.split("Update (").nth(1).expect("a section");
    assert!(
        update.find("group:Zulu admins") < update.find("user:mary"),
        "rights first\n{text}"
    );
    assert!(
        update.find("user:mary") < update.find("user:ada"),
        "then identities\n{text}"
    );
}

#[test]
fn a_redacted_view_calls_nothing_the_change_digest() {
    let plan = small();
    for redaction in [
        wpsync::redaction::Redaction::Masked,
        wpsync::redaction::Redaction::Ids,
    ] {
        let view = wpsync::redaction::redacted(&plan, redaction);
        for form in forms(&view) {
            assert!(
                form.contains(&plan.digest.to_string()) && !form.contains("change digest"),
                "{form}"
            );
        }
        let json = json(&view);
        assert!(json.get("change_digest").is_none() && json["header"].get("change_digest").is_none());
    }
    assert!(
        markdown(&plan, 60_000, None).contains(&format!("- change digest `{}`", plan.header.change_digest))
    );
}
