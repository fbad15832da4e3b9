//! Who is managed after an apply, by the directory's id. The record of the last apply has most ids already,
//! on its resources; the rest stands beside them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Deserialize;

use super::applied::AppliedResource;
use super::ended::EndedApply;
use crate::desired::LostReference;
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Key, Kind, ManagedAccounts, Value};
use crate::plan::Action;
use crate::plan::remainder::NameKnown;

/// The part of a [`super::LastApplied`] that says who is managed. A record is as long as the directory is
/// large, and this part of it is short.
#[derive(Debug, Deserialize)]
pub struct AccountsRecord {
    directory: String,
    #[serde(default)]
    other_accounts: ManagedAccounts,
    resources: Vec<AppliedAccount>,
    #[serde(default)]
    departed: BTreeSet<Key>,
}

#[derive(Debug, Deserialize)]
struct AppliedAccount {
    #[serde(default)]
    id: Option<Box<str>>,
    key: Key,
    #[serde(default)]
    stranger: bool,
}

impl AccountsRecord {
    /// Who is managed in a directory, given its address. Nobody is if the record is about another directory.
    pub(crate) fn of(self, directory: &str) -> ManagedAccounts {
        if self.directory != directory {
            return ManagedAccounts::default();
        }
        let mut accounts = self.other_accounts;
        accounts.set_departed(self.departed);
        for account in self.resources.into_iter().filter(|account| !account.stranger) {
            if let Some(id) = account.id {
                accounts.add(id, &account.key);
            }
        }
        accounts
    }
}

/// Who is managed, given the accounts that stand beside the resources of a record.
pub(super) fn of_record(others: &ManagedAccounts, resources: &[AppliedResource]) -> ManagedAccounts {
    let mut accounts = others.clone();
    for applied in resources.iter().filter(|applied| !applied.stranger) {
        if let Some(id) = &applied.id {
            accounts.add(id.clone(), &applied.key);
        }
    }
    accounts
}

impl EndedApply<'_> {
    /// The accounts that the run's plan newly manages, whatever became of their changes: the plan declared
    /// them. One that turned out not to be whom the plan took it for is left out.
    pub(super) fn newly_managed(&self) -> ManagedAccounts {
        let changes = self.plan.changes.iter();
        let mistaken: HashSet<(Kind, &str)> = changes
            .filter(|change| self.mistaken.contains(&*change.id))
            .filter_map(|change| Some((change.kind, change.remote_id.as_deref()?)))
            .collect();
        let mut newly = self.plan.header.newly_managed.clone();
        newly.retain(|kind, id| !mistaken.contains(&(kind, id)));
        newly
    }

    /// The names of those who have left and whom the sources still name, given those before the run: deleted
    /// accounts, and whom the plan's directory or record knew.
    fn departed_after(&self, before: &BTreeSet<Key>) -> BTreeSet<Key> {
        let mut departed = before.clone();
        for change in self.done.iter().filter(|change| change.action == Action::Delete) {
            let external = change.before.get(EXTERNAL_ID).and_then(Option::as_ref);
            let external = external.and_then(Value::as_text);
            departed.extend(external.map(|id| Key::new(change.kind, id)));
            departed.insert(change.key.clone());
        }
        let Some(desired) = self.desired else {
            return departed;
        };
        let left = self.plan.header.references.iter();
        let known = left.filter(|left| left.known == NameKnown::ByDirectoryOrRecord);
        let known: HashSet<&str> = known.map(|left| &*left.name).collect();
        let is_known = |lost: &LostReference| known.contains(lost.name());
        let targets = desired.lost.iter().flat_map(|lost| {
            let all = lost.targets.iter();
            all.filter(|target| is_known(lost) || departed.contains(*target))
        });
        targets.cloned().collect()
    }

    /// Who is managed after the run: whoever was before it or is newly managed or created, but for those whom
    /// the run deleted. What an undo creates counts as managed only when a source declares it.
    pub(super) fn accounts_after(
        &self,
        mut accounts: ManagedAccounts,
        newly: &ManagedAccounts,
    ) -> ManagedAccounts {
        accounts.extend(newly.clone());
        accounts.set_departed(self.departed_after(accounts.departed()));
        for change in &self.done {
            match (change.action, &change.remote_id) {
                (Action::Create, _) if self.plan.header.reverses.is_none() => {
                    let id = self.ids.get(&change.id);
                    id.into_iter()
                        .for_each(|id| accounts.add(id.clone(), &change.key));
                }
                (Action::Create, _) | (_, None) => {}
                (Action::Delete, Some(id)) => accounts.forget(change.kind, id),
                // The declared name may be a new one.
                (_, Some(id)) if accounts.has(change.kind, id) => accounts.add(id.clone(), &change.key),
                (_, Some(_)) => {}
            }
        }
        accounts
    }
}

/// Writes the ids of newly managed accounts on the resources, as far as these have a record. Returns the
/// managed accounts that no resource has the id of.
pub(super) fn record(
    mut accounts: ManagedAccounts,
    newly: &ManagedAccounts,
    known: &mut BTreeMap<Key, AppliedResource>,
) -> ManagedAccounts {
    let of_kind = |kind| newly.of(kind).iter().map(move |(id, name)| ((kind, &**name), id));
    let by_name: HashMap<(Kind, &str), &Box<str>> = Kind::ALL.into_iter().flat_map(of_kind).collect();
    for applied in known.values_mut() {
        let kind = applied.key.kind;
        if applied.id.is_none() {
            applied.id = by_name.get(&(kind, &*applied.key.name)).map(|id| (*id).clone());
        }
        applied.stranger = applied.id.as_deref().is_some_and(|id| !accounts.has(kind, id));
    }
    for applied in known.values() {
        if let Some(id) = &applied.id {
            accounts.forget(applied.key.kind, id);
        }
    }
    accounts
}
