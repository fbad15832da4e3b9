//! What was last applied: the managed values of declared resources as an apply left them. No request is
//! needed to know them. If every change of a plan is done, the directory is as its sources say; if one change
//! is done, its resource is as the plan says.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::desired::{Desired, DesiredResource};
use crate::model::well_known::{ACTIVE, EXTERNAL_ID};
use crate::model::{Catalog, Key, Kind, Reference, Value};
use crate::plan::access::{AccessRecord, DeactivatedFor};
use crate::plan::remainder::HeldReason;
use crate::plan::{Action, Change, Plan, Values};

/// The version of the file's format.
const FORMAT: u32 = 2;

/// The state of a directory after its last apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastApplied {
    /// The version of the file's format.
    pub wpsync_snapshot: u32,
    /// Whether the file has every resource that the sources declared then. Otherwise it has only the
    /// resources that an apply has changed.
    pub complete: bool,
    /// The people whom an apply deactivated and no apply has activated since, by the directory's id. `None`
    /// if the last apply did not decide who has access, so that nobody knows who had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deactivated: Option<DeactivatedById>,
    /// The directory's address.
    pub directory: String,
    /// When the apply ended.
    pub finished: jiff::Timestamp,
    /// The plan's id.
    pub plan_id: String,
    /// The resources, sorted by key.
    pub resources: Vec<AppliedResource>,
}

/// A person whom an apply deactivated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deactivated {
    /// The person.
    pub key: Key,
    /// Why the person was deactivated.
    pub why: DeactivatedFor,
}

/// One declared resource as it was left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppliedResource {
    /// The declared attributes.
    pub attributes: Values,
    /// The directory's id, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Box<str>>,
    /// The name.
    pub key: Key,
    /// A group's members, if they are known and declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<Reference>>,
}

impl AppliedResource {
    /// The id of a group: the directory's id, or the `externalId` that the sources gave it.
    pub(crate) fn group_id(&self) -> Option<&str> {
        let given = || {
            self.attributes
                .get(EXTERNAL_ID)
                .and_then(Option::as_ref)
                .and_then(Value::as_text)
        };
        self.id
            .as_deref()
            .or_else(given)
            .filter(|_| self.key.kind == Kind::Group)
    }
}

/// An apply that has ended.
pub struct EndedApply<'a> {
    /// Its plan.
    pub plan: &'a Plan,
    /// The changes that are done.
    pub done: Vec<&'a Change>,
    /// The ids of resources by change, where the journal has them.
    pub ids: HashMap<String, Box<str>>,
    /// When it ended.
    pub finished: jiff::Timestamp,
    /// What the plan's sources ask for, if they are at hand unchanged.
    pub desired: Option<&'a Desired>,
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// Whether absence from the sources takes access away, so that presence gives it.
    pub decides_access: bool,
}

impl EndedApply<'_> {
    /// Whether the run says anything about the directory. A run that was refused or that found drift does
    /// not.
    pub(crate) fn says_something(&self) -> bool {
        !self.done.is_empty() || self.is_complete()
    }

    /// Whether the directory is now as the plan's sources say. A reverse plan has no sources.
    fn is_complete(&self) -> bool {
        let header = &self.plan.header;
        self.done.len() == self.plan.changes.len()
            && header.reverses.is_none()
            && crate::plan::standing(self.plan).leaves_nothing()
            && header.selection.is_none()
    }
}

/// The people whom an apply deactivated, by the directory's id.
type DeactivatedById = BTreeMap<Box<str>, Deactivated>;

