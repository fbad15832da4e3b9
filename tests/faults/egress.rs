//! Where the token goes: to the origin that it belongs to, in one header, and nowhere else, whatever the
//! configuration, the environment or the directory say.

use std::fs;
use std::sync::Arc;

use serde_json::json;
use wpsync::model::Kind;

use crate::command::{Door as Trap, Project};
use crate::scene::person;
use crate::support::{Asked, Door, Fault, Line, Script, Service};

const TOKEN: &str = "cAn4ry-T0ken_9/Zq+7.x~w=Kd8/";

fn configure(project: &Project, url: &str) {
    project.write(
        "wpsync.yaml",
        &format!(
            "version: 1\ndirectory: {{ scim: {}, token: {{ env: TOKEN }} }}\nsources: [people.yaml]\n\
             limits: {{ create: 100 }}\n",
            json!(url)
        ),
    );
}

/// A project whose directory is behind a door.
fn project(door: &Door) -> Project {
    let project = Project::empty();
    configure(&project, &door.base());
    project.write(
        "people.yaml",
        "users:\n  - { userName: ann, externalId: x-ann, title: chief }\n  - { userName: bob }\n",
    );
    project
}

fn service() -> Arc<Service> {
    let service = Service::new(1);
    service.load(Kind::User, vec![person("ann", "engineer")]);
    service
}

/// Every request that came to the origin had the token once, where it belongs.
fn check_heads(door: &Door) {
    for head in door.heard() {
        let target = head.lines().next().unwrap_or_default();
        assert!(!target.contains(TOKEN), "{target}");
        assert_eq!(head.matches(TOKEN).count(), 1, "{head}");
        assert!(
            head.lines()
                .any(|line| line.eq_ignore_ascii_case(&format!("authorization: Bearer {TOKEN}"))),
            "{head}"
        );
    }
}

#[test]
fn f140_redirects_are_not_followed_with_the_token() {
    let trap = Trap::open();
    let service = service();
    let door = Door::open(Line::clear(&service));
    let project = project(&door);
    let port = trap.address();
    for command in [
        "plan",
        "apply --auto-approve",
        "export",
        "doctor",
        "drift",
        "why ann",
    ] {
        for strikes_writes in [false, true] {
            let script: Script = Box::new(move |asked: &Asked<'_>| {
                (asked.operation.is_read() != strikes_writes).then_some(Fault::RedirectOtherOrigin)
            });
            door.switch(Line::new(&service, 1, script).redirecting_to(&format!("http://{port}/v2/Users")));
            let _ = project.run_with(&[("TOKEN", TOKEN)], command);
            assert!(!trap.was_knocked_at(), "{command}");
        }
    }
    check_heads(&door);
}

#[test]
fn f038_links_in_answers_are_not_followed() {
    let trap = Trap::open();
    let service = Service::new(1);
    let link = format!("http://{}/v2/Users/x", trap.address());
    let mut ann = person("ann", "engineer");
    ann["profileUrl"] = link.clone().into();
    ann["photos"] = json!([{ "value": link, "type": "photo" }]);
    ann["meta"] = json!({ "location": link });
    let ids = service.load(Kind::User, vec![ann]);
    let members = json!([{ "value": ids[0], "$ref": link }]);
    service.load(
        Kind::Group,
        vec![json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "g",
            "members": members,
        })],
    );
    let door = Door::open(Line::clear(&service));
    let project = project(&door);
    for command in [
        "plan",
        "apply --auto-approve",
        "export",
        "doctor",
        "drift",
        "why ann",
    ] {
        let _ = project.run_with(&[("TOKEN", TOKEN)], command);
        assert!(!trap.was_knocked_at(), "{command}");
    }
    assert!(door.heard().len() > 10);
    check_heads(&door);
}

#[test]
fn f142_the_environment_does_not_choose_who_is_spoken_to() {
    let trap = Trap::open();
    let service = service();
    let door = Door::open(Line::clear(&service));
    let project = project(&door);
    let proxy = format!("http://{}", trap.address());
    fs::write(project.path(".netrc"), "default login a password b\n").expect("written");
    fs::write(project.path(".curlrc"), format!("proxy = {proxy}\n")).expect("written");
    let home = project.path("").to_str().expect("text").to_owned();
    let names = [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ];
    for name in names {
        let variables = [
            ("TOKEN", TOKEN),
            (name, &*proxy),
            ("NO_PROXY", ""),
            ("HOME", &*home),
            ("CURL_HOME", &*home),
        ];
        project.run_with(&variables, "plan").exits(0);
        assert!(!trap.was_knocked_at(), "{name}");
    }
    let all: Vec<(&str, &str)> = names
        .iter()
        .map(|name| (*name, &*proxy))
        .chain([("TOKEN", TOKEN)])
        .collect();
    project.run_with(&all, "apply --auto-approve").exits(0);
    assert!(!trap.was_knocked_at());
    check_heads(&door);
}

#[test]
fn f141_sixty_hostile_configurations_get_no_token() {
    let trap = Trap::open();
    let service = service();
    let door = Door::open(Line::clear(&service));
    let project = project(&door);
    let own = format!("127.0.0.1:{}", door.port);
    let evil = trap.address();
    let evil_port = evil.rsplit(':').next().expect("a port");
    let urls = [
        format!("http://{evil}/v2"),
        format!("http://{own}@{evil}/v2"),
        format!("http://{own}%40{evil}/v2"),
        format!("http://a:b@{evil}/v2"),
        format!("http://{evil}/v2#{own}"),
        format!("http://{evil}/v2?{own}"),
        format!("http://{evil}\\@{own}/v2"),
        format!("http://{own}\\@{evil}/v2"),
        format!("http://localhost:{evil_port}/v2"),
        format!("http://[::1]:{evil_port}/v2"),
        format!("http://127.1:{evil_port}/v2"),
        format!("http://2130706433:{evil_port}/v2"),
        format!("http://0x7f000001:{evil_port}/v2"),
        format!("http://017700000001:{evil_port}/v2"),
        format!("HTTP://{evil}/v2"),
        format!("http:{evil}/v2"),
        format!("http:///{evil}/v2"),
        format!("//{evil}/v2"),
        format!(" http://{evil}/v2"),
        format!("http://{evil}\t/v2"),
        format!("https://{evil}/v2"),
        format!("http://127.0.0.1.:{evil_port}/v2"),
        format!("http://{own}.evil.example/v2"),
        format!("http://evil.example:80/{own}"),
        format!("file://{evil}/v2"),
        format!("ftp://{evil}/v2"),
        format!("http://{own},{evil}/v2"),
        format!("http://{own};{evil}/v2"),
        format!("http://①②⑦.0.0.1:{evil_port}/v2"),
        format!("http://{own}/../../@{evil}/v2"),
    ];
    let before = door.heard().len();
    let origin = format!("http://{own}");
    let mut tried = 0;
    for url in &urls {
        configure(&project, url);
        for command in ["plan", "apply --auto-approve"] {
            let ran = project.run_with(&[("TOKEN", TOKEN), ("WPSYNC_ORIGIN", &origin)], command);
            assert!(ran.code != Some(0), "{url}: {ran:?}");
            assert!(!trap.was_knocked_at(), "{url}");
            tried += 1;
        }
    }
    assert_eq!((tried, before), (60, 0));
    check_heads(&door);
}
