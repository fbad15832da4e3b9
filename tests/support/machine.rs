//! A machine that runs operations in a test: its clock and chance, its state, and its way to a directory.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::time::Instant;
use wpsync::client::transport::Transport;
use wpsync::operation::{
    self, Ask, Door, Environment, Keeping, Machine, Made, Opened, Problem, Surroundings, Watch,
};
use wpsync::plan::guard::Waiver;
use wpsync::state::State;

/// A clock that nobody waits for, and chance that a seed repeats.
pub struct Simulated {
    /// What the time was when the clock began.
    start: jiff::Timestamp,
    begun: Instant,
    random: Mutex<SmallRng>,
}

impl Simulated {
    /// A clock that begins now, at this time.
    pub fn new(start: jiff::Timestamp, seed: u64) -> Self {
        Self {
            start,
            begun: Instant::now(),
            random: Mutex::new(SmallRng::seed_from_u64(seed)),
        }
    }
}

impl Machine for Simulated {
    fn now(&self) -> jiff::Timestamp {
        self.start + jiff::SignedDuration::try_from(self.begun.elapsed()).expect("a test is short")
    }

    fn random(&self) -> io::Result<[u8; 16]> {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(random.random())
    }
}

/// A machine at work.
pub struct Runner {
    machine: Simulated,
    environment: Environment,
    door: Door,
    keeping: Keeping,
}

impl Runner {
    /// A machine whose directory is at the end of a line, whatever the configuration says, and whose state is
    /// here.
    pub fn new(machine: Simulated, line: Arc<dyn Transport>, state: State) -> Self {
        Self {
            machine,
            environment: Environment::default(),
            door: Door::given(line),
            keeping: Keeping::Given(state),
        }
    }

    /// What surrounds its operations.
    pub fn watched_by<'a>(&'a self, watch: &'a dyn Watch) -> Surroundings<'a> {
        Surroundings {
            machine: &self.machine,
            environment: &self.environment,
            watch,
            door: &self.door,
            keeping: &self.keeping,
        }
    }
}

/// Plans. What a guard refuses, somebody waives: the companies of tests are small, and half of them leaves.
///
/// # Errors
/// As [`operation::plan`].
pub async fn plan_waiving(opened: &mut Opened, around: &Surroundings<'_>) -> Result<Made, Problem> {
    let made = operation::plan(opened, &Ask::default(), around).await?;
    if made.refusals().is_empty() {
        return Ok(made);
    }
    let made = operation::plan(opened, &waiving(&made), around).await?;
    assert_eq!(made.refusals(), &[] as &[String]);
    Ok(made)
}

/// The same again, with every exception that it needs.
pub fn waiving(made: &Made) -> Ask {
    let figures = &made.plan().header.guards;
    let waiver = |figure: &wpsync::plan::guard::GuardFigure| Waiver {
        count: figure.count,
        guard: figure.guard.clone(),
        reason: "a trial".to_owned(),
    };
    Ask {
        waivers: figures
            .iter()
            .filter(|figure| figure.is_over())
            .map(waiver)
            .collect(),
        ..Ask::default()
    }
}
