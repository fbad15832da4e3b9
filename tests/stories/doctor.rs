//! `doctor` tells what a service really does, and nothing of the people in it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

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
