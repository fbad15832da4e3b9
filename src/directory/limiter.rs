//! How fast a directory is asked: a limit on requests under way, and one pause for everybody after the service said to wait.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Shared by all requests to one directory.
#[derive(Debug)]
pub(super) struct Limiter {
    places: Semaphore,
    paused_until: Mutex<Option<Instant>>,
}

impl Limiter {
    pub(super) fn new(max_concurrency: usize) -> Self {
        Self { places: Semaphore::new(max_concurrency.clamp(1, Semaphore::MAX_PERMITS)), paused_until: Mutex::new(None) }
    }

    /// Waits for a place, and until no pause is on. The place is free again when the guard is dropped.
    pub(super) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed, so there always is a permit.
        let permit = self.places.acquire().await.ok();
        // A pause may have grown while we slept.
        while let Some(until) = self.pause() {
            tokio::time::sleep_until(until).await;
        }
        permit
    }

    /// Nobody sends before this time has passed. Never shortens a pause.
    pub(super) fn pause_for(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut paused = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        if paused.is_none_or(|before| before < until) {
            *paused = Some(until);
        }
    }

    fn pause(&self) -> Option<Instant> {
        let paused = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        paused.filter(|until| *until > Instant::now())
    }
}
