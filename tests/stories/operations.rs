//! What an operator has of an apply besides its output: a log with the fields of Entra's, a message to a
//! webhook, a directory that is left alone after it has failed too often, errors of a service explained.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::{Project, Ran};

/// A service that has nobody, refuses everybody with the error of an unverified domain, and takes messages at
/// `/hook`.
struct Unwilling {
    address: String,
    messages: Arc<Mutex<Vec<String>>>,
}

impl Unwilling {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let messages = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&messages);
        std::thread::spawn(move || {
            listener
                .incoming()
                .flatten()
                .for_each(|stream| answer(stream, &kept))
        });
        Self { address, messages }
    }

    fn project(&self) -> Project {
        let project = Project::empty();
        let config = format!(
            "version: 1\ndirectory: {{ scim: 'http://{}', dialect: workplace, \
             token: {{ env: WPSYNC_TOKEN }} }}\nsources: [people.yaml]\n",
            self.address
        );
        project.write("wpsync.yaml", &config);
        project.write(
            "people.yaml",
            "users:\n  - { userName: ada@example.com, name.formatted: Ada L, title: Boss }\n",
        );
        project
    }
}

fn answer(stream: TcpStream, messages: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    let mut length = 0;
    reader.read_line(&mut first).expect("a request");
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a header");
        if line.trim().is_empty() {
            break;
        }
        if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let (status, text) = match first.split(' ').collect::<Vec<_>>()[..] {
        ["GET", path, _] if path.starts_with("/Users") => (
            "200 OK",
            concat!(
                r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"#,
                r#""startIndex":1,"itemsPerPage":0,"Resources":[]}"#,
            ),
        ),
        ["POST", "/hook/secret", _] => {
            messages
                .lock()
                .expect("messages")
                .push(String::from_utf8(body).expect("text"));
            ("200 OK", "ok")
        }
        ["POST", ..] => (
            "400 Bad Request",
            concat!(
                r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","#,
                r#""detail":"(#1789003) Invalid parameter"}"#,
            ),
        ),
        _ => (
            "404 Not Found",
            concat!(
                r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404","#,
                r#""detail":"nothing here"}"#,
            ),
        ),
    };
    let mut stream = reader.into_inner();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/scim+json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        text.len()
    );
    let _ = stream.write_all((head + text).as_bytes());
}

const TOKEN: (&str, &str) = ("WPSYNC_TOKEN", "a-token-of-tests");

fn apply(project: &Project, more: &str) -> Ran {
    project.run_with(&[TOKEN], &format!("apply --auto-approve {more}"))
}

#[test]
fn a_directory_that_refuses_what_it_is_asked_for_is_in_no_quarantine() {
    let service = Unwilling::start();
    let project = service.project();
    for _ in 0..4 {
        apply(&project, "")
            .exits(1)
            .complains("the e-mail's domain is not verified at this service")
            .complains("leave these people out with a `scope`");
    }
}

#[test]
fn each_operation_is_a_line_with_the_fields_of_entras_log() {
    let service = Unwilling::start();
    let project = service.project();
    apply(&project, "--log log.jsonl").exits(1);
    let refused: Value =
        serde_json::from_str(project.read("log.jsonl").lines().next().expect("a line")).expect("JSON");
    assert_eq!(refused["provisioningAction"], "create");
    assert_eq!(refused["provisioningStatusInfo"]["status"], "failure");
    assert!(
        refused["provisioningStatusInfo"]["errorInformation"]["reason"]
            .as_str()
            .expect("a reason")
            .contains("1789003")
    );
    assert!(!refused.to_string().contains("a-token-of-tests"));

    let project = Project::with_people("users:\n  - { userName: ada, title: Boss }\n");
    project.run("apply --auto-approve --log log.jsonl").exits(0);
    project.edit("people.yaml", "Boss", "Chief");
    project.run("apply --auto-approve --log log.jsonl").exits(0);
    let lines: Vec<Value> = project
        .read("log.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            format!(
                "{} {} {}",
                line["provisioningAction"],
                line["targetIdentity"]["displayName"],
                line["provisioningStatusInfo"]["status"]
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            r#""create" "user:ada" "success""#,
            r#""update" "user:ada" "success""#
        ]
    );
    assert_eq!(
        lines[1]["modifiedProperties"],
        serde_json::json!([{ "displayName": "title" }]),
        "names, and no values"
    );
    for field in [
        "id",
        "activityDateTime",
        "changeId",
        "cycleId",
        "jobId",
        "durationInMilliseconds",
        "sourceSystem",
        "targetSystem",
        "provisioningSteps",
    ] {
        assert!(!lines[1][field].is_null(), "{field}");
    }
    project.edit("people.yaml", "Chief", "Head");
    project
        .run("apply --auto-approve --log nowhere/log.jsonl")
        .exits(1)
        .complains("nothing was sent");
}

#[test]
fn a_webhook_is_told_the_summary_and_nobodys_name() {
    let service = Unwilling::start();
    let project = Project::with_people("users:\n  - { userName: grace, title: Boss }\n");
    let hook = format!("http://{}/hook/secret", service.address);
    project
        .run_with(&[("WPSYNC_NOTIFY", hook.as_str())], "apply --auto-approve")
        .exits(0)
        .complains("Notified 127.0.0.1.");
    let messages = service.messages.lock().expect("messages").clone();
    let message: Value = serde_json::from_str(&messages[0]).expect("JSON");
    assert_eq!(
        (&message["verdict"], &message["outcomes"]["done"]),
        (&"applied".into(), &1.into())
    );
    assert!(
        !messages[0].contains("grace") && !messages[0].contains("Boss"),
        "{}",
        messages[0]
    );

    project.edit("people.yaml", "Boss", "Chief");
    let gone = format!("http://{}/gone", service.address);
    let ran = project
        .run_with(&[("WPSYNC_NOTIFY", gone.as_str())], "apply --auto-approve")
        .exits(0);
    assert!(
        ran.complains("did not take the notification: it answered 400")
            .stderr
            .contains("the result above is true")
    );
    project.edit("people.yaml", "Chief", "Head");
    for wrong in [
        "http://hooks.example.com/secret-path",
        "not an address",
        "https://user:secret-path@hooks.example.com",
    ] {
        let ran = project
            .run_with(&[("WPSYNC_NOTIFY", wrong)], "apply --auto-approve")
            .exits(1)
            .complains("WPSYNC_NOTIFY");
        assert!(!ran.stderr.contains("secret-path"), "the address is not repeated");
    }
}
