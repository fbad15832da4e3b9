//! Writes wpsync's own files. Nobody else can read them. A file is replaced as a whole, so there is always
//! the old or the new one.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use crate::killpoint::reached;

/// A failure to read or write one of wpsync's own files.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {path}: {reason}")]
pub struct FileError {
    /// The action that failed, as a verb.
    pub doing: &'static str,
    /// The file.
    pub path: String,
    /// The cause.
    pub reason: io::Error,
}

impl FileError {
    /// Makes an error from a cause, for use in `map_err`.
    pub fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = crate::escape::Escaped(&path.display().to_string()).to_string();
        move |reason| Self { doing, path, reason }
    }
}

/// Writes a file that nobody else can read: writes a temporary file beside it, syncs it, and renames it over
/// the old one.
///
/// # Errors
/// If the file cannot be written. The file then has its old or its new content, never a part.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let write = || -> io::Result<()> {
        // A device, a pipe or a link at this path must not be replaced.
        match fs::symlink_metadata(path) {
            Ok(there) if !there.is_file() => {
                return Err(io::Error::other("what stands there is not a regular file"));
            }
            _ => {}
        }
        // The temporary file has mode 0600.
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

/// Creates a folder and its parents, readable by nobody else.
///
/// # Errors
/// If the folder cannot be created.
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

/// Makes a rename or a new file durable. Only Unix needs this; other systems cannot open a folder.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}
