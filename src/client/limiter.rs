//! How fast a directory is asked. Four things hold a request back: a limit on the requests under way, the
//! rates of the dialect, a pause for all requests after the service said to wait, and a pace that becomes
//! slower when the service refuses a request as too early. A request is sent when all four allow it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use crate::client::pace::Pace;
use crate::client::trace::waited;
use crate::dialect::Dialect;
use crate::dialect::Rate;
use crate::wire::Request;

/// Added to the period of a rate, because requests that are sent evenly may arrive together.
const MARGIN: Duration = Duration::from_millis(100);

/// The limits on speed, shared by all requests to one directory.
#[derive(Debug)]
pub(crate) struct Limiter {
    places: Semaphore,
    paused_until: Mutex<Option<Instant>>,
    classes: Mutex<Vec<Class>>,
    pace: Mutex<Pace>,
}

/// Permission to have a request under way. Dropping it frees its place.
#[derive(Debug)]
pub(crate) struct Leave<'l> {
    _place: Option<SemaphorePermit<'l>>,
    /// When the request may be sent.
    at: Instant,
}

/// The requests of a rate.
#[derive(Debug)]
struct Class {
    rate: Rate,
    /// How many requests may be sent in the period of the rate. Fewer than the dialect says after the service
    /// refused requests as too early.
    most: usize,
    /// When the latest requests were sent, or will be; at most as many as the rate allows.
    sent: VecDeque<Instant>,
    /// When a whole burst may be sent at once again.
    full: Option<Instant>,
}

impl Class {
    fn covers(&self, request: &Request) -> bool {
        let bytes = request.body.as_deref().map_or(0, <[u8]>::len);
        self.rate.covers(request.method, &request.path, bytes)
    }
}

