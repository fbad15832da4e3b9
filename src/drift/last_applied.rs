//! What was last applied: the managed values of declared resources as an apply left them. No request is
//! needed to know them. If every change of a plan is done, the directory is as its sources say; if one change
//! is done, its resource is as the plan says.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::accounts;
use super::applied::AppliedResource;
use super::ended::EndedApply;
use super::settled::SettledApply;
use crate::model::well_known::ACTIVE;
use crate::model::{Key, Kind, ManagedAccounts, Reference, Value};
use crate::plan::access::{AccessRecord, DeactivatedFor};
use crate::plan::remainder::HeldReason;
use crate::plan::{Action, Change};

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
    /// Names of those who have left, and whom the sources still name as somebody's manager or as a member.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub departed: BTreeSet<Key>,
    /// The directory's address.
    pub directory: String,
    /// When the apply ended.
    pub finished: jiff::Timestamp,
    /// The declared people and groups of whom nothing is known although the file is complete: the plan held
    /// them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Key>,
    /// The managed accounts that are not among the resources with their ids: whose declaration is gone, and
    /// of whom nothing else is known.
    #[serde(default, skip_serializing_if = "ManagedAccounts::is_empty")]
    pub other_accounts: ManagedAccounts,
    /// The plan's id.
    pub plan_id: String,
    /// The resources, sorted by key.
    pub resources: Vec<AppliedResource>,
    /// The ids of everything live that no source declared when the plan was made, sorted. `None` if they are
    /// not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undeclared: Option<Vec<Box<str>>>,
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

/// The people whom an apply deactivated, by the directory's id.
type DeactivatedById = BTreeMap<Box<str>, Deactivated>;

impl EndedApply<'_> {
    /// The people who are deactivated after the run: those who were before it, and those whom it deactivated.
    fn deactivated_after(&self, mut deactivated: DeactivatedById) -> DeactivatedById {
        let header = &self.plan.header;
        let by_absence = self.is_about_everything();
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

    /// Whether a live resource that no source declares was there at the last apply, without a declaration.
    /// `None` if that is not known.
    pub(super) fn was_undeclared(&self, id: &str) -> Option<bool> {
        let ids = self.undeclared.as_ref()?;
        Some(ids.binary_search_by(|known| (**known).cmp(id)).is_ok())
    }

    /// Whether an apply deactivated a person, and none has activated them since. `id` is the directory's.
    pub(super) fn left_inactive(&self, id: &str) -> bool {
        let known = self.deactivated.as_ref();
        known.is_some_and(|deactivated| deactivated.contains_key(id))
    }

    /// Whether the last apply left a person active of whom it has a record and whose sources do not say
    /// `active`. `id` is the directory's.
    pub(super) fn left_active_unsaid(&self, id: &str) -> bool {
        let is_active = |deactivated: &DeactivatedById| !deactivated.contains_key(id);
        self.deactivated.as_ref().is_some_and(is_active)
    }

    /// Who is managed.
    fn accounts(&self) -> ManagedAccounts {
        let mut accounts = accounts::of_record(&self.other_accounts, &self.resources);
        accounts.set_departed(self.departed.clone());
        accounts
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
        let newly = run.newly_managed();
        let managed = before.as_ref().map(Self::accounts).unwrap_or_default();
        let managed = run.accounts_after(managed, &newly);
        let departed = managed.departed().clone();
        let was_complete = before.as_ref().is_some_and(|before| before.complete);
        let held_before = before.as_ref().map(|before| before.held.clone());
        let undeclared = undeclared_after(before.as_ref(), run);
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
        let mut held = held_before.unwrap_or_default();
        if let Some(desired) = desired {
            let settled = SettledApply::by(run, known);
            let all = || desired.users.iter().chain(&desired.groups);
            let unknown = all().filter(|resource| settled.of(resource).is_none());
            held = unknown.map(|resource| resource.key.clone()).collect();
            known = all()
                .filter_map(|resource| Some((resource.key.clone(), settled.of(resource)?)))
                .collect();
        }
        held.retain(|key| !known.contains_key(key));
        let other_accounts = accounts::record(managed, &newly, &mut known);
        Self {
            wpsync_snapshot: FORMAT,
            complete: was_complete || desired.is_some(),
            deactivated,
            departed,
            directory: directory.clone(),
            finished: run.finished,
            held,
            other_accounts,
            plan_id: run.plan.header.plan_id.clone(),
            resources: known.into_values().collect(),
            undeclared,
        }
    }
}

/// Who is there and undeclared. A run that wrote nothing does not make what appeared before it any older.
fn undeclared_after(before: Option<&LastApplied>, run: &EndedApply<'_>) -> Option<Vec<Box<str>>> {
    if run.is_about_everything() && (run.did_something() || before.is_none()) {
        run.plan.header.snapshot.undeclared.clone()
    } else {
        before.and_then(|before| before.undeclared.clone())
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
                stranger: false,
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
