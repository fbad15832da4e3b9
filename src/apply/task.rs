//! What an apply is given, who watches it, and what ends it early.

use std::sync::Arc;

use tokio::sync::watch;

use crate::client::{DirectoryError, Writer};
use crate::journal::{Journal, JournalError, Progress};
use crate::model::Catalog;
use crate::plan::{Change, Plan};

use super::outcome::{Outcome, StopReason};

/// Watches a run.
pub trait Observer: Send + Sync {
    /// `count` of `total` changes were checked against the directory.
    fn checked(&self, _count: usize, _total: usize) {}
    /// A change is about to be made.
    fn started(&self, _change: &Change) {}
    /// A change came to an outcome.
    fn finished(&self, _change: &Change, _outcome: &Outcome) {}
}

/// A request to stop, that a signal handler, a clock or a test sends.
pub type Stop = watch::Receiver<Option<StopReason>>;

/// What an apply needs.
pub struct Apply<'a> {
    /// The plan, verified.
    pub plan: &'a Plan,
    /// The attributes that exist.
    pub catalog: Arc<Catalog>,
    /// The directory.
    pub writer: Writer,
    /// The journal of this plan.
    pub journal: Journal,
    /// What the journal says of earlier runs.
    pub progress: Progress,
    /// How many changes are made at once.
    pub parallelism: usize,
    /// Asks to stop.
    pub stop: Stop,
}

/// What ends a run before it has an outcome for every change.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The plan cannot be executed by this version.
    #[error("{0}")]
    Plan(String),
    /// The directory could not be read before anything was written.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The journal could not be written before anything was sent.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Ends when the run is asked to stop.
pub(super) async fn asked_to_stop(stop: &mut Stop) -> StopReason {
    loop {
        let asked = *stop.borrow_and_update();
        if let Some(reason) = asked {
            return reason;
        }
        if stop.changed().await.is_err() {
            return std::future::pending().await; // nobody is left who could ask
        }
    }
}