impl Limiter {
    pub(crate) fn new(dialect: &Dialect) -> Self {
        let class = |rate: &Rate| Class {
            most: rate.requests as usize,
            rate: rate.clone(),
            sent: VecDeque::new(),
            full: None,
        };
        Self {
            places: Semaphore::new(dialect.max_concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            paused_until: Mutex::new(None),
            classes: Mutex::new(dialect.rates.iter().map(class).collect()),
            pace: Mutex::default(),
        }
    }

    /// Waits until the request may be sent.
    pub(crate) async fn enter(&self, request: &Request) -> Leave<'_> {
        // The semaphore is never closed, so there always is a permit.
        let place = waited("other requests are under way", self.places.acquire())
            .await
            .ok();
        self.outlast_pause().await;
        let paced = self.pace().reserve(Instant::now());
        waited("the directory refused requests as too early", sleep_until(paced)).await;
        self.outlast_pause().await;
        if let Some(at) = self.reserve(request) {
            waited("the rates of the dialect", sleep_until(at)).await;
            self.outlast_pause().await;
        }
        Leave {
            _place: place,
            at: Instant::now(),
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the service answered a request, and not with 429.
    pub(crate) fn taken(&self) {
        self.pace().taken();
    }

    /// Holds all requests back for a duration. A longer pause that is on already stays.
    pub(crate) fn pause_for(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut paused = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        if paused.is_none_or(|before| before < until) {
            *paused = Some(until);
        }
    }

    /// Makes all requests slower, and reduces the rates of this request by a quarter, because the service
    /// refused the request as too early.
    pub(crate) fn slow_down(&self, request: &Request, leave: &Leave<'_>, pause: Duration) {
        self.pace().refused(leave.at, Instant::now(), pause);
        for class in self
            .classes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter_mut()
        {
            if class.covers(request) {
                class.most = (class.most * 3 / 4).max(1);
            }
        }
    }

    /// Reserves the time at which all classes of a request allow it; `None` if it belongs to no class.
    fn reserve(&self, request: &Request) -> Option<Instant> {
        let mut classes = self.classes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut covering: Vec<&mut Class> =
            classes.iter_mut().filter(|class| class.covers(request)).collect();
        let now = Instant::now();
        let at = covering.iter().map(|class| class.earliest(now)).max()?;
        for class in &mut covering {
            class.note(at);
        }
        Some(at)
    }

    async fn outlast_pause(&self) {
        // A pause may have grown while we slept.
        while let Some(until) = self.pause() {
            waited("the directory asked to wait", sleep_until(until)).await;
        }
    }

    fn pause(&self) -> Option<Instant> {
        let paused = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        paused.filter(|until| *until > Instant::now())
    }
}

impl Class {
    fn window(&self) -> Duration {
        Duration::from_secs(u64::from(self.rate.seconds)) + MARGIN
    }

    /// The time after which one more request of a burst may be sent.
    fn interval(&self) -> Duration {
        Duration::from_secs(u64::from(self.rate.seconds))
            / u32::try_from(self.most).unwrap_or(u32::MAX).max(1)
    }

    /// The earliest time at which a request of the class may be sent: never more than `most` in any window,
    /// and never more than the burst at once.
    fn earliest(&self, now: Instant) -> Instant {
        let by_window = self
            .sent
            .len()
            .checked_sub(self.most)
            .and_then(|at| self.sent.get(at))
            .map(|sent| *sent + self.window());
        let slack = self.interval() * (self.rate.burst() - 1);
        let by_burst = self.rate.burst.and_then(|_| self.full?.checked_sub(slack));
        now.max(by_window.unwrap_or(now)).max(by_burst.unwrap_or(now))
    }

    fn note(&mut self, at: Instant) {
        self.sent.push_back(at);
        while self.sent.len() > self.rate.requests as usize {
            self.sent.pop_front();
        }
        self.full = Some(self.full.map_or(at, |full| full.max(at)) + self.interval());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Method;

    fn limiter(rates: &str) -> Limiter {
        let dialect =
            Dialect::parse(&format!("name: x\nmax_concurrency: 1000\nrates: {rates}")).expect("a dialect");
        Limiter::new(&dialect)
    }

    /// The seconds after which each of `count` requests was sent.
    async fn times(limiter: &Limiter, request: &Request, count: usize) -> Vec<u64> {
        let begun = Instant::now();
        let mut times = Vec::new();
        for _ in 0..count {
            drop(limiter.enter(request).await);
            times.push(begun.elapsed().as_secs());
        }
        times
    }

    #[tokio::test(start_paused = true)]
    async fn f100_no_window_of_a_class_holds_more_than_it_may() {
        let limiter = limiter("[{ methods: [GET], path: /Groups, requests: 5, seconds: 30 }]");
        let list = Request::new(Method::Get, &["Groups"]);
        assert_eq!(
            times(&limiter, &list, 12).await,
            [0, 0, 0, 0, 0, 30, 30, 30, 30, 30, 60, 60]
        );
        let of_a_group = Request::new(Method::Get, &["Groups", "g"]);
        assert_eq!(
            times(&limiter, &of_a_group, 100).await.last(),
            Some(&0),
            "another class is not held up"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_followed_by_an_even_pace() {
        let limiter = limiter("[{ requests: 60, seconds: 60, burst: 3 }]");
        assert_eq!(
            times(&limiter, &Request::new(Method::Post, &["Users"]), 6).await,
            [0, 0, 0, 1, 2, 3]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_keeps_to_every_class_that_it_is_of() {
        let limiter = limiter("[{ requests: 4, seconds: 10 }, { methods: [POST], requests: 1, seconds: 1 }]");
        assert_eq!(
            times(&limiter, &Request::new(Method::Post, &["Users"]), 6).await,
            [0, 1, 2, 3, 10, 11]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_for_haste_makes_a_class_slower() {
        let limiter = limiter("[{ requests: 4, seconds: 10 }]");
        let request = Request::new(Method::Get, &["Users"]);
        let leave = limiter.enter(&request).await;
        limiter.taken();
        tokio::time::sleep(Duration::from_secs(20)).await;
        limiter.slow_down(&request, &limiter.enter(&request).await, Duration::from_secs(2));
        drop(leave);
        limiter.pause_for(Duration::from_secs(2));
        // The service took one request in 22 seconds.
        assert_eq!(times(&limiter, &request, 3).await, [2, 24, 46]);
    }
}
