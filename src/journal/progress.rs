//! How far an apply has come, by its journal. Each change has a status, and each event may change a status.

use std::collections::HashMap;

use super::Event;

/// How far a change has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// A request may have been sent, and its outcome is not known.
    Intended,
    /// The directory took it, and it was not read back yet.
    Taken {
        /// The resource's id.
        id: Option<Box<str>>,
    },
    /// It is done.
    Done {
        /// The resource's id.
        id: Option<Box<str>>,
    },
    /// It was refused.
    Failed,
}

/// How far every change has come.
#[derive(Debug, Default)]
pub struct Progress {
    statuses: HashMap<String, Status>,
    /// The id of each change's resource, from the first record that has it on.
    ids: HashMap<String, Box<str>>,
    finished: bool,
}

impl Progress {
    /// The progress that events describe.
    pub(crate) fn of(events: &[Event]) -> Self {
        let mut progress = Self::default();
        for event in events {
            progress.note(event);
        }
        progress
    }

    /// Updates the statuses by an event.
    pub(crate) fn note(&mut self, event: &Event) {
        let (change, status) = match event {
            Event::Begin { .. } => return,
            Event::Finished => {
                self.finished = true;
                return;
            }
            Event::Intent { change } => (change, Status::Intended),
            Event::Taken { change, id } => (change, Status::Taken { id: id.clone() }),
            Event::Done { change, id } => (change, Status::Done { id: id.clone() }),
            Event::Failed { change, .. } => (change, Status::Failed),
        };
        if let Status::Taken { id: Some(id) } | Status::Done { id: Some(id) } = &status {
            self.ids.insert(change.clone(), id.clone());
        }
        self.statuses.insert(change.clone(), status);
    }

    /// The id of a change's resource, if an answer to one of its writes told it.
    pub(crate) fn id_of(&self, change: &str) -> Option<&str> {
        self.ids.get(change).map(|id| &**id)
    }

    /// Whether a request of a change may have reached the directory.
    pub(crate) fn may_have_written_of(&self, change: &str) -> bool {
        self.statuses
            .get(change)
            .is_some_and(|status| *status != Status::Failed)
    }

    /// Whether a change was sent, or may have been, and no reading has shown it done.
    pub(crate) fn was_left_open(&self, change: &str) -> bool {
        let status = self.statuses.get(change);
        status.is_some_and(|status| matches!(status, Status::Intended | Status::Taken { .. }))
    }

    /// Whether every change was done.
    pub(crate) fn is_finished(&self) -> bool {
        self.finished
    }

    /// Whether anything may have been written.
    pub(crate) fn may_have_written(&self) -> bool {
        self.statuses.values().any(|status| *status != Status::Failed)
    }
}
