//! How an apply is asked to stop.

use tokio::sync::watch;

use super::outcome::StopReason;

/// A request to stop, sent by a signal handler, a clock or a test.
pub type Stop = watch::Receiver<Option<StopReason>>;

/// Ends when the run is asked to stop.
pub(super) async fn asked_to_stop(stop: &mut Stop) -> StopReason {
    loop {
        let asked = *stop.borrow_and_update();
        if let Some(reason) = asked {
            return reason;
        }
        if stop.changed().await.is_err() {
            return std::future::pending().await; // nobody is left who could ask
        }
    }
}
