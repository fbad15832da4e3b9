//! The rate limits of the emulated service: all request classes of its dialect, counted on the sandbox's
//! clock, and the answer to a request that comes too soon. Requests before the time that the client was told
//! are counted separately.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;

use super::super::problem::ScimProblem;
use crate::dialect::{Dialect, Method, Rate, Throttling};

const SECOND: i128 = 1_000_000_000;
/// The tolerance for inexact clocks and networks, in nanoseconds: 1 ms.
const TOLERANCE: i128 = SECOND / 1000;
/// Requests up to 0.3 s after a refusal were under way already, and do not count as early.
const UNDER_WAY: i128 = SECOND * 3 / 10;

/// How a client kept to the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PaceReport {
    /// How many requests were refused because they came too soon.
    pub throttled: u64,
    /// How many refused requests came before the time that the client was told.
    pub early: u64,
}

/// The facts that decide the class of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestFacts<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    /// The size of the body in bytes.
    pub(super) bytes: usize,
}

#[derive(Debug)]
pub(super) struct RateLimits {
    throttling: Throttling,
    state: Mutex<RateState>,
}

#[derive(Debug, Default)]
struct RateState {
    classes: Vec<RateClass>,
    pace: PaceReport,
}

#[derive(Debug)]
struct RateClass {
    rate: Rate,
    /// The times of the last passed requests, in nanoseconds since 1970.
    passed: VecDeque<i128>,
    /// The time when the burst's bucket is full again, in nanoseconds since 1970.
    full: i128,
    /// The time when a client was told to wait, and the time until which, in nanoseconds since 1970.
    told: Option<(i128, i128)>,
}

impl RateLimits {
    pub(super) fn of(dialect: &Dialect) -> Self {
        let class = |rate: &Rate| RateClass {
            rate: rate.clone(),
            passed: VecDeque::new(),
            full: 0,
            told: None,
        };
        let state = RateState {
            classes: dialect.rates.iter().map(class).collect(),
            pace: PaceReport::default(),
        };
        Self {
            throttling: dialect.emulation.throttling,
            state: Mutex::new(state),
        }
    }

    pub(super) fn pace(&self) -> PaceReport {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).pace
    }

    /// Lets a request pass, or refuses it with 429.
    pub(super) fn admit(&self, request: RequestFacts<'_>, now: Timestamp) -> Result<(), Box<Response>> {
        let RequestFacts { method, path, bytes } = request;
        let at = now.as_nanosecond();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let RateState { classes, pace } = &mut *state;
        let mut covering: Vec<&mut RateClass> = classes
            .iter_mut()
            .filter(|class| class.rate.covers(method, path, bytes))
            .collect();
        let Some(free) = covering.iter().map(|class| class.free_at()).max() else {
            return Ok(());
        };
        if free <= at + TOLERANCE {
            for class in &mut covering {
                class.note(at);
            }
            return Ok(());
        }
        pace.throttled += 1;
        if covering.iter().any(|class| {
            class
                .told
                .is_some_and(|(told, until)| told + UNDER_WAY < at && at < until)
        }) {
            pace.early += 1;
        }
        let seconds = (free - at).div_euclid(SECOND) + i128::from((free - at).rem_euclid(SECOND) > 0);
        if self.throttling != Throttling::Silent {
            for class in &mut covering {
                class.told = Some((at, free));
            }
        }
        Err(Box::new(
            self.refusal(i64::try_from(seconds).unwrap_or(i64::MAX), now),
        ))
    }

    fn refusal(&self, seconds: i64, now: Timestamp) -> Response {
        let mut answer =
            ScimProblem::new(StatusCode::TOO_MANY_REQUESTS, "too many requests of this kind").into_response();
        let until = now
            .checked_add(jiff::SignedDuration::from_secs(seconds))
            .unwrap_or(now);
        let said = match self.throttling {
            Throttling::RetryAfter => Some(("retry-after", seconds.to_string())),
            Throttling::RetryAfterDate => Some(("retry-after", date(until))),
            Throttling::XRetryAfter => Some(("x-retry-after", seconds.to_string())),
            // The header has whole seconds, so the time is rounded up.
            Throttling::RateLimitReset => Some(("x-ratelimit-reset", (until.as_second() + 1).to_string())),
            Throttling::Silent => None,
        };
        let headers: &mut HeaderMap = answer.headers_mut();
        if let Ok(value) = HeaderValue::from_str(&date(now)) {
            headers.insert(header::DATE, value);
        }
        if let Some((name, Ok(value))) = said.map(|(name, text)| (name, HeaderValue::from_str(&text))) {
            headers.insert(name, value);
        }
        answer
    }
}

