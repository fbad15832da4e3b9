//! From a clone to an applied directory, and the commands around it.

use crate::commands::spawn;
use crate::support::{LOCAL, Project};

#[test]
fn the_quickstart_applies_and_then_has_nothing_to_do() {
    let project = Project::example("quickstart");
    project
        .run("validate")
        .exits(0)
        .says("Valid: 12 users and 4 groups in 2 files.");
    project
        .run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 16 to create.");
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete: 16 created, 17 memberships.");
    project
        .run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes.");
    project.run("apply --auto-approve").exits(0).says("No changes.");
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Nothing to do");
}

#[test]
fn what_is_exported_plans_to_nothing() {
    let project = Project::example("quickstart");
    project.run("apply --auto-approve").exits(0);
    let yaml = project.exported();
    project.write("people.yaml", &yaml);
    project.write("wpsync.yaml", LOCAL);
    project
        .run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes.");
    for (kind, file) in [
        ("users", "users.csv"),
        ("groups", "groups.csv"),
        ("memberships", "memberships.csv"),
    ] {
        project
            .run(&format!("export --format csv --kind {kind} --out {file}"))
            .exits(0);
    }
    let sources =
        "[users.csv, { csv: groups.csv, kind: groups }, { csv: memberships.csv, kind: memberships }]";
    project.write("wpsync.yaml", &LOCAL.replace("[people.yaml]", sources));
    project
        .run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes.");
}

#[test]
fn a_file_that_cannot_be_read_is_one_problem_and_not_one_for_each_of_its_people() {
    let project =
        Project::with_people("users:\n  - { userName: ada@example.com, manager: bob@example.com }\n");
    project.write(
        "wpsync.yaml",
        &LOCAL.replace("people.yaml", "people.yaml, others.yaml"),
    );
    let only = |ran: crate::support::Ran, problem: &str| {
        let ran = ran
            .exits(1)
            .complains(problem)
            .complains("1 error; nothing was sent anywhere");
        assert!(!ran.stderr.contains("no source declares"), "{}", ran.stderr);
    };
    only(project.run("validate"), "there is no such file");
    project.write("others.yaml", "users:\n  - { userName: [bob@example.com }\n");
    only(project.run("validate"), "this is not valid YAML");
    project.write("others.csv", "userName,title\n\"bob@example.com,x\n");
    project.edit("wpsync.yaml", "others.yaml", "others.csv");
    only(
        project.run("validate"),
        "the quote that opens this cell is never closed",
    );
    project.write("others.csv", "userName,title\nbob@example.com,x,y\n");
    only(project.run("validate"), "this row has 3 cells");
    project.write("others.csv", "userName,title\nbobby@example.com,x\n");
    // The name may be that of somebody who left: only a plan can tell. Bobby is somebody else.
    let ran = project
        .run("validate")
        .exits(0)
        .complains("no source declares the user `bob@example.com`");
    assert!(!ran.stderr.contains("did you mean"), "{}", ran.stderr);
    project
        .run("plan")
        .exits(1)
        .complains("neither a source nor the directory nor the record of applies has the person")
        .complains("correct the name, declare it in a source, or take the reference out");
}

#[test]
fn f134_a_formula_is_disarmed_on_export_and_plans_to_nothing() {
    let project = Project::with_people(
        "users:\n  - { userName: ada@example.com, title: '=1+1', nickName: \"'@home\" }\n",
    );
    project.run("apply --auto-approve").exits(0);
    let raw = project.run("export --format csv --raw").exits(0).stdout;
    assert!(raw.contains("=1+1") && !raw.contains("'=1+1"), "{raw}");
    project
        .run("export --raw")
        .exits(64)
        .complains("--raw is for CSV");
    project.run("export --format csv --out users.csv").exits(0);
    let disarmed = project.read("users.csv");
    assert!(
        disarmed.contains("'=1+1") && disarmed.contains("''@home"),
        "{disarmed}"
    );
    project.write("wpsync.yaml", &LOCAL.replace("people.yaml", "users.csv"));
    project
        .run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes.");
}

