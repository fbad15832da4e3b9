//! What asks a run to stop: a deadline, Ctrl-C and SIGTERM. The first signal asks, the second ends it now.
//! And the signal for a file that is too large, which is an error like any other here.

use tokio::sync::watch;
use tokio::time::Instant;
use wpsync::apply::{Stop, StopReason};

use super::exit::Exit;

/// A request to stop, by the first signal or when a deadline passes.
pub(crate) fn stop(deadline: Option<Instant>) -> Stop {
    let (ask, asked) = watch::channel(None);
    tokio::spawn(async move {
        tokio::select! {
            () = signal() => {}
            () = passed(deadline) => {
                let _ = ask.send(Some(StopReason::Deadline));
                say!("\nthe deadline has passed: nothing new is sent, requests under way may end");
                signal().await;
            }
        }
        let _ = ask.send(Some(StopReason::Interrupted));
        say!("\nstopping: nothing new is sent, requests under way may end (again to stop now)");
        signal().await;
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

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
