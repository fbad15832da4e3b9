//! Reads one resource and what it refers to by lookups, without reading all others.

use std::collections::HashSet;

use super::Survey;
use crate::client::DirectoryError;
use crate::model::Live;
use crate::model::Snapshot;
use crate::model::{AttributeId, Key, Kind, Value, uncased};

/// The largest number of references that are looked up one by one.
pub(crate) const MOST_POINTS: usize = 100;

impl Survey<'_> {
    /// Whether resources can be looked up by all attributes that match them, so that an empty result proves
    /// absence: the dialect says so, and no such look-up has failed to find who is there.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub(crate) async fn can_look(&self) -> Result<bool, DirectoryError> {
        for kind in Kind::ALL {
            let mut by = self.policy.of(kind).matched_by.clone();
            by.push(self.catalog.naming(kind));
            if !by.iter().all(|attribute| self.reader.can_find(*attribute)) {
                return Ok(false);
            }
            let trust = self.reader.trust_in_lookups(kind, &by, &[]).await?;
            if !trust.refuted(&by).is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads the resources in `desired`, those with one of `names`, and those that they refer to.
    ///
    /// # Errors
    /// When the directory cannot be read, or its answers cannot be believed.
    pub(crate) async fn look(&self, names: &[Key]) -> Result<Snapshot, DirectoryError> {
        let mut snapshot = Snapshot::default();
        for kind in Kind::ALL {
            let found = self
                .look_up(
                    kind,
                    &vec![None; self.desired.of(kind).len()],
                    &Snapshot::default(),
                )
                .await?;
            for live in found {
                keep(&mut snapshot, live);
            }
        }
        for name in names {
            let naming = self.catalog.naming(name.kind);
            let is_named = |live: &Live| {
                live.attributes
                    .get(naming)
                    .and_then(Value::as_text)
                    .is_some_and(|text| uncased(text) == name.uncased())
            };
            if snapshot.of(name.kind).iter().any(is_named) {
                continue;
            }
            for attribute in self.identifiers(name.kind) {
                let found = self.reader.find(attribute, &name.name).await?;
                for live in found {
                    keep(&mut snapshot, live);
                }
            }
        }
        self.read_unlisted(&mut snapshot).await?;
        for (id, kind) in referenced(&snapshot).into_iter().take(MOST_POINTS) {
            let kinds = kind.map_or(Kind::ALL.to_vec(), |kind| vec![kind]);
            for kind in kinds {
                if let Some(live) = self.reader.get(kind, &id).await? {
                    keep(&mut snapshot, live);
                    break;
                }
            }
        }
        for kind in Kind::ALL {
            snapshot
                .of_mut(kind)
                .sort_by(|left, right| left.id.cmp(&right.id));
        }
        self.ask_members(&mut snapshot).await?;
        Ok(snapshot)
    }

    /// The attributes by which a name from the command line is looked up.
    fn identifiers(&self, kind: Kind) -> Vec<AttributeId> {
        let naming = self.catalog.naming(kind);
        let mut by = vec![naming];
        by.extend(
            self.policy
                .of(kind)
                .matched_by
                .iter()
                .copied()
                .filter(|attribute| *attribute != naming),
        );
        by.retain(|attribute| self.reader.can_find(*attribute));
        by
    }
}

fn keep(snapshot: &mut Snapshot, live: Live) {
    let known = snapshot.of_mut(live.kind);
    if known.iter().all(|known| known.id != live.id) {
        known.push(live);
    }
}

/// The ids of unread resources that others refer to.
fn referenced(snapshot: &Snapshot) -> Vec<(Box<str>, Option<Kind>)> {
    let lives = || snapshot.users.iter().chain(&snapshot.groups);
    let mut known: HashSet<Box<str>> = lives().map(|live| live.id.clone()).collect();
    let managers = lives()
        .flat_map(|live| live.attributes.iter())
        .filter_map(|(_, value)| match value {
            Value::Reference(reference) => Some((reference.id.clone()?, Some(Kind::User))),
            _ => None,
        });
    let members = lives()
        .flat_map(|live| live.members.iter().flatten())
        .filter_map(|member| Some((member.reference.id.clone()?, member.kind)));
    let mut found: Vec<_> = managers.chain(members).collect();
    found.retain(|(id, _)| known.insert(id.clone()));
    found
}
