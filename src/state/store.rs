//! What state asks of the place where it lives: a few operations on named files. A name is a path with `/`,
//! as `receipts/ID.json`.

use std::fmt;
use std::path::PathBuf;

use super::{FileError, Holder, Lock};
use crate::journal::JournalFile;

/// A place where state lives.
pub trait Store: fmt::Debug + Send + Sync {
    /// Makes ready to be written to.
    ///
    /// # Errors
    /// When that is not possible.
    fn prepare(&self) -> Result<(), FileError>;

    /// The content of a file; none where there is none.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, FileError>;

    /// Replaces a file, or creates it. When this returns, it is durable; when it fails, what was there before
    /// is.
    ///
    /// # Errors
    /// When it cannot be written.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), FileError>;

    /// The names of the files in a folder, without the folder's; none where there is no folder.
    ///
    /// # Errors
    /// When it cannot be read.
    fn list(&self, folder: &str) -> Result<Vec<String>, FileError>;

    /// Opens a file to be appended to after its first `length` bytes; what follows them is cut off.
    ///
    /// # Errors
    /// When it cannot be opened or cut.
    fn append(&self, name: &str, length: usize) -> Result<Appending, FileError>;

    /// Takes the lock, without waiting, or says who holds it.
    ///
    /// # Errors
    /// When nobody can say whether it is taken.
    fn lock(&self, now: jiff::Timestamp) -> Result<Result<Lock, Holder>, FileError>;

    /// Where a file stands, for messages.
    fn place(&self, name: &str) -> PathBuf;
}

/// A file that is appended to.
pub enum Appending {
    /// Syncing it takes long, so a thread does that.
    Slow(Box<dyn JournalFile>),
    /// It never makes anybody wait.
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
