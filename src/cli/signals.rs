//! What asks a run to stop: a deadline, Ctrl-C and SIGTERM. The first signal asks, the second ends it now.
//! And the signal for a file that is too large, which is an error like any other here.

use tokio::sync::watch;
use tokio::time::Instant;
use wpsync::apply::{Stop, StopReason};

use super::exit::Exit;

/// A request to stop, by the first signal or when a deadline passes. From now on no signal ends the process
/// unasked: the handlers are there when this returns.
pub(crate) fn stop(deadline: Option<Instant>) -> Stop {
    let (ask, asked) = watch::channel(None);
    let mut signals = Signals::listen();
    tokio::spawn(async move {
        tokio::select! {
            () = signals.next() => {}
            () = passed(deadline) => {
                let _ = ask.send(Some(StopReason::Deadline));
                say!("\nthe deadline has passed: nothing new is sent, requests under way may end");
                signals.next().await;
            }
        }
        let _ = ask.send(Some(StopReason::Interrupted));
        say!("\nstopping: nothing new is sent, requests under way may end (again to stop now)");
        signals.next().await;
        say!("stopped: run the same apply again to go on");
        std::process::exit(i32::from(Exit::Interrupted as u8));
    });
    asked
}

async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Takes the signal that a process is sent when a file outgrows its limit, so that the write fails instead of
/// the process.
#[cfg(unix)]
pub(crate) fn survive_full_files() {
    use tokio::signal::unix::{SignalKind, signal};
    const XFSZ: i32 = 25; // on every system that Rust is built for but MIPS and PA-RISC
    let _ = signal(SignalKind::from_raw(XFSZ));
}

#[cfg(not(unix))]
pub(crate) fn survive_full_files() {}

/// Ctrl-C and SIGTERM.
struct Signals {
    #[cfg(unix)]
    interrupt: Option<tokio::signal::unix::Signal>,
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    /// Takes the signals from now on.
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    /// Ends with the next signal.
    async fn next(&mut self) {
        tokio::select! {
            () = received(&mut self.interrupt) => {}
            () = received(&mut self.terminate) => {}
        }
    }
}

#[cfg(unix)]
async fn received(signal: &mut Option<tokio::signal::unix::Signal>) {
    let received = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if received.is_none() {
        std::future::pending().await
    }
}

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Self {}
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
