//! The reverse of a create: what the service can do with a person or group that the apply made.

use std::collections::HashSet;

use super::live::LiveNow;
use super::members;
use super::reverse::{Reverser, Turned, shown};
use super::undoing::Created;
use crate::model::well_known::ACTIVE;
use crate::model::{Kind, Live, Value};
use crate::plan::{Action, Change, Values};

impl Reverser<'_> {
    /// Removes a resource that the apply created, if nobody has changed it since.
    pub(super) fn created(&mut self, now: &LiveNow<'_>, change: &Change) {
        let Some(live) = now.of_change(change) else {
            return self.leave_out(&change.key, "it is gone already");
        };
        let created = (self.undoing.created)(live);
        let is_inactive = live.is_inactive(self.undoing.catalog.well_known(Kind::User, ACTIVE));
        if created != Created::Delete && live.kind == Kind::User && is_inactive {
            return self.leave_out(&change.key, "it is inactive already");
        }
        if let Some(reason) = self.changed_since(now, change, live) {
            return self.leave_out(&change.key, format!("it stays, because {reason}"));
        }
        let catalog = self.undoing.catalog;
        let read = |value: &Value| now.value(value).unwrap_or_else(|| value.clone());
        let held = live
            .attributes
            .iter()
            .map(|(id, value)| (catalog.attribute(id), value));
        let before: Values = held
            .filter(|(attribute, _)| attribute.is_writable())
            .map(|(attribute, value)| (attribute.path.clone(), Some(read(value))))
            .collect();
        if created == Created::Stay {
            return self.leave_out(&change.key, "it stays: the service does not delete groups");
        }
        if created == Created::Delete {
            let turned = Turned {
                action: Action::Delete,
                after: Values::new(),
                key: now.key(live),
                live: Some(live),
                before,
                members: members::all_leaving(now, live),
            };
            return self.push(turned, "the apply created it, and it is undone");
        }
        let reason = match created {
            Created::OnlyDeactivate => {
                "the apply created it; the service does not delete it, so it is deactivated"
            }
            _ => "the apply created it, and it is undone",
        };
        self.not_deleted += usize::from(created == Created::OnlyDeactivate);
        let turned = Turned {
            action: Action::Deactivate,
            after: [(ACTIVE.into(), Some(Value::Boolean(false)))].into(),
            key: now.key(live),
            live: Some(live),
            before,
            members: None,
        };
        self.push(turned, reason);
    }

    /// How somebody changed a resource since the apply created it. `None` if it is as it was left.
    fn changed_since(&self, now: &LiveNow<'_>, change: &Change, live: &Live) -> Option<String> {
        for (path, said) in &change.after {
            let Ok(attribute) = self.undoing.catalog.find(change.kind, path) else {
                continue;
            };
            let held = now.held(live, attribute);
            if !now.same(attribute, said.as_ref(), held.as_ref()) {
                let by = now.changed_by(live, attribute, held.as_ref());
                return Some(format!("its {path} is {} now: {by}", shown(held.as_ref())));
            }
        }
        let added = change.members.iter().flat_map(|delta| &delta.add);
        let added: HashSet<Box<str>> = added.filter_map(|member| now.reference(member)?.id).collect();
        let members = live.members.iter().flatten();
        let joined = members
            .filter_map(|member| member.reference.id.as_ref())
            .filter(|id| !added.contains(*id))
            .count();
        (joined > 0).then(|| format!("{joined} have joined it since"))
    }
}
