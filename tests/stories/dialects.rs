//! A service that nobody here has met is taught by a file alone.

use serde_json::Value as Json;

use crate::at_service::project_at;
use crate::sandbox::Sandbox;
use crate::stand_in::{Door, Line, Service as StandIn};
use crate::support::Project;

const PEOPLE: &str = "users:\n  - { userName: Ada@Example.com, externalId: '1', title: Countess, \
    nickName: A, active: true, phoneNumbers.work: '+44 20 7946' }\n  \
    - { userName: bob@example.com, externalId: '2', title: Builder, manager: Ada@Example.com }\n\
    groups:\n  - { displayName: Sales, members: [Ada@Example.com, bob@example.com] }\n";

const OWN: &str = "name: ours\nabout: A service that nobody else has.\nbase_url: https://scim.example.com\n\
    update: { users: put }\n\
    not_held: { users: [nickName] }\n\
    normalises: { users: { userName: [lower-case], phoneNumbers: [telephone] } }\nmembers_per_request: 1\n\
    delete: { users: none }\nrates: [{ requests: 500, seconds: 1 }]\n\
    sources: { others: { from: our own measurements, checked: 2026-11-21 } }\n";

#[test]
fn a_dialect_of_ones_own_drives_an_apply_and_the_next_plan_is_empty() {
    let project = Project::empty();
    let sandbox = Sandbox::start(&project, "");
    let config = format!(
        "version: 1\ndirectory: {{ scim: '{}', dialect: ours.yaml, token: {{ env: TOKEN }} }}\n\
         sources: [people.yaml]\n\
         manage: {{ users: {{ absent: delete, within: all }} }}\n\
         limits: {{ remove: 9, create: 9, update: 9 }}\n",
        sandbox.url
    );
    project.write("wpsync.yaml", &config);
    project.write("ours.yaml", OWN);
    project.write("people.yaml", PEOPLE);
    let run = |arguments: &str| {
        let ran = project.run_with(&[("TOKEN", &*sandbox.token)], arguments);
        (ran.code, ran.stdout, ran.stderr)
    };
    let (code, said, complained) = run("apply --auto-approve");
    assert_eq!(code, Some(0), "{said}{complained}");
    assert!(
        complained.contains("ours does not hold `nickName`") && complained.contains("does not delete people"),
        "{complained}"
    );
    assert!(said.contains("requests ("), "the plan says what it costs: {said}");
    let (code, said, complained) = run("plan --detailed-exitcode");
    assert_eq!(code, Some(0), "the next plan is empty: {said}{complained}");

    // Written as the service would store it, nothing differs.
    project.write("people.yaml", &PEOPLE.replace("+44 20 7946", "+44207946"));
    let (code, said, _) = run("plan --detailed-exitcode");
    assert_eq!(code, Some(0), "{said}");

    let gone =
        "  - { userName: bob@example.com, externalId: '2', title: Builder, manager: Ada@Example.com }\n";
    project.write(
        "people.yaml",
        &PEOPLE
            .replace(gone, "")
            .replace(", bob@example.com]", "]")
            .replace("Countess", "Analyst"),
    );
    let (code, said, complained) = run("apply --auto-approve");
    assert_eq!(code, Some(0), "{said}{complained}");
    assert!(
        said.contains("1 to deactivate") && !said.contains("to delete"),
        "{said}"
    );
    let (code, said, _) = run("plan --detailed-exitcode");
    assert_eq!(code, Some(0), "{said}");
}

/// A text without its line ends.
fn in_a_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_sandbox_says_how_it_is_used_and_behaves_as_the_service_does() {
    let project = Project::empty();
    project.write(
        "gone.yaml",
        "users:\n  - { userName: ada@example.com, externalId: '1', title: Countess }\n",
    );
    for (dialect, path, refusal) in [
        (
            "workvivo",
            "/scim/v2/scim",
            "workvivo wants name.givenName, name.familyName, emails.work with a new user",
        ),
        ("slack", "/scim/v2", ""),
        (
            "github-org",
            "/scim/v2/organizations/organization",
            "github-org wants name.givenName",
        ),
    ] {
        let sandbox = Sandbox::start(&project, &format!("--dialect {dialect}"));
        assert!(sandbox.url.ends_with(path), "{}", sandbox.url);
        let lines = format!(
            "directory:\n    scim: {}\n    dialect: {dialect}\n    token: {{ env: WPSYNC_TOKEN }}\n",
            sandbox.url
        );
        project.write(
            "wpsync.yaml",
            &format!("version: 1\n{lines}sources: [gone.yaml]\nlimits: {{ create: 9 }}\n"),
        );
        let run = |arguments: &str| {
            let ran = project.run_with(&[("WPSYNC_TOKEN", &*sandbox.token)], arguments);
            (ran.code, ran.stdout, ran.stderr)
        };
        let (code, said, complained) = run("apply --auto-approve");
        if refusal.is_empty() {
            assert_eq!(code, Some(0), "{dialect}: {said}{complained}");
            assert_eq!(run("plan --detailed-exitcode").0, Some(0), "{dialect}");
        } else {
            assert!(
                code == Some(0) && said.contains("1 person is held") && in_a_line(&said).contains(refusal),
                "{dialect}: {said}{complained}"
            );
        }
    }
    project
        .run("sandbox --dialect nothing")
        .exits(1)
        .complains("there is no dialect nothing");
}

