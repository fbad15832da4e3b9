//! Each done change turned round.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::members;
use super::world::World;
use super::{Created, LeftOut, Reversal, Undoing};
use crate::model::Live;
use crate::model::well_known::{ACTIVE, EXTERNAL_ID};
use crate::model::{Attribute, Key, Kind, Value, fold};
use crate::plan::order::{self, OrderError};
use crate::plan::{Action, Change, MembersDelta, Proposal, Swapping, Values};

/// Makes the reverse of an apply.
///
/// # Errors
/// [`OrderError::Circle`] where names would have to be swapped back and may not be.
pub fn reverse(inputs: &Undoing<'_>) -> Result<Reversal, OrderError> {
    let outcomes = inputs
        .receipt
        .outcomes
        .iter()
        .filter(|line| ["done", "unverified", "already-done"].contains(&&*line.outcome));
    let outcomes: HashSet<&str> = outcomes.map(|line| &*line.change).collect();
    let count = outcomes.len();
    let done = as_one_step(
        inputs
            .plan
            .changes
            .iter()
            .filter(|change| outcomes.contains(&*change.id)),
    );
    let done: Vec<&Change> = done.iter().map(|change| &**change).collect();
    let mut world = World::new(inputs, &done);
    let created: HashSet<&Key> = done
        .iter()
        .filter(|change| change.action == Action::Create)
        .map(|change| &change.key)
        .collect();
    let leaving: HashSet<&str> = done
        .iter()
        .filter(|change| change.action == Action::Create && inputs.created == Created::Delete)
        .filter_map(|change| world.of_change(change).map(|live| &*live.id))
        .collect();
    let mut reverser = Reverser {
        inputs,
        reversal: Reversal::default(),
    };
    let returning: Vec<&Change> = done
        .iter()
        .copied()
        .filter(|change| change.action == Action::Delete && reverser.is_free(&world, change, &leaving))
        .collect();
    for change in &returning {
        world.recreates(&change.key);
    }
    for change in &done {
        match change.action {
            Action::Create => reverser.created(&world, change),
            Action::Delete => {}
            // What completes a person whom the apply created goes with them.
            _ if created.contains(&change.key) => {}
            _ => reverser.changed(&world, change),
        }
    }
    for change in &returning {
        reverser.deleted(&world, change);
    }
    reverser.finish(&world, count, returning.len())
}

/// Changes without the temporary names: who had one went from the first name to the last.
fn as_one_step<'a>(done: impl Iterator<Item = &'a Change>) -> Vec<Cow<'a, Change>> {
    let (steps, others): (Vec<&Change>, Vec<&Change>) = done.partition(|change| change.is_step_between());
    let step_of = |change: &Change| steps.iter().copied().find(|step| step.key == change.key);
    let is_half_way = |step: &&&Change| others.iter().all(|change| change.key != step.key);
    let half_way = steps.iter().filter(is_half_way).map(|step| Cow::Borrowed(*step));
    let whole = others.iter().map(|change| match step_of(change) {
        Some(step) => {
            let mut whole = (*change).clone();
            whole.rest_on(step.before.clone());
            Cow::Owned(whole)
        }
        None => Cow::Borrowed(*change),
    });
    half_way.chain(whole).collect()
}

struct Reverser<'a> {
    inputs: &'a Undoing<'a>,
    reversal: Reversal,
}