#[test]
fn one_person_changes_and_the_plan_says_what_from_where() {
    let project = Project::example("quickstart");
    project.run("apply --auto-approve").exits(0);
    project.edit("staff.csv", "Writer", "Editor");
    project
        .run("plan")
        .exits(0)
        .says("Plan: 1 to update.")
        .says("title  \"Writer\" → \"Editor\"")
        .says("staff.csv:4:");
    project
        .run("show")
        .exits(0)
        .says("title  \"Writer\" → \"Editor\"");
    let shown: serde_json::Value =
        serde_json::from_str(&project.run("show --format json").exits(0).stdout).expect("JSON");
    let change = &shown["resource_changes"][0];
    assert_eq!(change["address"], "user:donald@example.com");
    assert_eq!(change["change"]["actions"], serde_json::json!(["update"]));
    assert_eq!(
        (
            &change["change"]["before"]["title"],
            &change["change"]["after"]["title"]
        ),
        (&"Writer".into(), &"Editor".into())
    );
}

#[test]
fn null_clears_an_attribute_and_leaving_it_out_leaves_it_alone() {
    let project = Project::with_people(
        "users:\n  - userName: ada@example.com\n    title: Engineer\n    department: Research\n",
    );
    project.run("apply --auto-approve").exits(0);
    project.write(
        "people.yaml",
        "users:\n  - userName: ada@example.com\n    title: null\n",
    );
    project
        .run("plan")
        .exits(0)
        .says("title  \"Engineer\" → (nothing)");
    project.run("apply wpsync.plan.json").exits(0);
    let left = project.exported();
    assert!(
        left.contains("department: Research") && !left.contains("title"),
        "{left}"
    );
}

#[test]
fn init_writes_a_project_that_plans_and_never_overwrites() {
    let project = Project::empty();
    project.run("init").exits(0).says("wrote wpsync.yaml");
    project.run("plan").exits(0).says("to create");
    project.write("people.yaml", "users: []\n");
    project.write(".gitignore", "target\n");
    project
        .run("init")
        .exits(0)
        .says("kept  people.yaml")
        .complains("Add these lines to .gitignore");
    assert_eq!(project.read("people.yaml"), "users: []\n");
}

#[test]
fn problems_of_all_files_are_said_in_one_run() {
    let project = Project::example("quickstart");
    project.edit("people.yaml", "title: Chief Executive", "titel: Chief Executive");
    project.edit(
        "staff.csv",
        "Writer,Engineering,alan@example.com",
        "Writer,Engineering,nobody@example.com",
    );
    let ran = project
        .run("validate")
        .exits(1)
        .complains("people.yaml:7:5")
        .complains("title")
        .complains("staff.csv:4:");
    assert!(ran.stderr.contains("nobody@example.com"), "{}", ran.stderr);
}

#[test]
fn f122_a_usage_error_is_64_and_help_is_0() {
    let project = Project::empty();
    project.run("plan --no-such-option").exits(64);
    project.run("apply --expect nonsense").exits(64);
    project.run("--help").exits(0).says("validate");
    project.run("--version").exits(0).says("wpsync ");
    project.run("plan").exits(1).complains("wpsync init");
}

#[test]
fn events_are_one_json_object_a_line() {
    let project = Project::example("quickstart");
    let ran = project.run("--json apply --auto-approve").exits(0);
    let events: Vec<serde_json::Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("an event"))
        .collect();
    let count = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
    assert_eq!(
        (
            count("version"),
            count("planned_change"),
            count("apply_complete"),
            count("exit")
        ),
        (1, 16, 16, 1)
    );
    assert_eq!(
        events.last().expect("events"),
        &serde_json::json!({ "type": "exit", "code": 0, "meaning": "done" })
    );
}

#[test]
fn colour_is_asked_for_or_not_there() {
    let project = Project::example("quickstart");
    assert!(
        !project.run("plan").exits(0).stdout.contains('\u{1b}'),
        "a pipe has no colour"
    );
    assert!(
        project
            .run("--color always show")
            .exits(0)
            .stdout
            .contains('\u{1b}')
    );
    assert!(
        !project
            .run("--color never show")
            .exits(0)
            .stdout
            .contains('\u{1b}')
    );
}

