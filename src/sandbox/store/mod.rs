//! The file of the directory: opens it, reads snapshots of it, and writes to it in transactions. Nothing here
//! knows SCIM.

mod commit;
mod durability;
mod tables;

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use redb::backends::InMemoryBackend;
use redb::{Builder, Database, DatabaseError, ReadableDatabase as _, TableError};

use super::problem::ScimProblem;
use commit::Queue;
pub use durability::Durability;
pub(super) use tables::{
    RowSource, Slot, StoreReading, Tables, Writing, external_id_key, kind_byte, name_key, pair, sequence_key,
    sequence_of,
};

/// How many bytes of the file are kept in memory.
const CACHE: usize = 32 << 20;
const FORMAT: &[u8] = b"2";
/// The format in which names were kept in another form.
const FORMAT_BEFORE: &[u8] = b"1";

/// Why a directory's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// This process or another one has the file open.
    #[error("{}: the directory is in use by another process; wait for it to end, or stop it", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a directory file.
    #[error("{}: not a wpsync directory file: {reason}", path.display())]
    NotADirectoryFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with the file.
        reason: String,
    },
    /// The file cannot be opened or read.
    #[error("{}: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
    /// A bulk load was refused or the store failed.
    #[error("{0}")]
    Load(String),
    /// The service could not serve.
    #[error("cannot serve: {0}")]
    Serve(#[from] std::io::Error),
}

/// The open file.
pub(super) struct EmbeddedStore {
    database: Database,
    queue: Queue,
    /// The first rows of pages of plain listings, so that a walk by `startIndex` does not count from the
    /// first row each time.
    pub(super) pages: Mutex<super::page::PageStarts>,
}

impl EmbeddedStore {
    pub(super) fn open(path: &Path, durability: Durability) -> Result<Self, SandboxError> {
        let unusable = |reason: String| SandboxError::Unusable {
            path: path.to_owned(),
            reason,
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600); // people's data
        let file = options.open(path).map_err(|error| unusable(error.to_string()))?;
        let foreign = |reason: String| SandboxError::NotADirectoryFile {
            path: path.to_owned(),
            reason,
        };
        let database =
            Builder::new()
                .set_cache_size(CACHE)
                .create_file(file)
                .map_err(|error| match error {
                    DatabaseError::DatabaseAlreadyOpen => SandboxError::InUse {
                        path: path.to_owned(),
                    },
                    DatabaseError::Storage(redb::StorageError::Io(error))
                        if error.kind() != std::io::ErrorKind::InvalidData =>
                    {
                        unusable(error.to_string())
                    }
                    error => foreign(error.to_string()),
                })?;
        Self::prepare(database, durability).map_err(|problem| foreign(problem.detail))
    }

    pub(super) fn in_memory() -> Result<Self, ScimProblem> {
        let database = Builder::new()
            .set_cache_size(CACHE)
            .create_with_backend(InMemoryBackend::new())?;
        Self::prepare(database, Durability::Eventual)
    }

    /// Makes the tables of a new file, or checks those of an old one.
    fn prepare(database: Database, durability: Durability) -> Result<Self, ScimProblem> {
        let store = Self {
            database,
            queue: Queue::new(durability),
            pages: Mutex::default(),
        };
        let format = {
            let transaction = store.database.begin_read()?;
            match Tables::facts(&transaction) {
                Ok(facts) => facts,
                Err(TableError::TableDoesNotExist(_)) if transaction.list_tables()?.next().is_none() => None,
                Err(error) => return Err(error.into()),
            }
        };
        match format.as_deref() {
            Some(FORMAT) => {}
            Some(FORMAT_BEFORE) => store.write(|tables| {
                tables.name_without_capitals()?;
                tables.put_fact(tables::FORMAT, FORMAT)
            })?,
            Some(_) => {
                return Err(ScimProblem::internal(
                    &"it was written by a later version of wpsync",
                ));
            }
            None => store.write(|tables| tables.put_fact(tables::FORMAT, FORMAT))?,
        }
        Ok(store)
    }

    /// A snapshot of the committed state.
    pub(super) fn read(&self) -> Result<StoreReading, ScimProblem> {
        Tables::reading(&self.database.begin_read()?)
    }

    /// Runs `work` in a transaction and returns its result after the commit. Waiting jobs share one commit,
    /// so `work` must check everything before it writes anything: a refusal after a write would keep the
    /// write.
    pub(super) fn write<T, W>(&self, work: W) -> Result<T, ScimProblem>
    where
        T: Send + 'static,
        W: FnOnce(&mut Writing<'_>) -> Result<T, ScimProblem> + Send + 'static,
    {
        self.queue.write(&self.database, work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    #[test]
    fn a_file_whose_names_were_folded_more_widely_is_brought_into_the_new_form() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("directory.db");
        let open = || EmbeddedStore::open(&path, Durability::Eventual).expect("the file opens");
        let store = open();
        let write = |tables: &mut Writing<'_>| {
            for (sequence, name, folded) in [(1, "Ma\u{df}e", "masse"), (2, "Sales", "sales")] {
                let stored = serde_json::json!({ "displayName": name }).to_string();
                tables.store(Kind::Group, sequence, stored.as_bytes())?;
                let key = name_key(Kind::Group, folded);
                tables.put(|tables| &mut tables.names, &key, &sequence_key(sequence))?;
            }
            tables.put_fact(tables::FORMAT, FORMAT_BEFORE)
        };
        assert!(store.write(write).is_ok());
        drop(store);
        let reading = open().read().expect("a snapshot");
        let holder = |name| reading.by_name(Kind::Group, name).expect("a reading");
        assert_eq!(
            (holder("ma\u{df}e"), holder("masse"), holder("sales")),
            (Some(1), None, Some(2))
        );
    }
}
