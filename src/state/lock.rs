//! One apply at a time: a lock that the operating system holds for a process and gives back when it dies,
//! whatever way it dies.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// The lock, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    path: PathBuf,
}

/// Somebody else holds the lock.
#[derive(Debug)]
pub struct Held {
    /// Who, in the holder's own words: process and start time.
    pub by: String,
}

impl Lock {
    /// Takes the lock of a file, without waiting.
    pub(super) fn take(path: &Path) -> io::Result<Result<Self, Held>> {
        let mut file = super::private_options()
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
                write!(file, "process {} since {}", std::process::id(), jiff_now())?;
                Ok(Ok(Self {
                    _file: file,
                    path: path.to_owned(),
                }))
            }
            Err(TryLockError::WouldBlock) => {
                let mut by = String::new();
                file.take(200).read_to_string(&mut by)?;
                Ok(Err(Held { by }))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether a second try to take the lock is refused. On some network file systems everybody gets it.
    pub fn excludes_others(&self) -> bool {
        let second = File::options().read(true).write(true).open(&self.path);
        second.is_ok_and(|second| matches!(second.try_lock(), Err(TryLockError::WouldBlock)))
    }
}

fn jiff_now() -> jiff::Timestamp {
    jiff::Timestamp::now()
        .round(jiff::Unit::Second)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f119_a_lock_that_locks_nobody_out_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let lock = Lock::take(&path).expect("opened").expect("free");
        assert!(lock.excludes_others());
        drop(lock);
        let held_by_nobody = Lock {
            _file: File::open(&path).expect("opened"),
            path,
        };
        assert!(
            !held_by_nobody.excludes_others(),
            "as on a file system that forgets locks"
        );
    }
}
