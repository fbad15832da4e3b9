//! A disk for the state of a machine: of the journal, what was appended is there, what was synced survives,
//! and it can be torn; other files are there whole or not at all.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::Rng as _;
use rand::rngs::SmallRng;
use wpsync::journal::{Event, JournalFile, replay};
use wpsync::state::{Appending, FileError, Holder, Lock, MemoryStore, Store};

/// The disk of one machine. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    file: Arc<Mutex<File>>,
    others: Arc<Mutex<MemoryStore>>,
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
        *self.others() = MemoryStore::default();
    }

    /// Everything but the journal is gone.
    pub fn lose_receipts(&self) {
        *self.others() = MemoryStore::default();
    }

    fn others(&self) -> MutexGuard<'_, MemoryStore> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Disk {
    fn prepare(&self) -> Result<(), FileError> {
        Ok(())
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, FileError> {
        if name.starts_with("journal/") {
            return Ok(Some(self.file().bytes.clone()));
        }
        self.others().get(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.others().put(name, bytes)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, FileError> {
        self.others().list(folder)
    }

    /// As a run does that begins: only the end of a journal is ever torn.
    fn append(&self, _name: &str, length: usize) -> Result<Appending, FileError> {
        let mut file = self.file();
        file.bytes.truncate(length);
        file.synced = length;
        file.events = replay(&file.bytes).expect("a journal that is whole").events;
        Ok(Appending::Instant(Box::new(Handle(self.clone()))))
    }

    fn lock(&self, now: jiff::Timestamp) -> Result<Result<Lock, Holder>, FileError> {
        self.others().lock(now)
    }

    fn place(&self, name: &str) -> PathBuf {
        self.others().place(name)
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
