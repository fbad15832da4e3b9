//! Named places of an apply at which a test build kills its own process, as a power cut would. Tests kill it
//! at every place. A release build compiles none of this: it reads no variable and records no place.
//!
//! `WPSYNC_KILL_AT=change.intended:17` kills the process when that place is reached for the 17th time.
//! `WPSYNC_KILL_LOG=FILE` logs each place that is reached. Every new way of writing gets its places; a test
//! keeps the list of them.

/// Marks that a place is reached.
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

    /// The values of `WPSYNC_KILL_AT` and `WPSYNC_KILL_LOG`.
    struct Asked {
        /// The place, and the number of the visit at which the process dies.
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

    /// Marks that a place is reached.
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

    /// Sends SIGKILL to this process. Nothing can catch it: no destructor runs, and nothing is flushed.
    fn die() -> ! {
        let _ = Command::new("sh")
            .args(["-c", "kill -s KILL \"$0\"", &std::process::id().to_string()])
            .status();
        loop {
            std::thread::park();
        }
    }
}
