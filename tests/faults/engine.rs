//! What the engine does when a directory says that it is too busy, that the token is not accepted, or nothing
//! that makes sense; and when the engine itself breaks.

use std::collections::VecDeque;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::time::Instant;
use wpsync::apply::{Outcome, Verdict};
use wpsync::project::Absent;

use crate::disk::Disk;
use crate::scene::{Account, Declared, Scene, declared, project};
use crate::support::{Asked, Exchange, Fault, Operation, Service, TOLD, Throttle, tail};

/// A plan of so many creates.
async fn creates(count: usize) -> Scene {
    creates_in(count, "").await
}

/// The same at a service that is known to refuse often.
async fn patient_creates(count: usize) -> Scene {
    creates_in(count, "throttled_attempts: 40\n").await
}

async fn creates_in(count: usize, rows: &str) -> Scene {
    let people = (0..count)
        .map(|number| {
            declared(
                &format!("n{number}"),
                &format!("n{number}"),
                "engineer",
                Account::Active,
            )
        })
        .collect();
    let people = Declared {
        users: people,
        ..Declared::default()
    };
    Scene::new(Service::new(1), project(rows, &people, Absent::Keep)).await
}

#[tokio::test(start_paused = true)]
async fn f102_a_token_that_expires_part_way_stops_the_run_at_once() {
    for status in [Fault::Status(401)] {
        for parallelism in [1, 8] {
            let scene = creates(40).await;
            let disk = Disk::default();
            // From the tenth create on, nothing is accepted any more.
            let mut expired = false;
            let script = move |asked: &Asked<'_>| {
                expired |= asked.operation == Operation::CreateUser && asked.occurrence == 10;
                expired.then_some(status)
            };
            let report = scene
                .apply(scene.line(1, &disk, Box::new(script)), &disk, parallelism)
                .await
                .expect("it begins");
            scene.check_report(&report, 1, "expired");
            scene.check_history("expired");
            let history = scene.service.history();
            let refused: Vec<_> = history.iter().filter(|one| one.fault.is_some()).collect();
            assert!(
                refused.len() <= parallelism,
                "each worker hears it once, at the most:\n{}",
                tail(&history)
            );
            let first = refused[0].ended.expect("answered");
            assert!(
                history.iter().all(|one| one.came <= first || one.fault.is_some()),
                "nothing new begins:\n{}",
                tail(&history)
            );
            // The first six are read back at once, if that still comes through. The others wait for a list
            // that nobody is given any more.
            assert_eq!(report.verdict, Verdict::Partial);
            assert!((1..=6).contains(&report.count("done")), "{report:#?}");
            let resumed = scene
                .apply(scene.line(2, &disk, Box::new(|_| None)), &disk, parallelism)
                .await
                .expect("a new token");
            assert_eq!(
                (resumed.verdict, scene.world()),
                (Verdict::Applied, scene.wanted())
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn f121_a_panic_in_a_worker_is_never_success() {
    for parallelism in [1, 8] {
        let scene = creates(20).await;
        let disk = Disk::default();
        let script = |asked: &Asked<'_>| {
            assert!(
                asked.operation != Operation::CreateUser || asked.occurrence != 5,
                "a panic on purpose"
            );
            None
        };
        let report = scene
            .apply(scene.line(1, &disk, Box::new(script)), &disk, parallelism)
            .await
            .expect("it begins");
        assert_eq!(report.verdict, Verdict::Partial);
        let reasons = report.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Skipped { reason } => Some(reason),
            _ => None,
        });
        assert!(
            reasons
                .into_iter()
                .any(|reason| reason.contains("a worker ended unexpectedly")),
            "{report:#?}"
        );
        let resumed = scene
            .apply(scene.line(2, &disk, Box::new(|_| None)), &disk, parallelism)
            .await
            .expect("it goes on");
        assert_eq!(
            (resumed.verdict, scene.world()),
            (Verdict::Applied, scene.wanted())
        );
    }
    let scene = creates(3).await;
    let script = |asked: &Asked<'_>| {
        let is_check = matches!(asked.operation, Operation::LookUp | Operation::ListUsers);
        assert!(!is_check, "a panic on purpose");
        None
    };
    let disk = Disk::default();
    let error = scene
        .apply(scene.line(1, &disk, Box::new(script)), &disk, 4)
        .await
        .expect_err("a check that panics");
    assert!(error.to_string().contains("ended unexpectedly"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn f101_a_storm_of_errors_stops_the_run_and_it_goes_on_later() {
    let scene = creates(60).await;
    let disk = Disk::default();
    let mut struck = 0;
    let script = move |asked: &Asked<'_>| {
        struck += usize::from(asked.writes >= 20);
        (struck > 0).then_some(if struck % 2 == 0 {
            Fault::BrokenBeforeCommit
        } else {
            Fault::Reset
        })
    };
    let report = scene
        .apply(scene.line(1, &disk, Box::new(script)), &disk, 8)
        .await
        .expect("it begins");
    scene.check_report(&report, 1, "storm");
    scene.check_history("storm");
    let struck = scene
        .service
        .history()
        .iter()
        .filter(|one| one.fault.is_some())
        .count();
    // Five in a row, and what was under way then.
    assert!(
        report.verdict == Verdict::Partial && struck <= 5 + 8,
        "{struck} requests into the storm"
    );
    let told = report
        .outcomes
        .iter()
        .any(|outcome| format!("{outcome:?}").contains("because the directory is not well"));
    assert!(told, "{report:#?}");
    let resumed = scene
        .apply(scene.line(2, &disk, Box::new(|_| None)), &disk, 8)
        .await
        .expect("it goes on");
    assert_eq!(
        (resumed.verdict, scene.world()),
        (Verdict::Applied, scene.wanted())
    );
}

/// A service that takes so many requests in a while and refuses all others, as many do.
fn limited(limit: usize, window: Duration) -> impl FnMut(&Asked<'_>) -> Option<Fault> + Send {
    let mut taken: VecDeque<Instant> = VecDeque::new();
    move |_| {
        let now = Instant::now();
        while taken.front().is_some_and(|first| now - *first >= window) {
            taken.pop_front();
        }
        if taken.len() >= limit {
            return Some(Fault::Throttled(Throttle::Seconds));
        }
        taken.push_back(now);
        None
    }
}

#[tokio::test(start_paused = true)]
async fn f100_a_limit_is_kept_and_used() {
    let scene = creates(600).await;
    let disk = Disk::default();
    let begun = Instant::now();
    let script = limited(70, TOLD); // ten a second
    let report = scene
        .apply(scene.line(1, &disk, Box::new(script)), &disk, 16)
        .await
        .expect("it begins");
    assert_eq!(
        (report.verdict, scene.world()),
        (Verdict::Applied, scene.wanted()),
        "{report:#?}"
    );
    let history = scene.service.history();
    let refused = history.iter().filter(|one| one.fault.is_some()).count();
    let (sent, seconds) = (report.requests.total(), begun.elapsed().as_secs());
    // Whoever was under way when the limit was first met is refused too.
    assert!(
        refused <= 2 * 16 + history.len() / 100,
        "{refused} of {} were refused",
        history.len()
    );
    // It says to wait for longer than it must, each time.
    assert!(
        sent * 3 >= seconds * 10 * 2,
        "{sent} requests in {seconds} s, of ten a second, {refused} refused"
    );
    check_waits(&history);
}

#[tokio::test(start_paused = true)]
async fn f100_ten_thousand_refusals_and_nobody_comes_earlier_than_told() {
    let mut refusals = 0;
    let mut seed = 0;
    while refusals < 10_000 {
        let scene = patient_creates(60).await;
        let disk = Disk::default();
        let mut random = SmallRng::seed_from_u64(seed);
        let throttles = [Throttle::Seconds, Throttle::Date];
        let script = move |_: &Asked<'_>| {
            random
                .random_bool(0.5)
                .then(|| Fault::Throttled(throttles[random.random_range(0..2)]))
        };
        let report = scene
            .apply(scene.line(1, &disk, Box::new(script)), &disk, 16)
            .await
            .expect("it begins");
        assert_eq!(
            (report.verdict, scene.world()),
            (Verdict::Applied, scene.wanted()),
            "{report:#?}"
        );
        refusals += check_waits(&scene.service.history());
        seed += 1;
    }
}

/// Nobody comes earlier than told; gives how often it was told.
fn check_waits(history: &[Exchange]) -> usize {
    let mut refusals = 0;
    let mut closed_until: Option<(Instant, Instant)> = None;
    let mut ends: Vec<(Instant, Duration)> = history
        .iter()
        .filter_map(|one| Some((one.ended?, one.fault.and_then(Fault::told)?)))
        .collect();
    ends.sort();
    let mut ends = ends.into_iter().peekable();
    for one in history {
        while let Some((ended, told)) = ends.next_if(|(ended, _)| *ended < one.came) {
            refusals += 1;
            let until = closed_until.map_or(ended + told, |(_, until)| until.max(ended + told));
            closed_until = Some((ended, until));
        }
        if let Some((_, until)) = closed_until {
            assert!(
                one.came >= until,
                "{:?} too early: {}",
                until - one.came,
                one.in_short()
            );
        }
    }
    refusals
}
