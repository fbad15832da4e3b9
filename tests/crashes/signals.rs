//! An apply that is asked to stop at any moment, as a cancelled job is: it ends within seconds, and goes on
//! another time.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

use crate::killed::{seed, uninterrupted};
use crate::project::{Project, said};
use crate::replay::signal;

fn asked_to_stop(rounds: usize) {
    let project = Project::planned();
    let wanted = uninterrupted(&project);
    let mut random = SmallRng::seed_from_u64(seed());
    let mut interrupted = 0;
    for round in 0..rounds {
        project.start_over();
        let mut running = project
            .apply(8)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        // From when the lock is taken on it listens; before, a signal ends it before anything is sent.
        while std::fs::read_to_string(project.path(".wpsync/lock"))
            .unwrap_or_default()
            .is_empty()
        {
            assert!(running.try_wait().expect("asked").is_none(), "it ended early");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(30 + random.random_range(0..600)));
        let asked = Instant::now();
        if running.try_wait().expect("asked").is_none() {
            signal(&running, if round % 2 == 0 { "INT" } else { "TERM" });
        }
        let ended = running.wait_with_output().expect("its end");
        assert!(asked.elapsed() < Duration::from_secs(6), "{:?}", asked.elapsed());
        let code = ended.status.code();
        interrupted += usize::from(code == Some(130));
        assert!(
            code == Some(130) || (code == Some(0) && said(&ended).contains("Apply complete")),
            "{}",
            said(&ended)
        );
        let resumed = project.apply(8).output().expect("the command starts");
        assert_eq!(resumed.status.code(), Some(0), "{}", said(&resumed));
        assert_eq!(project.service.contents_by_name(), wanted.contents);
    }
    println!("asked to stop: {rounds} rounds, {interrupted} of them interrupted");
    assert!(interrupted > rounds / 4, "{interrupted}");
}

#[test]
fn f120_a_signal_at_any_moment_ends_an_apply_within_seconds() {
    asked_to_stop(12);
}

#[test]
#[ignore = "takes minutes: 200 rounds"]
fn two_hundred_signals() {
    asked_to_stop(200);
}
