//! `on_drift:`: what an apply does about changes whose resources are not as the plan read them.

use super::section::Section;
use crate::diagnostics::Diagnostics;

/// What an apply does about changes whose resources are not as the plan read them, where that is found before
/// the first write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDrift {
    /// Nothing is written.
    #[default]
    Stop,
    /// These changes and what needs them are left out. The rest is done, unless many have drifted.
    Skip,
}

pub(super) fn on_drift(config: &mut Section<'_>, diagnostics: &mut Diagnostics) -> OnDrift {
    match config.take_word("on_drift", &["stop", "skip"], diagnostics) {
        Some((1, _)) => OnDrift::Skip,
        _ => OnDrift::Stop,
    }
}
