//! A disk that is full, before an apply or in the middle of it. The limit of a process on the size of its
//! files stands in for the disk: a write comes back cut short, then with an error, and a signal comes with it
//! that ends whoever does not expect it.

use std::process::{Command, Output};

use wpsync::journal::Event;
use wpsync::plan::Plan;
use wpsync::state::State;

use crate::killed::uninterrupted;
use crate::project::{Project, said};

/// What `ulimit -f` counts in.
const BLOCK: u64 = 512;

/// Runs an apply that may write files of so many bytes.
fn apply_within(project: &Project, bytes: u64) -> Output {
    let apply = project.apply(4);
    let mut limited = Command::new("sh");
    let arguments = apply
        .get_args()
        .map(|one| one.to_str().expect("text"))
        .collect::<Vec<_>>()
        .join(" ");
    limited.arg("-c").arg(format!(
        "ulimit -f {}; exec {} {arguments}",
        bytes / BLOCK,
        env!("CARGO_BIN_EXE_wpsync")
    ));
    limited.current_dir(apply.get_current_dir().expect("a folder"));
    for (name, value) in apply.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited.output().expect("a shell")
}

/// Makes the journal larger than any other file of a run: with refusals of a change, as many runs would leave
/// them.
fn fill(project: &Project) {
    let plan =
        Plan::from_bytes(&std::fs::read(project.path("wpsync.plan.json")).expect("read")).expect("a plan");
    let enough = std::fs::metadata(project.path("wpsync.plan.json"))
        .expect("there")
        .len()
        + 100_000;
    let change = plan.changes.last().expect("changes").id.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (journal, _) = State::of(project.path("wpsync.yaml").parent().expect("a folder"))
            .journal(&plan)
            .await
            .expect("a journal");
        while std::fs::metadata(project.journal()).expect("there").len() < enough {
            journal
                .record(Event::Failed {
                    change: change.clone(),
                    reason: "x".repeat(10_000),
                })
                .await
                .expect("recorded");
        }
    });
}

#[test]
fn f113_a_disk_that_fills_up_in_the_middle_ends_the_run_and_the_same_apply_goes_on() {
    let project = Project::planned();
    let wanted = uninterrupted(&project);
    project.start_over();
    let killed = project
        .apply(4)
        .env("WPSYNC_KILL_AT", "change.recorded:20")
        .output()
        .expect("the command starts");
    assert_eq!(killed.status.code(), None, "{}", said(&killed));
    project.door.settle();
    fill(&project);

    project.service.forget();
    let length = std::fs::metadata(project.journal()).expect("there").len();
    let intents = |text: &str| text.matches("\"event\":\"intent\"").count();
    let before = intents(&std::fs::read_to_string(project.journal()).expect("text"));
    let full = apply_within(&project, length + 5_000);
    let text = said(&full);
    assert_eq!(full.status.code(), Some(3), "{text}");
    assert!(
        text.contains("Stopped part-way")
            && text.contains("cannot write the journal, so nothing more is sent"),
        "{text}"
    );
    let sent: std::collections::BTreeSet<_> = project
        .service
        .writes()
        .into_iter()
        .map(|write| write.object())
        .collect();
    let after = intents(&std::fs::read_to_string(project.journal()).expect("text"));
    assert!(
        !sent.is_empty() && sent.len() <= after - before,
        "{} resources were written to, with {} intents\n{text}",
        sent.len(),
        after - before
    );
    // What was done and could not be recorded is said.
    let receipt =
        std::fs::read_to_string(project.path(&format!(".wpsync/receipts/{}.json", project.plan_id)))
            .expect("a receipt");
    assert!(receipt.contains("\"verdict\": \"partial\""), "{receipt}");

    let resumed = project.apply(4).output().expect("the command starts");
    assert_eq!(resumed.status.code(), Some(0), "{}", said(&resumed));
    assert_eq!(project.service.contents_by_name(), wanted.contents);
}

#[test]
fn f113_a_disk_that_is_full_before_an_apply_sends_nothing() {
    let project = Project::planned();
    for bytes in [0, BLOCK, 8 * BLOCK] {
        project.start_over();
        let full = apply_within(&project, bytes);
        assert_eq!(full.status.code(), Some(1), "{bytes}: {}", said(&full));
        assert!(said(&full).contains("cannot write"), "{}", said(&full));
        assert_eq!(project.service.requests(), 0, "{bytes}");
    }
}
