//! References to people and groups whom no source declares. Whoever leaves is often named still, as
//! somebody's manager or as a member of a group. Where the directory or the record of applies knows the name,
//! what refers to it is left as it is, and everything else is planned. A name that nobody knows is more
//! likely mistyped.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::draft::DraftBasis;
use super::references::References;
use super::remainder::{Counted, LeftReferences, NameKnown};
use crate::desired::{DesiredAttribute, LostReference, ReferenceRole};
use crate::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::matching::Pairing;
use crate::model::well_known::MEMBERS;
use crate::model::{AttributeId, Catalog, Key, Kind, Value};
use crate::project::Problems;

/// The largest number of unknown names that are told, which is more than a person reads.
const MOST_ERRORS: usize = 200;

/// Whom the names mean that no source declares.
#[derive(Default)]
pub(super) struct LostTargets<'a> {
    /// The ids of the live resources that a name may mean. A name that only the record knows has none.
    known: HashMap<&'a [Key], Vec<&'a str>>,
    /// The declared resources outside of the scope that the directory does not have.
    out_of_reach: HashSet<&'a Key>,
    /// The ids of those who are taken out of no group: the undeclared that a row may mean of which it cannot
    /// be read whom it declares, and whoever says to be in a group that nobody knows. Its name may be a
    /// misspelling of any group's.
    staying: HashSet<&'a str>,
}

impl<'a> LostTargets<'a> {
    /// Looks up every name in the directory, in the record of applies and among the removals.
    pub(super) fn find(
        basis: &'a DraftBasis<'a>,
        references: &References<'a>,
        perhaps_declared: HashSet<&'a str>,
    ) -> Self {
        let out_of_scope = basis.desired.out_of_scope.iter().map(|resource| &resource.key);
        let mut targets = Self {
            known: HashMap::new(),
            out_of_reach: out_of_scope.filter(|key| !references.knows(key)).collect(),
            staying: perhaps_declared,
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
                for key in live.names(basis.catalog) {
                    meet(&key, Some(&live.id));
                }
            }
            for (id, name) in basis.accounts.of(kind) {
                meet(&Key::new(kind, name), Some(id));
            }
        }
        let removed = basis.desired.removals.iter().map(|removal| &removal.key);
        for key in removed.chain(basis.accounts.departed()) {
            meet(key, None);
        }
        let groups = basis
            .desired
            .lost
            .iter()
            .filter(|lost| lost.role == ReferenceRole::Group);
        let unknown = groups.filter(|lost| targets.ids(lost).is_none());
        let staying: Vec<&str> = unknown
            .filter_map(|lost| references.id_of(&lost.holder))
            .collect();
        targets.staying.extend(staying);
        targets
    }

    /// The ids that the names of a group's undeclared members may mean. Their memberships stay as they are.
    pub(super) fn members(&self, basis: &'a DraftBasis<'a>, group: &Key) -> HashSet<&'a str> {
        let lost = lost_members(basis, group);
        lost.filter_map(|lost| self.ids(lost))
            .flatten()
            .copied()
            .collect()
    }

    /// Whether a group names a member whom nobody knows. The name may be a misspelling of any member's.
    pub(super) fn has_misspelt_member(&self, basis: &'a DraftBasis<'a>, group: &Key) -> bool {
        lost_members(basis, group).any(|lost| self.ids(lost).is_none())
    }

    /// Whether nobody can tell of which groups a live resource is to be a member.
    pub(super) fn stays_a_member(&self, id: &str) -> bool {
        self.staying.contains(id)
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
    pub(super) fn left(
        &self,
        basis: &DraftBasis<'a>,
        pairing: &Pairing,
        problems: &mut Diagnostics,
    ) -> Vec<LeftReferences> {
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
                    let problem = unknown(lost);
                    if problems.knows(&problem) || problems.count(Severity::Error) < MOST_ERRORS {
                        problems.push(problem);
                    }
                    continue;
                }
            };
            let role = role(lost.role, basis.catalog);
            let counted = left.entry((lost.name(), role, known)).or_default();
            counted.add(&lost.holder);
        }
        for (holder, target, attribute) in self.differing_out_of_reach(basis, pairing) {
            let role = role(ReferenceRole::Attribute(attribute), basis.catalog);
            let counted = left.entry((&target.name, role, NameKnown::OutsideScope));
            counted.or_default().add(holder);
        }
        let left = left.into_iter().map(|((name, role, known), who)| LeftReferences {
            known,
            name: name.to_owned(),
            role,
            who,
        });
        left.collect()
    }

    /// The people who refer to somebody out of reach, and of whom the directory holds another reference.
    fn differing_out_of_reach<'b>(
        &'b self,
        basis: &'b DraftBasis<'_>,
        pairing: &'b Pairing,
    ) -> impl Iterator<Item = (&'b Key, &'b Key, AttributeId)> {
        let is_meant = |key: &Key| basis.selection.is_none_or(|selection| selection.compares(key));
        let places = &pairing.of(Kind::User).live_of;
        let users = basis.desired.users.iter().zip(places);
        let live = users.filter_map(|(wanted, place)| Some((wanted, &basis.snapshot.users[(*place)?])));
        live.filter(move |(wanted, _)| !self.out_of_reach.is_empty() && is_meant(&wanted.key))
            .flat_map(|(wanted, live)| {
                let asked = wanted.attributes.iter().filter(|asked| asked.wish.lasts());
                let differs = |asked: &&DesiredAttribute| live.attributes.get(asked.attribute).is_some();
                asked.filter(differs).filter_map(|asked| {
                    let target = referred(asked).filter(|key| self.are_out_of_reach(key))?;
                    Some((&wanted.key, target, asked.attribute))
                })
            })
    }

    /// How many references of each role are left out, because they name what is outside of the scope and the
    /// directory does not have.
    pub(super) fn outside_scope(&self, basis: &DraftBasis<'_>) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        if self.out_of_reach.is_empty() {
            return counts;
        }
        let all = basis.desired.users.iter().chain(&basis.desired.groups);
        let is_meant = |key: &Key| basis.selection.is_none_or(|selection| selection.compares(key));
        let all = all.filter(|resource| is_meant(&resource.key));
        let mut count = |role: String| *counts.entry(role).or_default() += 1;
        for resource in all {
            let members = resource.members.iter().flatten();
            members
                .filter(|member| self.are_out_of_reach(&member.key))
                .for_each(|_| count(MEMBERS.to_owned()));
            for asked in &resource.attributes {
                if referred(asked).is_some_and(|key| self.are_out_of_reach(key)) {
                    count(role(ReferenceRole::Attribute(asked.attribute), basis.catalog));
                }
            }
        }
        counts
    }
}

/// The members of a group whom no source declares.
fn lost_members<'a>(basis: &'a DraftBasis<'a>, group: &Key) -> impl Iterator<Item = &'a LostReference> {
    let lost = basis.desired.lost_of(group);
    lost.filter(|lost| lost.role == ReferenceRole::Member)
}

/// Whom a wish refers to, if it is a reference by name.
fn referred(asked: &DesiredAttribute) -> Option<&Key> {
    match asked.wish.value()? {
        Value::Reference(reference) => reference.key.as_ref(),
        _ => None,
    }
}

fn role(role: ReferenceRole, catalog: &Catalog) -> String {
    match role {
        ReferenceRole::Attribute(attribute) => catalog.attribute(attribute).path.to_string(),
        ReferenceRole::Member => MEMBERS.to_owned(),
        ReferenceRole::Leader => "leaders".to_owned(),
        ReferenceRole::Group => "groups".to_owned(),
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
