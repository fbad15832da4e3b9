//! What the changes of a push would find, where a part of what was pushed cannot be read.

use std::collections::HashMap;

use crate::apply::decide::{Decision, decide};
use crate::apply::outcome::{Outcome, RunStart};
use crate::apply::values::Known;
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Catalog, Key, Kind, Live, Member, Reference, Snapshot, Value};
use crate::plan::{Action, Change, MembersDelta};
use crate::whole::form::PushForm;

/// What is taken for true of what cannot be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is as the plan has it before.
    AsBefore,
    /// It is as it was pushed.
    AsPushed,
}

/// What a change would find.
pub(super) struct Looked {
    pub(super) decision: Decision,
    /// What of the change cannot be read.
    pub(super) unread: Vec<Box<str>>,
}

impl Looked {
    /// The outcome of a change that nothing need be sent for.
    pub(super) fn settled(&self, start: RunStart) -> Option<Outcome> {
        match &self.decision {
            Decision::AlreadyDone if start == RunStart::Resumed && !self.unread.is_empty() => {
                Some(Outcome::Unverified(self.unread.clone()))
            }
            Decision::AlreadyDone => Some(Outcome::AlreadyDone),
            Decision::Drift(drifts) => Some(Outcome::Drifted(drifts.clone())),
            Decision::Do(_) => None,
        }
    }
}

/// Looks at what a plan's changes are about.
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

    /// Whether anything of the changes can be read, so that it tells whether a push has arrived.
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

    /// The id that the resource of a change has there.
    pub(super) fn id_of(&self, change: &Change) -> Option<Box<str>> {
        match change.kind {
            Kind::User => change.remote_id.clone().or_else(|| Some(change.key.name.clone())),
            Kind::Group => self.group_id(&change.key).or_else(|| change.remote_id.clone()),
        }
    }

    /// The id of a group: what the sources call it, or what it has.
    fn group_id(&self, key: &Key) -> Option<Box<str>> {
        let change = self.changes.iter().find(|change| change.key == *key)?;
        let wanted = change.after.get(EXTERNAL_ID).and_then(Option::as_ref);
        let wanted = wanted.and_then(Value::as_text).map(Into::into);
        wanted
            .or_else(|| change.remote_id.clone())
            .or_else(|| Some(change.key.name.clone()))
    }

    /// What a change does that cannot be read.
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

    /// A resource as it was read, with what cannot be read of it.
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

    /// Does to members what a push did with groups in the group.
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

/// Whom a change adds to a group or removes from it.
fn moved(change: &Change) -> impl Iterator<Item = &Key> {
    let members = change
        .members
        .iter()
        .flat_map(|delta| delta.add.iter().chain(&delta.remove));
    members.filter_map(|member| member.key.as_ref())
}

/// Resources by their ids; those of people are addresses, however they are spelt.
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
