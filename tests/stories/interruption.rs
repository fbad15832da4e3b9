//! An apply that is killed or asked to stop: the same command goes on, and the end is that of an
//! uninterrupted run.

use std::fmt::Write as _;
use std::process::Child;
use std::time::Duration;

use crate::commands::output;
use crate::sandbox::Sandbox;
use crate::support::{LOCAL, Project, Ran};

/// A company before its changes and after them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Company {
    Before,
    After,
}

/// The people of a company; between before and after are 200 changes of every kind.
fn people(company: Company) -> String {
    let after = company == Company::After;
    let mut yaml = String::from("users:\n");
    for number in 0..150 {
        let is_new = number >= 90;
        if is_new && !after {
            continue;
        }
        let title = if after && number < 60 { "Lead" } else { "Engineer" };
        let name = if after && number < 20 {
            format!("renamed{number}")
        } else {
            format!("person{number}")
        };
        let active = !(after && (60..80).contains(&number));
        let _ = write!(
            yaml,
            "  - {{ userName: {name}@example.com, externalId: E{number}, title: {title}, active: {active}"
        );
        // New people report to new people, in chains and one circle.
        let manager = if number == 90 { 92 } else { number - 1 };
        let _ = writeln!(
            yaml,
            "{} }}",
            if is_new {
                format!(", manager: person{manager}@example.com")
            } else {
                String::new()
            }
        );
    }
    yaml.push_str("groups:\n");
    for number in 0..60 {
        let first = if after && number < 20 {
            format!("renamed{number}")
        } else {
            format!("person{number}")
        };
        let second = if after {
            format!("person{}", 90 + number)
        } else {
            format!("person{}", (number + 21) % 60 + 20)
        };
        let _ = writeln!(
            yaml,
            "  - {{ displayName: Team {number}, members: [{first}@example.com, {second}@example.com] }}"
        );
    }
    yaml
}

fn planned() -> Project {
    let project = Project::with_people(&people(Company::Before));
    let limits = "limits: { create: 100, remove: 20, update: 100, identity: 20 }\n";
    project.write("wpsync.yaml", &format!("{LOCAL}{limits}"));
    project
        .run_waiving("apply --auto-approve", "create=90: first import")
        .exits(0);
    project.write("people.yaml", &people(Company::After));
    project
        .run("plan")
        .exits(0)
        .says("60 to create")
        .says("20 to deactivate");
    project
}

