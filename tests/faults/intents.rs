//! What a plan asks for, as a service can check it when a write comes: invariants I-1, I-3, I-5 and I-6, and
//! that the intent is durable.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;
use wpsync::dialect::Method;
use wpsync::model::Value;
use wpsync::plan::{Action, Change, Plan};

use crate::disk::Disk;
use crate::support::{Check, Exchange, Operation, operations};

/// The line of those who edit the directory by hand.
pub const STRANGER: usize = 1000;

/// Says whether a change is intended, as far as a reader of the journal's disk can tell.
pub type Intends = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// The changes of a plan.
pub struct Intents {
    changes: BTreeMap<String, Change>,
    /// The ids that nobody may write to.
    protected: Mutex<BTreeSet<String>>,
}

impl Intents {
    pub fn of(plan: &Plan) -> Self {
        Self {
            changes: plan
                .changes
                .iter()
                .map(|change| (change.id.clone(), change.clone()))
                .collect(),
            protected: Mutex::default(),
        }
    }

    /// Nobody may write to this.
    pub fn protect(&self, id: &str) {
        let mut protected = self.protected.lock().unwrap_or_else(PoisonError::into_inner);
        protected.insert(id.to_owned());
    }

    /// A check of writes: they must be in the plan, and their intents on a disk.
    pub fn on(self: &Arc<Self>, disk: &Disk) -> Check {
        let disk = disk.clone();
        self.where_intended(Box::new(move |change| disk.intends(change)))
    }

    /// A check of writes: they must be in the plan, and their intents wherever `is_intended` looks.
    pub fn where_intended(self: &Arc<Self>, is_intended: Intends) -> Check {
        let intents = Arc::clone(self);
        Arc::new(move |write, history| {
            let mut violations = Vec::new();
            write.change = intents.check(write, history, &is_intended, &mut violations);
            let protected = intents.protected.lock().unwrap_or_else(PoisonError::into_inner);
            if write.id().is_some_and(|id| protected.contains(id)) {
                violations.push("I-4: it is protected".to_owned());
            }
            violations
        })
    }

    /// Finds the change that asks for a write, and what is wrong with it.
    fn check(
        &self,
        write: &Exchange,
        history: &[Exchange],
        intends: &Intends,
        violations: &mut Vec<String>,
    ) -> Option<String> {
        let about: Vec<&Change> = self
            .changes
            .values()
            .filter(|change| concerns(change, write, history))
            .collect();
        let Some(change) = about.iter().find(|change| asks_for(change, write)) else {
            violations.push("I-1: no change of the plan asks for it".to_owned());
            return None;
        };
        if !about
            .iter()
            .any(|change| asks_for(change, write) && intends(&change.id))
        {
            violations.push(format!("its intent ({}) is not durable", change.id));
        }
        if write.operation.is_destructive() && !was_read_just_before(change, write, history) {
            violations.push("I-3: what it takes away was not read just before".to_owned());
        }
        // What others edited meanwhile may have done it for us.
        let is_edited = history.iter().any(|one| one.line == STRANGER && one.is_write());
        // A group goes on without a member who could not be made: the request for them failed, or a look-up.
        let has_failed = history
            .iter()
            .any(|one| one.fault.is_some() && one.ended.is_some());
        for needed in change
            .needs
            .iter()
            .filter(|needed| !is_edited && !is_done(needed, history))
            .filter(|needed| !(has_failed && self.is_only_referred_to(needed, change)))
        {
            violations.push(format!("I-5: it needs {needed}"));
        }
        // A reading of another change, which looks whether look-ups find what this run made, is none of ours.
        let object = write.object();
        let is_under_way = |earlier: &&Exchange| {
            let is_same = earlier.line == write.line && earlier.object() == object;
            is_same && earlier.is_write() && earlier.ended.is_none()
        };
        if let Some(earlier) = history.iter().find(is_under_way) {
            violations.push(format!("I-6: {} is under way on it", earlier.in_short()));
        }
        Some(change.id.clone())
    }
}

