//! Group commit. One writer at a time takes all waiting jobs and runs them in one transaction, with one
//! `fsync`.

use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

use redb::{Database, WriteTransaction};

use super::super::problem::ScimProblem;
use super::durability::Durability;
use super::tables::{Tables, Writing};

/// Returns a job's result to its caller. The argument is the failure of the commit, if it failed.
type Deliver = Box<dyn FnOnce(Option<ScimProblem>) + Send>;
/// A job in a transaction. It returns the delivery of its result, and the store's failure, if any.
type Job = Box<dyn for<'t> FnOnce(&mut Writing<'t>) -> (Deliver, Option<ScimProblem>) + Send>;

pub(super) struct Queue {
    waiting: Mutex<Vec<Job>>,
    turn: Mutex<()>,
    durability: Durability,
}

impl Queue {
    pub(super) fn new(durability: Durability) -> Self {
        Self {
            waiting: Mutex::default(),
            turn: Mutex::new(()),
            durability,
        }
    }

    pub(super) fn write<T, W>(&self, database: &Database, work: W) -> Result<T, ScimProblem>
    where
        T: Send + 'static,
        W: FnOnce(&mut Writing<'_>) -> Result<T, ScimProblem> + Send + 'static,
    {
        let (sender, receiver) = mpsc::sync_channel(1);
        let job: Job = Box::new(move |tables| {
            let result = work(tables);
            let failure = result
                .as_ref()
                .err()
                .filter(|problem| problem.is_internal())
                .cloned();
            let deliver: Deliver = Box::new(move |failure| {
                // The receiver is on the stack of `write` below and outlives this.
                let _ = sender.send(failure.map_or(result, Err));
            });
            (deliver, failure)
        });
        lock(&self.waiting).push(job);
        let turn = lock(&self.turn);
        if let Ok(done) = receiver.try_recv() {
            return done; // the writer before ran this job too
        }
        let jobs = std::mem::take(&mut *lock(&self.waiting));
        self.run(database, jobs);
        drop(turn);
        receiver
            .recv()
            .unwrap_or_else(|_| Err(ScimProblem::internal(&"a write was given up")))
    }

    fn run(&self, database: &Database, jobs: Vec<Job>) {
        let mut deliveries = Vec::with_capacity(jobs.len());
        let failure = self.transact(database, jobs, &mut deliveries).err();
        for deliver in deliveries {
            deliver(failure.clone());
        }
    }

    fn transact(
        &self,
        database: &Database,
        jobs: Vec<Job>,
        deliveries: &mut Vec<Deliver>,
    ) -> Result<(), ScimProblem> {
        let mut transaction = database.begin_write()?;
        if self.durability == Durability::Eventual {
            transaction
                .set_durability(redb::Durability::None)
                .map_err(|error| ScimProblem::internal(&error))?;
        }
        if do_all(&transaction, jobs, deliveries)? {
            transaction.commit()?;
        } else {
            transaction.abort()?;
        }
        Ok(())
    }
}

/// Runs the jobs and returns whether anything was written. If the store failed, the transaction must be given
/// up.
fn do_all(
    transaction: &WriteTransaction,
    jobs: Vec<Job>,
    deliveries: &mut Vec<Deliver>,
) -> Result<bool, ScimProblem> {
    let mut tables = Tables::writing(transaction)?;
    let mut failed = None;
    for job in jobs {
        let (deliver, failure) = job(&mut tables);
        deliveries.push(deliver);
        failed = failed.or(failure);
    }
    if let Some(failure) = failed {
        return Err(failure);
    }
    if tables.changed {
        tables.count_commit()?;
    }
    Ok(tables.changed)
}

/// Locks a mutex, also after a panic: a panic leaves nothing half done behind these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
