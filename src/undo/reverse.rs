//! Reverses each change that was done.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::live::LiveNow;
use super::members::{self, ReversedMembers};
use super::undoing::{Created, LeftOut, Reversal, Undoing};
use crate::escape::Escaped;
use crate::model::well_known::{ACTIVE, EXTERNAL_ID};
use crate::model::{Attribute, Key, Live, Value};
use crate::plan::order::{self, OrderError};
use crate::plan::{Action, Change, MembersDelta, Proposal, Swapping, Values};

/// Makes the reverse of an apply.
///
/// # Errors
/// [`OrderError::Circle`] if names would have to be swapped back and the configuration does not allow it.
pub fn reverse(undoing: &Undoing<'_>) -> Result<Reversal, OrderError> {
    let made = undoing.receipt.made(undoing.plan);
    let done = as_one_step(made.iter().map(|change| &**change));
    let done: Vec<&Change> = done.iter().map(|change| &**change).collect();
    let mut now = LiveNow::new(undoing, &done);
    let leaving: HashSet<&str> = done
        .iter()
        .filter(|change| change.action == Action::Create)
        .filter_map(|change| now.of_change(change))
        .filter(|live| (undoing.created)(live) == Created::Delete)
        .map(|live| &*live.id)
        .collect();
    let mut reverser = Reverser {
        undoing,
        reversal: Reversal::default(),
        not_deleted: 0,
    };
    let returning: Vec<&Change> = done
        .iter()
        .copied()
        .filter(|change| change.action == Action::Delete && reverser.is_free(&now, change, &leaving))
        .collect();
    for change in &returning {
        now.recreates(&change.key);
    }
    reverser.turn_round(&now, &done);
    for change in &returning {
        reverser.deleted(&now, change);
    }
    reverser.drop_taken_names(&now);
    reverser.caveats(made.len(), returning.len());
    reverser.finish(&now)
}

/// The changes without temporary names: a rename by way of a temporary name becomes one change.
fn as_one_step<'a>(done: impl Iterator<Item = &'a Change>) -> Vec<Cow<'a, Change>> {
    let (steps, whole): (Vec<&Change>, Vec<&Change>) = done.partition(|change| change.is_step_between());
    let step_of: HashMap<&Key, &Change> = steps.iter().map(|step| (&step.key, *step)).collect();
    let finished: HashSet<&Key> = whole.iter().map(|change| &change.key).collect();
    let half_way = steps.iter().filter(|step| !finished.contains(&step.key));
    let whole = whole.iter().map(|change| match step_of.get(&change.key) {
        None => Cow::Borrowed(*change),
        Some(step) => {
            let mut both = (*change).clone();
            both.rest_on(step.before.clone());
            Cow::Owned(both)
        }
    });
    half_way.map(|step| Cow::Borrowed(*step)).chain(whole).collect()
}

pub(super) struct Reverser<'a> {
    pub(super) undoing: &'a Undoing<'a>,
    pub(super) reversal: Reversal,
    /// How many are deactivated because the service does not delete them.
    pub(super) not_deleted: usize,
}