impl EndedApply<'_> {
    /// The people who are deactivated after the run: those who were before it, and those whom it deactivated.
    fn deactivated_after(&self, mut deactivated: DeactivatedById) -> DeactivatedById {
        let header = &self.plan.header;
        let by_absence = header.selection.is_none() && header.reverses.is_none();
        for change in self.done.iter().filter(|change| change.kind == Kind::User) {
            let id = change
                .remote_id
                .clone()
                .or_else(|| self.ids.get(&change.id).cloned());
            let Some(id) = id else { continue };
            if change.action == Action::Deactivate {
                let why = if by_absence && change.origin.is_none() {
                    DeactivatedFor::Absence
                } else {
                    DeactivatedFor::Name
                };
                let key = change.key.clone();
                deactivated.insert(id, Deactivated { key, why });
            } else if matches!(change.action, Action::Delete | Action::Reactivate) {
                deactivated.remove(&id);
            }
        }
        // A declared person who is neither held nor changed is active, unless a source says otherwise.
        let Some(desired) = self.desired else {
            return deactivated;
        };
        let held = header.held.iter().map(|held| &held.key);
        let changed = self.plan.changes.iter().map(|change| &change.key);
        let undecided: HashSet<&Key> = held.chain(changed).collect();
        let active = self.catalog.well_known(Kind::User, ACTIVE);
        let is_settled = |key: &Key| {
            let declared = desired.find(key).filter(|_| !undecided.contains(key));
            declared.is_some_and(|declared| declared.value(active) != Some(&Value::Boolean(false)))
        };
        deactivated.retain(|_, deactivated| !is_settled(&deactivated.key));
        deactivated
    }
}

impl LastApplied {
    /// The members of each group, where they are known.
    pub(crate) fn members(&self) -> impl Iterator<Item = (Key, Vec<Reference>)> {
        let known = |applied: &AppliedResource| Some((applied.key.clone(), applied.members.clone()?));
        self.resources.iter().filter_map(known)
    }

    /// The people whom the last apply left active.
    pub(crate) fn left_active(&self) -> impl Iterator<Item = &Key> {
        let is_active =
            |applied: &&AppliedResource| matches!(applied.get(ACTIVE), Some(Some(Value::Boolean(true))));
        self.resources
            .iter()
            .filter(is_active)
            .map(|applied| &applied.key)
    }

    /// Whether the last apply left a person active of whom it has a record and whose sources do not say
    /// `active`. `id` is the directory's.
    pub(super) fn left_active_unsaid(&self, id: &str) -> bool {
        let is_active = |deactivated: &DeactivatedById| !deactivated.contains_key(id);
        self.deactivated.as_ref().is_some_and(is_active)
    }

    /// Who has access and who does not; nobody is in it if the last apply did not decide that.
    pub(crate) fn into_access(self) -> AccessRecord {
        let Some(deactivated) = self.deactivated else {
            return AccessRecord::default();
        };
        let left = self.resources.into_iter().map(|applied| applied.key);
        let deactivated = deactivated.into_iter();
        AccessRecord {
            left: left.filter(|key| key.kind == Kind::User).collect(),
            deactivated: deactivated
                .map(|(id, deactivated)| (id, deactivated.why))
                .collect(),
        }
    }

    /// What is known after a run, given what was known before it.
    pub(crate) fn after(before: Option<Self>, run: &EndedApply<'_>) -> Self {
        let directory = &run.plan.header.directory.origin;
        let before = before.filter(|before| before.directory == *directory);
        let known_before = before.as_ref().and_then(|before| before.deactivated.clone());
        let deactivated = run
            .decides_access
            .then(|| run.deactivated_after(known_before.unwrap_or_default()));
        let was_complete = before.as_ref().is_some_and(|before| before.complete);
        let mut known: BTreeMap<Key, AppliedResource> = before
            .into_iter()
            .flat_map(|before| before.resources)
            .map(|applied| (applied.key.clone(), applied))
            .collect();
        merge(&mut known, run);
        for held in run
            .plan
            .header
            .held
            .iter()
            .filter(|held| held.reason == HeldReason::Inactive)
        {
            known.remove(&held.key); // it is not known who made them inactive
        }
        let desired = run.desired.filter(|_| run.is_complete());
        if let Some(desired) = desired {
            let sizes = run
                .plan
                .changes
                .iter()
                .filter_map(|change| Some((&change.key, change.members.as_ref()?.after?)))
                .collect();
            let all = desired.users.iter().chain(&desired.groups);
            known = all
                .map(|resource| {
                    let applied = as_desired(resource, &known, &sizes, run.catalog);
                    (resource.key.clone(), applied)
                })
                .collect();
        }
        Self {
            wpsync_snapshot: FORMAT,
            complete: was_complete || desired.is_some(),
            deactivated,
            directory: directory.clone(),
            finished: run.finished,
            plan_id: run.plan.header.plan_id.clone(),
            resources: known.into_values().collect(),
        }
    }
}

