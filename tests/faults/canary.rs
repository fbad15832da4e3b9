//! The token of a run is searched for, in every form, in everything that the run leaves behind: both streams
//! and every file of the project, whichever command, however loud, whatever the directory does to it, even
//! saying the token back.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use wpsync::model::Kind;

use crate::command::{Project, Ran};
use crate::scene::person;
use crate::support::{Asked, Door, Fault, Line, Script, Service, encodings};

/// It has every character that forms differ in.
const TOKEN: &str = "cAn4ry-T0ken_9/Zq+7.x~w=Kd8/";

/// What is asked of a directory, and what of files alone.
const ONLINE: [&str; 8] = [
    "plan",
    "apply --auto-approve",
    "apply wpsync.plan.json",
    "drift",
    "why ann",
    "export",
    "doctor",
    "undo RECEIPT --out undo.json",
];
const OFFLINE: [&str; 7] = [
    "validate",
    "show",
    "show --format json",
    "show --format html",
    "schema config",
    "completions bash",
    "man",
];
/// The file of a trace stands in the project, and is searched like every other.
const LOUDNESS: [&str; 5] = ["", "-q", "-v", "--json", "-v --trace trace.jsonl"];

/// What the directory does.
const FAILURES: [(&str, Option<Fault>); 7] = [
    ("nothing", None),
    ("echo 401", Some(Fault::Echo(401))),
    ("echo 400", Some(Fault::Echo(400))),
    ("echo 302", Some(Fault::Echo(302))),
    ("echo 200", Some(Fault::Echo(200))),
    ("echo 409", Some(Fault::Echo(409))),
    ("a sign-in page", Some(Fault::Html200)),
];

/// From the first request on, or when the first write comes.
#[derive(Clone, Copy, Debug)]
enum From {
    Start,
    Write,
}

fn script(fault: Option<Fault>, from: From) -> Script {
    let mut began = false;
    Box::new(move |asked: &Asked<'_>| {
        began |= matches!(from, From::Start) || !asked.operation.is_read();
        fault.filter(|_| began)
    })
}

/// A project in the middle of its life: applied once, planned again.
fn project(door: &Door, service: &std::sync::Arc<Service>) -> (Project, PathBuf) {
    let project = Project::empty();
    let configuration = format!(
        "version: 1\ndirectory: {{ scim: \"{}\", token: {{ env: TOKEN }} }}\nsources: [people.yaml]\n\
         limits: {{ create: 100, update: 100 }}\n",
        door.base()
    );
    project.write("wpsync.yaml", &configuration);
    project.write(
        "people.yaml",
        "users:\n  - { userName: ann, externalId: x-ann, title: chief }\n",
    );
    door.switch(Line::clear(service));
    let token = [("TOKEN", TOKEN)];
    project.run_with(&token, "apply --auto-approve").exits(0);
    let receipt = project.receipt();
    project.write(
        "people.yaml",
        "users:\n  - { userName: ann, externalId: x-ann, title: boss }\n  \
         - { userName: bob, externalId: x-bob }\n",
    );
    project.run_with(&token, "plan").exits(0);
    (project, receipt)
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

/// The forms of the token that bytes hold.
fn forms_in(bytes: &[u8]) -> Vec<&'static str> {
    let forms = encodings::of(TOKEN);
    let text = String::from_utf8_lossy(bytes);
    let has = |form: &[u8]| text.contains(&*String::from_utf8_lossy(form));
    forms
        .into_iter()
        .filter(|(_, form)| has(form))
        .map(|(name, _)| name)
        .collect()
}

fn check(project: &Project, ran: &Ran, context: &str) {
    for (stream, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        assert!(
            forms_in(text.as_bytes()).is_empty(),
            "{context}: {stream} has the token ({:?}):\n{text}",
            forms_in(text.as_bytes())
        );
    }
    for path in files(&project.path("")) {
        let found = forms_in(&std::fs::read(&path).expect("read"));
        assert!(
            found.is_empty(),
            "{context}: {} has the token ({found:?})",
            path.display()
        );
    }
}

/// All commands, loudnesses and moments, with one failure; gives how many runs that were.
fn runs_with(fault: Option<Fault>, name: &str) -> usize {
    let service = Service::new(1);
    service.load(Kind::User, vec![person("ann", "engineer")]);
    let door = Door::open(Line::clear(&service));
    let (project, receipt) = project(&door, &service);
    let plan = project.read("wpsync.plan.json");
    let mut runs = 0;
    for loudness in LOUDNESS {
        for command in ONLINE {
            let writes = command.starts_with("apply");
            for from in if writes {
                &[From::Start, From::Write][..]
            } else {
                &[From::Start]
            } {
                door.switch(Line::new(&service, 1, script(fault, *from)));
                project.write("wpsync.plan.json", &plan);
                let trace = project.path("trace.jsonl");
                let _ = std::fs::remove_file(&trace);
                let arguments = format!(
                    "{loudness} {}",
                    command.replace("RECEIPT", receipt.to_str().expect("text"))
                );
                let ran = project.run_with(
                    &[
                        ("TOKEN", TOKEN),
                        ("RUST_LOG", "trace"),
                        ("RUST_BACKTRACE", "full"),
                    ],
                    &arguments,
                );
                check(&project, &ran, &format!("{name} {from:?}: {arguments}"));
                assert_eq!(trace.exists(), loudness.contains("--trace"), "{arguments}");
                runs += 1;
            }
        }
    }
    runs
}

#[test]
fn f135_f136_the_token_is_nowhere_in_what_a_run_leaves_behind() {
    let runs = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for (name, fault) in FAILURES {
            let runs = &runs;
            scope.spawn(move || runs.fetch_add(runs_with(fault, name), Ordering::Relaxed));
        }
    });
    assert_eq!(runs.into_inner(), 7 * 5 * (6 + 2 * 2));
}

#[test]
fn f135_commands_that_need_no_token_do_not_leave_it_either() {
    let service = Service::new(1);
    service.load(Kind::User, vec![person("ann", "engineer")]);
    let door = Door::open(Line::clear(&service));
    let (project, _) = project(&door, &service);
    for loudness in LOUDNESS {
        for command in OFFLINE {
            let _ = std::fs::remove_file(project.path("trace.jsonl"));
            let ran = project.run_with(
                &[("TOKEN", TOKEN), ("RUST_LOG", "trace")],
                &format!("{loudness} {command}"),
            );
            check(&project, &ran, command);
        }
    }
}

#[test]
fn f135_the_search_finds_every_form() {
    for (name, form) in encodings::of(TOKEN) {
        let text = [b"before ".to_vec(), form, b" after".to_vec()].concat();
        assert!(forms_in(&text).contains(&name), "{name}");
    }
    assert!(forms_in(b"nothing").is_empty());
}
