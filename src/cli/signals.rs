//! Stops a run: by a deadline, Ctrl-C or SIGTERM. The first signal asks the run to stop, and the second ends
//! the process at once. Also handles the signal for a file that is too large, so that the write fails like
//! any other.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use wpsync::apply::{Stop, StopReason};

use super::exit::Exit;
use super::streams::Streams;

/// Asks the run to stop at the first interruption or when a deadline passes.
pub(crate) fn stop(
    mut interruptions: Interruptions,
    deadline: Option<Instant>,
    streams: Arc<Streams>,
) -> Stop {
    let (ask, asked) = watch::channel(None);
    let say = move |words: &str| streams.say(format_args!("{words}"));
    tokio::spawn(async move {
        tokio::select! {
            () = interruptions.next() => {}
            () = passed(deadline) => {
                let _ = ask.send(Some(StopReason::Deadline));
                say("\nthe deadline has passed: nothing new is sent, requests under way may end");
                interruptions.next().await;
            }
        }
        let _ = ask.send(Some(StopReason::Interrupted));
        say("\nstopping: nothing new is sent, requests under way may end (again to stop now)");
        interruptions.next().await;
        say("stopped: run the same apply again to go on");
        std::process::exit(i32::from(Exit::Interrupted as u8));
    });
    asked
}

/// Requests to stop, as they come.
pub(crate) struct Interruptions(mpsc::UnboundedReceiver<()>);

impl Interruptions {
    /// The signals of this process. They no longer end it: the handlers are installed when this returns.
    pub(crate) fn of_process() -> Self {
        let (told, hears) = mpsc::unbounded_channel();
        let mut signals = Signals::listen();
        tokio::spawn(async move {
            loop {
                signals.next().await;
                if told.send(()).is_err() {
                    return; // nobody listens any more
                }
            }
        });
        Self::over(hears)
    }

    /// The interruptions that come over a channel. After it is closed, no more come.
    pub(crate) const fn over(channel: mpsc::UnboundedReceiver<()>) -> Self {
        Self(channel)
    }

    /// Waits for the next interruption.
    async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending().await
        }
    }
}

async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Handles the signal that a process gets when a file outgrows its limit, so that the write fails and the
/// process lives on.
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
    /// Handles the signals from now on.
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    /// Waits for the next signal.
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
