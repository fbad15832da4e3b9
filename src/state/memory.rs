//! State in memory, for trials and for simulations of many runs.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::file::FileError;
use super::lock::{Holder, Lock, LockGuard};
use super::store::{Appending, Store};
use crate::journal::JournalFile;

/// State that ends with the process. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    shared: Arc<Mutex<MemoryFiles>>,
}

#[derive(Debug, Default)]
struct MemoryFiles {
    files: BTreeMap<String, Vec<u8>>,
    /// The time since which the lock is held.
    locked: Option<jiff::Timestamp>,
}

impl MemoryStore {
    fn shared(&self) -> MutexGuard<'_, MemoryFiles> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn prepare(&self) -> Result<(), FileError> {
        Ok(())
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, FileError> {
        Ok(self.shared().files.get(name).cloned())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.shared().files.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let shared = self.shared();
        let names = shared.files.keys().filter_map(|name| {
            let name = name.strip_prefix(folder)?.strip_prefix('/')?;
            (!name.contains('/')).then(|| name.to_owned())
        });
        Ok(names.collect())
    }

    fn append(&self, name: &str, length: usize) -> Result<Appending, FileError> {
        self.shared()
            .files
            .entry(name.to_owned())
            .or_default()
            .truncate(length);
        Ok(Appending::Instant(Box::new(MemoryFile {
            store: self.clone(),
            name: name.to_owned(),
        })))
    }

    fn lock(&self, now: jiff::Timestamp) -> Result<Result<Lock, Holder>, FileError> {
        let mut shared = self.shared();
        if let Some(since) = shared.locked {
            return Ok(Err(Holder {
                by: format!("this process since {since}"),
            }));
        }
        shared.locked = Some(now);
        Ok(Ok(Lock::new(MemoryLock(self.clone()))))
    }

    fn place(&self, name: &str) -> PathBuf {
        PathBuf::from("memory").join(name)
    }
}

struct MemoryFile {
    store: MemoryStore,
    name: String,
}

impl JournalFile for MemoryFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut shared = self.store.shared();
        shared
            .files
            .entry(self.name.clone())
            .or_default()
            .extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
struct MemoryLock(MemoryStore);

impl LockGuard for MemoryLock {
    fn excludes_others(&self) -> bool {
        true
    }
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.0.shared().locked = None;
    }
}