impl Reverser<'_> {
    pub(super) fn leave_out(&mut self, key: &Key, reason: impl Into<String>) {
        self.reversal.left_out.push(LeftOut {
            key: key.clone(),
            reason: reason.into(),
        });
    }

    /// Whether the identifiers of a deleted resource are still free.
    fn is_free(&mut self, now: &LiveNow<'_>, change: &Change, leaving: &HashSet<&str>) -> bool {
        for path in [change.kind.naming_attribute(), EXTERNAL_ID] {
            let value = change.before.get(path).and_then(Option::as_ref);
            let Some(text) = value.and_then(Value::as_text) else {
                continue;
            };
            let holder = now
                .holder(change.kind, path, text)
                .filter(|holder| !leaving.contains(&*holder.id));
            if let Some(holder) = holder {
                let holder = now.key(holder);
                self.leave_out(
                    &change.key,
                    format!("it is not created again: {holder} has its {path} now"),
                );
                return false;
            }
        }
        true
    }

    /// Reverses all changes except deletions.
    fn turn_round(&mut self, now: &LiveNow<'_>, done: &[&Change]) {
        let created: HashSet<&Key> = done
            .iter()
            .filter(|change| change.action == Action::Create)
            .map(|change| &change.key)
            .collect();
        for change in done {
            match change.action {
                Action::Create => self.created(now, change),
                Action::Delete => {}
                // A second change that completes a created person is reversed with the create.
                _ if created.contains(&change.key) => {}
                _ => self.changed(now, change),
            }
        }
    }

    /// Creates a deleted resource again, with the values that it had.
    fn deleted(&mut self, now: &LiveNow<'_>, change: &Change) {
        let mut after = Values::new();
        for (path, value) in &change.before {
            let Some(value) = value else { continue };
            let attribute = self.undoing.catalog.find(change.kind, path);
            match now.value(value) {
                Some(value) if attribute.is_ok_and(Attribute::is_writable) => {
                    after.insert(path.clone(), Some(value));
                }
                Some(_) => {}
                None => self.leave_out(
                    &change.key,
                    format!("its {path} was {}, who is gone", value.shown()),
                ),
            }
        }
        let ReversedMembers { delta, left_out } = members::all_returning(now, change);
        for reason in left_out {
            self.leave_out(&change.key, reason);
        }
        let turned = Turned {
            action: Action::Create,
            key: change.key.clone(),
            live: None,
            before: Values::new(),
            after,
            members: delta,
        };
        self.push(turned, "the apply deleted it, and it is undone");
    }

    /// Puts back values and members that are still as the apply left them.
    fn changed(&mut self, now: &LiveNow<'_>, change: &Change) {
        let Some(live) = now.of_change(change) else {
            return self.leave_out(&change.key, "it is gone");
        };
        let (mut before, mut after) = (Values::new(), Values::new());
        for path in change.before.keys().chain(change.after.keys()) {
            let Ok(attribute) = self.undoing.catalog.find(change.kind, path) else {
                continue;
            };
            before.insert(path.clone(), now.held(live, attribute));
            if after.contains_key(path) {
                continue;
            }
            match value_back(now, change, live, path) {
                Ok(None) => {}
                Ok(Some(back)) => {
                    after.insert(path.clone(), back);
                }
                Err(reason) => self.leave_out(&change.key, reason),
            }
        }
        let ReversedMembers { delta, left_out } = members::reversed(now, change, live);
        for reason in left_out {
            self.leave_out(&change.key, reason);
        }
        if after.is_empty() && delta.is_none() {
            return;
        }
        let name = after.get(change.kind.naming_attribute());
        let name = name.and_then(Option::as_ref).and_then(Value::as_text);
        let turned = Turned {
            action: action_back(&before, &after),
            key: name.map_or_else(|| now.key(live), |name| Key::new(change.kind, name)),
            live: Some(live),
            before,
            after,
            members: delta,
        };
        self.push(turned, "the apply changed it, and it is undone");
    }

    pub(super) fn push(&mut self, turned: Turned<'_>, reason: &str) {
        self.reversal.changes.push(Change::new(Proposal {
            action: turned.action,
            after: turned.after,
            before: turned.before,
            key: turned.key,
            members: turned.members,
            origin: None,
            origins: BTreeMap::new(),
            reason: reason.to_owned(),
            remote_id: turned.live.map(|live| live.id.clone()),
            version: turned.live.and_then(|live| live.version.clone()),
        }));
    }

    /// Drops each change that takes a name which another resource has and this reversal does not free.
    /// Repeats this, because a dropped change may have freed another's name.
    fn drop_taken_names(&mut self, now: &LiveNow<'_>) {
        while let Some(taken) = self.taken_name(now) {
            let change = self.reversal.changes.remove(taken.at);
            let reason = format!(
                "its name is taken now, by another {} (id {})",
                change.kind.word(),
                Escaped(&taken.holder)
            );
            self.leave_out(&change.key, reason);
        }
    }

    fn taken_name(&self, now: &LiveNow<'_>) -> Option<TakenName> {
        let changes = &self.reversal.changes;
        let mut of_resource: HashMap<&str, Vec<&Change>> = HashMap::new();
        for change in changes {
            if let Some(id) = change.remote_id.as_deref() {
                of_resource.entry(id).or_default().push(change);
            }
        }
        changes.iter().enumerate().find_map(|(at, change)| {
            let name = new_name(change)?;
            let holder = now.by_name(&name)?;
            if Some(&holder.id) == change.remote_id.as_ref() {
                return None;
            }
            let mut of_holder = of_resource.get(&*holder.id).into_iter().flatten();
            let is_freed = of_holder.any(|change| {
                change.action == Action::Delete || new_name(change).is_some_and(|taken| taken != name)
            });
            (!is_freed).then(|| TakenName {
                at,
                holder: holder.id.clone(),
            })
        })
    }

    /// Adds the caveats for `done` reversed changes. `returning` of them create a resource again.
    fn caveats(&mut self, done: usize, returning: usize) {
        let undone = self.undoing.plan.changes.len() - done;
        if undone > 0 {
            self.reversal.caveats.push(format!(
                "{undone} changes of the plan were not done, so there is nothing of them to reverse"
            ));
        }
        if self.not_deleted > 0 {
            let people = if self.not_deleted == 1 { "person" } else { "people" };
            self.reversal.caveats.push(format!(
                "the service does not delete the {} {people} whom the apply created: they are deactivated, \
                 and their accounts stay",
                self.not_deleted
            ));
        }
        if returning > 0 {
            self.reversal.caveats.push(format!(
                "{returning} deleted are created again with the values that were read: they get new ids and \
                 no \
                 password, and what others held of them outside this plan (memberships, licences, data) is \
                 not \
                 restored"
            ));
        }
    }

    fn finish(mut self, now: &LiveNow<'_>) -> Result<Reversal, OrderError> {
        let is_taken = |key: &Key| now.by_name(key).is_some();
        let swapping = Swapping {
            allowed: self.undoing.swaps,
            is_taken: &is_taken,
            unique: self.undoing.unique,
        };
        order::order(&mut self.reversal.changes, &swapping)?;
        self.reversal.left_out.sort();
        self.reversal.left_out.dedup();
        Ok(self.reversal)
    }
}

