//! Compares the changes of a push with the live directory. Some values of the directory cannot be read.

use std::collections::HashMap;

use crate::apply::decide::{Decision, decide};
use crate::apply::outcome::{Outcome, RunStart};
use crate::apply::values::Known;
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Catalog, Key, Kind, Live, Member, Reference, Snapshot, Value};
use crate::plan::{Action, Change, MembersDelta};
use crate::whole::form::PushForm;

/// The assumption about values that cannot be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// The values are as the plan has them before.
    AsBefore,
    /// The values are as they were pushed.
    AsPushed,
}

/// The decision on a change.
pub(super) struct Looked {
    pub(super) decision: Decision,
    /// The parts of the change that cannot be read.
    pub(super) unread: Vec<Box<str>>,
}

impl Looked {
    /// The outcome of a change that needs no request. `None` if it needs one.
    pub(super) fn settled(&self, start: RunStart) -> Option<Outcome> {
        match &self.decision {
            Decision::AlreadyDone if start == RunStart::Resumed && !self.unread.is_empty() => {
                Some(Outcome::Unverified(self.unread.clone()))
            }
            Decision::AlreadyDone => Some(Outcome::AlreadyDone),
            Decision::Drift(drifts) => Some(Outcome::Drifted(drifts.clone())),
            Decision::Do(_) | Decision::Unknown(_) => None,
        }
    }
}

/// Looks up the resources of a plan's changes.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) changes: &'a [Change],
    pub(super) form: &'a PushForm,
}

impl Look<'_> {
    /// Decides on every change.
    pub(super) fn at(&self, now: &Snapshot, unread: Unread) -> Vec<Looked> {
        let known = Known::default();
        let resources = ById::new(now);
        for change in self.changes {
            let there = resources.find(change, self.id_of(change).as_deref());
            if let Some(id) = there.map(|live| live.id.clone()).or_else(|| self.id_of(change)) {
                known.learn(&change.key, &id);
            }
        }
        let look = |change: &Change| {
            let live = resources.find(change, self.id_of(change).as_deref());
            let live = live.map(|live| self.completed(live, change, unread));
            Looked {
                decision: decide(self.catalog, change, &known, live.as_ref()),
                unread: self.unread(change),
            }
        };
        self.changes.iter().map(look).collect()
    }

    /// Whether any part of the changes can be read, so that reading tells whether a push has arrived.
    pub(super) fn shows(&self) -> bool {
        let is_told = |kind, path: &str| {
            self.catalog
                .find(kind, path)
                .is_ok_and(|attribute| self.form.tells(attribute))
        };
        let moves_people = |change: &Change| moved(change).any(|key| key.kind == Kind::User);
        self.changes.iter().any(|change| {
            change.action != Action::Update
                || moves_people(change)
                || change.after.keys().any(|path| is_told(change.kind, path))
        })
    }

    /// The id of a change's resource in the directory.
    pub(super) fn id_of(&self, change: &Change) -> Option<Box<str>> {
        match change.kind {
            Kind::User => change.remote_id.clone().or_else(|| Some(change.key.name.clone())),
            Kind::Group => self.group_id(&change.key).or_else(|| change.remote_id.clone()),
        }
    }

    /// The id of a group: the declared one, or the one in the directory.
    fn group_id(&self, key: &Key) -> Option<Box<str>> {
        let change = self.changes.iter().find(|change| change.key == *key)?;
        let wanted = change.after.get(EXTERNAL_ID).and_then(Option::as_ref);
        let wanted = wanted.and_then(Value::as_text).map(Into::into);
        wanted
            .or_else(|| change.remote_id.clone())
            .or_else(|| Some(change.key.name.clone()))
    }

    /// The parts of a change that cannot be read.
    fn unread(&self, change: &Change) -> Vec<Box<str>> {
        if change.action == Action::Delete {
            return Vec::new();
        }
        let is_untold = |path: &str| {
            self.catalog
                .find(change.kind, path)
                .is_ok_and(|attribute| !self.form.tells(attribute))
        };
        let moves_groups = moved(change).any(|key| key.kind == Kind::Group);
        let groups = moves_groups.then(|| "members (groups)".into());
        change
            .after
            .keys()
            .filter(|path| is_untold(path))
            .cloned()
            .chain(groups)
            .collect()
    }

    /// A resource as read, completed with the values that cannot be read.
    fn completed(&self, live: &Live, change: &Change, unread: Unread) -> Live {
        let mut live = live.clone();
        let pushed = change.after.iter().filter(|_| unread == Unread::AsPushed);
        for (path, value) in change.before.iter().chain(pushed) {
            let attribute = self.catalog.find(change.kind, path).ok();
            if let Some(attribute) = attribute.filter(|attribute| !self.form.tells(attribute)) {
                match value {
                    Some(value) => live.attributes.set(attribute.id, value.clone()),
                    None => {
                        live.attributes.clear(attribute.id);
                    }
                }
            }
        }
        if let (Some(delta), Some(members), Unread::AsPushed) = (&change.members, &mut live.members, unread) {
            self.move_groups(delta, members);
        }
        live
    }

    /// Moves groups into and out of `members`, as a push of the delta does.
    fn move_groups(&self, delta: &MembersDelta, members: &mut Vec<Member>) {
        let gone = self.groups_of(&delta.remove);
        members.retain(|member| member.reference.id.as_ref().is_none_or(|id| !gone.contains(id)));
        let come = self.groups_of(&delta.add).into_iter();
        members.extend(come.map(|id| Member {
            reference: Reference::to_id(id),
            kind: Some(Kind::Group),
        }));
    }

    /// The ids of the groups among members.
    fn groups_of(&self, members: &[Reference]) -> Vec<Box<str>> {
        let is_group = |member: &&Reference| member.key.as_ref().is_some_and(|key| key.kind == Kind::Group);
        let id = |member: &Reference| member.id.clone().or_else(|| self.group_id(member.key.as_ref()?));
        members.iter().filter(is_group).filter_map(id).collect()
    }
}

/// The members that a change adds to a group or removes from it.
fn moved(change: &Change) -> impl Iterator<Item = &Key> {
    let members = change
        .members
        .iter()
        .flat_map(|delta| delta.add.iter().chain(&delta.remove));
    members.filter_map(|member| member.key.as_ref())
}

/// Resources by id. A person's id is the address, in any spelling.
struct ById<'s>(HashMap<Key, &'s Live>);

impl<'s> ById<'s> {
    fn new(snapshot: &'s Snapshot) -> Self {
        let all = snapshot.users.iter().chain(&snapshot.groups);
        Self(all.map(|live| (Key::new(live.kind, &live.id), live)).collect())
    }

    fn find(&self, change: &Change, id: Option<&str>) -> Option<&'s Live> {
        let mut ids = change.remote_id.as_deref().into_iter().chain(id);
        ids.find_map(|id| self.0.get(&Key::new(change.kind, id))).copied()
    }
}
