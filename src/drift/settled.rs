//! What an apply that did all of its plan has settled: everything that the sources declare, but for what the
//! plan held, withheld or could not write. Of these, what was known before stays known.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::applied::AppliedResource;
use super::ended::EndedApply;
use crate::desired::{DesiredResource, ReferenceRole};
use crate::model::{Key, Reference};
use crate::plan::remainder::Counted;
use crate::plan::{Header, Values};

/// What a plan leaves as it is although the sources declare something else.
struct Unsettled<'a> {
    held: HashSet<&'a Key>,
    /// Those of the held of whom it is not certain which account is theirs.
    in_doubt: HashSet<&'a Key>,
    /// By the name of the attribute, as `users.title`.
    attributes: BTreeMap<&'a str, Vec<&'a Counted>>,
}

impl<'a> Unsettled<'a> {
    fn of(header: &'a Header) -> Self {
        let mut attributes: BTreeMap<&str, Vec<&Counted>> = BTreeMap::new();
        for (name, counted) in header.staying.iter().chain(&header.withheld) {
            attributes.entry(name).or_default().push(counted);
        }
        let in_doubt = header.held.iter().filter(|held| held.reason.is_doubt());
        Self {
            held: header.held.iter().map(|held| &held.key).collect(),
            in_doubt: in_doubt.map(|held| &held.key).collect(),
            attributes,
        }
    }

    /// Whether the plan leaves a whole person or group as it is.
    fn holds(&self, key: &Key) -> bool {
        self.held.contains(key)
    }

    /// Whether the plan leaves an attribute of a person or group as it is, or may.
    fn leaves(&self, key: &Key, path: &str) -> bool {
        let name = format!("{}.{path}", key.kind.plural());
        let counted = self.attributes.get(&*name).into_iter().flatten();
        counted
            .into_iter()
            .any(|counted| counted.count > counted.first.len() as u64 || counted.first.contains(key))
    }
}

/// What is known after an apply that did all of its plan.
pub(super) struct SettledApply<'a> {
    run: &'a EndedApply<'a>,
    unsettled: Unsettled<'a>,
    known: BTreeMap<Key, AppliedResource>,
    /// The number of members that the plan leaves in each group that it changes.
    sizes: HashMap<&'a Key, u64>,
}

impl<'a> SettledApply<'a> {
    /// `known` is what is known of each resource without the plan's sources.
    pub(super) fn by(run: &'a EndedApply<'a>, known: BTreeMap<Key, AppliedResource>) -> Self {
        let changes = run.plan.changes.iter();
        Self {
            run,
            unsettled: Unsettled::of(&run.plan.header),
            known,
            sizes: changes
                .filter_map(|change| Some((&change.key, change.members.as_ref()?.after?)))
                .collect(),
        }
    }

    /// What is known of a declared resource. `None` if nothing is known.
    pub(super) fn of(&self, resource: &DesiredResource) -> Option<AppliedResource> {
        let before = self.known.get(&resource.key);
        if self.unsettled.holds(&resource.key) {
            return before.cloned();
        }
        Some(AppliedResource {
            attributes: self.attributes(resource, before),
            id: before.and_then(|applied| applied.id.clone()),
            key: resource.key.clone(),
            members: self.members(resource),
            stranger: false,
        })
    }

    fn attributes(&self, resource: &DesiredResource, before: Option<&AppliedResource>) -> Values {
        let lasting = resource.attributes.iter().filter(|asked| asked.wish.lasts());
        let known = lasting.filter_map(|asked| {
            let path = &self.run.catalog.attribute(asked.attribute).path;
            let value = if self.unsettled.leaves(&resource.key, path) {
                before?.get(path)?.clone()
            } else {
                asked.wish.value().cloned()
            };
            Some((path.clone(), value))
        });
        known.collect()
    }

    /// The members that the sources list. If the plan left more members in the group, or one of them is in
    /// doubt or is not declared, it is not known who they are.
    fn members(&self, resource: &DesiredResource) -> Option<Vec<Reference>> {
        let members = resource.members.as_ref()?;
        let left = self.sizes.get(&resource.key);
        let is_in_doubt = members
            .iter()
            .any(|member| self.unsettled.in_doubt.contains(&member.key));
        let desired = self.run.desired.into_iter();
        let mut lost = desired.flat_map(|desired| desired.lost_of(&resource.key));
        let is_lost = lost.any(|lost| lost.role == ReferenceRole::Member);
        if is_in_doubt || is_lost || left.is_some_and(|after| *after != members.len() as u64) {
            return None;
        }
        let listed = members.iter().map(|member| Reference::to_key(member.key.clone()));
        Some(listed.collect())
    }
}
