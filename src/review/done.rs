//! What an apply did, by kind: `12 created, 3 updated, 17 memberships`.

use serde::Serialize;

use super::words::thousands;
use crate::plan::{Action, Change};
use crate::receipt::Receipt;

/// What was done to people and groups, without what is unverified or was done before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Done {
    /// How many were made.
    pub created: u64,
    /// How many got other attributes.
    pub updated: u64,
    /// How many can no longer sign in.
    pub deactivated: u64,
    /// How many can sign in again.
    pub reactivated: u64,
    /// How many were deleted.
    pub deleted: u64,
    /// How many memberships began or ended, apart from those of deleted groups.
    pub memberships: u64,
}

impl Done {
    /// What these changes, or the parts of changes that are done, did.
    pub fn of<'c>(changes: impl IntoIterator<Item = &'c Change>) -> Self {
        let mut done = Self::default();
        for change in changes {
            done.count(change.own_action(), change.memberships());
        }
        done
    }

    /// What the apply of a receipt did. `None` for a receipt of an older version, which does not tell.
    pub fn of_receipt(receipt: &Receipt) -> Option<Self> {
        let mut done = Self::default();
        for line in receipt
            .outcomes
            .iter()
            .filter(|line| line.outcome == "done" || line.is_made_in_part())
        {
            done.count(line.action, line.memberships?);
        }
        Some(done)
    }

    fn count(&mut self, action: Option<Action>, memberships: u64) {
        let place = action.map(|action| match action {
            Action::Create => &mut self.created,
            Action::Update => &mut self.updated,
            Action::Deactivate => &mut self.deactivated,
            Action::Reactivate => &mut self.reactivated,
            Action::Delete => &mut self.deleted,
        });
        if let Some(place) = place {
            *place += 1;
        }
        self.memberships += memberships;
    }

    /// `12 created, 3 updated, 17 memberships`. `None` if nothing was done.
    pub fn sentence(&self) -> Option<String> {
        let memberships = if self.memberships == 1 {
            "membership"
        } else {
            "memberships"
        };
        let parts = [
            (self.created, "created"),
            (self.updated, "updated"),
            (self.deactivated, "deactivated"),
            (self.reactivated, "reactivated"),
            (self.deleted, "deleted"),
            (self.memberships, memberships),
        ];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<_> = parts
            .map(|(count, word)| format!("{} {word}", thousands(count)))
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}