impl Intents {
    /// Whether a change needs another only because that creates one of its members, or whom it refers to.
    fn is_only_referred_to(&self, needed: &str, change: &Change) -> bool {
        let joins = change.members.iter().flat_map(|delta| &delta.add);
        let needed = &self.changes[needed];
        let refers = change.after.values().flatten().any(|value| match value {
            Value::Reference(reference) => reference.key.as_ref() == Some(&needed.key),
            _ => false,
        });
        let is_member = joins.into_iter().any(|one| one.key.as_ref() == Some(&needed.key));
        needed.action == Action::Create && (is_member || refers)
    }
}

/// Whether a change is about the resource that is written.
fn concerns(change: &Change, write: &Exchange, history: &[Exchange]) -> bool {
    let endpoint = format!("/{}", change.kind.endpoint());
    if !write.path().starts_with(&endpoint) {
        return false;
    }
    let Some(id) = write.id() else {
        return change.action == Action::Create && is_named(change, write.named());
    };
    if change.remote_id.is_some() {
        return change.remote_id.as_deref() == Some(id);
    }
    // What the plan created has an id since.
    let made = history
        .iter()
        .find(|one| one.operation.is_create() && one.took_effect() && one.answer()["id"] == id);
    made.is_some_and(|made| is_named(change, made.named()))
}

fn is_named(change: &Change, name: &str) -> bool {
    let naming = change.kind.naming_attribute();
    let wanted = change
        .after
        .get(naming)
        .and_then(Option::as_ref)
        .and_then(|value| value.as_text());
    wanted.is_some_and(|wanted| wanted == name) || &*change.key.name == name
}

/// Whether a write is (a part of) what a change asks for.
fn asks_for(change: &Change, write: &Exchange) -> bool {
    let roots: Vec<&str> = change.after.keys().map(|path| root(path)).collect();
    let has_members = change.members.is_some();
    match write.method() {
        Method::Delete => change.action == Action::Delete,
        Method::Post => change.action == Action::Create,
        _ if change.action == Action::Delete => false,
        _ => operations(&write.body).all(|(path, value)| match root(path) {
            "members" => has_members && is_of_delta(change, path, value),
            "active" => roots.contains(&"active") && is_value(change, "active", value),
            "userName" => is_value(change, "userName", value),
            root => roots.contains(&root),
        }),
    }
}

fn root(path: &str) -> &str {
    let path = path.rsplit_once(':').map_or(path, |(_, name)| name);
    path.split(['.', '[']).next().unwrap_or(path)
}

fn is_value(change: &Change, path: &str, value: Option<&Json>) -> bool {
    let wanted = change
        .after
        .get(path)
        .and_then(Option::as_ref)
        .map(wpsync::model::Value::plain);
    let value = value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    wanted.is_some() && wanted == value
}

/// Whether those who join or leave are as many as the change may move, and those who leave are named by it.
fn is_of_delta(change: &Change, path: &str, value: Option<&Json>) -> bool {
    let Some(delta) = &change.members else {
        return false;
    };
    match value.and_then(Json::as_array) {
        Some(members) if path == "members" => members.len() <= delta.add.len().max(delta.remove.len()),
        _ => delta
            .remove
            .iter()
            .filter_map(|one| one.id.as_deref())
            .any(|id| path.contains(id)),
    }
}

/// Whether the last that this applier heard of a resource is what the plan rests on.
fn was_read_just_before(change: &Change, write: &Exchange, history: &[Exchange]) -> bool {
    let object = write.object();
    let last = history
        .iter()
        .rev()
        .find(|one| one.line == write.line && one.object() == object);
    let is_as_read = |answer: &Json| {
        let simple = change
            .before
            .iter()
            .filter(|(path, _)| ["userName", "title", "displayName"].contains(&&***path));
        let mut simple = simple.map(|(path, value)| {
            (
                answer.get(&**path).and_then(Json::as_str),
                value.as_ref().map(wpsync::model::Value::plain),
            )
        });
        simple.all(|(found, read)| found == read.as_deref())
    };
    last.is_some_and(|last| {
        matches!(last.operation, Operation::GetUser | Operation::GetGroup)
            && last.ended.is_some()
            && is_as_read(&last.answer())
    })
}

/// Whether a change has been done by anybody.
fn is_done(change: &str, history: &[Exchange]) -> bool {
    history
        .iter()
        .any(|one| one.change.as_deref() == Some(change) && one.took_effect())
}
