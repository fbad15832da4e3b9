//! Everything that an operation needs from outside of the project. The caller provides it.

use std::io;

use super::door::Door;
use super::environment::Environment;
use super::problem::Problem;
use crate::apply;
use crate::diagnostics::{Diagnostics, Files};
use crate::digest::hexadecimal;
use crate::state::State;
use crate::survey;

/// The machine: its clock, and its source of random bytes.
pub trait Machine: Send + Sync {
    /// This instant.
    fn now(&self) -> jiff::Timestamp;

    /// 128 bits that nobody can guess.
    ///
    /// # Errors
    /// When the operating system has no random bytes to give.
    fn random(&self) -> io::Result<[u8; 16]>;
}

/// Watches an operation. Every method does nothing by default.
pub trait Watch: survey::ReadingObserver + apply::Observer {
    /// A note for readers of the result.
    fn note(&self, _text: &str) {}
    /// A failure that does not affect the result.
    fn warn(&self, _text: &str) {}
    /// A detail of what is being done.
    fn detail(&self, _text: &str) {}
    /// Problems in people's files that do not end the operation.
    fn diagnostics(&self, _problems: &Diagnostics, _files: &Files) {}
    /// The directory is about to be read.
    fn reading_begins(&self) {}
    /// The directory was read.
    fn reading_ends(&self) {}
    /// The directory was compared with the sources. The guards' verdict and the seal are still to come.
    fn compared(&self) {}
}

/// Watches nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl survey::ReadingObserver for Unwatched {}
impl apply::Observer for Unwatched {}
impl Watch for Unwatched {}

/// Where the state of a project lives: journals, receipts, what was last applied, and the lock.
#[derive(Clone, Debug)]
pub enum Keeping {
    /// In `.wpsync/` beside the project's configuration.
    Configured,
    /// In this state.
    Given(State),
}

/// What surrounds an operation.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The clock and the random bytes.
    pub machine: &'a dyn Machine,
    /// The environment variables that wpsync reads.
    pub environment: &'a Environment,
    /// The watcher of the operation.
    pub watch: &'a dyn Watch,
    /// How the directory is reached.
    pub door: &'a Door,
    /// Where the state lives.
    pub keeping: &'a Keeping,
}

impl Surroundings<'_> {
    /// This instant, in whole seconds.
    pub(super) fn second(&self) -> jiff::Timestamp {
        whole_second(self.machine.now())
    }

    /// The seed of the waits between retries. If there are no random bytes, every run has the same waits.
    pub(super) fn seed(&self) -> u64 {
        let bytes = self.machine.random().unwrap_or_default();
        bytes
            .iter()
            .take(8)
            .fold(0, |seed, byte| seed << 8 | u64::from(*byte))
    }

    /// 128 random bits as 32 hexadecimal digits.
    pub(super) fn random_hexadecimal(&self) -> Result<String, Problem> {
        let bytes = self.machine.random().map_err(|error| {
            let message = format!("the operating system gives no random bytes: {error}");
            Problem::error(message).caused_by(error)
        })?;
        Ok(hexadecimal(&bytes))
    }
}

/// An instant in whole seconds.
pub(super) fn whole_second(time: jiff::Timestamp) -> jiff::Timestamp {
    time.round(jiff::Unit::Second).unwrap_or(time)
}
