//! Where the time of a plan goes: the steps of `wpsync plan`, one by one, in this process.

use std::io;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use wpsync::operation::{self, Ask, Door, Environment, Keeping, Location, Machine, Surroundings, Watch};
use wpsync::state::State;

use crate::Failure;
use crate::directory::Directory;
use crate::project::Project;

/// How long each step took.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    pub parse: Duration,
    pub read: Duration,
    pub compare: Duration,
    pub seal: Duration,
    changes: usize,
}

impl Shares {
    /// All steps together.
    pub fn total(&self) -> Duration {
        self.parse + self.read + self.compare + self.seal
    }

    /// The better of two, each step for itself.
    pub fn best(self, other: Self) -> Self {
        Self {
            parse: self.parse.min(other.parse),
            read: self.read.min(other.read),
            compare: self.compare.min(other.compare),
            seal: self.seal.min(other.seal),
            changes: self.changes,
        }
    }

    /// Whether the plan was what it should have been: a fast wrong answer is no figure.
    pub fn check(&self, project: &Project) -> Result<(), Failure> {
        let percent = project.percent_changed;
        let expected = (0..project.organisation.people)
            .filter(|number| number % 100 < percent)
            .count();
        if self.changes == expected {
            Ok(())
        } else {
            Err(format!("{} changes, and {expected} were expected", self.changes).into())
        }
    }
}

/// When the steps of a plan ended.
#[derive(Default)]
struct Steps {
    read: OnceLock<Instant>,
    compared: OnceLock<Instant>,
}

impl wpsync::survey::ReadingObserver for Steps {}
impl wpsync::apply::Observer for Steps {}

impl Watch for Steps {
    fn reading_ends(&self) {
        self.read.get_or_init(Instant::now);
    }

    fn compared(&self) {
        self.compared.get_or_init(Instant::now);
    }
}

/// This machine's clock, and no chance.
struct ThisMachine;

impl Machine for ThisMachine {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn random(&self) -> io::Result<[u8; 16]> {
        Ok([0; 16])
    }
}

/// Goes through the steps once.
pub async fn measure(project: &Project, directory: &Directory) -> Result<Shares, Failure> {
    let (steps, environment) = (Steps::default(), Environment::default());
    let door = Door::given(directory.line()?);
    let around = Surroundings {
        machine: &ThisMachine,
        environment: &environment,
        watch: &steps,
        door: &door,
        keeping: &Keeping::Given(State::in_memory()),
    };
    let location = Location::on_disk(project.configuration(), None);
    let start = Instant::now();
    let mut opened = operation::open(&location, &around)?;
    let begun = Instant::now();
    let made = operation::plan(&mut opened, &Ask::default(), &around).await?;
    std::hint::black_box(made.plan().to_bytes());
    let end = Instant::now();
    directory.release();
    let (Some(read), Some(compared)) = (steps.read.get(), steps.compared.get()) else {
        return Err("a step is missing".into());
    };
    Ok(Shares {
        parse: begun - start,
        read: *read - begun,
        compare: *compared - *read,
        seal: end - *compared,
        changes: made.plan().changes.len(),
    })
}
