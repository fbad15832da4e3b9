//! A lock for one apply at a time. The operating system holds it for a process, and releases it when the
//! process ends in any way.

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::file::private_options;

/// The holder of a lock. Dropping it releases the lock.
pub trait LockGuard: fmt::Debug + Send + Sync {
    /// Whether a second attempt to take the lock is refused.
    fn excludes_others(&self) -> bool;
}

/// The lock, held until it is dropped.
#[derive(Debug)]
pub struct Lock(Box<dyn LockGuard>);

impl Lock {
    /// A lock with its holder.
    pub(crate) fn new(guard: impl LockGuard + 'static) -> Self {
        Self(Box::new(guard))
    }

    /// Whether a second attempt to take the lock is refused. Some network file systems give it to everybody.
    pub(crate) fn excludes_others(&self) -> bool {
        self.0.excludes_others()
    }
}

/// A lock on a file.
#[derive(Debug)]
pub(super) struct FileLock {
    _file: File,
    path: PathBuf,
}

/// Another process holds the lock.
#[derive(Debug)]
pub struct Holder {
    /// The holder, in its own words: process and start time.
    pub by: String,
}

impl FileLock {
    /// Takes the lock of a file without waiting, or returns its holder.
    pub(super) fn take(path: &Path, now: jiff::Timestamp) -> io::Result<Result<Self, Holder>> {
        let mut file = private_options()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                file.rewind()?;
                crate::killpoint::reached("lock.taken");
                let now = now.round(jiff::Unit::Second).unwrap_or(now);
                write!(file, "process {} since {now}", std::process::id())?;
                Ok(Ok(Self {
                    _file: file,
                    path: path.to_owned(),
                }))
            }
            Err(TryLockError::WouldBlock) => {
                let mut by = String::new();
                file.take(200).read_to_string(&mut by)?;
                Ok(Err(Holder { by }))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl LockGuard for FileLock {
    fn excludes_others(&self) -> bool {
        let second = File::options().read(true).write(true).open(&self.path);
        second.is_ok_and(|second| matches!(second.try_lock(), Err(TryLockError::WouldBlock)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f119_a_lock_that_locks_nobody_out_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let lock = FileLock::take(&path, jiff::Timestamp::UNIX_EPOCH)
            .expect("opened")
            .expect("free");
        assert!(lock.excludes_others());
        drop(lock);
        let held_by_nobody = FileLock {
            _file: File::open(&path).expect("opened"),
            path,
        };
        assert!(
            !held_by_nobody.excludes_others(),
            "as on a file system that forgets locks"
        );
    }
}