#[test]
fn a_dialect_that_cannot_be_read_says_where_and_what_was_meant() {
    let project = Project::with_people("users:\n  - { userName: ada@example.com }\n");
    let configure = |dialect: &str| {
        let text = "version: 1\ndirectory: { scim: http://127.0.0.1:1/v2, token: { env: TOKEN }, \
                    dialect: DIALECT }\nsources: [people.yaml]\n";
        project.write("wpsync.yaml", &text.replace("DIALECT", dialect));
    };
    let plan = || project.run_with(&[("TOKEN", "secret")], "plan").exits(1);
    configure("slak");
    plan()
        .complains("there is no dialect slak")
        .complains("did you mean `slack`?");
    configure("ours.yaml");
    project.write("ours.yaml", "name: ours\nabout: ours\nclearng: remove\n");
    let ran = plan()
        .complains("ours.yaml:3:1: unknown field `clearng`")
        .complains("did you mean `clearing`? `wpsync schema dialect` says");
    assert_eq!(ran.stderr.lines().count(), 2, "{}", ran.stderr);
    configure("rfc7644");
    plan()
        .complains("cannot reach http://127.0.0.1:1/v2")
        .complains("may this machine connect to it?");
}

#[test]
fn f033_what_cannot_be_read_back_is_unverified_everywhere_and_the_next_plan_rests_on_the_last_apply() {
    let project = Project::empty();
    project.write(
        "ours.yaml",
        "name: ours\nabsent_members: hidden\nmax_concurrency: 2\n",
    );
    let sandbox = Sandbox::start(&project, "--dialect ours.yaml");
    let config = format!(
        "version: 1\ndirectory: {{ scim: '{}', dialect: ours.yaml, token: {{ env: TOKEN }} }}\n\
         sources: [people.yaml]\nlimits: {{ create: 9 }}\n",
        sandbox.url
    );
    project.write("wpsync.yaml", &config);
    let people = "users:\n  - { userName: ada@example.com }\n  - { userName: bob@example.com }\n\
                  groups:\n  - { displayName: Sales, members: [ada@example.com, bob@example.com] }\n";
    project.write("people.yaml", people);
    let token = [("TOKEN", &*sandbox.token)];
    let applied = project.run_with(&token, "apply --auto-approve").exits(0);
    let applied = applied
        .complains("nothing can be verified")
        .says("Apply complete: 2 created, 1 unverified.");
    applied.complains(
        "unverified create group:Sales: the directory took it, and does not tell who is in a group",
    );
    let receipt = project.receipt();
    let receipt = receipt.to_str().expect("a path");
    project
        .run(&format!("show {receipt}"))
        .exits(0)
        .says("2 of 3 changes done, 1 unverified")
        .says("unverified   create     group:Sales");
    project.run_with(&token, "plan --detailed-exitcode").exits(0);

    project.write("people.yaml", &people.replace(", bob@example.com]", "]"));
    project.run_with(&token, "plan --detailed-exitcode").exits(2);
    assert!(
        project
            .read("wpsync.plan.json")
            .contains("what the last apply left is taken for it"),
        "the plan says what it rests on"
    );
    project
        .run_with(&token, "apply --auto-approve")
        .exits(0)
        .says("1 unverified");
    project.run_with(&token, "plan --detailed-exitcode").exits(0);
}

