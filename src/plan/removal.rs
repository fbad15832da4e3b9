//! The removals: of undeclared resources that `within` covers, and of resources that are removed by name.

use super::change::{Action, Change, MembersDelta, Proposal, Values};
use super::comparison::Sides;
use super::draft::Draft;
use super::held::told::Told;
use super::remainder::Held;
use super::selection::Selection;
use crate::desired::{DesiredResource, Removing, Wish};
use crate::escape::Escaped;
use crate::model::well_known::ACTIVE;
use crate::model::{Kind, Live, Value};
use crate::project::Absent;

/// A removal before it becomes a change.
struct PlannedRemoval {
    action: Action,
    /// The place in a source that asks for the removal.
    origin: Option<String>,
    reason: String,
}

impl Sides<'_> {
    /// Adds the removals of undeclared resources that `within` covers. Returns how many undeclared resources
    /// stay.
    pub(super) fn removals(&self, kind: Kind, draft: &mut Draft) -> u64 {
        let mut unmanaged = 0;
        let live = self.basis.snapshot.of(kind).iter();
        for (place, (live, desired)) in live.zip(&self.pairing.of(kind).desired_of).enumerate() {
            if desired.is_some() || self.leaving.has(kind, place) {
                continue;
            }
            let obstacle = self.back.removal(live);
            if obstacle.is_none() && self.back.leave_alone(self.basis, live) {
                unmanaged += 1;
                continue;
            }
            match self.removal_of_absent(live) {
                Some(_) if self.basis.policy.of(kind).is_partly_named => {
                    if self.is_missed(live) {
                        let unnamed = &mut draft.remainder.unnamed;
                        let counted = unnamed.entry(kind.plural().to_owned()).or_default();
                        counted.add(&live.key(self.basis.catalog));
                    }
                    unmanaged += 1;
                }
                Some(_) if !self.is_ours(live) => {
                    if self.nobody_is_known(kind) {
                        let without_state = &mut draft.remainder.without_state;
                        let counted = without_state.entry(kind.plural().to_owned()).or_default();
                        counted.add(&live.key(self.basis.catalog));
                    }
                    unmanaged += 1;
                }
                Some(_) if !self.basis.ownership.may_remove(kind, self.basis.policy) => {
                    let withheld = &mut draft.remainder.withheld;
                    withheld
                        .entry(kind.plural().to_owned())
                        .or_default()
                        .add(&live.key(self.basis.catalog));
                    unmanaged += 1;
                }
                Some(_) if draft.remainder.unread.has(kind) => {
                    draft.remainder.unread.keep(&live.key(self.basis.catalog));
                    unmanaged += 1;
                }
                Some(_) if let Some(told) = obstacle => {
                    draft.remainder.held.push(self.held_removal(live, told));
                    unmanaged += 1;
                }
                Some(action) => draft.changes.push(self.removal(
                    live,
                    PlannedRemoval {
                        action,
                        origin: None,
                        reason: self.reason_of_absence(live),
                    },
                )),
                None => unmanaged += 1,
            }
        }
        unmanaged
    }

    fn reason_of_absence(&self, live: &Live) -> String {
        let key = live.key(self.basis.catalog);
        let why = if self.basis.desired.out_of_scope.iter().any(|one| one.key == key) {
            "`scope` leaves out the one whom a source declares"
        } else {
            "no source declares it"
        };
        format!("{why}, and `within` says that it is ours")
    }

    /// Whether `within` covers a live resource.
    fn is_ours(&self, live: &Live) -> bool {
        let policy = self.basis.policy.of(live.kind);
        policy.removes(live, self.basis.accounts)
    }

    /// Whether only a record tells who is ours of a kind, and no record knows anybody.
    fn nobody_is_known(&self, kind: Kind) -> bool {
        let policy = self.basis.policy.of(kind);
        policy.rests_on_accounts() && self.basis.accounts.of(kind).is_empty()
    }

    /// The removal of a live resource that no source declares, if it is ours. `None` if it stays either way.
    fn removal_of_absent(&self, live: &Live) -> Option<Action> {
        let policy = self.basis.policy.of(live.kind);
        if self.basis.selection.is_some() {
            return None;
        }
        // Nothing touches the protected, least of all a line that is missing.
        if self.basis.policy.protects(&live.key(self.basis.catalog)) {
            return None;
        }
        match policy.absent {
            Absent::Delete if !self.obstacles.is_not_deleted(live.kind, &live.id) => Some(Action::Delete),
            Absent::Delete if live.is_inactive(self.active) => None,
            Absent::Delete => Some(Action::Deactivate),
            Absent::Deactivate if live.kind == Kind::User && !live.is_inactive(self.active) => {
                Some(Action::Deactivate)
            }
            Absent::Deactivate | Absent::Keep => None,
        }
    }

    /// Adds a change for each removal by name that is not done yet.
    pub(super) fn asked_removals(&self, draft: &mut Draft) {
        for leaver in self.leaving.all(self.basis) {
            let (live, removal) = (leaver.live, leaver.removal);
            let is_not_deleted = self.obstacles.is_not_deleted(live.kind, &live.id);
            let action = match removal.removing {
                Removing::Delete if !is_not_deleted => Action::Delete,
                _ if live.is_inactive(self.active) => continue,
                _ => Action::Deactivate,
            };
            if let Some(told) = self.back.removal(live) {
                let selection = self.basis.selection;
                let is_meant = |selection: &Selection| selection.compares(&removal.key);
                if removal.origin.is_none() || selection.is_none_or(is_meant) {
                    let origin = removal
                        .origin
                        .map(|origin| self.basis.files.place(origin).to_string());
                    let held = self.held_removal(live, told);
                    draft.remainder.held.push(Held { origin, ..held });
                }
                continue;
            }
            let reason = match removal.origin {
                Some(_) if action == Action::Deactivate && removal.removing == Removing::Delete => {
                    "a source says that it is to be deleted, and the service does not delete it".to_owned()
                }
                Some(_) => format!("a source says that it is to be {}d", action.word()),
                None => format!(
                    "the command line asks to {} it; {}",
                    action.word(),
                    self.afterwards(live, action)
                ),
            };
            let origin = removal
                .origin
                .map(|origin| self.basis.files.place(origin).to_string());
            draft.changes.push(self.removal(
                live,
                PlannedRemoval {
                    action,
                    origin,
                    reason,
                },
            ));
        }
    }

    /// A removal that something stands in the way of.
    fn held_removal(&self, live: &Live, told: &Told) -> Held {
        Held {
            key: live.key(self.basis.catalog),
            message: told.message.clone(),
            next: told.next.clone(),
            origin: None,
            reason: told.reason,
        }
    }

    fn removal(&self, live: &Live, removal: PlannedRemoval) -> Change {
        let catalog = self.basis.catalog;
        let writable = live
            .attributes
            .iter()
            .map(|(id, value)| (catalog.attribute(id), value))
            .filter(|(attribute, _)| attribute.is_writable());
        let before = writable
            .map(|(attribute, value)| (attribute.path.clone(), Some(self.references.resolve_value(value))))
            .collect();
        let (after, members) = if removal.action == Action::Deactivate {
            let inactive = Values::from([(ACTIVE.into(), Some(Value::Boolean(false)))]);
            (inactive, None)
        } else {
            let members = live.members.iter().flatten();
            let references = members.map(|member| self.references.resolve(&member.reference));
            (Values::new(), MembersDelta::of_deleted(references.collect()))
        };
        Change::new(Proposal {
            action: removal.action,
            after,
            before,
            key: live.key(catalog),
            members,
            origin: removal.origin,
            origins: std::collections::BTreeMap::new(),
            reason: removal.reason,
            remote_id: Some(live.id.clone()),
            version: live.version.clone(),
        })
    }

    /// What the next plan will do with a resource that the command line removes.
    fn afterwards(&self, live: &Live, action: Action) -> String {
        let name = live.key(self.basis.catalog);
        let external_id = self.basis.catalog.external_id(live.kind);
        let external = live.attributes.get(external_id);
        let declares = |resource: &&DesiredResource| {
            resource.key == name || (external.is_some() && resource.value(external_id) == external)
        };
        let desired = self.basis.desired.of(live.kind);
        let mut all = self.basis.snapshot.of(live.kind).iter();
        let place = all.position(|one| one.id == live.id);
        // Whoever was renamed is declared under another name.
        let paired = place.and_then(|place| self.pairing.of(live.kind).desired_of[place]);
        let declared = paired.map(|number| &desired[number]);
        let Some(declared) = declared.or_else(|| desired.iter().find(declares)) else {
            return "no source declares it".into();
        };
        let place = |origin| Escaped(&self.basis.files.place(origin).to_string()).to_string();
        let active = declared.get(self.active).filter(|_| live.kind == Kind::User);
        match (action, active.map(|asked| (&asked.wish, asked.origin))) {
            (Action::Delete, _) => format!(
                "{} declares it, so the next plan would create it again",
                place(declared.origin)
            ),
            (_, Some((Wish::Set(Value::Boolean(true)), origin))) => format!(
                "{} declares it active, so the next plan would give the access back",
                place(origin)
            ),
            _ => format!(
                "{} does not say that it is active, so no plan gives the access back",
                place(declared.origin)
            ),
        }
    }
}
