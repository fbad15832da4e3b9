//! Two runners that create the same people at once: where the service refuses no second account of a name, an
//! apply says which names are there twice; where it does, nothing is said.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::at_service::{AtService, project_at};
use crate::stand_in::{Behaviour, Door, Exchange, Fault, Filters, Line, Names, Operation, Service, body};
use crate::support::{Project, Ran};

const TWO: &str = "users:\n  - { userName: ada@example.com }\n  - { userName: bob@example.com }\n";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ROWS: &str = "name: ours\nversions: ignored\n";

fn sharing(filters: Filters) -> Behaviour {
    Behaviour {
        names: Names::Shared,
        filters,
        ..Behaviour::default()
    }
}

/// While a command runs, another runner creates what comes first once more, in its own spelling.
fn another_runner(at: &AtService, operation: Operation, spelling: fn(&str) -> String) {
    let service = Arc::clone(&at.service);
    at.script(Box::new(move |asked| {
        if asked.operation == operation && asked.occurrence == 1 {
            let (kind, name) = match operation {
                Operation::CreateGroup => (Kind::Group, "displayName"),
                _ => (Kind::User, "userName"),
            };
            let mut made = body(asked.request);
            made[name] = spelling(made[name].as_str().expect("a name")).into();
            service.load(kind, vec![made]);
        }
        None
    }));
}

/// The ids of everybody of a name, in small letters, as the service stores them.
fn ids(service: &Service, kind: Kind) -> BTreeMap<String, Vec<String>> {
    let text = |row: &Json, name: &str| row[name].as_str().map(str::to_owned);
    let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in service.stored(kind) {
        let name = text(&row, "userName").or_else(|| text(&row, "displayName"));
        let name = name.expect("a name").to_lowercase();
        ids.entry(name)
            .or_default()
            .push(text(&row, "id").expect("an id"));
    }
    ids
}

#[test]
fn whom_another_runner_made_at_the_same_time_is_named_with_both_ids() {
    for filters in [
        Filters::Work,
        Filters::Nobody,
        Filters::Everybody,
        Filters::CaseExact,
        Filters::Refused(400),
    ] {
        let at = AtService::new(sharing(filters), ROWS);
        at.declare(TWO);
        at.run("plan").exits(0);
        another_runner(&at, Operation::CreateUser, str::to_owned);
        let ran = at.run("apply wpsync.plan.json").exits(3);
        assert_eq!(
            ran.stdout, "Applied, and 1 name is there twice: 2 created.\n",
            "{filters:?}: {ran:?}"
        );
        let stored = ids(&at.service, Kind::User);
        let twice: Vec<_> = stored.iter().filter(|(_, ids)| ids.len() > 1).collect();
        let [(name, both)] = twice[..] else {
            panic!("one name is there twice: {stored:?}");
        };
        for text in [
            &format!("twice    user:{name}: the same userName have ids"),
            &both[0],
            &both[1],
        ] {
            assert!(ran.stderr.contains(text), "{filters:?}: {text} is not in {ran:?}");
        }
        let ran = ran.complains("delete those that nobody uses");
        assert!(!ran.stderr.contains("same apply"), "{ran:?}");
        // Until somebody has looked, no plan calls the directory as declared, and the same apply says it
        // again.
        at.script(Box::new(|_| None));
        let plan = at.run("plan --out again.json --detailed-exitcode");
        assert!(
            plan.code == Some(2) && plan.stdout.contains("1 person is held"),
            "{filters:?}: {plan:?}"
        );
        at.run("apply wpsync.plan.json").exits(3).says("there twice");
        // The receipt names them too.
        let receipt: Json =
            serde_json::from_slice(&std::fs::read(at.project.receipt()).expect("read")).expect("JSON");
        assert_eq!(receipt["verdict"], "partial");
        let named = receipt["duplicates"][0]["ids"].as_array().expect("ids");
        assert_eq!(named.len(), 2, "{receipt}");
        assert!(both.iter().all(|id| named.contains(&json!(id))), "{receipt}");
    }
}

