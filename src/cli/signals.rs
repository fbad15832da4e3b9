//! Ctrl-C and SIGTERM: the first asks a run to stop, the second ends it now.

use tokio::sync::watch;

use super::exit::Exit;

/// A request to stop that turns true at the first signal.
pub(crate) fn stop() -> watch::Receiver<bool> {
    let (ask, asked) = watch::channel(false);
    tokio::spawn(async move {
        signal().await;
        let _ = ask.send(true);
        say!("\nstopping: nothing new is sent, requests under way may end (again to stop now)");
        signal().await;
        say!("stopped: run the same apply again to go on");
        std::process::exit(i32::from(Exit::Interrupted as u8));
    });
    asked
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
