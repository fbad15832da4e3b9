//! The one place that reads users' files from disk, each once, and only beneath the configuration's folder.
//!
//! A configuration may come from a pull request, and what a source holds is shown in a plan: so no absolute
//! path, no way up, no symbolic link out, no device, no pipe.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

/// The largest file that is read, in bytes.
const LARGEST_FILE: u64 = 1 << 30;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The path leaves the configuration's folder.
    #[error("the path leads out of the folder of the configuration")]
    Outside,
    /// A folder, a device, a pipe.
    #[error("it is not a regular file")]
    NotAFile,
    /// More than the largest file that is read.
    #[error("it has {0} bytes; the most that are read is {LARGEST_FILE}")]
    TooLarge(u64),
    /// It became another file while it was opened.
    #[error("it was replaced while it was read")]
    Replaced,
    /// The system's reason.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// Whether a path or pattern of a configuration stays beneath its folder as it is written.
pub(super) fn is_beneath(path: &str) -> bool {
    let path = Path::new(path);
    !path.as_os_str().is_empty()
        && path
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// Reads the configuration itself, which the user names and which may stand anywhere.
pub(super) fn read_named(path: &Path) -> Result<Vec<u8>, ReadError> {
    let before = std::fs::metadata(path)?;
    read_checked(path, &before)
}

/// Reads a file beneath a folder.
pub(super) fn read_beneath(root: &Path, relative: &Path) -> Result<Vec<u8>, ReadError> {
    let root = std::fs::canonicalize(root)?;
    let path = resolve(&root, relative)?;
    let bytes = read_checked(&path, &std::fs::symlink_metadata(&path)?)?;
    // The links may have changed meanwhile; what was read must be what the path still means.
    if resolve(&root, relative)? == path {
        Ok(bytes)
    } else {
        Err(ReadError::Replaced)
    }
}

fn resolve(root: &Path, relative: &Path) -> Result<PathBuf, ReadError> {
    let path = std::fs::canonicalize(root.join(relative))?;
    if path.starts_with(root) {
        Ok(path)
    } else {
        Err(ReadError::Outside)
    }
}

fn read_checked(path: &Path, before: &Metadata) -> Result<Vec<u8>, ReadError> {
    if !before.is_file() {
        return Err(ReadError::NotAFile); // before it is opened: opening a pipe would wait for a writer
    }
    let file = File::open(path)?;
    let opened = file.metadata()?;
    if !opened.is_file() || !is_same_file(before, &opened) {
        return Err(ReadError::Replaced);
    }
    if opened.len() > LARGEST_FILE {
        return Err(ReadError::TooLarge(opened.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(opened.len()).unwrap_or(0) + 1);
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        length if length > LARGEST_FILE => Err(ReadError::TooLarge(length)),
        _ => Ok(bytes),
    }
}

#[cfg(unix)]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    one.len() == other.len() && one.modified().ok() == other.modified().ok()
}