#[test]
fn a_name_that_differs_in_capitals_alone_is_the_same_name() {
    let at = AtService::new(sharing(Filters::Nobody), ROWS);
    at.declare(TWO);
    at.run("plan").exits(0);
    another_runner(&at, Operation::CreateUser, str::to_uppercase);
    at.run("apply wpsync.plan.json")
        .exits(3)
        .says("Applied, and 1 name is there twice: 2 created.");
    // Another name is not.
    let at = AtService::new(sharing(Filters::Nobody), ROWS);
    at.declare(TWO);
    at.run("plan").exits(0);
    another_runner(&at, Operation::CreateUser, |name| format!("x{name}"));
    at.run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete: 2 created.");
}

#[test]
fn where_names_are_one_persons_nothing_is_there_twice_and_nothing_is_said() {
    for filters in [
        Filters::Work,
        Filters::Nobody,
        Filters::Everybody,
        Filters::CaseExact,
        Filters::Refused(400),
    ] {
        let at = AtService::new(
            Behaviour {
                filters,
                ..Behaviour::default()
            },
            ROWS,
        );
        at.declare(TWO);
        at.run("plan").exits(0);
        let ran = at.run("apply wpsync.plan.json").exits(0);
        assert_eq!(ran.stdout, "Apply complete: 2 created.\n", "{filters:?}: {ran:?}");
        assert!(!ran.stderr.contains("twice"), "{ran:?}");
        let stored = ids(&at.service, Kind::User);
        assert!(stored.len() == 2 && stored.values().all(|ids| ids.len() == 1));
    }
}

#[test]
fn a_group_that_another_runner_made_is_named_and_the_way_out_helps() {
    let at = AtService::new(sharing(Filters::Work), ROWS);
    at.declare("groups:\n  - { displayName: Sales }\n");
    at.run("plan").exits(0);
    another_runner(&at, Operation::CreateGroup, str::to_owned);
    let ran = at.run("apply wpsync.plan.json").exits(3);
    assert!(ran.stderr.contains("twice    group:Sales"), "{ran:?}");
    // Whichever of the two goes, a new plan has nothing to do.
    let both = ids(&at.service, Kind::Group)["sales"].clone();
    let mut gone = wpsync::wire::Request::new(wpsync::dialect::Method::Delete, &[]);
    gone.path = format!("/Groups/{}", both[0]);
    assert_eq!(at.service.ask(gone).status, 204);
    at.run("plan").exits(0).says("No changes.");
}

#[test]
fn among_many_who_are_created_the_one_who_is_there_twice_is_found_in_the_list_that_was_read_anyway() {
    let people = (0..60).fold("users:\n".to_owned(), |text, number| {
        text + &format!("  - {{ userName: p{number}@example.com, externalId: E{number} }}\n")
    });
    let at = AtService::new(sharing(Filters::Work), ROWS);
    at.declare(&people);
    at.run("plan --waive create=60:new").exits(0);
    another_runner(&at, Operation::CreateUser, str::to_owned);
    at.service.forget();
    at.run("apply wpsync.plan.json")
        .exits(3)
        .says("Applied, and 1 name is there twice: 60 created.");
    let is_page =
        |one: &Exchange| one.operation == Operation::ListUsers && one.request.query.contains("startIndex");
    let history = at.service.history();
    let since_the_first_create = history.iter().skip_while(|one| !one.is_write());
    let pages = since_the_first_create.filter(|one| is_page(one)).count();
    assert!(pages <= 2, "one list, and its end: {pages} pages");
}

