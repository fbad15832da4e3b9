//! A service that stores texts in another way than they are sent: that is found out by an apply, said once,
//! and no difference from then on. What somebody changes by hand stays one.

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::spelling::World;
use crate::stand_in::{Answers, Behaviour, Storage};

const TITLES: &str = "users:\n  - { userName: ada@example.com, title: IT Support }\n  \
                      - { userName: bob@example.com, title: Head of Sales }\n";

/// A service that makes something of every title.
fn rewriting(rewrite: fn(&str) -> String) -> Behaviour {
    let storage = Storage::rewritten(move |resource: &mut Json| {
        if let Some(title) = resource["title"].as_str().map(rewrite) {
            resource["title"] = title.into();
        }
    });
    Behaviour {
        storage,
        answers: Answers::AsAsked,
        ..Behaviour::default()
    }
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}

fn person(name: &str, title: &str) -> Json {
    json!({ "userName": name, "title": title })
}

/// Two people whose titles the service has in small letters.
fn small_letters() -> World {
    let people = [
        person("ada@example.com", "it support"),
        person("bob@example.com", "head of sales"),
    ];
    let world = World::new(rewriting(lower), &people, &[]);
    world.declare(TITLES);
    world
}

fn somebody_sets(world: &World, name: &str, title: &str) {
    let all = world.service.stored(Kind::User);
    let id = all
        .iter()
        .find(|user| user["userName"] == name)
        .expect("a person")["id"]
        .clone();
    let id = id.as_str().expect("an id");
    world
        .service
        .edit(&format!("/Users/{id}"), "title", &title.into());
}

#[test]
fn what_comes_back_otherwise_is_said_once_and_not_planned_again() {
    let world = small_letters();
    world.run("plan").exits(0).says("Plan: 2 to update.");
    world
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete: 2 unverified.")
        .complains(
            "The service rewrites users.title: 2 texts came back in lower case, each time it was sent.",
        )
        .complains("normalises: { users: { title: [lower-case] } }");
    assert_eq!(world.stored("ada@example.com", "/title"), "it support");
    world.is_settled();
    world
        .run("why ada@example.com")
        .exits(0)
        .says("= title")
        .says("A plan would do nothing: the directory is as the sources say.");
    let receipt = world.project.receipt();
    world
        .run(&format!("show {}", receipt.display()))
        .exits(0)
        .says("0 of 2 changes done, 2 unverified")
        .says("holds users.title as before: it rewrites such texts, or does not take them");
}

#[test]
fn the_doctor_lists_what_was_learnt() {
    let world = small_letters();
    let before = world.run("doctor");
    assert!(!before.stdout.contains("Learnt"), "{before:?}");
    world.run("apply --auto-approve").exits(0);
    world
        .run("doctor")
        .says("users.title comes back in lower case (2 texts)")
        .says("→ in the dialect: normalises: { users: { title: [lower-case] } }");
}

#[test]
fn a_third_text_under_the_same_rule_is_no_difference() {
    let world = small_letters();
    world.run("apply --auto-approve").exits(0);
    world.declare(&TITLES.replace("Head of Sales", "HEAD OF SALES"));
    world.is_settled();
    world.declare(&TITLES.replace("Head of Sales", "Boss"));
    world.service.forget();
    world.run("apply --auto-approve").exits(0).says("1 to update");
    assert_eq!(world.service.writes().len(), 1, "a known rule is not tried twice");
    assert_eq!(world.stored("bob@example.com", "/title"), "boss");
    world.is_settled();
}

#[test]
fn a_change_by_hand_is_seen_where_a_rule_is_known() {
    let world = small_letters();
    world.run("apply --auto-approve").exits(0);
    world.service.behave(Behaviour::default());
    somebody_sets(&world, "ada@example.com", "it Support");
    world
        .run("drift --detailed-exitcode")
        .exits(2)
        .says("directory \"it Support\", sources \"IT Support\"");
    world.run("plan").exits(0).says("\"it Support\" → \"IT Support\"");
}

