//! The sources of ids and times. Tests can fix both.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rand::rngs::SmallRng;
use rand::{RngCore as _, SeedableRng as _};

/// Makes ids of resources: 32 hexadecimal digits.
#[derive(Clone, Debug)]
pub struct Identifiers {
    generator: Arc<Mutex<SmallRng>>,
}

impl Identifiers {
    /// Different ids in every run.
    pub(crate) fn random() -> Self {
        Self {
            generator: Arc::new(Mutex::new(SmallRng::from_os_rng())),
        }
    }

    /// The same ids in every run.
    pub fn seeded(seed: u64) -> Self {
        Self {
            generator: Arc::new(Mutex::new(SmallRng::seed_from_u64(seed))),
        }
    }

    pub(super) fn next(&self) -> String {
        let mut generator = self.generator.lock().unwrap_or_else(PoisonError::into_inner);
        format!("{:016x}{:016x}", generator.next_u64(), generator.next_u64())
    }
}

impl Default for Identifiers {
    fn default() -> Self {
        Self::random()
    }
}

/// The clock of `meta.created` and `meta.lastModified`.
#[derive(Clone)]
pub struct ServiceClock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl ServiceClock {
    /// A clock that calls `now`.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.0)()
    }
}

/// The machine's clock.
impl Default for ServiceClock {
    fn default() -> Self {
        Self::new(Timestamp::now)
    }
}

impl std::fmt::Debug for ServiceClock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ServiceClock")
    }
}
