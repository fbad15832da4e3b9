//! References to somebody who is not in the directory, since their own creation failed. The change is made
//! without them, and its outcome says so.

use std::borrow::Cow;

use crate::model::Key;
use crate::plan::{Action, Change};
use crate::receipt::LeftUndone;

use super::outcome::Outcome;
use super::values::{self, Known};

/// The references of a change that lead nowhere.
pub(super) struct Dangling<'c> {
    change: &'c Change,
    /// The attributes, as paths.
    paths: Vec<Box<str>>,
    /// Whom the first one names.
    first: Option<&'c Key>,
}

impl<'c> Dangling<'c> {
    pub(super) fn of(change: &'c Change, known: &Known) -> Self {
        let unresolved = values::unresolved(change, known);
        Self {
            change,
            first: unresolved.first().map(|reference| reference.target),
            paths: unresolved.iter().map(|reference| reference.path.into()).collect(),
        }
    }

    /// The change without these references. `None` if nothing of it is left.
    pub(super) fn rest(&self) -> Option<Cow<'c, Change>> {
        if self.paths.is_empty() {
            return Some(Cow::Borrowed(self.change));
        }
        let mut rest = self.change.clone();
        for path in &self.paths {
            rest.take(path);
        }
        let is_nothing = rest.action == Action::Update && rest.after.is_empty() && rest.members.is_none();
        (!is_nothing).then_some(Cow::Owned(rest))
    }

    /// The outcome of a change that asks for nothing else.
    pub(super) fn skipped(&self) -> Outcome {
        Outcome::Skipped {
            reason: self.reason(),
        }
    }

    /// The outcome of the whole change, by that of the rest.
    pub(super) fn outcome(&self, of_rest: Outcome) -> Outcome {
        if self.paths.is_empty() {
            return of_rest;
        }
        let attributes = self.paths.clone();
        match of_rest {
            Outcome::AlreadyDone => self.skipped(),
            Outcome::InPart { reason, left } => Outcome::InPart {
                reason: format!("{}; {reason}", self.reason()),
                left: LeftUndone { attributes, ..left },
            },
            outcome if outcome.is_done() => Outcome::InPart {
                reason: self.reason(),
                left: LeftUndone {
                    attributes,
                    members: Vec::new(),
                },
            },
            outcome => outcome,
        }
    }

    fn reason(&self) -> String {
        let named = self.first.map(|key| format!("{key}, ")).unwrap_or_default();
        format!(
            "left as it is: {}, since {named}which it refers to, is not in the directory; the next plan asks \
             for it again",
            self.paths.join(", ")
        )
    }
}
