//! A service that shows writes late. Until then, a read returns the resource as it was before. A deletion
//! shows at once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::model::Kind;

/// The old state of a written resource, which is still shown.
#[derive(Debug)]
struct Shown {
    /// The resource before the write. `None` if the write created it.
    before: Option<Value>,
    until: Timestamp,
}

#[derive(Debug)]
pub(super) struct Lag {
    seconds: i64,
    /// The resources before their writes, by kind and id.
    before: Mutex<HashMap<(Kind, String), Shown>>,
}

impl Lag {
    pub(super) fn of(seconds: u64) -> Self {
        Self {
            seconds: i64::try_from(seconds).unwrap_or(i64::MAX),
            before: Mutex::default(),
        }
    }

    /// Records the resource that a write replaced. `None` if the write created it.
    pub(super) fn note(&self, kind: Kind, id: &str, before: Option<Value>, now: Timestamp) {
        if self.seconds == 0 {
            return;
        }
        let until = now
            .checked_add(SignedDuration::from_secs(self.seconds))
            .unwrap_or(now);
        let mut all = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = all
            .remove(&(kind, id.to_owned()))
            .filter(|shown| now < shown.until)
            .map_or(before, |shown| shown.before);
        all.insert((kind, id.to_owned()), Shown { before: shown, until });
    }

    /// Replaces a resource with its shown state. Returns false if it is not shown at all.
    pub(super) fn show(&self, kind: Kind, resource: &mut Value, now: Timestamp) -> bool {
        if self.seconds == 0 {
            return true;
        }
        let id = resource["id"].as_str().unwrap_or_default().to_owned();
        let all = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(&(kind, id)).filter(|shown| now < shown.until) {
            None => true,
            Some(Shown { before: None, .. }) => false,
            Some(Shown {
                before: Some(before), ..
            }) => {
                resource.clone_from(before);
                true
            }
        }
    }
}
