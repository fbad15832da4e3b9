//! When a request is sent again: in paused time, so that every wait is exact.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use wpsync::client::Tries;
use wpsync::model::{Attributes, Kind};
use wpsync::wire::Failure;

use crate::support::{Scripted, reader, reply, reply_with, user, writer};

/// Refuses once with these headers, and answers afterwards.
fn throttled_once(status: u16, headers: &'static [(&'static str, &'static str)]) -> Arc<Scripted> {
    Arc::new(Scripted::new(move |_, number| {
        Ok(if number == 1 {
            reply_with(status, headers, "")
        } else {
            reply(200, &user("a").to_string())
        })
    }))
}

#[tokio::test(start_paused = true)]
async fn f100_nobody_sends_earlier_than_told() {
    const NOW: (&str, &str) = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
    let cases: [(&[(&str, &str)], u64); 6] = [
        (&[("retry-after", "7")], 7),
        (&[("retry-after", " 7 ")], 7),
        (&[("x-retry-after", "10")], 10),
        (&[("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT"), NOW], 30),
        (&[("retry-after", "Wed, 21 Oct 2015 07:27:00 GMT"), NOW], 0),
        (&[("retry-after", "900")], 900),
    ];
    for (headers, told) in cases {
        let headers: &'static [(&str, &str)] = headers.to_vec().leak();
        let transport = throttled_once(429, headers);
        let reader = reader(&transport, "").await;
        let begun = Instant::now();
        assert!(reader.get(Kind::User, "a").await.expect("an answer").is_some());
        let waited = begun.elapsed();
        assert!(
            waited >= Duration::from_secs(told) && waited <= Duration::from_secs(told + 2),
            "{headers:?}: {waited:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn f100_wishes_that_make_no_sense_are_backed_off_from() {
    for word in ["-1", "soon", "", "1e9", "7;x", "\u{ff}"] {
        let headers: &'static [(&str, &str)] = vec![("retry-after", &*word.to_owned().leak())].leak();
        let begun = Instant::now();
        reader(&throttled_once(429, headers), "")
            .await
            .get(Kind::User, "a")
            .await
            .expect("an answer");
        assert!(
            begun.elapsed() <= Duration::from_secs(30),
            "{word}: {:?}",
            begun.elapsed()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn f100_a_wait_longer_than_fifteen_minutes_is_an_error_at_once() {
    for told in ["901", "1000000000", "99999999999999999999999999"] {
        let headers: &'static [(&str, &str)] = vec![("retry-after", told)].leak();
        let transport = throttled_once(429, headers);
        let begun = Instant::now();
        let error = reader(&transport, "")
            .await
            .get(Kind::User, "a")
            .await
            .expect_err("too long");
        assert!(matches!(
            error.failure,
            Failure::Refused {
                status: 429,
                retry_after: Some(_),
                ..
            }
        ));
        assert_eq!((transport.requests().len(), begun.elapsed()), (1, Duration::ZERO));
    }
}

#[tokio::test(start_paused = true)]
async fn f100_a_pause_holds_for_everybody() {
    let begun = Instant::now();
    let transport = Arc::new(Scripted::new(move |_, number| {
        if number > 1 {
            assert!(
                begun.elapsed() >= Duration::from_mins(1),
                "request {number} was sent {:?} after the start",
                begun.elapsed()
            );
        }
        Ok(if number == 1 {
            reply_with(429, &[("retry-after", "60")], "")
        } else {
            reply(200, &user("a").to_string())
        })
    }));
    let reader = reader(&transport, "max_concurrency: 4\n").await;
    let first = {
        let reader = reader.clone();
        tokio::spawn(async move { reader.get(Kind::User, "a").await })
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    let rest: Vec<_> = (0..8)
        .map(|_| {
            let reader = reader.clone();
            tokio::spawn(async move { reader.get(Kind::User, "a").await })
        })
        .collect();
    for task in std::iter::once(first).chain(rest) {
        task.await.expect("no panic").expect("an answer");
    }
    assert_eq!(reader.tally().get, 11);
}

#[tokio::test(start_paused = true)]
async fn f100_a_write_is_never_sent_again_before_its_caller_has_looked() {
    for (headers, status, waits) in [
        (&[("retry-after", "7")][..], 429, Some(7)),
        (&[], 429, Some(0)),
        (&[("retry-after", "7")], 503, Some(7)),
        (&[("retry-after", "1000000000")], 429, None),
        (&[("retry-after", "7")], 400, None),
    ] {
        let transport = Arc::new(Scripted::new(move |_, _| Ok(reply_with(status, headers, ""))));
        let writer = writer(&transport, "").await;
        let error = writer
            .create(Kind::User, &Attributes::new(), &[])
            .await
            .expect_err("refused");
        assert_eq!(transport.requests().len(), 1, "{status} {headers:?}");
        let begun = Instant::now();
        assert_eq!(
            writer.waited_to_repeat(&mut Tries::default(), &error).await,
            waits.is_some(),
            "{status} {headers:?}"
        );
        drop(writer.create(Kind::User, &Attributes::new(), &[]).await);
        assert!(
            begun.elapsed() >= Duration::from_secs(waits.unwrap_or(0)),
            "{status} {headers:?}: everybody waits"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn f101_reads_are_tried_three_times_and_no_more() {
    for status in [500, 502, 503, 504] {
        let transport = Arc::new(Scripted::new(move |_, _| Ok(reply(status, ""))));
        reader(&transport, "")
            .await
            .get(Kind::User, "a")
            .await
            .expect_err("down");
        assert_eq!(transport.requests().len(), 3, "{status}");
    }
    let transport = Arc::new(Scripted::new(|_, _| {
        Err(Failure::Unreachable {
            origin: "x".into(),
            reason: "down".into(),
        })
    }));
    let writer = writer(&transport, "").await;
    let error = writer.delete(Kind::User, "a", None).await.expect_err("down");
    assert!(transport.requests().len() == 1 && error.stops_everything() && !error.may_have_been_applied());
    let mut tries = Tries::default();
    let mut again = 0;
    while writer.waited_to_repeat(&mut tries, &error).await {
        again += 1;
    }
    assert_eq!(again, 2, "three times in all");
}

#[tokio::test(start_paused = true)]
async fn f101_a_directory_that_is_not_well_is_left_alone() {
    let transport = Arc::new(Scripted::new(|_, number| {
        Ok(reply(if number <= 3 { 200 } else { 503 }, &user("a").to_string()))
    }));
    let reader = reader(&transport, "").await;
    for _ in 0..3 {
        reader.get(Kind::User, "a").await.expect("an answer");
    }
    for _ in 0..10 {
        reader.get(Kind::User, "a").await.expect_err("down");
    }
    let error = reader.get(Kind::User, "a").await.expect_err("down");
    let said = error.to_string();
    assert!(
        said.contains("5 requests in a row failed") && said.contains("503") && error.stops_everything(),
        "{said}"
    );
    assert_eq!(transport.requests().len(), 8, "five failures are enough");
}

#[tokio::test(start_paused = true)]
async fn f101_one_request_in_ten_is_a_repeat_at_the_most() {
    // Every sixteenth fails: not enough to give up, and often enough to repeat a lot.
    let transport = Arc::new(Scripted::new(|_, number| {
        Ok(reply(
            if number % 16 == 0 { 500 } else { 200 },
            &user("a").to_string(),
        ))
    }));
    let reader = reader(&transport, "").await;
    let mut failed = 0;
    for _ in 0..1000 {
        failed += usize::from(reader.get(Kind::User, "a").await.is_err());
    }
    let repeats = transport.requests().len() - 1000;
    assert!(
        failed == 0 && repeats > 50 && repeats <= 100,
        "{repeats} repeats, {failed} failed"
    );
}

#[tokio::test(start_paused = true)]
async fn f102_a_token_that_is_not_accepted_is_not_tried_again() {
    for status in [400, 401, 403, 404, 501] {
        let transport = Arc::new(Scripted::new(move |_, _| Ok(reply(status, ""))));
        drop(reader(&transport, "").await.get(Kind::User, "a").await);
        assert_eq!(transport.requests().len(), 1, "{status}");
    }
    let transport = Arc::new(Scripted::new(|_, _| {
        Ok(reply_with(429, &[("retry-after", "1")], ""))
    }));
    reader(&transport, "throttled_attempts: 5\n")
        .await
        .get(Kind::User, "a")
        .await
        .expect_err("for ever");
    assert_eq!(transport.requests().len(), 5);
}
