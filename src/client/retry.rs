//! Which failures are worth another try, and when. Whether a request may be sent twice is decided elsewhere:
//! a read may, and before a write is repeated, the resource is read.

use std::time::Duration;

use rand::Rng as _;
use rand::rngs::SmallRng;

use crate::dialect::Dialect;
use crate::wire::Failure;
use crate::wire::Response;
use crate::wire::wait::{LONGEST_WAIT, retry_after};

/// The bounds of exponential back-off.
pub(crate) const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// When a failed request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// After a wait of this request alone.
    After(Duration),
    /// After a wait of all requests to the directory.
    AfterPause(Duration),
}

/// How often a request, or an operation of several requests, has failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    failed: u32,
    throttled: u32,
}

impl Tries {
    /// The number of the next attempt, from 1.
    pub(crate) const fn next(self) -> u32 {
        self.failed + self.throttled + 1
    }

    /// Counts a failure and says when to try again, if at all.
    pub(crate) fn after(
        &mut self,
        failure: &Failure,
        dialect: &Dialect,
        random: &mut SmallRng,
    ) -> Option<Again> {
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
            Failure::Refused {
                status: 408 | 500 | 502 | 503 | 504,
                ..
            }
            | Failure::Unreachable { .. }
            | Failure::NoAnswer { .. } => self.count(dialect, random),
            _ => None,
        }
    }

    fn count(&mut self, dialect: &Dialect, random: &mut SmallRng) -> Option<Again> {
        self.failed += 1;
        (self.failed < dialect.attempts).then(|| Again::After(full_jitter(self.failed, random)))
    }
}

/// Whether an answer says that the service is broken. A busy service is not broken.
pub(crate) fn is_broken(response: &Response) -> bool {
    matches!(response.status, 408 | 500 | 502 | 503 | 504) && retry_after(response).is_none()
}

/// A random wait up to a bound that doubles with each failure, so that many clients do not come back
/// together.
fn full_jitter(failures: u32, random: &mut SmallRng) -> Duration {
    let bound = FIRST_BACKOFF
        .saturating_mul(1 << failures.min(10))
        .min(LONGEST_BACKOFF);
    bound.mul_f64(random.random::<f64>())
}
