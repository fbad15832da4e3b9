//! `doctor` tells what a service really does, and nothing of the people in it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use serde_json::json;
use wpsync::model::Kind;

use crate::at_service::project_at;
use crate::sandbox::Sandbox;
use crate::stand_in::{Asked, Behaviour, Door as Entrance, Fault, Line, Members, Service};
use crate::support::Project;

const TOKEN: &str = "canary-token-3141592653";

#[test]
fn the_embedded_directory_is_well() {
    let project = Project::example("quickstart");
    project.run("apply --auto-approve").exits(0);
    let before = project.exported();
    let ran = project.run("doctor").exits(0);
    ran.says("local:directory.db in the dialect local")
        .says("token")
        .says("accepted")
        .says("users: find by userName")
        .says("found, and nobody else")
        .says("4 of 4 rows have them")
        .says("Problems: 0");
    assert_eq!(project.exported(), before);
}

#[test]
fn an_empty_directory_is_well_too() {
    let project = Project::example("quickstart");
    project
        .run("doctor")
        .exits(0)
        .says("nobody on the first page has one")
        .says("there are none");
}

#[test]
fn a_report_names_nobody() {
    let project = Project::example("quickstart");
    project.run("apply --auto-approve").exits(0);
    let ran = project.run("--json doctor").exits(0);
    let people = project.exported();
    let names = people
        .lines()
        .filter_map(|line| line.split_once("userName: "))
        .map(|(_, name)| name.trim());
    for name in names.chain(["Engineering", "Everyone", "E103"]) {
        assert!(!ran.stdout.contains(name), "{name}");
    }
    let event = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let event = event
        .into_iter()
        .find(|event| event["type"] == "doctor")
        .expect("the report");
    let checks = event["report"]["checks"].as_array().expect("checks");
    assert!(
        checks.len() > 20 && checks.iter().all(|check| check["verdict"] != "problem"),
        "{event}"
    );
}

/// A service that answers every question with everybody, in pages of two, and lists groups without their
/// members.
fn liar() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut lines = BufReader::new(stream.try_clone().expect("a stream"))
                .lines()
                .map_while(Result::ok);
            let line = lines.next().unwrap_or_default();
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            let _ = lines.take_while(|line| !line.is_empty()).count();
            let (status, body) = answer(&path);
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/scim+json\r\nContent-Length: {}\r\n",
                body.len()
            );
            let _ = stream.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes());
        }
    });
    address
}

fn answer(path: &str) -> (&'static str, &'static str) {
    const USERS: &str = concat!(
        r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":5,"#,
        r#""Resources":[{"id":"secret-id-1","userName":"ada@secret.example"},"#,
        r#"{"id":"secret-id-2","userName":"bob@secret.example"}]}"#,
    );
    const GROUPS: &str = concat!(
        r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":1,"#,
        r#""Resources":[{"id":"secret-id-3","displayName":"Secret Sales"}]}"#,
    );
    match path.split('?').next().unwrap_or_default() {
        "/v2/Users" => ("200 OK", USERS),
        "/v2/Groups" => ("200 OK", GROUPS),
        "/v2/Groups/secret-id-3" => (
            "200 OK",
            r#"{"id":"secret-id-3","displayName":"Secret Sales","members":[{"value":"secret-id-1"}]}"#,
        ),
        _ => ("404 Not Found", r#"{"detail":"ada@secret.example is not here"}"#),
    }
}

#[test]
fn f034_lies_are_told_with_a_way_out_and_nothing_leaks() {
    let project = Project::empty();
    let address = liar();
    let config = format!(
        "version: 1\ndirectory:\n  scim: http://{address}/v2\n  dialect: ours.yaml\n  \
         token: {{ env: TOKEN }}\nsources: [people.yaml]\n"
    );
    project.write("wpsync.yaml", &config);
    project.write("ours.yaml", "name: ours\nabsent_members: empty\npaging: index\n");
    project.write("people.yaml", "users: []\n");
    let text = project.run_with(&[("TOKEN", TOKEN)], "doctor").exits(1);
    let text = text
        .says("the filter is ignored: others are returned")
        .says("take userName out of `lookup: users:`")
        .says("2 rows of page one again")
        .says("set `page_size: 2`")
        .says("everybody is returned")
        .says("set `absent_members: unknown`");
    let json = project.run_with(&[("TOKEN", TOKEN)], "--json -v doctor").exits(1);
    for secret in [TOKEN, "secret", "ada@", "Sales"] {
        for output in [&text.stdout, &text.stderr, &json.stdout, &json.stderr] {
            assert!(!output.contains(secret), "{secret} is in {output}");
        }
    }
}

#[test]
fn a_service_that_is_not_there_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let project = Project::empty();
    let config = format!(
        "version: 1\ndirectory: {{ scim: 'http://{address}/v2', token: {{ env: TOKEN }} }}\n\
         sources: [people.yaml]\n"
    );
    project.write("wpsync.yaml", &config);
    project.write("people.yaml", "users: []\n");
    project
        .run_with(&[("TOKEN", TOKEN)], "doctor")
        .exits(1)
        .complains("cannot reach");
}

const TOKENS: [(&str, &str); 1] = [("TOKEN", TOKEN)];

