//! What asks a run to stop: a deadline, Ctrl-C and SIGTERM. The first signal asks, the second ends it now.
//! And the signal for a file that is too large, which is an error like any other here.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use wpsync::apply::{Stop, StopReason};

use super::exit::Exit;
use super::streams::Streams;

/// A request to stop, by the first interruption or when a deadline passes.
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
    /// The signals of this process, which no longer end it: their handlers are there when this returns.
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

    /// Those that come over a channel; none any more when it is closed.
    pub(crate) const fn over(channel: mpsc::UnboundedReceiver<()>) -> Self {
        Self(channel)
    }

    /// Ends with the next one.
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
