//! `.wpsync/`: where journals, receipts and the lock live, readable by nobody else; and how files are
//! replaced so that there is always the old one or the new one, never half.

mod history;
mod last_applied;
mod lock;
mod quarantine;
mod receipt;

pub use lock::{Held, Lock};
pub use quarantine::{MOST_FAILURES, Quarantine};
pub use receipt::{Memory, Receipt, ReceiptLine};

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::journal::{Event, Journal, JournalError, Progress, replay};
use crate::killpoint::reached;
use crate::plan::Plan;

/// The folder of a project's state.
#[derive(Clone, Debug)]
pub struct State {
    folder: PathBuf,
}

/// A failure to read or write a file of ours.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {path}: {reason}")]
pub struct FileError {
    /// What was tried.
    pub doing: &'static str,
    /// The file.
    pub path: String,
    /// The cause.
    pub reason: io::Error,
}

impl FileError {
    /// For `map_err`.
    pub fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = crate::escape::Escaped(&path.display().to_string()).to_string();
        move |reason| Self { doing, path, reason }
    }
}

impl State {
    /// The state of the project in a folder. Nothing is created yet.
    pub fn of(project: &Path) -> Self {
        Self {
            folder: project.join(".wpsync"),
        }
    }

    /// Creates the folders, readable by nobody else.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn prepare(&self) -> Result<(), FileError> {
        for folder in [
            self.folder.clone(),
            self.folder.join("journal"),
            self.folder.join("receipts"),
        ] {
            private_folder(&folder)?;
        }
        let ignore = self.folder.join(".gitignore");
        if !ignore.exists() {
            write_private(&ignore, b"*\n")?;
        }
        Ok(())
    }

    /// Takes the lock, or says who holds it.
    ///
    /// # Errors
    /// When the lock's file cannot be opened.
    pub fn lock(&self) -> Result<Result<Lock, Held>, FileError> {
        let path = self.folder.join("lock");
        Lock::take(&path).map_err(FileError::at("lock", &path))
    }

    /// Opens the journal of a plan, with what it says of earlier runs.
    ///
    /// # Errors
    /// When it is damaged, belongs to another plan, or cannot be written.
    pub async fn journal(&self, plan: &Plan) -> Result<(Journal, Progress), JournalError> {
        let path = self.folder.join("journal").join(&plan.header.plan_id);
        let io = |error: io::Error| JournalError::Io(format!("{}: {error}", path.display()));
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(io(error)),
        };
        let replay = replay(&bytes)?;
        if let Some(Event::Begin { plan: other, .. }) = replay.events.first()
            && *other != plan.digest
        {
            return Err(JournalError::OtherPlan(*other));
        }
        let file = private_options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(io)?;
        reached("journal.opened");
        file.set_len(replay.valid_bytes as u64).map_err(io)?;
        sync_folder(&self.folder.join("journal")).map_err(io)?;
        let journal = Journal::start(file, &replay);
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

    /// Where the receipt of a plan stands.
    pub fn receipt_path(&self, plan_id: &str) -> PathBuf {
        self.folder.join("receipts").join(format!("{plan_id}.json"))
    }
}

/// Writes a file that nobody else can read: to a temporary file beside it, synced, then renamed over it.
///
/// # Errors
/// When that is not possible; then the old file is untouched.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let write = || -> io::Result<()> {
        // A device, a pipe or a link that stands there is not ours to replace.
        match fs::symlink_metadata(path) {
            Ok(there) if !there.is_file() => {
                return Err(io::Error::other("what stands there is not a regular file"));
            }
            _ => {}
        }
        let mut file = tempfile::Builder::new().prefix(".wpsync-").tempfile_in(folder)?; // tempfile makes it 0600
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        reached("file.written");
        file.persist(path).map_err(|error| error.error)?;
        reached("file.renamed");
        sync_folder(folder)
    };
    write().map_err(FileError::at("write", path))
}

/// Creates a folder, with those above it, that nobody else can read.
///
/// # Errors
/// When that is not possible.
pub fn private_folder(path: &Path) -> Result<(), FileError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(FileError::at("create", path))
}

fn private_options() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a rename or a new file durable; on systems where a folder cannot be opened, nothing is needed.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}
