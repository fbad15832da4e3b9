//! A disk for a journal: what was appended is there, what was synced survives, and it can be torn.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::Rng as _;
use rand::rngs::SmallRng;
use wpsync::digest::Digest;
use wpsync::journal::{Event, Journal, JournalFile, Progress, replay};

/// A file of which everybody holds a handle.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    file: Arc<Mutex<File>>,
}

#[derive(Debug, Default)]
struct File {
    bytes: Vec<u8>,
    synced: usize,
    /// The events of what is synced.
    events: Vec<Event>,
}

impl Disk {
    fn file(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the journal that is on it, as a run does that begins.
    pub fn open(&self, plan: &Digest, plan_id: &str) -> (Journal, Progress) {
        let (journal, events) = {
            let mut file = self.file();
            let found = replay(&file.bytes).expect("only its end is ever torn");
            file.bytes.truncate(found.valid_bytes);
            file.synced = found.valid_bytes;
            file.events.clone_from(&found.events);
            (Journal::start_here(Handle(self.clone()), &found), found.events)
        };
        if events.is_empty() {
            let begin = Event::Begin {
                plan: plan.clone(),
                plan_id: plan_id.to_owned(),
            };
            let recording = journal.record(begin);
            futures_now(recording).expect("a disk that works");
        }
        (journal, Progress::of(&events))
    }

    /// Whether a change is intended, and nothing came of it yet, as far as a reader of the disk can tell.
    pub fn intends(&self, change: &str) -> bool {
        let last = |event: &Event| match event {
            Event::Intent { change: of } if of == change => Some(true),
            Event::Done { change: of, .. } | Event::Failed { change: of, .. } if of == change => Some(false),
            _ => None,
        };
        self.file().events.iter().rev().find_map(last).unwrap_or(false)
    }

    /// The machine lost its power: of what was not synced, anything may be left; and the last record may be
    /// torn.
    pub fn tear(&self, random: &mut SmallRng) {
        let mut file = self.file();
        let last = file.bytes[..file.bytes.len().saturating_sub(1)]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let cut = random.random_range(last..=file.bytes.len());
        file.bytes.truncate(cut);
    }

    /// The machine is gone, and its disk with it.
    pub fn lose(&self) {
        *self.file() = File::default();
    }
}

/// A future that never waits.
fn futures_now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("this journal never makes anybody wait"),
    }
}

struct Handle(Disk);

impl JournalFile for Handle {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.file().bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut file = self.0.file();
        let from = file.synced;
        for line in file.bytes[from..]
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>()
        {
            let json: serde_json::Value = serde_json::from_slice(&line[18..]).expect("a record");
            file.events
                .push(serde_json::from_value(json["event"].clone()).expect("an event"));
        }
        file.synced = file.bytes.len();
        Ok(())
    }
}
