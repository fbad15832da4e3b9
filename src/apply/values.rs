//! A plan's values in the directory's form: paths become attributes, and references to resources that the
//! plan creates get their ids.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use super::rewrites::Rewrites;
use crate::journal::Progress;
use crate::wire::Edit;

use crate::model::Member;
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Attributes, Catalog, Key, Kind, Learnt, Reference, Value};
use crate::plan::{Action, Change, Plan};

/// What a change must know of the plan's other changes: the ids of created resources as they become known,
/// the ids of resources that give up an identifier, and the changes that are about the same resource.
#[derive(Debug, Default)]
pub(crate) struct Known {
    ids: Mutex<KnownIds>,
    /// The ids of the resources that this plan deletes, or whose name or `externalId` it changes.
    giving_up: HashSet<Box<str>>,
    /// The ids of everything that was there when the plan was made and that no source declares, sorted.
    strangers: Vec<Box<str>>,
    /// The changes of each resource that has several, by key.
    chains: HashMap<Key, Vec<Change>>,
    /// The ids of the creates that an earlier run may have sent.
    asked_before: HashSet<String>,
    /// Whether reviewers agreed that names may look like those of others.
    takes_lookalikes: bool,
    /// What the service does to texts.
    pub(super) rewrites: Rewrites,
}

/// The ids that the plan names and those of created resources.
#[derive(Debug, Default)]
struct KnownIds {
    /// The id of each created resource.
    created: HashMap<Key, Box<str>>,
    /// Whose each id is.
    owners: HashMap<Box<str>, Key>,
}

impl KnownIds {
    fn of(changes: &[Change]) -> Self {
        let named = |change: &Change| Some((change.remote_id.clone()?, change.key.clone()));
        Self {
            created: HashMap::new(),
            owners: changes.iter().filter_map(named).collect(),
        }
    }

    fn learn(&mut self, key: &Key, id: &str) {
        self.created.insert(key.clone(), id.into());
        self.owners.insert(id.into(), key.clone());
    }
}

impl Known {
    /// What the plan and the journal say before any change is made. What an earlier run created is known by
    /// its id, whatever name the service gave it.
    pub(crate) fn of(plan: &Plan, learnt: Learnt, progress: &Progress) -> Self {
        let changes = &plan.changes;
        let mut chains: HashMap<&Key, Vec<&Change>> = HashMap::with_capacity(changes.len());
        for change in changes {
            chains.entry(&change.key).or_default().push(change);
        }
        let gives_up = |change: &&Change| {
            let identifiers = [change.kind.naming_attribute(), EXTERNAL_ID];
            change.action == Action::Delete
                || identifiers
                    .into_iter()
                    .any(|path| change.after.contains_key(path))
        };
        let long = chains.into_iter().filter(|(_, chain)| chain.len() > 1);
        let (mut ids, mut asked_before) = (KnownIds::of(changes), HashSet::new());
        for change in changes.iter().filter(|change| change.action == Action::Create) {
            if let Some(id) = progress.id_of(&change.id) {
                ids.learn(&change.key, id);
            }
            if progress.may_have_written_of(&change.id) {
                asked_before.insert(change.id.clone());
            }
        }
        Self {
            ids: Mutex::new(ids),
            asked_before,
            takes_lookalikes: plan
                .header
                .waivers
                .iter()
                .any(|waiver| waiver.guard == "lookalike"),
            rewrites: Rewrites::after(learnt),
            strangers: plan.header.snapshot.undeclared.clone().unwrap_or_default(),
            giving_up: changes
                .iter()
                .filter(gives_up)
                .filter_map(|change| change.remote_id.clone())
                .collect(),
            chains: long
                .map(|(key, chain)| (key.clone(), chain.into_iter().cloned().collect()))
                .collect(),
        }
    }

    /// Whether a resource that was found by a change's identifiers is not the change's own resource,
    /// because the plan takes these identifiers from it or deletes it.
    pub(crate) fn is_another(&self, change: &Change, id: &str) -> bool {
        change.remote_id.is_none() && self.giving_up.contains(id)
    }

    /// The changes of the same resource that come before a change.
    pub(super) fn before<'a>(&'a self, change: &'a Change) -> impl Iterator<Item = &'a Change> {
        self.chain(change)
            .filter(|earlier| change.needs.contains(&earlier.id))
    }

    /// The changes of the same resource that come after a change.
    pub(super) fn after<'a>(&'a self, change: &'a Change) -> impl Iterator<Item = &'a Change> {
        self.chain(change)
            .filter(|later| later.needs.contains(&change.id))
    }

    fn chain<'a>(&'a self, change: &'a Change) -> impl Iterator<Item = &'a Change> {
        self.chains
            .get(&change.key)
            .into_iter()
            .flatten()
            .filter(|link| link.id != change.id && link.remote_id == change.remote_id)
    }