/// A service with a person and a group, and a project whose dialect has these rows.
fn at_a_service(behaviour: Behaviour, rows: &str) -> (Arc<Service>, Entrance, Project) {
    let service = Service::behaving(4, behaviour);
    let person = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@example.com", "externalId": "E1", "title": "Engineer",
    });
    let ids = service.load(Kind::User, vec![person]);
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Ops", "members": [{ "value": ids[0] }],
    });
    service.load(Kind::Group, vec![group]);
    let door = Entrance::open(Line::clear(&service));
    let project = project_at(&door, rows, "users: [{ userName: ada@example.com }]\n");
    (service, door, project)
}

/// The rows that a report suggests, as a dialect file.
fn pasted(report: &str) -> String {
    let rows = report.split("dialect file of your own:\n").nth(1).expect("rows");
    let rows = rows.lines().take_while(|line| line.starts_with("  "));
    rows.fold("name: ours\n".to_owned(), |text, row| text + row.trim() + "\n")
}

#[test]
fn members_that_a_list_leaves_out_are_no_problem_and_cost_a_request_each() {
    let behaviour = Behaviour {
        members: Members::Unlisted,
        ..Behaviour::default()
    };
    let (_service, _door, project) = at_a_service(behaviour, "");
    project
        .run_with(&TOKENS, "doctor")
        .exits(0)
        .says("0 of 1 rows have them; of 1 read, 1 had some that the row hides")
        .says("a plan reads each declared group that comes without members by id");
}

#[test]
fn an_attribute_that_only_lists_have_is_a_problem_and_the_row_that_is_pasted_ends_it() {
    let behaviour = Behaviour {
        only_listed: vec!["externalId"],
        ..Behaviour::default()
    };
    let (_service, _door, project) = at_a_service(behaviour, "lookup: { users: [userName], groups: [] }\n");
    let ran = project
        .run_with(&TOKENS, "doctor")
        .exits(1)
        .says("only in the list: externalId")
        .says("not_held: { users: [externalId], groups: [] }");
    project.write("ours.yaml", &pasted(&ran.stdout));
    project.run_with(&TOKENS, "doctor").exits(0);
}

#[test]
fn an_attribute_that_lists_leave_out_is_named() {
    let behaviour = Behaviour {
        unlisted: vec!["externalId", "title"],
        ..Behaviour::default()
    };
    let (_service, _door, project) = at_a_service(behaviour, "");
    project
        .run_with(&TOKENS, "doctor")
        .exits(0)
        .says("only by id: externalId, title");
}

#[test]
fn a_service_without_groups_and_without_pages_is_asked_for_neither() {
    let rows = "groups: none\npaging: none\n";
    let (service, _door, project) = at_a_service(Behaviour::default(), rows);
    project.run_with(&TOKENS, "doctor").exits(0).says("groups none");
    let wrong = service.requests_that(|exchange| {
        let asked = exchange.in_short();
        ["/Groups", "count=", "startIndex=", "cursor="]
            .iter()
            .any(|word| asked.contains(word))
    });
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn groups_that_are_refused_are_a_problem_that_a_plan_meets_too() {
    let (service, door, project) = at_a_service(Behaviour::default(), "");
    let refuse = |asked: &Asked<'_>| {
        let is_of_groups = asked.request.path.starts_with("/Groups");
        is_of_groups.then_some(Fault::Status(404))
    };
    door.switch(Line::disturbed(&service, Box::new(refuse)));
    let ran = project.run_with(&TOKENS, "doctor").exits(1).says("groups: none");
    project
        .run_with(&TOKENS, "plan")
        .exits(1)
        .complains("listing groups");
    project.write("ours.yaml", &pasted(&ran.stdout));
    project.run_with(&TOKENS, "doctor").exits(0);
    project.run_with(&TOKENS, "plan").exits(0);
}

#[test]
fn a_total_that_counts_the_page_is_found_and_the_row_makes_the_plan_possible() {
    let project = Project::empty();
    project.write("theirs.yaml", "name: theirs\ntotals: page\npage_max: 3\n");
    let sandbox = Sandbox::start(&project, "--dialect theirs.yaml");
    let config = format!(
        "version: 1\ndirectory: {{ scim: '{}', dialect: ours.yaml, token: {{ env: TOKEN }} }}\n\
         sources: [people.yaml]\n",
        sandbox.url
    );
    let token = [("TOKEN", &*sandbox.token)];
    project.write("wpsync.yaml", &config);
    project.write("ours.yaml", "name: ours\ntotals: page\npage_size: 3\n");
    let people = (0..5).fold("users:\n".to_owned(), |text, number| {
        text + &format!("  - {{ userName: p{number}@example.com }}\n")
    });
    project.write("people.yaml", &people);
    project.run_with(&token, "apply --auto-approve").exits(0);
    project
        .run_with(&token, "plan --detailed-exitcode")
        .exits(0)
        .says("5 users");

    project.write("ours.yaml", "name: ours\npage_size: 3\n");
    project.run_with(&token, "plan").exits(1);
    let ran = project
        .run_with(&token, "doctor")
        .exits(1)
        .says("totalResults counts the page");
    project.write("ours.yaml", &pasted(&ran.stdout));
    project.run_with(&token, "doctor").exits(0);
    project
        .run_with(&token, "plan --detailed-exitcode")
        .exits(0)
        .says("5 users");
}
