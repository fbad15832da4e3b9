//! Watches an operation from the terminal.

use std::sync::{Mutex, PoisonError};

use wpsync::client::ListProgress;
use wpsync::diagnostics::{Diagnostics, Files};
use wpsync::operation::Watch;
use wpsync::{apply, survey};

use super::progress::ReadingProgress;
use super::ui::Ui;

/// Prints an operation's messages, and draws the progress of a reading.
pub(crate) struct Watching<'u> {
    ui: &'u Ui,
    reading: Mutex<Option<ReadingProgress>>,
}

impl<'u> Watching<'u> {
    pub(crate) fn new(ui: &'u Ui) -> Self {
        Self {
            ui,
            reading: Mutex::default(),
        }
    }

    fn reading(&self) -> std::sync::MutexGuard<'_, Option<ReadingProgress>> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl survey::ReadingObserver for Watching<'_> {
    fn read(&self, progress: ListProgress) {
        if let Some(reading) = &*self.reading() {
            reading.at(progress);
        }
    }
}

impl apply::Observer for Watching<'_> {}

impl Watch for Watching<'_> {
    fn note(&self, text: &str) {
        self.ui.note(text);
    }

    fn warn(&self, text: &str) {
        self.ui.warn(text);
    }

    fn detail(&self, text: &str) {
        self.ui.detail(text);
    }

    fn diagnostics(&self, problems: &Diagnostics, files: &Files) {
        self.ui.diagnostics(problems, files);
    }

    fn reading_begins(&self) {
        *self.reading() = Some(ReadingProgress::new(self.ui));
    }

    fn reading_ends(&self) {
        if let Some(reading) = self.reading().take() {
            reading.end();
        }
    }
}
