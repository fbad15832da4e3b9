//! The state of applies: journals, receipts, the record of the last apply, and the lock. It is in `.wpsync/`
//! beside the project, where nobody else can read it, or in memory.

mod file;
mod folder;
mod history;
mod last_applied;
mod learnt;
mod lock;
mod memory;
mod quarantine;
mod receipt;
mod store;
mod unfinished;

pub use file::{FileError, private_folder, write_private};
pub use lock::{Holder, Lock, LockGuard};
pub use memory::MemoryStore;
pub use quarantine::Quarantine;
pub use store::{Appending, Store};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use folder::FolderStore;

use crate::journal::{Event, Journal, JournalError, Progress, replay};
use crate::plan::Plan;

/// The state of a project. Clones share it.
#[derive(Clone, Debug)]
pub struct State {
    store: Arc<dyn Store>,
}

impl State {
    /// The state of a project in its folder. Nothing is created yet.
    pub fn of(project: &Path) -> Self {
        Self::in_store(FolderStore::new(project.join(".wpsync")))
    }

    /// The state in a store.
    pub fn in_store(store: impl Store + 'static) -> Self {
        Self {
            store: Arc::new(store),
        }
    }

    /// State that ends with the process.
    pub fn in_memory() -> Self {
        Self::in_store(MemoryStore::default())
    }

    /// Prepares the state for writing.
    ///
    /// # Errors
    /// If the state's folders cannot be created.
    pub(crate) fn prepare(&self) -> Result<(), FileError> {
        self.store.prepare()
    }

    /// Takes the lock, or returns its holder.
    ///
    /// # Errors
    /// If it cannot be found out whether the lock is held.
    pub(crate) fn lock(&self, now: jiff::Timestamp) -> Result<Result<Lock, Holder>, FileError> {
        self.store.lock(now)
    }

    /// Opens the journal of a plan, with the progress of earlier runs.
    ///
    /// # Errors
    /// When the journal is damaged, belongs to another plan, or cannot be read or written.
    pub async fn journal(&self, plan: &Plan) -> Result<(Journal, Progress), JournalError> {
        let name = journal_name(&plan.header.plan_id);
        let io = |error: FileError| {
            let told = format!("{}: {}", error.path, error.reason);
            JournalError::Io(Arc::new(std::io::Error::other(told)))
        };
        let bytes = self.store.get(&name).map_err(io)?.unwrap_or_default();
        let replay = replay(&bytes)?;
        if let Some(Event::Begin { plan: begun, .. }) = replay.events.first()
            && *begun != plan.digest
        {
            return Err(JournalError::OtherPlan(*begun));
        }
        let journal = match self.store.append(&name, replay.valid_bytes).map_err(io)? {
            Appending::Slow(file) => Journal::start(file, &replay),
            Appending::Instant(file) => Journal::start_here(file, &replay),
        };
        if replay.events.is_empty() {
            journal
                .record(Event::Begin {
                    plan: plan.digest,
                    plan_id: plan.header.plan_id.clone(),
                })
                .await?;
        }
        Ok((journal, Progress::of(&replay.events)))
    }

    /// The path of a plan's receipt, for messages.
    pub(crate) fn receipt_place(&self, plan_id: &str) -> PathBuf {
        self.store.place(&receipt_name(plan_id))
    }
}

fn journal_name(plan_id: &str) -> String {
    format!("journal/{plan_id}")
}

fn receipt_name(plan_id: &str) -> String {
    format!("receipts/{plan_id}.json")
}

fn plan_name(plan_id: &str) -> String {
    format!("receipts/{plan_id}.plan.json")
}