#[test]
fn in_a_large_directory_a_look_up_tells_where_it_finds_what_was_just_created_and_a_list_where_not() {
    for (filters, lists) in [(Filters::Work, false), (Filters::Nobody, true)] {
        let at = AtService::new(sharing(filters), ROWS);
        let there =
            |number: usize| json!({ "schemas": [USER], "userName": format!("p{number}@example.com") });
        at.service.load(Kind::User, (0..300).map(there).collect());
        at.declare("users:\n  - { userName: ada@example.com }\n");
        at.run("plan").exits(0);
        another_runner(&at, Operation::CreateUser, str::to_owned);
        at.service.forget();
        let ran = at.run("apply wpsync.plan.json").exits(3);
        assert!(ran.stderr.contains("twice    user:ada@example.com"), "{ran:?}");
        let history = at.service.history();
        let since = history.iter().skip_while(|one| !one.is_write());
        let pages = since.filter(|one| one.operation == Operation::ListUsers).count();
        assert_eq!(pages > 0, lists, "{filters:?}: {pages} pages");
    }
}

#[test]
fn where_nobody_can_look_the_apply_says_so_and_the_same_apply_looks_again() {
    let at = AtService::new(sharing(Filters::Work), ROWS);
    at.declare(TWO);
    at.run("plan").exits(0);
    let mut has_written = false;
    at.script(Box::new(move |asked| {
        has_written |= asked.operation.is_create();
        (has_written && asked.operation.is_list()).then_some(Fault::Status(403))
    }));
    let ran = at.run("apply wpsync.plan.json").exits(3);
    assert!(
        ran.stdout
            .starts_with("Applied, and nobody looked whether something is there twice ("),
        "{ran:?}"
    );
    ran.complains("run the same apply again");
    at.script(Box::new(|_| None));
    at.run("apply wpsync.plan.json")
        .exits(0)
        .says("Nothing to do, the plan is applied already: 2 already done.");
}

/// Two commands at once, each of a project of its own with the same people: what each ended with, and which
/// names are there twice.
fn two_commands(names: Names) -> (Vec<Ran>, Vec<String>) {
    let service = Service::behaving(
        5,
        Behaviour {
            names,
            ..Behaviour::default()
        },
    );
    let door = Door::open(Line::clear(&service));
    let people = (0..8).fold("users:\n".to_owned(), |text, number| {
        text + &format!("  - {{ userName: p{number}@example.com }}\n")
    });
    let projects = [0, 1].map(|_| project_at(&door, "versions: ignored\n", &people));
    let run = |project: &Project, arguments| project.run_with(&[("TOKEN", "t0ken")], arguments);
    for project in &projects {
        run(project, "plan").exits(0);
    }
    let ran = std::thread::scope(|scope| {
        let running = projects.each_ref().map(|project| {
            let apply = "apply wpsync.plan.json --parallelism 1";
            scope.spawn(move || run(project, apply))
        });
        running.map(|thread| thread.join().expect("an end"))
    });
    let twice = ids(&service, Kind::User)
        .into_iter()
        .filter(|(_, ids)| ids.len() > 1);
    (ran.into(), twice.map(|(name, _)| name).collect())
}

#[test]
fn of_two_commands_at_once_one_says_who_is_there_twice_or_nobody_is() {
    for _ in 0..3 {
        let (ran, twice) = two_commands(Names::Shared);
        for name in &twice {
            let said = format!("twice    user:{name}:");
            assert!(
                ran.iter().any(|ran| ran.stderr.contains(&said)),
                "{name}: {ran:?}"
            );
        }
        for ran in ran {
            let says = ran.stdout.contains("there twice");
            assert_eq!(ran.code, Some(if says { 3 } else { 0 }), "{ran:?}");
        }
        let (ran, twice) = two_commands(Names::Unique);
        assert_eq!(twice, &[] as &[String]);
        for ran in ran {
            assert!(!ran.exits(0).stdout.contains("twice"));
        }
    }
}

#[test]
fn a_redacted_apply_names_nobody_who_is_there_twice() {
    let at = AtService::new(sharing(Filters::Work), ROWS);
    at.declare(TWO);
    at.run("plan").exits(0);
    another_runner(&at, Operation::CreateUser, str::to_owned);
    let ran = at.run("apply wpsync.plan.json --redact ids").exits(3);
    assert!(!format!("{ran:?}").contains("@example.com"), "{ran:?}");
    ran.complains("the receipt says which");
}
