//! Reads users' files, from disk or from memory for trials: the configuration, the policy, dialects and
//! sources. Source files must be beneath the configuration's folder.
//!
//! A configuration may come from a pull request, and a plan shows the content of a source. So absolute paths,
//! paths with `..`, symbolic links out of the folder, devices and pipes are refused.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The largest file that is read, in bytes.
const LARGEST_FILE: u64 = 1 << 30;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The path leaves the configuration's folder.
    #[error("the path leads out of the folder of the configuration")]
    Outside,
    /// The path is a folder, a device or a pipe.
    #[error("it is not a regular file")]
    NotAFile,
    /// The file is larger than the largest file that is read.
    #[error("it has {0} bytes; the most that are read is {LARGEST_FILE}")]
    TooLarge(u64),
    /// The file was replaced while it was opened.
    #[error("it was replaced while it was read")]
    Replaced,
    /// The system's error.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

impl ReadError {
    /// Whether there is no such file.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::System(error) if error.kind() == std::io::ErrorKind::NotFound)
    }
}

/// The folder of a configuration, with every file that the configuration names.
#[derive(Clone, Debug)]
pub struct Folder(Kept);

#[derive(Clone, Debug)]
enum Kept {
    /// The files below this path.
    Disk(PathBuf),
    /// The files by their path from the folder, with `/`.
    Memory(Arc<BTreeMap<String, Vec<u8>>>),
}

impl Folder {
    /// The folder of a configuration on disk.
    pub fn of(config_path: &Path) -> Self {
        let root = config_path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        Self(Kept::Disk(root.unwrap_or(Path::new(".")).to_owned()))
    }

    /// Files in memory, each with its path from the folder, as `teams/sales.yaml`.
    pub(crate) fn in_memory(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        Self(Kept::Memory(Arc::new(files.into_iter().collect())))
    }

    /// Reads a file that the user of wpsync names, such as a policy file. It may be anywhere, because no pull
    /// request decides its path.
    ///
    /// # Errors
    /// [`ReadError::System`] if the file cannot be opened or read, [`ReadError::NotAFile`] for a folder, a
    /// device or a pipe, [`ReadError::TooLarge`], and [`ReadError::Replaced`].
    pub(crate) fn read_named(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        match &self.0 {
            Kept::Disk(_) => read_checked(path, &std::fs::metadata(path)?),
            Kept::Memory(files) => Ok(found(files, path)?),
        }
    }

    /// Reads a small text file beside the configuration, such as a dialect.
    ///
    /// # Errors
    /// When it cannot be read, or is not UTF-8.
    pub(crate) fn read_text(&self, path: &Path) -> std::io::Result<String> {
        match &self.0 {
            Kept::Disk(_) => std::fs::read_to_string(path),
            Kept::Memory(files) => String::from_utf8(found(files, path)?)
                .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error)),
        }
    }

    /// Reads a file beneath the folder.
    pub(super) fn read_beneath(&self, relative: &Path) -> Result<Vec<u8>, ReadError> {
        match &self.0 {
            Kept::Disk(root) => read_beneath(root, relative),
            Kept::Memory(files) => Ok(found(files, relative)?),
        }
    }

    /// The paths beneath the folder that match a pattern, relative to the folder and sorted.
    pub(super) fn matching(&self, pattern: &str) -> Result<Vec<String>, glob::PatternError> {
        let options = glob::MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: true,
        };
        let mut names: Vec<String> = match &self.0 {
            Kept::Disk(root) => {
                let escaped = glob::Pattern::escape(&root.to_string_lossy());
                glob::glob_with(&format!("{escaped}/{pattern}"), options)?
                    .filter_map(Result::ok)
                    .map(|path| plain(path.strip_prefix(root).unwrap_or(&path)))
                    .collect()
            }
            Kept::Memory(files) => {
                let pattern = glob::Pattern::new(&plain(Path::new(pattern)))?;
                let fits = |name: &&String| pattern.matches_with(name, options);
                files.keys().filter(fits).cloned().collect()
            }
        };
        names.sort();
        Ok(names)
    }
}

fn found(files: &BTreeMap<String, Vec<u8>>, path: &Path) -> std::io::Result<Vec<u8>> {
    let none = || std::io::Error::from(std::io::ErrorKind::NotFound);
    files.get(&plain(path)).cloned().ok_or_else(none)
}

/// A path as users and plans write it: with `/`, without `./`.
pub(super) fn plain(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

/// Whether a path or pattern of a configuration stays beneath its folder, judged by its text.
pub(super) fn is_beneath(path: &str) -> bool {
    let path = Path::new(path);
    !path.as_os_str().is_empty()
        && path
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

fn read_beneath(root: &Path, relative: &Path) -> Result<Vec<u8>, ReadError> {
    let root = std::fs::canonicalize(root)?;
    let path = resolve(&root, relative)?;
    let bytes = read_checked(&path, &std::fs::symlink_metadata(&path)?)?;
    // Links may change during the read, so the path must still resolve to the same file.
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
fn is_same_file(left: &Metadata, right: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (left.dev(), left.ino()) == (right.dev(), right.ino())
}

#[cfg(not(unix))]
fn is_same_file(left: &Metadata, right: &Metadata) -> bool {
    left.len() == right.len() && left.modified().ok() == right.modified().ok()
}
