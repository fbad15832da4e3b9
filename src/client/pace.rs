//! How fast requests are sent after the service refused one as too early: about as fast as the service took
//! them before, and a little faster with time, until it refuses again. A service that never refuses is never
//! slowed down. Pure arithmetic on given times.

use std::time::Duration;

use tokio::time::Instant;

/// The pace becomes faster after every 50 requests that were taken.
const STEP: u32 = 50;
/// Each step makes the time between requests 2 % shorter.
const FASTER: f64 = 0.98;
/// Each refusal makes an existing time between requests 10 % longer.
const SLOWER: f64 = 1.1;
/// The longest time between two requests.
const LONGEST: Duration = Duration::from_secs(30);
/// A time between requests that is shorter than 0.5 ms is dropped: then there is no pace.
const SHORTEST: Duration = Duration::from_micros(500);

/// The pace of all requests to one directory.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// The time between two requests; `None` if there is no pace.
    interval: Option<Duration>,
    /// When the next request may be sent.
    next: Option<Instant>,
    /// When the first request since the last refusal was sent.
    begun: Option<Instant>,
    /// How many requests were taken since then.
    taken: u32,
    /// How many of these were taken since the pace was last made faster.
    since_step: u32,
    /// When the pace was last made slower. A refused request that was sent before this time tells nothing
    /// new.
    slowed: Option<Instant>,
}

impl Pace {
    /// Reserves the next time at which a request may be sent.
    pub(crate) fn reserve(&mut self, now: Instant) -> Instant {
        let at = self.next.map_or(now, |next| next.max(now));
        self.next = self.interval.map(|interval| at + interval);
        self.begun.get_or_insert(at);
        at
    }

    /// Notes that a request was taken.
    pub(crate) fn taken(&mut self) {
        self.taken += 1;
        self.since_step += 1;
        if self.since_step >= STEP {
            self.since_step = 0;
            self.interval = self
                .interval
                .map(|interval| interval.mul_f64(FASTER))
                .filter(|interval| *interval > SHORTEST);
        }
    }

    /// Makes the pace slower, because a request that was sent at `sent` was refused as too early at `now`,
    /// and the service wants a pause.
    pub(crate) fn refused(&mut self, sent: Instant, now: Instant, pause: Duration) {
        if self.slowed.is_some_and(|slowed| sent <= slowed) {
            return;
        }
        let interval = match (self.interval, self.begun) {
            (Some(interval), _) => interval.mul_f64(SLOWER),
            // The service took these requests in this time plus the pause.
            (None, Some(begun)) => (now.duration_since(begun) + pause) / self.taken.max(1),
            (None, None) => pause,
        };
        *self = Self {
            interval: Some(interval.min(LONGEST)),
            next: Some(now + pause),
            slowed: Some(now),
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Simulates an hour with a service that takes `limit` requests in each window and tells when the next
    /// window begins. Returns how many requests were taken and how many were refused.
    fn hour(limit: u32, window: Duration) -> (u32, u32) {
        let begun = Instant::now();
        let (mut pace, mut now, mut opened, mut left) = (Pace::default(), begun, begun, limit);
        let (mut taken, mut refused) = (0, 0);
        while now < begun + Duration::from_hours(1) {
            now = pace.reserve(now);
            while now >= opened + window {
                (opened, left) = (opened + window, limit);
            }
            if left > 0 {
                left -= 1;
                taken += 1;
                pace.taken();
            } else {
                refused += 1;
                let pause = opened + window - now;
                pace.refused(now, now, pause);
                now += pause;
            }
            now += Duration::from_micros(100);
        }
        (taken, refused)
    }

    #[test]
    fn f100_a_limit_is_used_and_seldom_met() {
        for (limit, seconds) in [(5, 1), (100, 60), (1, 1), (20, 1), (600, 60), (1000, 10)] {
            let (taken, refused) = hour(limit, Duration::from_secs(seconds));
            let most = limit * 3600 / u32::try_from(seconds).expect("small");
            assert!(
                taken * 100 >= most * 90,
                "{limit} in {seconds} s: {taken} of {most} were used"
            );
            assert!(
                refused * 100 <= taken,
                "{limit} in {seconds} s: {refused} of {taken} were refused"
            );
        }
    }

    #[test]
    fn a_service_that_never_refuses_is_never_held_up() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        for _ in 0..1000 {
            assert_eq!(pace.reserve(now), now);
            pace.taken();
        }
    }
}
