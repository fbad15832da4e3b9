//! How files of ours are written: readable by nobody else, and replaced so that there is always the old one
//! or the new one, never half.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use crate::killpoint::reached;

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
        // It is made with 0600.
        let mut file = tempfile::Builder::new().prefix(".wpsync-").tempfile_in(folder)?;
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

pub(super) fn private_options() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a rename or a new file durable; on systems where a folder cannot be opened, nothing is needed.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}
