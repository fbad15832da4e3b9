//! What it did, at 3 a.m.: `-v` tells each request, and `--trace` writes everything into a file.

use serde_json::Value as Json;

use crate::sandbox::Sandbox;
use crate::support::{Project, Ran};

const PEOPLE: &str = "users:\n  - { userName: ada@example.com, externalId: x-ada, title: Countess }\n\
                      groups:\n  - { displayName: Sales, members: [ada@example.com] }\n";

/// The lines of stderr with every number as `N`.
fn lines(ran: &Ran) -> Vec<String> {
    let number = regex::Regex::new("[0-9]+").expect("a pattern");
    let lines = ran.stderr.lines();
    lines
        .map(|line| number.replace_all(line, "N").into_owned())
        .collect()
}

fn events(text: &str) -> Vec<Json> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a JSON line"))
        .collect()
}

#[test]
fn a_verbose_plan_tells_its_requests_and_prints_the_same_plan() {
    let project = Project::with_people(PEOPLE);
    let quiet = project.run("plan").exits(0);
    let loud = project.run("plan -v").exits(0);
    let unnamed = |text: &str| {
        let lines = text
            .lines()
            .filter(|line| !line.contains("sha256") && !line.contains("expires"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(unnamed(&quiet.stdout), unnamed(&loud.stdout));
    let lines = lines(&loud);
    for line in [
        "GET /ServiceProviderConfig: N in N ms",
        "GET /Users?count=N&startIndex=N: N in N ms",
        "GET /Groups?count=N&startIndex=N: N in N ms",
    ] {
        assert!(lines.iter().any(|told| told == line), "{line}: {lines:?}");
    }
    assert!(!quiet.stderr.contains("GET "), "{}", quiet.stderr);
}

#[test]
fn a_verbose_apply_tells_which_change_a_request_is_for_and_no_body() {
    let project = Project::with_people(PEOPLE);
    let ran = project.run("apply --auto-approve -v").exits(0);
    let lines = lines(&ran);
    for line in [
        "user:ada@example.com: to do: externalId, title, userName",
        "user:ada@example.com: POST /Users: N in N ms",
        "user:ada@example.com: done",
        "group:Sales: to do: displayName, members",
    ] {
        assert!(lines.iter().any(|told| told == line), "{line}: {lines:?}");
    }
    assert!(
        !ran.stderr.contains("Countess"),
        "no body is on stderr: {}",
        ran.stderr
    );
}

#[test]
fn where_people_are_hidden_a_verbose_apply_names_nobody() {
    let project = Project::with_people(PEOPLE);
    let ran = project.run("apply --auto-approve -v --redact masked").exits(0);
    assert!(ran.stderr.contains("POST /Users: 201 in "), "{}", ran.stderr);
    for name in ["ada@example.com", "x-ada"] {
        assert!(!ran.stderr.contains(name), "{name}: {}", ran.stderr);
    }
    let receipt = project.receipt();
    let undo = format!("undo {} -v --redact masked", receipt.display());
    for command in ["plan -v --redact masked", "drift -v --redact masked", &undo] {
        let ran = project.run(command).exits(0);
        assert!(
            !ran.stderr.contains("ada@") && !ran.stderr.contains("x-ada") && !ran.stderr.contains("/Users/"),
            "{command}: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_trace_holds_everything_but_the_token_and_belongs_to_its_owner() {
    let project = Project::empty();
    let sandbox = Sandbox::start(&project, "");
    project.write(
        "wpsync.yaml",
        &format!(
            "version: 1\ndirectory: {{ scim: '{}', token: {{ env: TOKEN }} }}\nsources: [people.yaml]\n\
             limits: {{ create: 9 }}\n",
            sandbox.url
        ),
    );
    project.write("people.yaml", PEOPLE);
    let token = [("TOKEN", &*sandbox.token)];
    let ran = project
        .run_with(&token, "apply --auto-approve --trace run.jsonl")
        .exits(0);
    assert!(!ran.stderr.contains("POST /Users"), "without -v: {}", ran.stderr);
    let text = project.read("run.jsonl");
    assert!(!text.contains(&*sandbox.token));
    let events = events(&text);
    let of = |name: &'static str| events.iter().filter(move |event| event["event"] == name);
    let posted = of("request").find(|event| event["method"] == "POST" && event["path"] == "/Users");
    let posted = posted.expect("a request");
    assert_eq!(
        (&posted["status"], &posted["attempt"], &posted["change"]),
        (&201.into(), &1.into(), &"user:ada@example.com".into())
    );
    assert!(posted["ms"].is_u64() && posted["time"].is_string(), "{posted}");
    let bodies = of("bodies").find(|event| event["method"] == "POST" && event["path"] == "/Users");
    let bodies = bodies.expect("its bodies");
    for part in ["sent", "received"] {
        assert!(
            bodies[part]
                .as_str()
                .is_some_and(|body| body.contains("Countess")),
            "{bodies}"
        );
    }
    assert!(
        bodies["headers"]
            .as_str()
            .is_some_and(|headers| headers.contains("content-type: ")),
        "{bodies}"
    );
    assert_eq!(
        of("outcome").filter(|event| event["outcome"] == "done").count(),
        2
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(project.path("run.jsonl"))
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_trace_is_a_new_file_and_follows_no_link() {
    let project = Project::with_people(PEOPLE);
    project.write("there.txt", "mine\n");
    #[cfg(unix)]
    for (link, to) in [("link.jsonl", "there.txt"), ("dangling.jsonl", "elsewhere.txt")] {
        std::os::unix::fs::symlink(project.path(to), project.path(link)).expect("a link");
    }
    for name in ["there.txt", "link.jsonl", "dangling.jsonl", "nowhere/run.jsonl"] {
        if cfg!(unix) || !name.contains("link") && !name.contains("dangling") {
            let ran = project.run(&format!("plan --trace {name}")).exits(1);
            ran.complains(&format!("{name}: "))
                .complains("--trace names a new file");
        }
    }
    assert_eq!(project.read("there.txt"), "mine\n");
    assert!(!project.path("elsewhere.txt").exists() && !project.path("wpsync.plan.json").exists());
}