#[test]
fn completions_man_page_and_schemas_are_printed() {
    let project = Project::empty();
    project.run("completions bash").exits(0).says("_wpsync");
    project.run("man").exits(0).says(".TH wpsync");
    for name in ["config", "sources", "plan", "receipt"] {
        let schema = project.run(&format!("schema {name}")).exits(0).stdout;
        let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
        assert!(
            jsonschema::meta::is_valid(&schema) && schema["$schema"].is_string(),
            "{name}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error_and_a_reader_that_went_away_is_not() {
    let project = Project::example("quickstart");
    let full = || {
        std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("the device that is always full")
    };
    let code = |command: &mut std::process::Command| spawn(command).wait().expect("its end").code();
    assert_eq!(
        code(
            project
                .command("schema config")
                .stdout(full())
                .stderr(std::process::Stdio::null())
        ),
        Some(1)
    );
    project.edit("people.yaml", "title: Chief Executive", "titel: Chief Executive");
    assert_eq!(
        code(
            project
                .command("validate")
                .stdout(std::process::Stdio::null())
                .stderr(full())
        ),
        Some(1)
    );
    let piped = "wpsync schema plan | head -n 1 > /dev/null; wpsync validate 2>&1 | head -n 1 > /dev/null";
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_wpsync"))
        .parent()
        .expect("a folder");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").expect("a PATH"));
    let mut shell = std::process::Command::new("bash");
    let status = shell
        .args([
            "-c",
            &format!("set -o pipefail; {piped}; test ${{PIPESTATUS[0]}} -ne 101"),
        ])
        .current_dir(project.path("."))
        .env("PATH", path);
    assert!(spawn(status).wait().expect("its end").success());
}

#[cfg(unix)]
#[test]
fn f078_a_plan_replaces_nothing_but_a_regular_file() {
    let project = Project::example("quickstart");
    project.write("kept.txt", "precious");
    std::os::unix::fs::symlink(project.path("kept.txt"), project.path("link.json")).expect("linked");
    project
        .run("plan --out link.json")
        .exits(1)
        .complains("not a regular file");
    assert_eq!(project.read("kept.txt"), "precious");
    assert!(project.path("link.json").is_symlink());
    project.run("plan").exits(0);
    project.run("plan").exits(0);
}

#[test]
fn what_reads_makes_no_directory() {
    let project = Project::example("quickstart");
    for command in ["plan", "drift", "export", "doctor", "why user:donald@example.com"] {
        project.run(command).exits(0);
        assert!(!project.path("directory.db").exists(), "{command} made it");
    }
    project.run("apply wpsync.plan.json").exits(0);
    assert!(project.path("directory.db").exists());
}

#[test]
fn with_json_every_line_is_an_event_and_the_last_one_is_the_exit() {
    let project = Project::example("quickstart");
    let commands = [
        ("validate", 0),
        ("plan", 0),
        ("show", 0),
        ("show --format markdown", 0),
        ("apply wpsync.plan.json", 0),
        ("plan --detailed-exitcode", 0),
        ("export", 0),
        ("export --format csv", 0),
        ("schema plan", 0),
        ("completions bash", 0),
        ("man", 0),
        ("drift", 0),
        ("doctor", 0),
        ("init elsewhere", 0),
        ("plan --bogus", 64),
        ("aply", 64),
        ("show nowhere.json", 1),
        ("undo nowhere.json", 1),
        ("why user:nobody", 1),
    ];
    for (command, code) in commands {
        let ran = project.run(&format!("{command} --json")).exits(code);
        let events: Vec<serde_json::Value> = ran
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect("each line is JSON"))
            .collect();
        assert_eq!(events[0]["type"], "version", "{command}");
        let last = events.last().expect("events");
        assert_eq!(
            (&last["type"], &last["code"]),
            (&"exit".into(), &code.into()),
            "{command}"
        );
        assert!(
            code == 0 || events.iter().any(|event| event["type"] == "diagnostic"),
            "{command} says why"
        );
    }
}
