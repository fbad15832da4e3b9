//! The operations that state needs from its store: a few, on named files. A name is a path with `/`, as
//! `receipts/ID.json`.

use std::fmt;
use std::path::PathBuf;

use super::{FileError, Holder, Lock};
use crate::journal::JournalFile;

/// A place where state lives.
pub trait Store: fmt::Debug + Send + Sync {
    /// Prepares the store for writing.
    ///
    /// # Errors
    /// If the store cannot be prepared.
    fn prepare(&self) -> Result<(), FileError>;

    /// The content of a file. `None` if the file does not exist.
    ///
    /// # Errors
    /// When the file exists and cannot be read.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, FileError>;

    /// Creates or replaces a file. After success, the new content is durable. After a failure, the file has
    /// its old or its new content, never a part.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), FileError>;

    /// The names of the files in a folder, without the folder's name. Empty if there is no folder.
    ///
    /// # Errors
    /// When the folder cannot be read.
    fn list(&self, folder: &str) -> Result<Vec<String>, FileError>;

    /// Opens a file for appending after its first `length` bytes. The bytes after them are removed.
    ///
    /// # Errors
    /// When the file cannot be opened or truncated.
    fn append(&self, name: &str, length: usize) -> Result<Appending, FileError>;

    /// Takes the lock without waiting, or returns its holder.
    ///
    /// # Errors
    /// If it cannot be found out whether the lock is held.
    fn lock(&self, now: jiff::Timestamp) -> Result<Result<Lock, Holder>, FileError>;

    /// The path of a file, for messages.
    fn place(&self, name: &str) -> PathBuf;
}

/// A file for appending.
pub enum Appending {
    /// Syncing the file is slow, so a thread does it.
    Slow(Box<dyn JournalFile>),
    /// Syncing the file does not block.
    Instant(Box<dyn JournalFile>),
}

impl fmt::Debug for Appending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Slow(_) => "Slow",
            Self::Instant(_) => "Instant",
        })
    }
}
