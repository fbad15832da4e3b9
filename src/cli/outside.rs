//! The real world: the only place where operations get the time and random numbers.

use std::io;
use std::sync::Arc;

use rand::TryRngCore as _;
use rand::rngs::OsRng;
use tokio::time::Instant;
use wpsync::apply::Stop;
use wpsync::operation::{Door, Environment, Keeping, Machine, Surroundings, Watch};

use super::shell::{Listen, Shell};
use super::signals;
use super::ui::Ui;

/// The machine that wpsync runs on.
struct ThisMachine;

impl Machine for ThisMachine {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn random(&self) -> io::Result<[u8; 16]> {
        let mut bytes = [0; 16];
        OsRng
            .try_fill_bytes(&mut bytes)
            .map_err(|error| io::Error::other(error.to_string()))?;
        Ok(bytes)
    }
}

/// The surroundings of a command's operations.
pub(crate) struct Outside {
    pub(crate) environment: Environment,
    listen: Listen,
    door: Door,
    keeping: Keeping,
}

impl Outside {
    pub(crate) fn of(shell: &Shell) -> Self {
        Self {
            environment: shell.environment.clone(),
            listen: Arc::clone(&shell.listen),
            door: Door::configured(),
            keeping: Keeping::Configured,
        }
    }

    /// Asks the run to stop at the first interruption or when a deadline passes. From now on, the first
    /// signal does not end the process.
    pub(crate) fn stop(&self, deadline: Option<Instant>, ui: &Ui) -> Stop {
        signals::stop((self.listen)(), deadline, ui.streams())
    }

    /// The surroundings, with an observer.
    pub(crate) fn watched_by<'a>(&'a self, watch: &'a dyn Watch) -> Surroundings<'a> {
        Surroundings {
            machine: &ThisMachine,
            environment: &self.environment,
            watch,
            door: &self.door,
            keeping: &self.keeping,
        }
    }
}

/// 128 random bits from the operating system, as 32 hexadecimal digits.
pub(crate) fn random_hexadecimal() -> io::Result<String> {
    Ok(wpsync::digest::hexadecimal(&ThisMachine.random()?))
}
