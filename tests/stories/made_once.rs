//! What was made is known by its id: at a service that stores another name than was sent, the same apply and
//! the next plan make nobody a second time.

use serde_json::Value as Json;
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::{Asked, Behaviour, Fault, Filters, Names, Storage};

/// A service at which a name has a domain, and which takes a name twice.
fn with_a_domain() -> Behaviour {
    let stored = |resource: &mut Json| {
        let name = resource["userName"].as_str().unwrap_or_default().to_owned();
        if !name.is_empty() && !name.contains('@') {
            resource["userName"] = format!("{name}@tenant.example").into();
        }
    };
    Behaviour {
        storage: Storage::rewritten(stored),
        names: Names::Shared,
        ..Behaviour::default()
    }
}

/// The names of all accounts.
fn names(at: &AtService) -> Vec<String> {
    let users = at.service.stored(Kind::User);
    let name = |user: &Json| user["userName"].as_str().unwrap_or_default().to_owned();
    let mut names: Vec<String> = users.iter().map(name).collect();
    names.sort();
    names
}

const SENT: &str = "users:\n  - { userName: ada, title: Dev }\n  - { userName: bob, title: Ops }\n";
const BOTH: [&str; 2] = ["ada@tenant.example", "bob@tenant.example"];

/// An apply to such a service, run three times.
fn applied() -> AtService {
    let at = AtService::new(with_a_domain(), "rfc7644");
    at.declare(SENT);
    at.run("plan").exits(0);
    for _ in 0..3 {
        let ran = at.run("apply wpsync.plan.json").exits(3);
        let ran = ran
            .complains("userName was sent as \"ada\" and is stored as \"ada@tenant.example\"")
            .complains("declare it as it is stored")
            .complains("make a new plan");
        assert!(!ran.stderr.contains("run the same apply again"), "{}", ran.stderr);
        assert_eq!(names(&at), BOTH);
    }
    at
}

#[test]
fn the_same_apply_again_makes_nobody_twice_where_names_get_a_domain_and_the_way_out_helps() {
    let at = applied();
    at.declare(
        &SENT
            .replace("ada", "ada@tenant.example")
            .replace("bob", "bob@tenant.example"),
    );
    at.run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes. The directory is as the sources say.");
}

#[test]
fn the_next_plan_knows_by_id_what_an_apply_made_that_was_killed() {
    let at = applied();
    // A run that is killed leaves its journal, and no receipt.
    for entry in std::fs::read_dir(at.project.path(".wpsync/receipts")).expect("receipts") {
        let path = entry.expect("an entry").path();
        if !path.to_string_lossy().ends_with(".plan.json") {
            std::fs::remove_file(path).expect("removed");
        }
    }
    let ran = at.run("plan").exits(0);
    assert!(!ran.stdout.contains("to create"), "{}", ran.stdout);
    assert!(ran.stdout.contains("2 to update"), "{}", ran.stdout);
    // Without the journal, nothing says that they are ours.
    std::fs::remove_dir_all(at.project.path(".wpsync")).expect("removed");
    at.run("plan").exits(0).says("2 to create");
}

#[test]
fn a_plan_does_not_fail_where_look_ups_find_everybody_and_its_list_is_believed() {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.declare(SENT);
    at.run("apply --auto-approve").exits(0);
    at.service.behave(Behaviour {
        filters: Filters::Everybody,
        names: Names::Shared,
        ..Behaviour::default()
    });
    at.declare(&format!("{SENT}  - {{ userName: cyd, title: Dev }}\n"));
    at.run("apply --auto-approve").exits(0);
    assert_eq!(names(&at), ["ada", "bob", "cyd"]);
}

#[test]
fn what_nobody_can_tell_is_named_and_somebody_is_to_look() {
    let at = AtService::new(
        Behaviour {
            filters: Filters::Nobody,
            names: Names::Shared,
            ..Behaviour::default()
        },
        "rfc7644",
    );
    at.declare("users:\n  - { userName: ada, title: Dev }\n");
    at.run("plan").exits(0);
    // The answer to the create has no id, and from then on the list cannot be read.
    at.script(Box::new(|asked: &Asked<'_>| match asked.write() {
        Some(_) => Some(Fault::NoId201),
        None if asked.writes > 0 && asked.request.path == "/Users" => Some(Fault::Status(501)),
        None => None,
    }));
    at.run("apply wpsync.plan.json")
        .exits(3)
        .complains("unknown, look at it")
        .complains("has no id")
        .complains("look for user:ada in the directory, and make a new plan when you know what is there");
    assert_eq!(names(&at), ["ada"]);
    // Whoever looked makes a new plan, which finds ada.
    at.script(Box::new(|_| None));
    at.run("plan --detailed-exitcode").exits(0);
}
