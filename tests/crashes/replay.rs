//! The same plan again, and two processes with one plan.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::killed::uninterrupted;
use crate::project::{Project, said};

#[test]
fn f073_f115_the_same_plan_again_writes_nothing_with_its_journal_and_without() {
    let project = Project::planned();
    let wanted = uninterrupted(&project);
    for round in 0..6 {
        project.service.forget();
        match round % 3 {
            0 => {}
            // The journal is there.
            1 => std::fs::remove_dir_all(project.path(".wpsync/receipts")).expect("removed"),
            _ => project.lose_state(),
        }
        let again = project.apply(8).output().expect("the command starts");
        assert_eq!(again.status.code(), Some(0), "round {round}: {}", said(&again));
        assert!(
            project.service.writes().is_empty(),
            "round {round}: {:?}",
            project.service.writes()
        );
        assert_eq!(project.service.contents_by_name(), wanted.contents);
    }
}

pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -s {name} \"$0\""), &child.id().to_string()])
        .status()
        .expect("a shell");
    assert!(sent.success(), "{name}");
}

/// Waits until the holder has said in the lock's file who it is, and stops it there.
fn hold(project: &Project) -> Child {
    let holder = project
        .apply(1)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let patience = Instant::now() + Duration::from_mins(1);
    while std::fs::read_to_string(project.path(".wpsync/lock"))
        .unwrap_or_default()
        .is_empty()
    {
        assert!(Instant::now() < patience, "nobody takes the lock");
        std::thread::sleep(Duration::from_millis(1));
    }
    signal(&holder, "STOP");
    std::thread::sleep(Duration::from_millis(200)); // it stops when it next gets its turn
    project.door.settle();
    holder
}

#[test]
fn f117_of_two_processes_one_works_and_the_other_leaves_at_once_without_a_request() {
    let project = Project::planned();
    for round in 0..6 {
        project.start_over();
        let holder = hold(&project);
        let before = project.service.requests();
        for _ in 0..=(round % 3) {
            let other = project.apply(1).output().expect("the command starts");
            assert_eq!(other.status.code(), Some(7), "{}", said(&other));
            assert!(
                said(&other).contains(&format!("process {}", holder.id())),
                "{}",
                said(&other)
            );
        }
        assert_eq!(project.service.requests(), before, "the other one sends nothing");
        signal(&holder, "CONT");
        if round % 3 == 0 {
            let ended = holder.wait_with_output().expect("its end");
            assert_eq!(ended.status.code(), Some(0), "{}", said(&ended));
        } else {
            // The lock of a process that dies is free at once.
            signal(&holder, "KILL");
            holder.wait_with_output().expect("its end");
        }
    }
    let last = project.apply(8).output().expect("the command starts");
    assert_eq!(last.status.code(), Some(0), "{}", said(&last));
}