/// The value to put back. `None` if there is nothing to do.
///
/// # Errors
/// The reason why a value stays as it is.
#[expect(
    clippy::option_option,
    reason = "whether there is a value to set, and which; none clears it"
)]
fn value_back(
    now: &LiveNow<'_>,
    change: &Change,
    live: &Live,
    path: &str,
) -> Result<Option<Option<Value>>, StaysAsItIs> {
    let Some(applied) = change.after.get(path) else {
        return Ok(None);
    };
    let Ok(attribute) = now.undoing.catalog.find(change.kind, path) else {
        return Ok(None);
    };
    let held = now.held(live, attribute);
    let earlier = change.before.get(path).and_then(Option::as_ref);
    if now.same(attribute, earlier, held.as_ref()) {
        return Ok(None);
    }
    if !now.same(attribute, applied.as_ref(), held.as_ref()) {
        return Err(StaysAsItIs::ChangedSince {
            path: path.into(),
            held: shown(held.as_ref()),
            by: now.changed_by(live, attribute, held.as_ref()),
        });
    }
    match earlier {
        None => Ok(Some(None)),
        Some(earlier) => match now.value(earlier) {
            Some(value) => Ok(Some(Some(value))),
            None => Err(StaysAsItIs::Gone(path.into())),
        },
    }
}

/// Why a value is not put back.
#[derive(Debug, thiserror::Error)]
enum StaysAsItIs {
    #[error("{path} stays {held}: {by}")]
    ChangedSince {
        path: Box<str>,
        held: String,
        by: String,
    },
    #[error("{0} meant somebody who is gone")]
    Gone(Box<str>),
}

impl From<StaysAsItIs> for String {
    fn from(reason: StaysAsItIs) -> Self {
        reason.to_string()
    }
}

pub(super) fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "(nothing)".into(), Value::shown)
}

fn action_back(before: &Values, after: &Values) -> Action {
    match (after.get(ACTIVE), before.get(ACTIVE)) {
        (Some(Some(Value::Boolean(false))), _) => Action::Deactivate,
        (Some(_), Some(Some(Value::Boolean(false)))) => Action::Reactivate,
        _ => Action::Update,
    }
}

/// The name that a change sets.
fn new_name(change: &Change) -> Option<Key> {
    let name = change.after.get(change.kind.naming_attribute())?;
    Some(Key::new(change.kind, name.as_ref()?.as_text()?))
}

/// A change whose name is taken.
struct TakenName {
    /// The index of the change.
    at: usize,
    /// The directory's id of the resource that has the name.
    holder: Box<str>,
}

/// A reversed change, before it is a change of the reverse plan.
pub(super) struct Turned<'a> {
    pub(super) action: Action,
    pub(super) key: Key,
    pub(super) live: Option<&'a Live>,
    pub(super) before: Values,
    pub(super) after: Values,
    pub(super) members: Option<MembersDelta>,
}
