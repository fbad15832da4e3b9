//! State in a folder that nobody else can read.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::file::{FileError, private_folder, private_options, sync_folder, write_private};
use super::lock::{FileLock, Holder, Lock};
use super::store::{Appending, Store};
use crate::killpoint::reached;

/// A folder of state. Nothing is created before the first write.
#[derive(Clone, Debug)]
pub(super) struct FolderStore {
    folder: PathBuf,
}

impl FolderStore {
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }
}

impl Store for FolderStore {
    fn prepare(&self) -> Result<(), FileError> {
        for name in ["", "journal", "receipts"] {
            private_folder(&self.folder.join(name))?;
        }
        let ignore = self.folder.join(".gitignore");
        if !ignore.exists() {
            write_private(&ignore, b"*\n")?;
        }
        Ok(())
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, FileError> {
        let path = self.place(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::at("read", &path)(error)),
        }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        let path = self.place(name);
        if let Some(folder) = path.parent() {
            private_folder(folder)?;
        }
        write_private(&path, bytes)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let folder = self.place(folder);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(FileError::at("read", &folder)(error)),
        };
        let name = |entry: io::Result<fs::DirEntry>| {
            let entry = entry.map_err(FileError::at("read", &folder))?;
            Ok(entry.file_name().to_string_lossy().into_owned())
        };
        entries.map(name).collect()
    }

    fn append(&self, name: &str, length: usize) -> Result<Appending, FileError> {
        let path = self.place(name);
        let open = || -> io::Result<fs::File> {
            let file = private_options().create(true).append(true).open(&path)?;
            reached("journal.opened");
            file.set_len(length as u64)?;
            if let Some(folder) = path.parent() {
                sync_folder(folder)?;
            }
            Ok(file)
        };
        let file = open().map_err(FileError::at("write", &path))?;
        Ok(Appending::Slow(Box::new(file)))
    }

    fn lock(&self, now: jiff::Timestamp) -> Result<Result<Lock, Holder>, FileError> {
        let path = self.place("lock");
        let taken = FileLock::take(&path, now).map_err(FileError::at("lock", &path))?;
        Ok(taken.map(Lock::new))
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}
