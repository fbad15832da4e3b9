//! Who changed a value since the apply: a later apply from here, or somebody else.

use std::borrow::Cow;
use std::collections::HashMap;

use super::undoing::LaterApply;
use crate::model::Value;
use crate::plan::{Change, Plan};

/// The changes that later applies made, by the directory's id of the resource, newest last.
pub(super) struct LaterChanges<'a>(HashMap<Box<str>, Vec<LaterChange<'a>>>);

struct LaterChange<'a> {
    plan: &'a Plan,
    change: Cow<'a, Change>,
}

impl<'a> LaterChanges<'a> {
    pub(super) fn of(later: &'a [LaterApply]) -> Self {
        let mut by_id: HashMap<Box<str>, Vec<LaterChange<'_>>> = HashMap::new();
        for LaterApply { plan, receipt } in later {
            for change in receipt.made(plan) {
                if let Some(id) = change.remote_id.clone() {
                    by_id.entry(id).or_default().push(LaterChange { plan, change });
                }
            }
        }
        Self(by_id)
    }

    /// Who gave an attribute of a resource the value that it has now, in a sentence without an end.
    /// `is_held` says whether a value is that one.
    pub(super) fn author(&self, id: &str, path: &str, is_held: impl Fn(Option<&Value>) -> bool) -> String {
        let set_it = |later: &&LaterChange<'_>| {
            let said = later.change.after.get(path);
            said.is_some_and(|said| is_held(said.as_ref()))
        };
        let changes = self.0.get(id).into_iter().flatten();
        match changes.rev().find(set_it) {
            Some(later) => format!(
                "a later apply changed it (plan {}), so undo that one first",
                later.plan.header.plan_id
            ),
            None => "somebody changed it since the apply".into(),
        }
    }
}
