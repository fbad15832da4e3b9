//! The `tracing` events of an apply: the decision on each change and its outcome. The client's events for a
//! change belong to the change's span.
//!
//! DEBUG events hold only words of this program and attribute names. Values and the directory's own words are
//! in TRACE events.

use tracing::{Level, Span};

use super::decide::{Decision, LiveDifference};
use super::outcome::Outcome;
use crate::client::Reader;
use crate::client::trace::TARGET;
use crate::plan::Change;

/// The span of a change. The client's events in it belong to the change.
pub(crate) fn change_span(reader: &Reader, change: &Change) -> Span {
    if tracing::enabled!(target: TARGET, Level::DEBUG) {
        tracing::debug_span!(target: TARGET, "change", change = reader.redact(&change.id))
    } else {
        Span::none()
    }
}

/// The span of an attempt to write a change; attempts count from 1.
pub(crate) fn attempt_span(attempt: u32) -> Span {
    tracing::debug_span!(target: TARGET, "write", attempt)
}

/// Emits the decision on the change of the current span.
pub(crate) fn decided(decision: &Decision) {
    if !tracing::enabled!(target: TARGET, Level::DEBUG) {
        return;
    }
    let (decision, what) = match decision {
        Decision::Do(work) => {
            let members = work.add.len() + work.remove.len();
            let members = (members > 0).then(|| "members".into());
            let what: Vec<Box<str>> = work.attributes.iter().cloned().chain(members).collect();
            ("to do", what.join(", "))
        }
        Decision::AlreadyDone => ("already done", String::new()),
        Decision::Drift(drifts) => {
            let what: Vec<&str> = drifts.iter().map(name_of).collect();
            ("drift", what.join(", "))
        }
        Decision::Unknown(_) => ("unknown", String::new()),
    };
    tracing::debug!(name: "decision", target: TARGET, decision, what);
}

fn name_of(drift: &LiveDifference) -> &str {
    match drift {
        LiveDifference::Attribute { path, .. } => path,
        LiveDifference::Gone => "it is gone",
        LiveDifference::Appeared { .. } => "it has appeared",
        LiveDifference::Vanished { .. } => "it was made, and is not there",
        LiveDifference::LookAlike { .. } => "another one's name looks the same",
        LiveDifference::Ambiguous => "several have its identifiers",
        LiveDifference::Elsewhere { .. } => "the push would undo what somebody else did",
    }
}

/// Emits the outcome of a change.
pub(crate) fn came_to(reader: &Reader, change: &Change, outcome: &Outcome) {
    change_span(reader, change).in_scope(|| {
        tracing::debug!(name: "outcome", target: TARGET, outcome = outcome.word());
        if tracing::enabled!(target: TARGET, Level::TRACE)
            && let Some(detail) = outcome.detail(change)
        {
            tracing::trace!(name: "detail", target: TARGET, detail = reader.redact(&detail));
        }
    });
}

/// Emits the end of sending: nothing more will be sent.
pub(crate) fn stops(reader: &Reader, reason: &str) {
    tracing::debug!(name: "stop", target: TARGET, stops = true);
    if tracing::enabled!(target: TARGET, Level::TRACE) {
        tracing::trace!(name: "detail", target: TARGET, detail = reader.redact(reason));
    }
}