/// A date in HTTP's form.
fn date(at: Timestamp) -> String {
    httpdate::fmt_http_date(std::time::SystemTime::from(at))
}

impl RateClass {
    /// The time from which the next request may pass, in nanoseconds since 1970.
    fn free_at(&self) -> i128 {
        let most = self.rate.requests as usize;
        let by_window = self
            .passed
            .len()
            .checked_sub(most)
            .map(|at| self.passed[at] + i128::from(self.rate.seconds) * SECOND);
        let by_burst = self
            .rate
            .burst
            .map(|burst| self.full - self.interval() * i128::from(burst.saturating_sub(1)));
        by_window.unwrap_or(0).max(by_burst.unwrap_or(0))
    }

    fn interval(&self) -> i128 {
        i128::from(self.rate.seconds) * SECOND / i128::from(self.rate.requests.max(1))
    }

    fn note(&mut self, at: i128) {
        self.passed.push_back(at);
        while self.passed.len() > self.rate.requests as usize {
            self.passed.pop_front();
        }
        self.full = self.full.max(at) + self.interval();
        self.told = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(rows: &str) -> RateLimits {
        RateLimits::of(&Dialect::parse(&format!("name: x\n{rows}")).expect("a dialect"))
    }

    fn request(method: Method, path: &str) -> RequestFacts<'_> {
        RequestFacts {
            method,
            path,
            bytes: 0,
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).expect("a time")
    }

    #[test]
    fn f100_what_comes_too_soon_is_told_when_to_come_back() {
        let limits = limits("rates: [{ methods: [GET], path: /Groups, requests: 2, seconds: 30 }]");
        let list = |seconds| {
            limits
                .admit(request(Method::Get, "/Groups"), at(seconds))
                .map_err(|answer| answer.headers()["retry-after"].clone())
        };
        assert_eq!((list(0), list(10)), (Ok(()), Ok(())));
        assert_eq!(
            list(12).map_err(|told| told.to_str().map(str::to_owned).unwrap_or_default()),
            Err("18".to_owned())
        );
        assert_eq!(
            limits.pace(),
            PaceReport {
                throttled: 1,
                early: 0
            }
        );
        assert!(list(20).is_err() && limits.admit(request(Method::Post, "/Groups"), at(20)).is_ok());
        assert_eq!(
            limits.pace(),
            PaceReport {
                throttled: 2,
                early: 1
            }
        );
        assert_eq!((list(30), list(40)), (Ok(()), Ok(())));
    }

    #[test]
    fn a_burst_is_refilled_evenly_and_every_form_of_the_header_says_when() {
        for (word, name, said) in [
            ("retry-after", "retry-after", "1"),
            ("retry-after-date", "retry-after", "Tue, 14 Nov 2023 22:13:21 GMT"),
            ("x-retry-after", "x-retry-after", "1"),
            ("rate-limit-reset", "x-ratelimit-reset", "1700000002"),
        ] {
            let limits = limits(&format!(
                "rates: [{{ requests: 60, seconds: 60, burst: 2 }}]\nthrottling: {word}"
            ));
            let ask = |seconds| limits.admit(request(Method::Post, "/Users"), at(seconds));
            assert!(ask(0).is_ok() && ask(0).is_ok());
            let answer = ask(0).expect_err("too soon");
            assert_eq!(
                answer.headers().get(name).and_then(|value| value.to_str().ok()),
                Some(said),
                "{word}"
            );
            assert!(ask(1).is_ok() && ask(1).is_err());
        }
    }
}
