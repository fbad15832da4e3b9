//! Presence means access. Under `absent: deactivate`, a declared person becomes active again if the state
//! says that wpsync deactivated the account because no source declared it. Presence never reverses a
//! deactivation for another reason. A deactivation by name stays. If the state does not say who deactivated
//! the account, the person is held until a source says `active`.

use std::collections::HashSet;

use super::access::DeactivatedFor;
use super::comparison::Sides;
use super::delta::Delta;
use super::remainder::{Held, HeldReason};
use crate::desired::DesiredResource;
use crate::model::well_known::ACTIVE;
use crate::model::{Kind, Live, Value};
use crate::project::Absent;

/// What the declaration of an inactive account means if no source says `active`.
pub(super) enum Access {
    /// Nothing: the account is active, or a source or a removal by name has decided.
    Settled,
    /// The account becomes active again.
    Given,
    /// The account and everything else about the person stay as they are.
    Held(HeldReason),
}

impl Sides<'_> {
    /// What the declaration of a resource means for its access.
    pub(super) fn presence(&self, wanted: &DesiredResource, live: &Live) -> Access {
        let is_open = live.kind == Kind::User
            && self.basis.policy.users.absent == Absent::Deactivate
            && live.is_inactive(self.active)
            && wanted.get(self.active).is_none();
        if !is_open {
            return Access::Settled;
        }
        let record = self.basis.access;
        match record.deactivated.get(&live.id) {
            Some(DeactivatedFor::Absence) => Access::Given,
            Some(DeactivatedFor::Name) => Access::Settled,
            None if record.left.contains(&wanted.key) => Access::Held(HeldReason::DeactivatedBySomebody),
            None => Access::Held(HeldReason::Inactive),
        }
    }

    /// The ids of all held people, and of those whom a row may mean that does not say whom. No group adds or
    /// removes them.
    pub(super) fn held_ids(&self) -> HashSet<&str> {
        let declared = self.basis.desired.users.iter();
        let pairs = declared.zip(&self.pairing.of(Kind::User).live_of);
        let live_pairs = pairs.filter_map(|(wanted, place)| {
            let place = (*place)?;
            let is_leaving = self.leaving.has(Kind::User, place);
            (!is_leaving).then(|| (wanted, &self.basis.snapshot.users[place]))
        });
        let held = live_pairs.filter(|(wanted, live)| matches!(self.presence(wanted, live), Access::Held(_)));
        held.map(|(_, live)| &*live.id)
            .chain(self.back.ids())
            .chain(self.perhaps_declared())
            .collect()
    }

    /// The ids of the people whom no source declares, while a row does not say whom it means. Whoever leaves
    /// by name is not meant.
    fn perhaps_declared(&self) -> impl Iterator<Item = &str> {
        let mut unreadable = self.basis.desired.unreadable.iter();
        let is_unread = unreadable.any(|row| row.kind == Kind::User);
        let desired_of = self.pairing.of(Kind::User).desired_of.iter();
        let users = self.basis.snapshot.users.iter().zip(desired_of).enumerate();
        let undeclared = users.filter(move |(place, (_, desired))| {
            is_unread && desired.is_none() && !self.leaving.has(Kind::User, *place)
        });
        undeclared.map(|(_, (live, _))| &*live.id)
    }

    /// Adds access to a person's delta.
    pub(super) fn give_access(&self, wanted: &DesiredResource, live: &Live, delta: &mut Delta) {
        if delta.before.is_empty() {
            delta.before = self.declared_values(wanted, &live.attributes);
        }
        delta.before.insert(ACTIVE.into(), Some(Value::Boolean(false)));
        delta.after.insert(ACTIVE.into(), Some(Value::Boolean(true)));
    }

    /// A person who is held.
    pub(super) fn held(&self, wanted: &DesiredResource, reason: HeldReason) -> Held {
        Held {
            key: wanted.key.clone(),
            message: reason.said().to_owned(),
            next: "declare `active: true` to give access, or `active: false` to keep it away".to_owned(),
            origin: Some(self.basis.files.place(wanted.origin).to_string()),
            reason,
        }
    }
}