#[test]
fn f097_writes_go_together_only_where_that_is_asked_for_and_the_dialect_knows_how_many() {
    let project = Project::empty();
    let sandbox = Sandbox::start(&project, "--record requests.jsonl");
    let configure = |bulk: &str| {
        project.write("ours.yaml", &format!("name: ours\n{bulk}"));
        let directory = format!(
            "{{ scim: '{}', dialect: ours.yaml, token: {{ env: TOKEN }} }}",
            sandbox.url
        );
        project.write(
            "wpsync.yaml",
            &format!(
                "version: 1\ndirectory: {directory}\nsources: [people.yaml]\nlimits: {{ create: 99 }}\n"
            ),
        );
    };
    let people = (0..20)
        .map(|number| format!("  - {{ userName: p{number}@example.com }}\n"))
        .collect::<Vec<_>>()
        .concat();
    project.write("people.yaml", &format!("users:\n{people}"));
    let token = [("TOKEN", &*sandbox.token)];
    configure("");
    let refused = project.run_with(&token, "apply --auto-approve --bulk").exits(1);
    refused.complains("the dialect ours does not say that the service takes Bulk requests; nothing was sent");
    configure("bulk: { operations: 50 }\n");
    project
        .run_with(&token, "apply --auto-approve --bulk")
        .exits(0)
        .says("Apply complete: 20 created.");
    let recorded = project.read("requests.jsonl");
    let count = |path: &str| {
        recorded
            .lines()
            .filter(|line| {
                line.contains(&format!("\"path\":\"{path}\"")) && line.contains("\"method\":\"POST\"")
            })
            .count()
    };
    // How many go together depends on the machine.
    let (together, alone) = (count("/Bulk"), count("/Users"));
    assert!(together > 0 && together + alone < 20, "{together} and {alone}");
    project.run_with(&token, "plan --detailed-exitcode").exits(0);
}

#[test]
fn a_plan_is_bound_to_what_the_client_reads_of_a_dialect_and_to_nothing_else_in_its_file() {
    let project = Project::empty();
    let sandbox = Sandbox::start(&project, "");
    project.write(
        "wpsync.yaml",
        &format!(
            "version: 1\ndirectory: {{ scim: '{}', dialect: ours.yaml, token: {{ env: TOKEN }} }}\n\
             sources: [people.yaml]\nlimits: {{ create: 9 }}\n",
            sandbox.url
        ),
    );
    project.write("people.yaml", PEOPLE);
    project.write("ours.yaml", OWN);
    let token = [("TOKEN", &*sandbox.token)];
    project.run_with(&token, "plan").exits(0);

    let slower = OWN.replace("requests: 500", "requests: 400");
    project.write("ours.yaml", &slower);
    project
        .run_with(&token, "apply wpsync.plan.json")
        .exits(4)
        .complains("the dialect of the directory is not the one that the plan was made with");

    let told_better = OWN
        .replace("about: A service", "about: A service of our own,")
        .replace("checked: 2026-11-21", "checked: 2026-11-22")
        .replace("name: ours\n", "# Measured again.\nname: ours\n");
    let emulated = "nulls: refused\nfilters: { otherwise: everybody }\n\
                    membership: { absent_removal: refused }\npage_max: 500\n";
    project.write("ours.yaml", &format!("{told_better}{emulated}"));
    project
        .run_with(&token, "show wpsync.plan.json --format json --wire")
        .exits(0);
    project.run_with(&token, "apply wpsync.plan.json").exits(0);
}

/// Makes a person at a service whose dialect has these rows. Gives the person's e-mail addresses as they are
/// stored.
fn addresses_of_a_new_person(rows: &str, person: &str) -> Json {
    let service = StandIn::new(2);
    let door = Door::open(Line::clear(&service));
    let project = project_at(
        &door,
        rows,
        &format!("users: [{{ userName: ada@example.com, {person} }}]\n"),
    );
    project
        .run_with(&[("TOKEN", "a-token")], "apply --auto-approve")
        .exits(0);
    service.contents_by_name()["ada@example.com"]["emails"].clone()
}

#[test]
fn no_address_is_marked_as_the_main_one_that_no_source_marks() {
    let undeclared = "emails.work: a@example.com, emails.home: b@example.com";
    let declared = format!("{undeclared}, emails.home.primary: true");
    let stored = addresses_of_a_new_person("", undeclared);
    assert!(!stored.to_string().contains("primary"), "{stored}");
    let stored = addresses_of_a_new_person("", &declared);
    assert!(stored.to_string().contains("primary"), "{stored}");
    let stored = addresses_of_a_new_person("not_held: { users: [emails.primary] }\n", &declared);
    assert!(!stored.to_string().contains("primary"), "{stored}");
    let stored = addresses_of_a_new_person("primary: marked\n", undeclared);
    assert!(stored.to_string().contains("primary"), "{stored}");
}