impl Reverser<'_> {
    fn leave_out(&mut self, key: &Key, reason: impl Into<String>) {
        self.reversal.left_out.push(LeftOut {
            key: key.clone(),
            reason: reason.into(),
        });
    }

    /// Whether nobody has taken the identifiers of somebody who was deleted.
    fn is_free(&mut self, world: &World<'_>, change: &Change, leaving: &HashSet<&str>) -> bool {
        for path in [change.kind.naming_attribute(), EXTERNAL_ID] {
            let Some(text) = change
                .before
                .get(path)
                .and_then(Option::as_ref)
                .and_then(Value::as_text)
            else {
                continue;
            };
            let holder = world
                .holder(change.kind, path, text)
                .filter(|holder| !leaving.contains(&*holder.id));
            if let Some(holder) = holder {
                self.leave_out(
                    &change.key,
                    format!(
                        "it is not created again: {} has its {path} now",
                        world.key(holder)
                    ),
                );
                return false;
            }
        }
        true
    }

    /// Whom the apply created leaves again, if nobody has changed them since.
    fn created(&mut self, world: &World<'_>, change: &Change) {
        let Some(live) = world.of_change(change) else {
            return self.leave_out(&change.key, "it is gone already");
        };
        let differing = change.after.iter().find_map(|(path, said)| {
            let attribute = self.inputs.catalog.find(change.kind, path).ok()?;
            let held = world.held(live, attribute);
            (!world.same(attribute, said.as_ref(), held.as_ref())).then(|| (path.clone(), held))
        });
        if let Some((path, held)) = differing {
            let held = held.as_ref().map_or_else(|| "(nothing)".into(), Value::shown);
            return self.leave_out(
                &change.key,
                format!("it stays, because somebody changed it since: its {path} is {held} now"),
            );
        }
        let added = change.members.as_ref().map_or(&[][..], |delta| &delta.add);
        let added: Vec<_> = added.iter().filter_map(|one| world.reference(one)?.id).collect();
        let joined = live
            .members
            .iter()
            .flatten()
            .filter(|member| member.reference.id.as_ref().is_some_and(|id| !added.contains(id)));
        let joined = joined.count();
        if joined > 0 {
            return self.leave_out(
                &change.key,
                format!("it stays, because {joined} have joined it since"),
            );
        }
        let deactivate = self.inputs.created == Created::Deactivate && change.kind == Kind::User;
        let read = |value: &Value| world.value(value).unwrap_or_else(|| value.clone());
        let writable = live
            .attributes
            .iter()
            .filter(|(id, _)| self.inputs.catalog.attribute(*id).is_writable());
        let before: Values = writable
            .map(|(id, value)| (self.inputs.catalog.attribute(id).path.clone(), Some(read(value))))
            .collect();
        if deactivate && before.get(ACTIVE) == Some(&Some(Value::Boolean(false))) {
            return self.leave_out(&change.key, "it is inactive already");
        }
        let after = if deactivate {
            [(ACTIVE.into(), Some(Value::Boolean(false)))].into()
        } else {
            Values::new()
        };
        let action = if deactivate {
            Action::Deactivate
        } else {
            Action::Delete
        };
        let members = if deactivate {
            None
        } else {
            members::all_leaving(world, live)
        };
        self.push(
            Turned {
                action,
                key: world.key(live),
                live: Some(live),
                before,
                after,
                members,
            },
            "the apply created it",
        );
    }

    /// Who was deleted comes back with the values that they had.
    fn deleted(&mut self, world: &World<'_>, change: &Change) {
        let mut after = Values::new();
        for (path, value) in change
            .before
            .iter()
            .filter_map(|(path, value)| Some((path, value.as_ref()?)))
        {
            let writable = self
                .inputs
                .catalog
                .find(change.kind, path)
                .is_ok_and(Attribute::is_writable);
            match world.value(value) {
                Some(value) if writable => drop(after.insert(path.clone(), Some(value))),
                Some(_) => {}
                None => self.leave_out(
                    &change.key,
                    format!("its {path} was {}, who is gone", value.shown()),
                ),
            }
        }
        let (members, reasons) = members::all_returning(world, change);
        for reason in reasons {
            self.leave_out(&change.key, reason);
        }
        let turned = Turned {
            action: Action::Create,
            key: change.key.clone(),
            live: None,
            before: Values::new(),
            after,
            members,
        };
        self.push(turned, "the apply deleted it");
    }

    /// Values and members go back where they are still as the apply left them.
    fn changed(&mut self, world: &World<'_>, change: &Change) {
        let Some(live) = world.of_change(change) else {
            return self.leave_out(&change.key, "it is gone");
        };
        let (mut before, mut after) = (Values::new(), Values::new());
        for path in change.before.keys().chain(change.after.keys()) {
            let Ok(attribute) = self.inputs.catalog.find(change.kind, path) else {
                continue;
            };
            let held = world.held(live, attribute);
            before.insert(path.clone(), held.clone());
            let Some(applied) = change.after.get(path) else {
                continue;
            };
            let earlier = change.before.get(path).cloned().flatten();
            let back = earlier.as_ref().map(|value| world.value(value));
            if world.same(attribute, earlier.as_ref(), held.as_ref()) || after.contains_key(path) {
                continue;
            }
            if !world.same(attribute, applied.as_ref(), held.as_ref()) {
                let held = held.as_ref().map_or_else(|| "(nothing)".into(), Value::shown);
                self.leave_out(
                    &change.key,
                    format!("{path} stays {held}: somebody changed it since the apply"),
                );
                continue;
            }
            match back {
                Some(None) => self.leave_out(&change.key, format!("{path} meant somebody who is gone")),
                Some(Some(value)) => drop(after.insert(path.clone(), Some(value))),
                None => drop(after.insert(path.clone(), None)),
            }
        }
        let (members, reasons) = members::reversed(world, change, live);
        for reason in reasons {
            self.leave_out(&change.key, reason);
        }
        if after.is_empty() && members.is_none() {
            return;
        }
        let action = match (after.get(ACTIVE), before.get(ACTIVE)) {
            (Some(Some(Value::Boolean(false))), _) => Action::Deactivate,
            (Some(_), Some(Some(Value::Boolean(false)))) => Action::Reactivate,
            _ => Action::Update,
        };
        let name = after
            .get(change.kind.naming_attribute())
            .and_then(Option::as_ref)
            .and_then(Value::as_text);
        let key = name.map_or_else(|| world.key(live), |name| Key::new(change.kind, name));
        self.push(
            Turned {
                action,
                key,
                live: Some(live),
                before,
                after,
                members,
            },
            "the apply changed it",
        );
    }

    fn push(&mut self, turned: Turned<'_>, reason: &str) {
        let Turned {
            action,
            key,
            live,
            before,
            after,
            members,
        } = turned;
        self.reversal.changes.push(Change::new(Proposal {
            action,
            after,
            before,
            key,
            members,
            origin: None,
            origins: BTreeMap::new(),
            reason: format!("{reason}, and it is undone"),
            remote_id: live.map(|live| live.id.clone()),
            version: live.and_then(|live| live.version.clone()),
        }));
    }

    fn finish(mut self, world: &World<'_>, done: usize, returning: usize) -> Result<Reversal, OrderError> {
        while let Some((at, reason)) = self.taken_name(world) {
            let change = self.reversal.changes.remove(at);
            self.leave_out(&change.key, reason);
        }
        let undone = self.inputs.plan.changes.len() - done;
        if undone > 0 {
            self.reversal.caveats.push(format!(
                "{undone} changes of the plan were not done, so there is nothing of them to reverse"
            ));
        }
        if returning > 0 {
            self.reversal.caveats.push(format!(
                "{returning} deleted are created again with the values that were read: they get new ids and no password, and what \
                 others held of them outside this plan (memberships, licences, data) is not restored"
            ));
        }
        let changes = &mut self.reversal.changes;
        let is_taken = |key: &Key| world.by_name(key).is_some();
        order::order(
            changes,
            &Swapping {
                allowed: self.inputs.swaps,
                is_taken: &is_taken,
            },
        )?;
        self.reversal.left_out.sort();
        self.reversal.left_out.dedup();
        Ok(self.reversal)
    }

    /// A change that takes a name which somebody holds and this reversal does not free.
    fn taken_name(&self, world: &World<'_>) -> Option<(usize, String)> {
        let changes = &self.reversal.changes;
        let name_of = |change: &Change| {
            let name = change.after.get(change.kind.naming_attribute())?.as_ref()?;
            Some(name.as_text()?.to_owned())
        };
        changes.iter().enumerate().find_map(|(at, change)| {
            let name = name_of(change)?;
            let holder = world
                .by_name(&Key::new(change.kind, &name))
                .filter(|live| Some(&live.id) != change.remote_id.as_ref())?;
            let freed = changes
                .iter()
                .filter(|other| other.remote_id.as_ref() == Some(&holder.id))
                .any(|other| {
                    other.action == Action::Delete
                        || name_of(other).is_some_and(|taken| fold(&taken) != fold(&name))
                });
            (!freed).then(|| {
                (
                    at,
                    format!(
                        "its name is taken now, by another {} (id {})",
                        change.kind.word(),
                        crate::escape::Escaped(&holder.id)
                    ),
                )
            })
        })
    }
}

/// A change turned round, before it is sealed.
struct Turned<'a> {
    action: Action,
    key: Key,
    live: Option<&'a Live>,
    before: Values,
    after: Values,
    members: Option<MembersDelta>,
}
