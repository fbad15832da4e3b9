//! Which failures are safe to repeat, and when. A write is repeated only where the service, or the lack of a connection, says
//! that it was not done; anything else about a write is for its caller to look up.

use std::time::{Duration, SystemTime};

use rand::Rng as _;
use rand::rngs::SmallRng;

use super::transport::{Method, Response};
use super::{Dialect, Failure};

/// A service that asks for a longer wait than this gets no further requests from this run.
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// The bounds of exponential back-off.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// When a failed request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// After a wait of its own.
    After(Duration),
    /// After a wait that holds for everybody.
    AfterPause(Duration),
}

/// How often one request has failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tries {
    failed: u32,
    throttled: u32,
}

impl Tries {
    /// Counts a failure and says when to send again, if at all.
    pub(super) fn after(&mut self, method: Method, failure: &Failure, dialect: &Dialect, random: &mut SmallRng) -> Option<Again> {
        let told = match failure {
            Failure::Refused { retry_after, .. } => *retry_after,
            _ => None,
        };
        if told.is_some_and(|told| told > LONGEST_WAIT) {
            return None;
        }
        match failure {
            Failure::Refused { status, .. } if *status == 429 || (*status == 503 && told.is_some()) => {
                self.throttled += 1;
                let jitter = full_jitter(self.throttled, random);
                let wait = told.map_or(jitter, |told| told + jitter.min(Duration::from_secs(1)));
                (self.throttled < dialect.throttled_attempts).then_some(Again::AfterPause(wait))
            }
            Failure::Unreachable { .. } => self.count(dialect, random),
            Failure::Refused { status: 408 | 500 | 502 | 503 | 504, .. } | Failure::NoAnswer { .. } if method == Method::Get => {
                self.count(dialect, random)
            }
            _ => None,
        }
    }

    fn count(&mut self, dialect: &Dialect, random: &mut SmallRng) -> Option<Again> {
        self.failed += 1;
        (self.failed < dialect.attempts).then(|| Again::After(full_jitter(self.failed, random)))
    }
}

/// Anything up to a bound that doubles with each failure, so that many clients do not come back together.
fn full_jitter(failures: u32, random: &mut SmallRng) -> Duration {
    let bound = FIRST_BACKOFF.saturating_mul(1 << failures.min(10)).min(LONGEST_BACKOFF);
    bound.mul_f64(random.random::<f64>())
}

/// How long the service asked to wait: seconds, or a date that is measured against the answer's own `Date`, so that a wrong
/// clock on either side does no harm. What cannot be understood is no wish.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.header("retry-after").or_else(|| response.header("x-retry-after"))?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = response.header("date").and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or_else(SystemTime::now);
    Some(until.duration_since(now).unwrap_or_default())
}
