//! Finds the members of declared groups that the directory shows nowhere. It asks the service, as far
//! as the service can be asked, and otherwise takes the members that the last apply left. Members that are
//! neither told nor remembered stay unknown, and are never read as an empty group.

use std::collections::HashMap;

use crate::client::DirectoryError;
use crate::desired::DesiredResource;
use crate::model::Member;
use crate::model::{Key, Kind, Reference};

use super::Survey;
use crate::model::Snapshot;

impl Survey<'_> {
    /// Finds the members of each declared group that came without its members.
    pub(super) async fn ask_members(&self, snapshot: &mut Snapshot) -> Result<(), DirectoryError> {
        let can_ask = self.reader.dialect().membership.ask.is_some();
        if !can_ask && (!self.reader.dialect().hides_members() || self.remembered.is_empty()) {
            return Ok(());
        }
        let places = Kind::ALL.map(|kind| self.pairs(kind, snapshot.of(kind)));
        let id_of = |key: &Key, snapshot: &Snapshot| -> Option<Box<str>> {
            let (place, desired) = (usize::from(key.kind == Kind::Group), self.desired_of(key.kind));
            // Desired resources are sorted by key.
            let at = desired
                .binary_search_by(|desired: &DesiredResource| desired.key.cmp(key))
                .ok()?;
            Some(snapshot.of(key.kind)[places[place][at]?].id.clone())
        };
        let names = self.names(snapshot);
        let left: HashMap<&str, Vec<Member>> = self
            .remembered
            .iter()
            .filter_map(|(key, members)| Some((&**names.get(key)?, resolved(members, &names))))
            .collect();
        for (wanted, place) in self.desired.groups.iter().zip(&places[1]) {
            let (Some(place), Some(members)) = (place, &wanted.members) else {
                continue;
            };
            let group = &snapshot.groups[*place];
            if group.members.is_some() {
                continue;
            }
            let remembered = left.get(&*group.id).cloned();
            let declared = members.iter().filter_map(|member| id_of(&member.key, snapshot));
            let mut candidates: Vec<Box<str>> = declared
                .chain(
                    remembered
                        .iter()
                        .flatten()
                        .filter_map(|member| member.reference.id.clone()),
                )
                .collect();
            candidates.sort_unstable();
            candidates.dedup();
            let told = self.reader.ask_members(group, &candidates).await?;
            if told.is_none() && remembered.is_some() {
                snapshot.remembered.insert(group.id.clone());
            }
            snapshot.groups[*place].members = told.or(remembered);
        }
        Ok(())
    }

    /// The ids of all resources, by their names in the directory.
    fn names(&self, snapshot: &Snapshot) -> HashMap<Key, Box<str>> {
        if self.remembered.is_empty() {
            return HashMap::new();
        }
        let named = Kind::ALL
            .into_iter()
            .flat_map(|kind| snapshot.of(kind))
            .filter_map(|live| Some((Key::new(live.kind, live.name(self.catalog)?), live.id.clone())));
        named.collect()
    }
}

/// The members that the last apply left in a group, with current ids. A member without an id is dropped.
fn resolved(members: &[Reference], names: &HashMap<Key, Box<str>>) -> Vec<Member> {
    let member = |left: &Reference| {
        let id = left
            .key
            .as_ref()
            .and_then(|key| names.get(key))
            .or(left.id.as_ref())?;
        Some(Member {
            reference: Reference::to_id(id.clone()),
            kind: left.key.as_ref().map(|key| key.kind),
        })
    };
    let mut members: Vec<Member> = members.iter().filter_map(member).collect();
    members.sort_unstable();
    members.dedup();
    members
}
