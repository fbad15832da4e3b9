//! The real world: the one place that reads the clock, the environment and chance for operations.

use std::io;

use rand::TryRngCore as _;
use rand::rngs::OsRng;
use wpsync::operation::{Door, Environment, Keeping, Machine, Surroundings, Watch};

/// The machine that this runs on.
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

/// What surrounds the operations of this process.
pub(crate) struct Outside {
    environment: Environment,
    door: Door,
    keeping: Keeping,
}

impl Outside {
    pub(crate) fn new() -> Self {
        Self {
            environment: Environment::new(|name| std::env::var_os(name)),
            door: Door::configured(),
            keeping: Keeping::Configured,
        }
    }

    /// The same, watched.
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

/// 128 random bits of the operating system, as 32 hexadecimal digits.
pub(crate) fn random_hexadecimal() -> io::Result<String> {
    Ok(wpsync::digest::hexadecimal(&ThisMachine.random()?))
}
