//! Finds the resource that a name means, and the part of the sources that a question about it rests on.

use std::collections::BTreeMap;

use crate::desired::{Desired, DesiredResource};
use crate::diagnostics::suggest;
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Catalog, Key, Kind, Value};

/// The keys that a name can mean. The prefix `user:` or `group:` decides; otherwise both kinds are possible.
pub fn keys(name: &str) -> Vec<Key> {
    Key::parse(name).map_or_else(
        || Kind::ALL.map(|kind| Key::new(kind, name)).to_vec(),
        |key| vec![key],
    )
}

/// What the sources say about a resource.
#[derive(Clone, Copy, Debug)]
pub enum InSources<'a> {
    /// A declared resource in scope.
    Declared(&'a DesiredResource),
    /// A declared resource that `scope` leaves out.
    OutOfScope(&'a DesiredResource),
    /// No source declares the resource.
    Undeclared,
}

/// The resource of a question.
#[derive(Debug)]
pub struct Focus<'a> {
    /// The names to look up in the directory.
    pub names: Vec<Key>,
    /// What the sources say about the resource.
    pub in_sources: InSources<'a>,
}

/// The error of a name with several meanings.
#[derive(Debug)]
pub struct NotOne {
    /// All keys that the name can mean.
    pub keys: Vec<Key>,
}

impl<'a> Focus<'a> {
    /// Finds a name among the declared resources: by key, or a person by `externalId`.
    ///
    /// # Errors
    /// If several resources have the name.
    pub(crate) fn find(desired: &'a Desired, catalog: &Catalog, name: &str) -> Result<Self, NotOne> {
        let names = keys(name);
        let in_scope = || desired.users.iter().chain(&desired.groups);
        let is_meant = |one: &&DesiredResource| names.contains(&one.key);
        let mut found: Vec<InSources<'a>> = names
            .iter()
            .filter_map(|key| desired.find(key))
            .map(InSources::Declared)
            .collect();
        found.extend(
            desired
                .out_of_scope
                .iter()
                .filter(is_meant)
                .map(InSources::OutOfScope),
        );
        if found.is_empty() {
            let by_id = |one: &&DesiredResource| {
                let external = one
                    .value(catalog.well_known(one.key.kind, EXTERNAL_ID))
                    .and_then(Value::as_text);
                names
                    .iter()
                    .any(|key| key.kind == one.key.kind && external == Some(&*key.name))
            };
            found.extend(in_scope().filter(by_id).map(InSources::Declared));
            found.extend(
                desired
                    .out_of_scope
                    .iter()
                    .filter(by_id)
                    .map(InSources::OutOfScope),
            );
        }
        match found[..] {
            [] => Ok(Self {
                names,
                in_sources: InSources::Undeclared,
            }),
            [one] => {
                let key = one.resource().map(|resource| resource.key.clone());
                Ok(Self {
                    names: key.into_iter().collect(),
                    in_sources: one,
                })
            }
            _ => Err(NotOne {
                keys: found
                    .iter()
                    .filter_map(InSources::resource)
                    .map(|one| one.key.clone())
                    .collect(),
            }),
        }
    }

    /// How many lookups of other resources the answer takes.
    pub(crate) fn references(&self) -> usize {
        self.in_sources.resource().map_or(0, |one| one.referred().count())
    }

    /// The part of the desired state that the question rests on: the resource, those that it refers to, and
    /// `others`.
    pub(crate) fn part<'d>(
        &self,
        desired: &'d Desired,
        others: impl Iterator<Item = &'d DesiredResource>,
    ) -> Desired
    where
        'a: 'd,
    {
        let mut part: BTreeMap<&Key, &DesiredResource> = others.map(|one| (&one.key, one)).collect();
        let (mut lost, mut out_of_scope) = (Vec::new(), Vec::new());
        if let InSources::Declared(resource) = self.in_sources {
            part.insert(&resource.key, resource);
            part.extend(
                resource
                    .referred()
                    .filter_map(|key| desired.find(key))
                    .map(|one| (&one.key, one)),
            );
            lost.extend(desired.lost_of(&resource.key).cloned());
            let outside = desired.out_of_scope.iter();
            out_of_scope.extend(outside.filter(|one| resource.refers_to(&one.key)).cloned());
        }
        let former_names = desired
            .former_names
            .iter()
            .filter(|former| part.contains_key(&former.now))
            .cloned()
            .collect();
        let (users, groups): (Vec<_>, Vec<_>) = part
            .into_values()
            .cloned()
            .partition(|one: &DesiredResource| one.key.kind == Kind::User);
        let removals = desired
            .removals
            .iter()
            .filter(|removal| self.names.contains(&removal.key))
            .cloned()
            .collect();
        Desired {
            former_names,
            removals,
            lost,
            out_of_scope,
            unreadable: desired.unreadable.clone(),
            users,
            groups,
            ..Desired::default()
        }
    }

    /// The names to look up besides the resources of `part`.
    pub(crate) fn other_names(&self, desired: &Desired) -> Vec<Key> {
        let resource = self.in_sources.resource();
        let referred = resource.into_iter().flat_map(DesiredResource::referred).cloned();
        let lost = resource.into_iter().flat_map(|one| desired.lost_of(&one.key));
        let lost = lost.flat_map(|lost| lost.targets.iter().cloned());
        self.names.iter().cloned().chain(referred).chain(lost).collect()
    }
}

impl<'a> InSources<'a> {
    /// The declared resource.
    pub(crate) fn resource(&self) -> Option<&'a DesiredResource> {
        match self {
            Self::Declared(resource) | Self::OutOfScope(resource) => Some(resource),
            Self::Undeclared => None,
        }
    }
}

/// The declared key that is nearest to a name.
pub(crate) fn nearest(desired: &Desired, name: &str) -> Option<Key> {
    let wanted = keys(name);
    let all = desired
        .users
        .iter()
        .chain(&desired.groups)
        .chain(&desired.out_of_scope)
        .map(|one| &one.key);
    let candidates: Vec<&Key> = all
        .filter(|key| wanted.iter().any(|one| one.kind == key.kind))
        .collect();
    let near = suggest::closest(&wanted[0].name, candidates.iter().map(|key| &*key.name))?;
    candidates.into_iter().find(|key| &*key.name == near).cloned()
}
