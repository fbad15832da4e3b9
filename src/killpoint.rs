//! Named places of an apply at which a test build kills its own process, as a power cut would, so that every
//! one of them is tried. In a release build there is nothing here: no variable is read and no place is
//! remembered.
//!
//! `WPSYNC_KILL_AT=change.intended:17` kills at the seventeenth time that place is reached;
//! `WPSYNC_KILL_LOG=FILE` writes down which places are reached. Every new way of writing gets its places; a
//! test keeps the list of them.

/// A place is reached.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub(crate) const fn reached(_name: &'static str) {}

#[cfg(debug_assertions)]
pub(crate) use in_tests::reached;

#[cfg(debug_assertions)]
mod in_tests {
    use std::fs::{File, OpenOptions};
    use std::io::Write as _;
    use std::process::Command;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// What the environment asks for.
    struct Asked {
        /// The place, and how often it is reached before the end.
        kill: Option<(String, u64)>,
        log: Option<File>,
        times: AtomicU64,
    }

    impl Asked {
        fn read() -> Self {
            let text = |name: &str| std::env::var(name).ok();
            let kill = text("WPSYNC_KILL_AT").and_then(|at| {
                let (name, times) = at.rsplit_once(':')?;
                Some((name.to_owned(), times.parse().ok()?))
            });
            let log = text("WPSYNC_KILL_LOG")
                .and_then(|path| OpenOptions::new().create(true).append(true).open(path).ok());
            Self {
                kill,
                log,
                times: AtomicU64::new(0),
            }
        }
    }

    /// A place is reached.
    pub(crate) fn reached(name: &'static str) {
        static ASKED: OnceLock<Asked> = OnceLock::new();
        let asked = ASKED.get_or_init(Asked::read);
        if let Some(mut log) = asked.log.as_ref() {
            let _ = log.write_all(format!("{name}\n").as_bytes());
        }
        if let Some((place, times)) = &asked.kill
            && place == name
            && asked.times.fetch_add(1, Ordering::SeqCst) + 1 == *times
        {
            die();
        }
    }

    /// SIGKILL, which nothing can catch: no destructor runs, nothing is flushed.
    fn die() -> ! {
        let _ = Command::new("sh")
            .args(["-c", "kill -s KILL \"$0\"", &std::process::id().to_string()])
            .status();
        loop {
            std::thread::park();
        }
    }
}
