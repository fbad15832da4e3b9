//! The changes of declared resources.

use super::change::{Action, Change, Proposal};
use super::comparison::Sides;
use super::delta::Delta;
use super::draft::Draft;
use super::presence::Access;
use super::remainder::Withheld;
use super::withholding::BothNames;
use crate::desired::DesiredResource;
use crate::model::well_known::ACTIVE;
use crate::model::{Key, Kind, Live, Value};

impl Sides<'_> {
    /// Adds a change for each declared resource of a kind that is not live, or differs from its declaration.
    pub(super) fn declared_changes(&self, kind: Kind, draft: &mut Draft) {
        let places = &self.pairing.of(kind).live_of;
        for (number, (wanted, place)) in self.basis.desired.of(kind).iter().zip(places).enumerate() {
            let live = match *place {
                Some(place) if self.leaving.has(kind, place) => continue,
                Some(place) => Some(&self.basis.snapshot.of(kind)[place]),
                None => None,
            };
            let presence = live.map_or(Access::Settled, |live| self.presence(wanted, live));
            let held = match (self.back.of(kind, number), &presence) {
                (Some(held), _) => Some(held.clone()),
                (None, Access::Held(reason)) => Some(self.held(wanted, *reason)),
                (None, _) => None,
            };
            let only_leaves = self.back.only_leaves(kind, number);
            if let Some(mut held) = held {
                if only_leaves && live.is_some_and(|live| !live.is_inactive(self.active)) {
                    held.message += "; only the deactivation is planned that a source asks for";
                }
                if self.is_told(&wanted.key) {
                    draft.remainder.held.push(held);
                }
                if !only_leaves {
                    continue;
                }
            }
            let mut delta = self.delta(wanted, live);
            if only_leaves {
                delta.after.retain(|path, _| &**path == ACTIVE);
            }
            if let Some(live) = live {
                if matches!(presence, Access::Given) {
                    self.give_access(wanted, live, &mut delta);
                }
                self.withhold(wanted, live, &mut delta, &mut draft.remainder.withheld);
                self.count_unnamed_members(wanted, live, &mut draft.remainder.unnamed);
                if delta.is_empty() {
                    continue;
                }
            }
            draft.changes.push(self.declared_change(wanted, live, delta));
        }
    }

    /// Whether the plan tells of somebody who is held: it is about them, or about a resource that refers to
    /// them and so is not as declared.
    fn is_told(&self, key: &Key) -> bool {
        let Some(selection) = self.basis.selection else {
            return true;
        };
        let compared = || {
            let declared = selection.only.iter();
            declared.filter_map(|key| self.basis.desired.find(key))
        };
        selection.compares(key) || compared().any(|resource| resource.refers_to(key))
    }

    /// Takes the removals from what is newly managed out of a delta. They are counted in `withheld` only if
    /// the plan compares the resource.
    fn withhold(&self, wanted: &DesiredResource, live: &Live, delta: &mut Delta, withheld: &mut Withheld) {
        let names = BothNames {
            declared: &wanted.key,
            live: &live.key(self.basis.catalog),
        };
        let selection = self.basis.selection;
        if selection.is_none_or(|selection| selection.compares(&wanted.key)) {
            self.basis.ownership.withhold(&names, delta, withheld);
        } else {
            self.basis.ownership.withhold(&names, delta, &mut Withheld::new());
        }
    }

    fn declared_change(&self, wanted: &DesiredResource, live: Option<&Live>, delta: Delta) -> Change {
        let action = match live {
            None => Action::Create,
            Some(_) => action_of(&delta),
        };
        let files = self.basis.files;
        let reason = self.reason(action, &delta, live);
        let on_another_line = delta
            .origins
            .into_iter()
            .filter(|(path, _)| delta.after.contains_key(path))
            .filter(|(_, origin)| (origin.file, origin.line) != (wanted.origin.file, wanted.origin.line));
        Change::new(Proposal {
            action,
            reason,
            origins: on_another_line
                .map(|(path, origin)| (path, files.place(origin).to_string()))
                .collect(),
            after: delta.after,
            before: delta.before,
            key: wanted.key.clone(),
            members: delta.members,
            origin: Some(files.place(wanted.origin).to_string()),
            remote_id: live.map(|live| live.id.clone()),
            version: live.and_then(|live| live.version.clone()),
        })
    }

    /// Why the change is planned, and what the directory does not tell about it.
    fn reason(&self, action: Action, delta: &Delta, live: Option<&Live>) -> String {
        let reason = reason_of(action, delta);
        match live.filter(|_| delta.members.is_some()) {
            Some(live) if self.basis.snapshot.remembered.contains(&live.id) => format!(
                "{reason}; the directory does not tell who is in it, and what the last apply left is taken \
                 for it"
            ),
            Some(live) if live.members.is_none() => format!(
                "{reason}; the directory does not tell who is in it, so that everybody declared is added and \
                 nobody removed"
            ),
            _ => reason,
        }
    }
}

/// The action for a live resource.
fn action_of(delta: &Delta) -> Action {
    match (delta.after.get(ACTIVE), delta.before.get(ACTIVE)) {
        (Some(Some(Value::Boolean(false))), _) => Action::Deactivate,
        (Some(Some(Value::Boolean(true))), Some(Some(Value::Boolean(false)))) => Action::Reactivate,
        _ => Action::Update,
    }
}

fn reason_of(action: Action, delta: &Delta) -> String {
    match action {
        Action::Create => "a source declares it, and the directory does not have it".into(),
        Action::Deactivate => "a source declares it inactive".into(),
        Action::Reactivate if delta.origins.contains_key(ACTIVE) => {
            "a source declares it active, and it is inactive".into()
        }
        Action::Reactivate => "a source declares it again, and it was deactivated because none did".into(),
        Action::Update | Action::Delete => {
            let attributes = delta.after.keys().map(|path| &**path);
            let differing: Vec<&str> = attributes
                .chain(delta.members.iter().map(|_| "members"))
                .collect();
            format!("the sources and the directory differ in {}", differing.join(", "))
        }
    }
}