/// Applies the done changes to what is known. Names are given up before they are taken.
fn merge(known: &mut BTreeMap<Key, AppliedResource>, run: &EndedApply<'_>) {
    let mut earlier: HashMap<&str, AppliedResource> = HashMap::new();
    for change in &run.done {
        let old = change
            .renamed_from()
            .filter(|_| change.action != Action::Create)
            .map(|name| Key::new(change.kind, name));
        if let Some(applied) = known.remove(&old.unwrap_or_else(|| change.key.clone())) {
            earlier.insert(change.id.as_str(), applied);
        }
    }
    let (steps, whole): (Vec<&Change>, Vec<&Change>) =
        run.done.iter().partition(|change| change.is_step_between());
    for change in steps.into_iter().chain(whole) {
        let undeclared = change.action == Action::Deactivate && change.origin.is_none();
        if change.action == Action::Delete || undeclared {
            continue;
        }
        // A person's second change completes the first.
        let before = known
            .remove(&change.key)
            .or_else(|| earlier.remove(change.id.as_str()))
            .filter(|_| change.action != Action::Create);
        let members = members_after(change, before.as_ref());
        let id = change
            .remote_id
            .clone()
            .or_else(|| run.ids.get(&change.id).cloned());
        let mut attributes = before
            .as_ref()
            .map(|before| before.attributes.clone())
            .unwrap_or_default();
        attributes.extend(change.values_after());
        let id = id.or_else(|| before.and_then(|before| before.id));
        known.insert(
            change.key.clone(),
            AppliedResource {
                attributes,
                id,
                key: change.key.clone(),
                members,
            },
        );
    }
}

fn members_after(change: &Change, before: Option<&AppliedResource>) -> Option<Vec<Reference>> {
    let delta = change.members.as_ref();
    if change.action == Action::Create {
        return delta.map(|delta| delta.add.clone());
    }
    let mut members = before?.members.clone()?;
    if let Some(delta) = delta {
        members.retain(|member| delta.remove.iter().all(|left| !left.same_target(member)));
        members.extend(delta.add.iter().cloned());
    }
    Some(members)
}

/// A declared resource for which the plan has left nothing to do. `sizes` has the number of members that the
/// plan leaves in each group that it changes.
fn as_desired(
    resource: &DesiredResource,
    known: &BTreeMap<Key, AppliedResource>,
    sizes: &HashMap<&Key, u64>,
    catalog: &Catalog,
) -> AppliedResource {
    let lasting = resource.attributes.iter().filter(|asked| asked.wish.lasts());
    let attributes = lasting
        .map(|asked| {
            (
                catalog.attribute(asked.attribute).path.clone(),
                asked.wish.value().cloned(),
            )
        })
        .collect();
    // If the plan left more members in the group than the sources list, it is not known who they are.
    let has_more = |count: usize| {
        sizes
            .get(&resource.key)
            .is_some_and(|after| *after != count as u64)
    };
    let members = resource
        .members
        .as_ref()
        .filter(|members| !has_more(members.len()));
    let members = members.map(|members| {
        members
            .iter()
            .map(|member| Reference::to_key(member.key.clone()))
            .collect()
    });
    AppliedResource {
        attributes,
        id: known.get(&resource.key).and_then(|applied| applied.id.clone()),
        key: resource.key.clone(),
        members,
    }
}

impl AppliedResource {
    /// The value of an attribute; `None` if it was not declared then.
    pub(super) fn get(&self, path: &str) -> Option<&Option<Value>> {
        self.attributes.get(path)
    }
}
