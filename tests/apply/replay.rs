//! The same plan again and again: after its end, and after crashes of the runs that go on.

use wpsync::apply::{Outcome, Verdict};

use crate::mixed;
use crate::support::{Cut, How, Paper, run, seed};

#[tokio::test]
async fn f073_a_plan_that_was_applied_writes_nothing_two_hundred_times_over() {
    let world = mixed::world();
    let plan = mixed::plan(&world).await;
    let (line, paper) = (world.line(None), Paper::default());
    let report = run(&plan, &line, &paper, How::default()).await.expect("an end");
    assert_eq!(report.verdict, Verdict::Applied, "{report:?}");
    let wanted = world.contents();
    for round in 0..200 {
        let (line, paper) = (
            world.line(None),
            if round % 2 == 0 {
                paper.clone()
            } else {
                Paper::default()
            },
        );
        let report = run(
            &plan,
            &line,
            &paper,
            How {
                parallelism: 1 + round % 8,
                ..How::default()
            },
        )
        .await
        .expect("an end");
        assert_eq!(
            (report.verdict, line.writes().len()),
            (Verdict::AlreadyApplied, 0),
            "round {round}: {report:?}"
        );
    }
    assert_eq!(world.contents(), wanted);
}

/// One in eight of the pairs of a cut of the first run and a cut of the second; others in each run.
#[tokio::test]
async fn f116_a_crash_of_a_resume_is_a_crash_like_any_other() {
    let seed = seed();
    check_resumes(|pair| pair % 8 == seed % 8).await;
}

#[tokio::test]
#[ignore = "takes minutes: every pair of cuts"]
async fn f116_every_crash_of_every_resume_is_a_crash_like_any_other() {
    check_resumes(|_| true).await;
}

/// A cut of the first run, and a cut of the second: the third comes to the end. Pairs are numbered.
async fn check_resumes(takes_part: impl Fn(usize) -> bool) {
    let whole = mixed::world();
    let plan = mixed::plan(&whole).await;
    let line = whole.line(None);
    run(&plan, &line, &Paper::default(), How::default())
        .await
        .expect("an end");
    let (wanted, writes) = (whole.contents(), line.writes().len());
    let cuts = || (1..=writes).flat_map(|number| [Cut::Before(number), Cut::After(number)]);
    let pairs = cuts().flat_map(|first| cuts().map(move |second| (first, second)));
    let pairs = pairs.enumerate().filter(|(number, _)| takes_part(*number));
    let mut runs = 0;
    for (_, (first, second)) in pairs {
        for keeps_its_journal in [true, false] {
            let world = mixed::world();
            let (one, two, three) = (
                world.line(Some(first)),
                world.line(Some(second)),
                world.line(None),
            );
            let mut paper = Paper::default();
            for line in [&one, &two, &three] {
                let ended = run(
                    &plan,
                    line,
                    &paper,
                    How {
                        parallelism: 1,
                        ..How::default()
                    },
                )
                .await;
                let is_done = ended.is_none_or(|report| report.outcomes.iter().all(Outcome::is_done));
                assert!(
                    is_done,
                    "{first:?}, {second:?}, journal kept: {keeps_its_journal}"
                );
                if !keeps_its_journal {
                    paper = Paper::default();
                }
            }
            assert_eq!(
                world.contents(),
                wanted,
                "{first:?}, {second:?}, journal kept: {keeps_its_journal}"
            );
            let lost = [&one, &two]
                .iter()
                .filter(|line| line.writes().last().is_some_and(|write| write.did.is_none()))
                .count();
            assert_eq!(
                one.writes().len() + two.writes().len() + three.writes().len(),
                writes + lost,
                "only what was lost on its way is sent again"
            );
            runs += 1;
        }
    }
    println!("kills of a resume: {runs} runs");
    // At least one in eight of 4 * writes² pairs, rounded down, with the journal and without it.
    assert!(
        runs >= 4 * writes * writes / 8 * 2,
        "{runs} runs for {writes} writes"
    );
}