    /// Whose an id is, in words, if it was there before or is somebody else's than `key`'s.
    pub(super) fn whose(&self, id: &str, key: &Key) -> Option<String> {
        let stranger = || {
            self.is_strangers(id)
                .then(|| "somebody's whom no source declares".to_owned())
        };
        let owner = self.other_owner(id, key);
        owner.map(|owner| owner.to_string()).or_else(stranger)
    }

    /// Whose an id is, if it is known to be somebody else's than `key`'s.
    pub(super) fn other_owner(&self, id: &str, key: &Key) -> Option<Key> {
        self.lock().owners.get(id).filter(|owner| *owner != key).cloned()
    }

    /// Whether an id was somebody's when the plan was made, whom no source declares.
    fn is_strangers(&self, id: &str) -> bool {
        self.strangers.binary_search_by(|known| (**known).cmp(id)).is_ok()
    }

    /// Makes the id of a created resource known.
    pub(crate) fn learn(&self, key: &Key, id: &str) {
        self.lock().learn(key, id);
    }

    /// The ids of the created resources of a kind.
    pub(super) fn created(&self, kind: Kind) -> Vec<Box<str>> {
        let ids = self.lock();
        let of_kind = ids.created.iter().filter(|(key, _)| key.kind == kind);
        of_kind.map(|(_, id)| id.clone()).collect()
    }

    /// Whether reviewers agreed that names may look like those of others.
    pub(super) const fn takes_lookalikes(&self) -> bool {
        self.takes_lookalikes
    }

    /// Whether an earlier run may have sent a create.
    pub(super) fn was_asked_before(&self, change: &Change) -> bool {
        self.asked_before.contains(&change.id)
    }

    /// The id of a created resource.
    pub(crate) fn id(&self, key: &Key) -> Option<Box<str>> {
        self.lock().created.get(key).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, KnownIds> {
        self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A reference with its id, where it is known.
pub(super) fn resolve_reference(known: &Known, reference: &Reference) -> Reference {
    let id = reference
        .id
        .clone()
        .or_else(|| reference.key.as_ref().and_then(|key| known.id(key)));
    Reference {
        id,
        key: reference.key.clone(),
    }
}

/// A value whose references have their ids, where they are known.
pub(super) fn resolve(known: &Known, value: &Value) -> Value {
    match value {
        Value::Reference(reference) => Value::Reference(Box::new(resolve_reference(known, reference))),
        plain => plain.clone(),
    }
}

/// The attributes of a resource that a change creates.
pub(super) fn attributes(catalog: &Catalog, change: &Change, known: &Known) -> Attributes {
    let set = change.after.iter().filter_map(|(path, value)| {
        Some((
            catalog.find(change.kind, path).ok()?.id,
            resolve(known, value.as_ref()?),
        ))
    });
    set.collect()
}

/// The edits of some of a change's attributes.
pub(super) fn edits(catalog: &Catalog, change: &Change, known: &Known, paths: &[Box<str>]) -> Vec<Edit> {
    let edit = |path: &str| {
        let value = change
            .after
            .get(path)?
            .as_ref()
            .map(|value| resolve(known, value));
        Some(Edit {
            attribute: catalog.find(change.kind, path).ok()?.id,
            value,
        })
    };
    paths.iter().filter_map(|path| edit(path)).collect()
}

/// References as members.
pub(super) fn members(references: &[Reference]) -> Vec<Member> {
    references
        .iter()
        .map(|reference| Member {
            kind: reference.key.as_ref().map(|key| key.kind),
            reference: reference.clone(),
        })
        .collect()
}

/// An attribute that refers to a resource that was not created.
pub(super) struct Unresolved<'a> {
    pub(super) path: &'a str,
    pub(super) target: &'a Key,
}

/// The attributes of a change that refer to resources that were not created.
pub(super) fn unresolved<'a>(change: &'a Change, known: &Known) -> Vec<Unresolved<'a>> {
    let in_values = change.after.iter().filter_map(|(path, value)| match value {
        Some(Value::Reference(reference)) if is_unresolved(reference, known) => Some(Unresolved {
            path,
            target: reference.key.as_ref()?,
        }),
        _ => None,
    });
    in_values.collect()
}

/// The members to add who were not created.
pub(super) fn unresolved_members(change: &Change, known: &Known) -> Vec<Member> {
    let joining = change.members.iter().flat_map(|delta| &delta.add);
    let missing: Vec<Reference> = joining
        .filter(|reference| is_unresolved(reference, known))
        .cloned()
        .collect();
    members(&missing)
}

fn is_unresolved(reference: &Reference, known: &Known) -> bool {
    resolve_reference(known, reference).id.is_none()
}
