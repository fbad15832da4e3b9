//! References to people and groups whom no source declares. Whoever leaves is often named still, as
//! somebody's manager or as a member of a group. Where the directory or the record of applies knows the
//! name, what refers to it is left as it is, and everything else is planned. A name that nobody knows is more
//! likely mistyped.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::draft::DraftBasis;
use super::references::References;
use super::remainder::{Counted, LeftReferences, NameKnown};
use crate::desired::{DesiredResource, LostReference, ReferenceRole};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::model::well_known::MEMBERS;
use crate::model::{Catalog, Key, Kind, Live, Value};
use crate::project::Problems;

/// Whom the names mean that no source declares.
#[derive(Default)]
pub(super) struct LostTargets<'a> {
    /// The ids of the live resources that a name may mean. A name that only the record knows has none.
    known: HashMap<&'a [Key], Vec<&'a str>>,
    /// The declared resources outside of the scope that the directory does not have.
    out_of_reach: HashSet<&'a Key>,
}

impl<'a> LostTargets<'a> {
    /// Looks up every name in the directory, in the record of applies and among the removals.
    pub(super) fn find(basis: &'a DraftBasis<'a>, references: &References<'a>) -> Self {
        let out_of_scope = basis.desired.out_of_scope.iter().map(|resource| &resource.key);
        let mut targets = Self {
            known: HashMap::new(),
            out_of_reach: out_of_scope.filter(|key| !references.knows(key)).collect(),
        };
        if basis.desired.lost.is_empty() {
            return targets;
        }
        let mut by_key: HashMap<&Key, Vec<&'a [Key]>> = HashMap::new();
        for lost in &basis.desired.lost {
            for key in &lost.targets {
                let meanings = by_key.entry(key).or_default();
                if !meanings.contains(&&lost.targets[..]) {
                    meanings.push(&lost.targets);
                }
            }
        }
        let mut meet = |key: &Key, id: Option<&'a str>| {
            for meant in by_key.get(key).into_iter().flatten() {
                let ids = targets.known.entry(meant).or_default();
                ids.extend(id.filter(|id| !ids.contains(id)));
            }
        };
        for kind in Kind::ALL {
            for live in basis.snapshot.of(kind) {
                for key in live_names(live, basis.catalog) {
                    meet(&key, Some(&live.id));
                }
            }
            for (id, name) in basis.accounts.of(kind) {
                meet(&Key::new(kind, name), Some(id));
            }
        }
        for removal in &basis.desired.removals {
            meet(&removal.key, None);
        }
        targets
    }

    /// The ids that the names of a group's undeclared members may mean. Their memberships stay as they are.
    pub(super) fn members(&self, basis: &'a DraftBasis<'a>, group: &Key) -> HashSet<&'a str> {
        let lost = basis.desired.lost_members(group);
        lost.filter_map(|lost| self.ids(lost))
            .flatten()
            .copied()
            .collect()
    }

    /// Whether a declared resource is outside of the scope and the directory does not have it. Nothing can
    /// refer to it.
    pub(super) fn are_out_of_reach(&self, key: &Key) -> bool {
        self.out_of_reach.contains(key)
    }

    fn ids(&self, lost: &'a LostReference) -> Option<&Vec<&'a str>> {
        self.known.get(&lost.targets[..])
    }

    /// What is left as it is, by name and role. A name that nobody knows is an error, unless rows with an
    /// error are held or the plan is about a selection.
    pub(super) fn left(&self, basis: &DraftBasis<'a>, problems: &mut Diagnostics) -> Vec<LeftReferences> {
        let goes_on = basis.policy.problems == Problems::Hold || basis.selection.is_some();
        let is_meant = |lost: &&LostReference| {
            basis
                .selection
                .is_none_or(|selection| selection.compares(&lost.holder))
        };
        let mut left: BTreeMap<(&str, String, NameKnown), Counted> = BTreeMap::new();
        for lost in basis.desired.lost.iter().filter(is_meant) {
            let known = match self.ids(lost) {
                Some(_) => NameKnown::ByDirectoryOrRecord,
                None if goes_on => NameKnown::ByNobody,
                None => {
                    problems.push(unknown(lost));
                    continue;
                }
            };
            let role = role(lost.role, basis.catalog);
            let counted = left.entry((lost.name(), role, known)).or_default();
            counted.add(&lost.holder);
        }
        let left = left.into_iter().map(|((name, role, known), who)| LeftReferences {
            known,
            name: name.to_owned(),
            role,
            who,
        });
        left.collect()
    }

    /// How many references of each role are left out, because they name what is outside of the scope and the
    /// directory does not have.
    pub(super) fn outside_scope(&self, basis: &DraftBasis<'_>) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        if self.out_of_reach.is_empty() {
            return counts;
        }
        let all = basis.desired.users.iter().chain(&basis.desired.groups);
        let mut count = |role: String| *counts.entry(role).or_default() += 1;
        for resource in all {
            let members = resource.members.iter().flatten();
            members
                .filter(|member| self.are_out_of_reach(&member.key))
                .for_each(|_| count(MEMBERS.to_owned()));
            referring(resource, |key| self.are_out_of_reach(key))
                .for_each(|role_of| count(role(role_of, basis.catalog)));
        }
        counts
    }
}

/// The attributes of a resource that refer to a target.
fn referring(
    resource: &DesiredResource,
    is_target: impl Fn(&Key) -> bool,
) -> impl Iterator<Item = ReferenceRole> {
    resource
        .attributes
        .iter()
        .filter(move |asked| match asked.wish.value() {
            Some(Value::Reference(reference)) => reference.key.as_ref().is_some_and(&is_target),
            _ => false,
        })
        .map(|asked| ReferenceRole::Attribute(asked.attribute))
}

/// The names that a source may call a live resource by.
fn live_names(live: &Live, catalog: &Catalog) -> impl Iterator<Item = Key> {
    let external = live.attributes.get(catalog.external_id(live.kind));
    let external = external.and_then(Value::as_text);
    let external = external.map(|id| Key::new(live.kind, id));
    std::iter::once(live.key(catalog)).chain(external)
}

fn role(role: ReferenceRole, catalog: &Catalog) -> String {
    match role {
        ReferenceRole::Attribute(attribute) => catalog.attribute(attribute).path.to_string(),
        ReferenceRole::Member => MEMBERS.to_owned(),
        ReferenceRole::Leader => "leaders".to_owned(),
    }
}

fn unknown(lost: &LostReference) -> Diagnostic {
    let what = match &lost.targets[..] {
        [one] => match one.kind {
            Kind::User => "person",
            Kind::Group => "group",
        },
        _ => "person or group",
    };
    let message = format!(
        "neither a source nor the directory nor the record of applies has the {what} `{}`",
        lost.name()
    );
    Diagnostic::error("unknown-name", lost.origin, message)
        .hint("correct the name, declare it in a source, or take the reference out")
        .of_row()
}