#[test]
fn a_directory_that_holds_capitals_is_not_taken_to_lose_them() {
    let world = small_letters();
    world.run("apply --auto-approve").exits(0);
    // The service has changed: it keeps what it gets.
    world.service.behave(Behaviour::default());
    world.declare(&format!(
        "{TITLES}  - {{ userName: cyd@example.com, title: Chief }}\n"
    ));
    world.run("apply --auto-approve").exits(0);
    assert_eq!(world.stored("cyd@example.com", "/title"), "Chief");
    somebody_sets(&world, "cyd@example.com", "chief");
    world.run("plan").exits(0).says("No changes.");
    somebody_sets(&world, "ada@example.com", "IT Support");
    world.run("plan").exits(0).says("\"chief\" → \"Chief\"");
    somebody_sets(&world, "ada@example.com", "it support");
    world
        .run("plan")
        .exits(0)
        .says("\"chief\" → \"Chief\"")
        .says("\"it support\" → \"IT Support\"");
}

#[test]
fn what_was_not_stored_is_not_done() {
    let people = [
        person("ada@example.com", "Head"),
        person("bob@example.com", "Writer"),
    ];
    let behaviour = Behaviour {
        storage: Storage::Without(vec!["title"]),
        answers: Answers::AsKept,
        ..Behaviour::default()
    };
    let world = World::new(behaviour, &people, &[]);
    world.declare(TITLES);
    world.run("apply --auto-approve").exits(3);
    world.declare(&TITLES.replace("IT Support", "Head of IT"));
    world.run("apply --auto-approve").exits(3);
    world.run("plan").exits(0).says("Plan: 2 to update.");
}

#[test]
fn without_state_the_dialect_says_what_the_service_rewrites() {
    let world = small_letters();
    world.project.write(
        "small.yaml",
        "name: small\nnormalises: { users: { title: [lower-case, { truncated: 13 }] } }\n",
    );
    world.configure("small.yaml");
    world.run("plan --detailed-exitcode").exits(0).says("No changes.");
    world.declare(&TITLES.replace("IT Support", "IT Support by night"));
    world.run("plan").exits(0).says("Plan: 1 to update.");
}

#[test]
fn losing_the_state_shows_the_text_again() {
    let world = small_letters();
    world.run("apply --auto-approve").exits(0);
    std::fs::remove_file(world.project.path(".wpsync/snapshot/learnt.json")).expect("removed");
    world
        .run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 2 to update.");
    let ran = world.run("plan").exits(0);
    assert!(
        !ran.stdout.contains("by hand"),
        "nobody did it by hand: {}",
        ran.stdout
    );
    world.project.write(".wpsync/snapshot/learnt.json", "{ not json");
    world
        .run("apply --auto-approve")
        .exits(0)
        .says("Apply complete: 2 unverified.");
    world.is_settled();
}

#[test]
fn a_name_in_decomposed_letters_is_applied_once() {
    let compose = |text: &str| text.replace("e\u{301}", "\u{e9}");
    let world = World::new(rewriting(compose), &[person("ada@example.com", "Caf\u{e9}")], &[]);
    world.declare("users:\n  - { userName: ada@example.com, title: \"Cafe\u{301}\" }\n");
    world
        .run("apply --auto-approve")
        .exits(0)
        .complains("1 text came back with composed accents (NFC)");
    world.is_settled();
}

#[test]
fn a_new_person_whose_title_comes_back_otherwise_is_made_once() {
    let world = World::new(rewriting(lower), &[], &[]);
    world.declare(TITLES);
    world
        .run("apply --auto-approve")
        .exits(0)
        .says("Apply complete: 2 created.");
    assert_eq!(world.service.stored(Kind::User).len(), 2);
    world.is_settled();
    world
        .run(&format!("undo {}", world.project.receipt().display()))
        .exits(0)
        .says("2 to delete");
}
