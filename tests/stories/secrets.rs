//! The token: where it comes from, where it goes, and where it never shows.

use crate::commands::spawn;
use crate::support::{Door, Project};

fn project(address: &str) -> Project {
    let project = Project::with_people("users:\n  - userName: ada@example.com\n");
    project.write(
        "wpsync.yaml",
        &format!(
            "version: 1\ndirectory:\n  scim: {address}\n  token: {{ env: TOKEN }}\nsources: [people.yaml]\n"
        ),
    );
    project
}

#[test]
fn f141_a_token_goes_to_its_own_origin_only() {
    let door = Door::open();
    let project = project(&format!("http://{}/v2", door.address()));
    let elsewhere = [
        ("TOKEN", "secret-token"),
        ("WPSYNC_ORIGIN", "https://scim.example.com"),
    ];
    project
        .run_with(&elsewhere, "plan")
        .exits(5)
        .complains("the token belongs to https://scim.example.com");
    project
        .run_with(&[("TOKEN", "secret-token"), ("CI", "true")], "plan")
        .exits(5)
        .complains("WPSYNC_ORIGIN");
    assert!(!door.was_knocked_at());
    let own = [
        ("TOKEN", "secret-token"),
        ("WPSYNC_ORIGIN", &format!("http://{}", door.address())),
    ];
    let mut started = spawn(
        project
            .command("plan")
            .envs(own)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null()),
    );
    let knocked = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        door.was_knocked_at()
    });
    started.kill().expect("killed");
    started.wait().expect("ended");
    assert!(knocked, "its own origin is connected");
}

#[test]
fn f139_plain_http_is_refused_beyond_this_machine() {
    project("http://scim.example.com/v2")
        .run_with(&[("TOKEN", "secret-token")], "plan")
        .exits(1)
        .complains("https");
}

#[test]
fn a_missing_token_says_which() {
    let door = Door::open();
    project(&format!("http://{}/v2", door.address()))
        .run("plan")
        .exits(1)
        .complains("TOKEN is not set");
    assert!(!door.was_knocked_at());
}

#[test]
fn f135_a_token_in_the_configuration_is_refused_and_not_repeated() {
    let project = project("https://scim.example.com/v2");
    project.edit("wpsync.yaml", "{ env: TOKEN }", "hunter2-hunter2");
    let ran = project.run("validate").exits(1).complains("wpsync.yaml:4:");
    assert!(ran.stderr.contains("env:"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_token_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = project("https://scim.example.com/v2");
    project.edit("wpsync.yaml", "{ env: TOKEN }", "{ file: token }");
    project.write("token", "secret-token\n");
    std::fs::set_permissions(project.path("token"), std::fs::Permissions::from_mode(0o644)).expect("set");
    let ran = project.run("plan").exits(1).complains("chmod 600");
    assert!(!ran.stderr.contains("secret-token"));
}

#[test]
fn a_wrong_token_is_an_error_with_a_next_step() {
    let project = project("http://127.0.0.1:1/v2");
    let mut sandbox = spawn(
        project
            .command("sandbox --listen 127.0.0.1:0 --record requests.jsonl")
            .env("WPSYNC_SANDBOX_TOKEN", "right-token")
            .stdout(std::process::Stdio::piped()),
    );
    let mut ready = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(sandbox.stdout.as_mut().expect("piped")),
        &mut ready,
    )
    .expect("a line");
    let address = ready.split_whitespace().nth(1).expect("an address").to_owned();
    project.edit("wpsync.yaml", "http://127.0.0.1:1/v2", &address);
    let wrong = project
        .run_with(&[("TOKEN", "wrong-token")], "plan")
        .exits(1)
        .complains("401")
        .complains("hint: the token is not accepted");
    assert!(!wrong.stderr.contains("wrong-token") && !wrong.stdout.contains("wrong-token"));
    project
        .run_with(&[("TOKEN", "right-token")], "apply --auto-approve")
        .exits(0)
        .says("1 created");
    project
        .run_with(&[("TOKEN", "right-token")], "plan --detailed-exitcode")
        .exits(0);
    let recorded = project.read("requests.jsonl");
    let requests: Vec<serde_json::Value> = recorded
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let created = requests
        .iter()
        .find(|request| request["method"] == "POST")
        .expect("a create was recorded");
    assert_eq!(
        (&created["path"], &created["status"], &created["body"]["userName"]),
        (&"/Users".into(), &201.into(), &"ada@example.com".into())
    );
    assert!(
        !recorded.contains("right-token") && !recorded.contains("wrong-token"),
        "no header is recorded"
    );
    sandbox.kill().expect("killed");
    sandbox.wait().expect("ended");
}