/// Waits until an apply has made so many changes durable in its journal.
fn wait_for_done(project: &Project, running: &mut Child, count: usize) {
    let plan: serde_json::Value = serde_json::from_str(&project.read("wpsync.plan.json")).expect("JSON");
    let journal = project
        .path(".wpsync/journal")
        .join(plan["header"]["plan_id"].as_str().expect("an id"));
    for _ in 0..4_000 {
        let done = std::fs::read_to_string(&journal)
            .unwrap_or_default()
            .matches("\"event\":\"done\"")
            .count();
        if done >= count || running.try_wait().expect("asked").is_some() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("the apply does not get anywhere");
}

#[test]
fn f110_an_apply_killed_at_any_point_ends_like_an_uninterrupted_one() {
    let whole = planned();
    whole.run("apply wpsync.plan.json").exits(0);
    let expected = whole.exported();
    assert_eq!(expected.matches("userName").count(), 150);
    for count in [1, 5, 40, 90, 140, 180] {
        let project = planned();
        let mut running = project.start("apply wpsync.plan.json");
        wait_for_done(&project, &mut running, count);
        running.kill().expect("killed");
        running.wait().expect("ended");
        project.run("apply wpsync.plan.json").exits(0);
        assert_eq!(project.exported(), expected, "killed after {count} changes");
        project.run("plan --detailed-exitcode").exits(0);
    }
}

#[test]
fn f115_a_killed_apply_goes_on_without_its_journal_too() {
    let project = planned();
    let mut running = project.start("apply wpsync.plan.json");
    wait_for_done(&project, &mut running, 50);
    running.kill().expect("killed");
    running.wait().expect("ended");
    std::fs::remove_dir_all(project.path(".wpsync")).expect("removed");
    project.run("apply wpsync.plan.json").exits(0);
    project.run("plan --detailed-exitcode").exits(0);
}

#[cfg(unix)]
#[test]
fn f120_a_signal_stops_new_work_and_the_same_apply_goes_on() {
    for signal in ["-INT", "-TERM"] {
        let project = planned();
        let mut running = project.start("apply wpsync.plan.json --parallelism 1");
        wait_for_done(&project, &mut running, 10);
        let mut kill = std::process::Command::new("kill");
        output(kill.args([signal, &running.id().to_string()]));
        let ran = Ran::of(running.wait_with_output().expect("ended"));
        ran.exits(130)
            .says("Interrupted")
            .complains("run the same apply again");
        project.run("apply wpsync.plan.json").exits(0);
        project.run("plan --detailed-exitcode").exits(0);
    }
}

#[test]
fn f106_an_apply_stops_at_its_deadline_and_goes_on_another_time() {
    let project = planned();
    let receipt = || {
        std::fs::read_to_string(project.path(&format!(".wpsync/receipts/{}.json", project.plan_id())))
            .expect("a receipt")
    };
    let ran = project
        .run("apply wpsync.plan.json --deadline 1ms --json")
        .exits(3);
    ran.says("\"verdict\":\"out-of-time\"")
        .says("\"meaning\":\"partial\"")
        .complains("the deadline has passed");
    assert!(receipt().contains("\"verdict\": \"out-of-time\""));
    let mut times = 0;
    loop {
        let deadline = format!("{}ms", 300 * (times + 1));
        let ran = project.run_with(
            &[("WPSYNC_DEADLINE", &deadline)],
            "apply wpsync.plan.json --parallelism 1",
        );
        if ran.stdout.contains("Apply complete") {
            ran.exits(0);
            break;
        }
        ran.exits(3)
            .says("Stopped at the deadline")
            .complains("run the same apply again to go on");
        times += 1;
        assert!(times < 100, "it does not get anywhere");
    }
    project.run("plan --detailed-exitcode").exits(0);
    project
        .run("apply wpsync.plan.json --deadline soon")
        .exits(64)
        .complains("45m, 90s or 1h30m");
}

#[test]
fn f106_an_apply_that_cannot_be_done_by_its_deadline_says_so_before_it_begins() {
    let project = Project::empty();
    let sandbox = Sandbox::start(&project, "");
    let slow = "name: slow\nabout: A service of a test.\npage_size: 100\npaging: index\n\
        lookup: { users: [userName], groups: [displayName] }\n\
        rates:\n  - { methods: [POST], requests: 1, seconds: 5 }\nsources:\n  \
        others: { from: tests, checked: 2026-11-21 }\n";
    project.write("slow.yaml", slow);
    let directory = format!(
        "directory: {{ scim: '{}', dialect: slow.yaml, token: {{ env: WPSYNC_TOKEN }} }}",
        sandbox.url
    );
    project.write(
        "wpsync.yaml",
        &format!("version: 1\n{directory}\nsources: [people.yaml]\n"),
    );
    let people: Vec<String> = (0..15)
        .map(|number| format!("{{ userName: user{number} }}"))
        .collect();
    project.write("people.yaml", &format!("users: [{}]\n", people.join(", ")));
    let token = [("WPSYNC_TOKEN", &*sandbox.token)];
    project.run_with(&token, "plan").exits(0).says("at least 70 s");
    let ran = project
        .run_with(&token, "apply wpsync.plan.json --deadline 1s --parallelism 1")
        .exits(3);
    ran.complains("at least 70 s under the service's limits, and the deadline is 1 s")
        .says("Stopped at the deadline")
        .says("not tried");
}
