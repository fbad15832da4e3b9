//! Changes that only correct how a text is written: capitals, the form of accents, spaces. The first plan
//! after an upgrade may hold many of them.

use std::num::NonZeroU64;

use super::change::{Action, Change};
use crate::model::well_known::{EMAILS, USER_NAME};
use crate::model::{Kind, Value, fold};

impl Change {
    /// Whether the change only corrects how texts are written that people read. A name that somebody signs in
    /// with is not among them, and neither is an email address.
    pub(crate) fn is_correction(&self) -> bool {
        self.action == Action::Update
            && self.members.is_none()
            && !self.after.is_empty()
            && self.after.iter().all(|(path, after)| {
                let before = self.before.get(path).and_then(Option::as_ref);
                !self.identifies(path) && is_correction(before, after.as_ref())
            })
    }

    fn identifies(&self, path: &str) -> bool {
        self.kind == Kind::User && (path == USER_NAME || path.split('.').next() == Some(EMAILS))
    }
}

fn is_correction(before: Option<&Value>, after: Option<&Value>) -> bool {
    let text = |value: Option<&Value>| value.and_then(Value::as_text).map(fold);
    text(before).is_some() && text(before) == text(after)
}

/// How many changes only correct how texts are written. `None` if none does.
pub(super) fn corrections(changes: &[Change]) -> Option<NonZeroU64> {
    NonZeroU64::new(changes.iter().filter(|change| change.is_correction()).count() as u64)
}
