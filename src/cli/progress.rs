//! Progress on a terminal. Without a terminal, nothing is drawn.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::json;
use wpsync::apply::Outcome;
use wpsync::client::ListProgress;
use wpsync::model::Kind;
use wpsync::operation::Watch;
use wpsync::plan::Change;

use super::provisioning_log::ProvisioningLog;
use super::redact::Names;
use super::ui::Ui;

/// The progress of reading a directory.
pub(crate) struct ReadingProgress {
    bars: Option<(MultiProgress, [ProgressBar; 2])>,
}

impl ReadingProgress {
    pub(crate) fn new(ui: &Ui) -> Self {
        let bars = ui.shows_progress().then(|| {
            let all = MultiProgress::new();
            let bar = |kind: Kind| {
                let bar = all.add(
                    ProgressBar::no_length()
                        .with_style(style("reading {prefix:<7} {bar:30} {pos}/{len}"))
                        .with_prefix(kind.plural()),
                );
                bar.enable_steady_tick(Duration::from_millis(200));
                bar
            };
            let bars = Kind::ALL.map(bar);
            (all, bars)
        });
        Self { bars }
    }

    /// Shows how far a listing has come.
    pub(crate) fn at(&self, progress: ListProgress) {
        if let Some((_, bars)) = &self.bars {
            let bar = &bars[usize::from(progress.kind == Kind::Group)];
            if let Some(total) = progress.total {
                bar.set_length(total);
            }
            bar.set_position(progress.rows);
        }
    }

    /// Removes the bars.
    pub(crate) fn end(&self) {
        if let Some((all, bars)) = &self.bars {
            bars.iter().for_each(ProgressBar::finish_and_clear);
            let _ = all.clear();
        }
    }
}

/// The progress of an apply.
pub(crate) struct Applying<'a> {
    ui: &'a Ui,
    names: &'a Names,
    log: Option<&'a ProvisioningLog>,
    bar: Option<ProgressBar>,
    /// The changes that the bar has counted before they were read back.
    taken: Mutex<HashSet<String>>,
}

impl<'a> Applying<'a> {
    pub(crate) fn new(ui: &'a Ui, names: &'a Names, log: Option<&'a ProvisioningLog>, total: usize) -> Self {
        let bar =
            || ProgressBar::new(total as u64).with_style(style("{msg:<9} {bar:30} {pos}/{len}  {elapsed}"));
        Self {
            ui,
            names,
            log,
            bar: ui.shows_progress().then(bar),
            taken: Mutex::default(),
        }
    }

    /// Removes the bar.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn counted(&self) -> MutexGuard<'_, HashSet<String>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at(&self, message: &'static str) {
        if let Some(bar) = &self.bar {
            bar.set_message(message);
        }
    }
}

impl wpsync::survey::ReadingObserver for Applying<'_> {}

impl Watch for Applying<'_> {
    fn note(&self, text: &str) {
        self.ui.note(text);
    }

    fn warn(&self, text: &str) {
        self.ui.warn(text);
    }
}

impl wpsync::apply::Observer for Applying<'_> {
    fn checked(&self, count: usize, total: usize) {
        self.at("checking");
        if let Some(bar) = &self.bar {
            bar.set_position(if count == total { 0 } else { count as u64 });
        }
    }

    fn started(&self, change: &Change) {
        self.at("applying");
        if let Some(log) = self.log {
            log.started(change);
        }
        self.ui.event(
            || json!({ "type": "apply_start", "change": self.names.id(change), "action": change.action }),
        );
    }

    fn taken(&self, change: &Change) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
            self.counted().insert(change.id.clone());
        }
    }

    fn finished(&self, change: &Change, outcome: &Outcome) {
        if let Some(bar) = self.bar.as_ref().filter(|_| !self.counted().remove(&change.id)) {
            bar.inc(1);
        }
        if let Some(log) = self.log {
            log.finished(change, outcome, self.names);
        }
        let kind = if outcome.is_done() {
            "apply_complete"
        } else {
            "apply_errored"
        };
        self.ui.event(|| {
            json!({
                "type": kind,
                "change": self.names.id(change),
                "action": change.action,
                "outcome": outcome.word(),
                "detail": self.names.detail(change, outcome),
            })
        });
        self.ui.detail(&format!(
            "{:<10} {} {}",
            outcome.word(),
            change.action.word(),
            self.names.key(change)
        ));
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
