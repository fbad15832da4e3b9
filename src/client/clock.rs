//! How far this machine's clock is from the service's clock, by the service's `Date` (RFC 9110, section
//! 6.6.1).

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::wire::Response;

/// Nothing is known yet.
const UNKNOWN: i64 = i64::MIN;

/// The offset by the last answer, in seconds; positive if the service is ahead.
#[derive(Debug)]
pub(crate) struct Clock(AtomicI64);

impl Default for Clock {
    fn default() -> Self {
        Self(AtomicI64::new(UNKNOWN))
    }
}

impl Clock {
    /// Reads the `Date` of an answer. An answer from a cache is older by its `Age`, which is added.
    pub(crate) fn observe(&self, response: &Response) {
        let Some(date) = response
            .header("date")
            .and_then(|date| httpdate::parse_http_date(date).ok())
        else {
            return;
        };
        let age = response
            .header("age")
            .and_then(|age| age.trim().parse().ok())
            .map_or(Duration::ZERO, Duration::from_secs);
        let Some(there) = date.checked_add(age) else {
            return;
        };
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        let offset = match there.duration_since(response.received) {
            Ok(ahead) => seconds(ahead),
            Err(behind) => -seconds(behind.duration()),
        };
        self.0.store(offset, Ordering::Relaxed);
    }

    /// The offset in seconds; `None` if the service did not tell its time.
    pub(crate) fn offset(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|offset| *offset != UNKNOWN)
    }
}
