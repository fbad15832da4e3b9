//! `why` tells of one person or group what a plan would do and what it rests on.

use crate::stranger::stranger_edits;
use crate::support::{LOCAL, Project};

fn applied() -> Project {
    let project = Project::example("quickstart");
    project.run("apply --auto-approve").exits(0);
    project
}

#[test]
fn a_person_is_told_from_source_line_to_change() {
    let project = applied();
    project.edit("staff.csv", "Writer", "Editor");
    let ran = project.run("why user:donald@example.com").exits(0);
    ran.says("declared   staff.csv:4:1")
        .says("matched    by externalId \"E103\", id ")
        .says("group:Engineering (staff.csv:4:")
        .says("~ title")
        .says("\"Writer\"")
        .says("\"Editor\"")
        .says("user:alan@example.com")
        .says("A plan would update it: the sources and the directory differ in title.");
}

#[test]
fn an_external_id_and_a_bare_name_mean_somebody_too() {
    let project = applied();
    for name in ["E103", "donald@example.com", "DONALD@example.com"] {
        project
            .run(&format!("why {name}"))
            .exits(0)
            .says("A plan would do nothing: the directory is as the sources say.");
    }
    project
        .run("why Sales")
        .exits(0)
        .says("group:Sales")
        .says("5 in the directory, 5 in the sources")
        .says("group:Everyone (people.yaml:");
}

#[test]
fn somebody_new_and_somebody_renamed_are_told_as_the_plan_would() {
    let project = applied();
    project.edit("staff.csv", "donald@example.com,Donald", "don@example.com,Donald");
    project.edit(
        "people.yaml",
        "groups:\n",
        "  - userName: new@example.com\n    manager: don@example.com\ngroups:\n",
    );
    project
        .run("why donald@example.com")
        .exits(0)
        .says("user:don@example.com")
        .says("its name was \"donald@example.com\"");
    project
        .run("why don@example.com")
        .exits(0)
        .says("by externalId \"E103\"")
        .says("A plan would update it");
    project
        .run("why new@example.com")
        .exits(0)
        .says("nobody with its externalId or userName")
        .says("A plan would create it");
}

#[test]
fn whom_no_source_declares_is_told_from_the_directory() {
    let project = applied();
    let people = "users:\n  - { userName: grace@example.com }\n";
    project.write("people.yaml", people);
    project.write("wpsync.yaml", LOCAL);
    let kept = project
        .run("why ada@example.com")
        .exits(0)
        .says("by no source")
        .says("\"Head of Engineering\"");
    kept.says(
        "A plan would do nothing: no source declares it, and `manage: users: absent: keep` leaves it alone",
    );
    let within = "manage: { users: { absent: delete, within: 'user.userName.startsWith(\"ada\")' } }\n\
                  protect: [ada@example.com]\n";
    project.write("wpsync.yaml", &format!("{LOCAL}{within}"));
    project
        .run("why ada@example.com")
        .exits(0)
        .says("A plan would do nothing: no source declares it, and `protect` keeps it.");
    project.edit("wpsync.yaml", "protect: [ada@example.com]\n", "");
    project
        .run("why ada@example.com")
        .exits(0)
        .says("A plan would delete it");
    project
        .run("why zoe@example.com")
        .exits(0)
        .says("`within` does not cover it");
}

#[test]
fn scope_and_map_are_named_with_their_place() {
    let project = Project::with_people(
        "users:\n  - { userName: ada@example.com, first: Ada, last: Lovelace }\n  \
         - { userName: bob@elsewhere.org, first: Bob, last: B }\n",
    );
    let rules = "map: { users: { displayName: 'join(\" \", [row.first, row.last])' } }\n\
                 scope: { users: 'user.userName.endsWith(\"@example.com\")' }\n";
    project.write("wpsync.yaml", &format!("{LOCAL}{rules}"));
    let ran = project.run("why ada@example.com").exits(0);
    ran.says("\"Ada Lovelace\"")
        .says("computed by `join(")
        .says("(wpsync.yaml:4:")
        .says("scope      it meets `user.userName.endsWith");
    project
        .run("why bob@elsewhere.org")
        .exits(0)
        .says("out of scope: it does not meet `user")
        .says("left alone");
}

#[test]
fn nobody_is_an_error_with_the_nearest_name() {
    let project = applied();
    project
        .run("why dnoald@example.com")
        .exits(1)
        .complains("neither a source nor the directory")
        .complains("did you mean user:donald@");
    project
        .run("why group:Sale")
        .exits(1)
        .complains("did you mean group:Sales?");
}

#[test]
fn programs_read_the_same() {
    let project = applied();
    stranger_edits(&project, "donald@example.com", "title", "Author");
    let ran = project.run("--json why donald@example.com").exits(0);
    let event = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let event = event
        .into_iter()
        .find(|event| event["type"] == "explanation")
        .expect("the answer");
    assert!(
        event["requests"]["get"].as_u64().is_some_and(|count| count < 16),
        "the other people are not read, and look-ups are tried once: {event}"
    );
    let explanation = &event["explanation"];
    assert_eq!(explanation["matched"]["attribute"], "externalId");
    assert_eq!(
        explanation["outcome"]["changes"][0]["after"],
        serde_json::json!({ "title": "Writer" })
    );
    let title = explanation["attributes"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|line| line["path"] == "title")
        .expect("a title");
    assert_eq!(
        (&title["live"], &title["desired"], &title["verdict"]),
        (&"Author".into(), &"Writer".into(), &"changes".into())
    );
}

#[test]
fn a_person_is_told_with_the_groups_that_hold_them_directly_and_through_others() {
    let project = applied();
    project
        .run("why user:donald@example.com")
        .exits(0)
        .says("member of  group:Engineering, group:Everyone (through group:Engineering)\n");
    project
        .run("why group:Sales")
        .exits(0)
        .says("member of  group:Everyone\n");
    project
        .run("why group:Everyone")
        .exits(0)
        .says("member of  no group\n");
    let ran = project.run("why user:donald@example.com --json").exits(0);
    let events = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    let events: Vec<serde_json::Value> = events.collect();
    let event = events
        .iter()
        .find(|event| event["type"] == "explanation")
        .expect("an explanation");
    let groups = &event["explanation"]["memberships"]["groups"];
    assert_eq!(groups[1]["group"], "group:Everyone");
    assert_eq!(groups[1]["through"][0], "group:Engineering");
}

#[test]
fn somebody_who_is_not_in_the_directory_is_in_no_groups_row() {
    let project = applied();
    project.edit(
        "people.yaml",
        "groups:\n",
        "  - userName: new@example.com\ngroups:\n",
    );
    let ran = project.run("why new@example.com").exits(0);
    assert!(!ran.stdout.contains("member of"), "{ran:?}");
}
