//! The comparison of three: what was last applied, what the sources ask for, what is live.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::lost::LostMembers;
use super::{AppliedResource, Difference, Drift, LastApplied, Side, There, What};
use crate::desired::{Desired, DesiredAttribute, DesiredResource};
use crate::diagnostics::{Files, Origin};
use crate::matching::{Matcher, Matches, Pairing};
use crate::model::{Attribute, Catalog, Key, Kind, Live, ManagedAccounts, Reference, Snapshot, Value};
use crate::plan::References;
use crate::plan::ownership::Ownership;
use crate::policy::Policy;

/// The three sides, and what is needed to compare them.
pub struct ThreeWay<'a> {
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// What the sources ask for.
    pub desired: &'a Desired,
    /// The files, for the origins.
    pub files: &'a Files,
    /// What the directory holds.
    pub snapshot: &'a Snapshot,
    /// What the configuration allows.
    pub policy: &'a Policy,
    /// What was last applied; `None` if it is not known.
    pub last: Option<&'a LastApplied>,
    /// Whether the service keeps an attribute as it was made, so that the sources alone do not change it.
    pub is_fixed: &'a dyn Fn(&Attribute) -> bool,
    /// What a plan may remove from.
    pub ownership: &'a Ownership,
    /// Who is managed.
    pub accounts: &'a ManagedAccounts,
}

/// Compares the three sides. Whoever cannot be matched for certain is left out: a plan holds them, and says
/// so.
pub fn compare(sides: &ThreeWay<'_>) -> Drift {
    let pairing = Pairing::of_kinds(|kind| {
        let matcher = Matcher {
            catalog: sides.catalog,
            kind,
            order: &sides.policy.of(kind).matched_by,
            former_names: sides.desired.former_names_of(kind),
            managed: sides.accounts,
        };
        matcher.pair(sides.desired.of(kind), sides.snapshot.of(kind))
    });
    let live = live_keys(sides, &pairing);
    let mut comparison = DriftComparison::new(sides, &live);
    for kind in Kind::ALL {
        let live = sides.snapshot.of(kind);
        let Matches { live_of, doubts, .. } = pairing.of(kind);
        for (number, (wanted, place)) in sides.desired.of(kind).iter().zip(live_of).enumerate() {
            if doubts.contains_key(&number) {
                comparison.in_doubt(wanted);
            } else {
                comparison.declared(wanted, place.map(|place| &live[place]));
            }
        }
    }
    comparison.no_longer_declared();
    comparison.undeclared(&pairing);
    let mut drift = comparison.drift;
    // A stable sort: the attributes of a resource stay in their order.
    drift.differences.sort_by(|left, right| left.key.cmp(&right.key));
    drift
}

/// A live resource and its key: the declared name, or else its name in the directory.
struct LiveKey<'a> {
    id: &'a str,
    key: Key,
}

fn live_keys<'a>(sides: &ThreeWay<'a>, pairing: &Pairing) -> Vec<LiveKey<'a>> {
    let (desired, snapshot) = (sides.desired, sides.snapshot);
    let of_kind = |kind| {
        let live = snapshot.of(kind).iter().zip(&pairing.of(kind).desired_of);
        live.map(move |(live, number)| LiveKey {
            id: &live.id,
            key: match number {
                Some(number) => desired.of(kind)[*number].key.clone(),
                None => live.key(sides.catalog),
            },
        })
    };
    Kind::ALL.into_iter().flat_map(of_kind).collect()
}

pub(super) struct DriftComparison<'a> {
    pub(super) sides: &'a ThreeWay<'a>,
    references: References<'a>,
    pub(super) by_key: HashMap<&'a Key, &'a AppliedResource>,
    pub(super) by_id: HashMap<&'a str, &'a AppliedResource>,
    live_ids: HashSet<&'a str>,
    lost: LostMembers<'a>,
    /// The declared resources of which the last apply says that nothing is known.
    held: HashSet<&'a Key>,
    /// The keys of the resources that were last applied and are still declared.
    seen: HashSet<&'a Key>,
    pub(super) drift: Drift,
}

impl<'a> DriftComparison<'a> {
    fn new(sides: &'a ThreeWay<'a>, live: &'a [LiveKey<'_>]) -> Self {
        let applied = || sides.last.iter().flat_map(|last| &last.resources);
        let mut references = References::with_capacity(live.len());
        for LiveKey { id, key } in live {
            references.learn(key, id);
        }
        Self {
            sides,
            references,
            by_key: applied().map(|applied| (&applied.key, applied)).collect(),
            by_id: applied()
                .filter_map(|applied| Some((applied.id.as_deref()?, applied)))
                .collect(),
            live_ids: live.iter().map(|live| live.id).collect(),
            lost: LostMembers::find(sides.desired, sides.snapshot, sides.catalog),
            held: sides.last.iter().flat_map(|last| &last.held).collect(),
            seen: HashSet::new(),
            drift: Drift::default(),
        }
    }

    /// Whether the last apply would be known to have left a declared resource.
    fn is_complete(&self, key: &Key) -> bool {
        self.sides.last.is_some_and(|last| last.complete) && !self.held.contains(key)
    }

    pub(super) fn add(&mut self, key: &Key, side: Side, what: What, origin: Option<Origin>) {
        let origin = origin.map(|origin| self.sides.files.place(origin).to_string());
        self.drift.differences.push(Difference {
            key: key.clone(),
            side,
            what,
            origin,
        });
    }

    /// A declared resource of which it is not certain who it is.
    fn in_doubt(&mut self, wanted: &DesiredResource) {
        let last = self.by_key.get(&wanted.key).copied();
        self.seen.extend(last.map(|last| &last.key));
    }

    fn declared(&mut self, wanted: &DesiredResource, live: Option<&Live>) {
        let by_id = live.and_then(|live| self.by_id.get(&*live.id).copied());
        let last = by_id.or_else(|| self.by_key.get(&wanted.key).copied());
        self.seen.extend(last.map(|last| &last.key));
        if last.is_none() && !self.is_complete(&wanted.key) {
            self.drift.unknown += 1;
        }
        let Some(live) = live else {
            let there = There {
                last: last
                    .map(|_| true)
                    .or(self.is_complete(&wanted.key).then_some(false)),
                desired: true,
                live: false,
            };
            if let Some(side) = judge_presence(there) {
                self.add(&wanted.key, side, What::Resource { there }, Some(wanted.origin));
            }
            return;
        };
        for asked in wanted.attributes.iter().filter(|asked| asked.wish.lasts()) {
            self.attribute(wanted, asked, live, last);
        }
        self.access(wanted, live, last);
        self.members(wanted, live, last);
    }

    fn attribute(
        &mut self,
        wanted: &DesiredResource,
        asked: &DesiredAttribute,
        live: &Live,
        last: Option<&AppliedResource>,
    ) {
        let attribute = self.sides.catalog.attribute(asked.attribute);
        let resolve = |value: &Value| self.references.resolve_value(value);
        let desired = asked.wish.value().map(resolve);
        let held = live.attributes.get(asked.attribute).map(resolve);
        let known = last
            .and_then(|last| last.get(&attribute.path))
            .map(|value| value.as_ref().map(resolve));
        let equals =
            |left: &Option<Value>, right: &Option<Value>| same(attribute, left.as_ref(), right.as_ref());
        let newly_declared = known.is_none() && (last.is_some() || self.is_complete(&wanted.key));
        let agree = equals(&desired, &held);
        let side = if newly_declared {
            (!agree).then_some(Side::Source)
        } else {
            judge(Sameness {
                desired_and_live: agree,
                last: known.as_ref().map(|known| Last {
                    // Two texts that the service stores alike are one text.
                    is_desired: equals(known, &desired) || agree && equals(known, &held),
                    is_live: equals(known, &held),
                }),
            })
        };
        // Nothing follows from the sources alone: the standing counts such a difference.
        let stays = (self.sides.is_fixed)(attribute);
        if let Some(side) = side.filter(|side| !stays || matches!(side, Side::Directory | Side::Both)) {
            let what = What::Attribute {
                path: attribute.path.clone(),
                last: known,
                desired,
                live: held,
            };
            self.add(&wanted.key, side, what, Some(asked.origin));
        }
    }

    fn members(&mut self, wanted: &DesiredResource, live: &Live, last: Option<&AppliedResource>) {
        let is_told = live.members.is_some() && !self.sides.snapshot.remembered.contains(&live.id);
        self.drift.untold_groups += u64::from(wanted.members.is_some() && !is_told);
        let (Some(desired), Some(held)) = (&wanted.members, &live.members) else {
            return;
        };
        let mut origins: HashMap<Key, Origin> = HashMap::new();
        let mut all: BTreeMap<MemberName, There> = BTreeMap::new();
        let known = last.map(|last| last.members.as_ref());
        let unknown = match known {
            None => self.is_complete(&wanted.key).then_some(false),
            Some(members) => members.map(|_| false),
        };
        let nowhere = There {
            last: unknown,
            desired: false,
            live: false,
        };
        for member in desired {
            origins.insert(member.key.clone(), member.origin);
            all.entry(self.name(&Reference::to_key(member.key.clone())))
                .or_insert(nowhere)
                .desired = true;
        }
        for member in held {
            all.entry(self.name(&member.reference)).or_insert(nowhere).live = true;
        }
        for member in known.flatten().into_iter().flatten() {
            all.entry(self.name(member)).or_insert(nowhere).last = Some(true);
        }
        let may_have_others =
            !self.sides.policy.takes_members_out() || self.sides.ownership.lists_in_part(&wanted.key);
        for (MemberName { key, id }, there) in all {
            if self.lost.has(&wanted.key, key.as_ref()) {
                continue;
            }
            // The group may have other members, and the last apply left them there.
            if may_have_others && !there.desired && there.last != Some(true) {
                continue;
            }
            // The group or its list of members came under management since the last apply.
            let newly_declared =
                last.is_none() && self.is_complete(&wanted.key) && there.desired != there.live;
            let side = if newly_declared {
                Some(Side::Source)
            } else {
                judge_presence(there)
            };
            let Some(side) = side else { continue };
            let origin = key.as_ref().and_then(|key| origins.get(key)).copied();
            let what = What::Member {
                member: Reference { id, key },
                there,
            };
            self.add(&wanted.key, side, what, Some(origin.unwrap_or(wanted.origin)));
        }
    }

    /// A reference as one name, whichever side it comes from.
    fn name(&self, reference: &Reference) -> MemberName {
        let Reference { id, key } = self.references.resolve(reference);
        // An id whose resource is gone still names the same resource as before.
        let key = key.or_else(|| {
            id.as_deref()
                .and_then(|id| self.by_id.get(id))
                .map(|applied| applied.key.clone())
        });
        match key {
            Some(_) => MemberName { key, id: None },
            None => MemberName { key, id },
        }
    }

    /// Compares the resources that were applied and that no source declares now.
    fn no_longer_declared(&mut self) {
        let applied = self.sides.last.iter().flat_map(|last| &last.resources);
        let gone: Vec<&AppliedResource> = applied
            .filter(|applied| !self.seen.contains(&applied.key))
            .collect();
        for applied in gone {
            let is_live = match &applied.id {
                Some(id) => self.live_ids.contains(&**id),
                None => self.references.knows(&applied.key),
            };
            let there = There {
                last: Some(true),
                desired: false,
                live: is_live,
            };
            if let Some(side) = judge_presence(there) {
                self.add(&applied.key, side, What::Resource { there }, None);
            }
        }
    }
}

/// A member under one name: its key, or its id if the key is not known.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct MemberName {
    key: Option<Key>,
    id: Option<Box<str>>,
}

fn same(attribute: &Attribute, left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => attribute.same(left, right),
        (None, None) => true,
        _ => false,
    }
}

/// The sides that still have the last applied value.
struct Last {
    is_desired: bool,
    is_live: bool,
}

/// Which of the three sides are equal.
struct Sameness {
    desired_and_live: bool,
    /// `None` if what was last applied is not known.
    last: Option<Last>,
}

/// The side that moved; `None` if there is no difference to report.
fn judge(agreement: Sameness) -> Option<Side> {
    match agreement.last {
        None => (!agreement.desired_and_live).then_some(Side::Unknown),
        Some(last) => match (last.is_desired, last.is_live) {
            (true, true) => None,
            (true, false) => Some(Side::Directory),
            (false, true) => Some(Side::Source),
            (false, false) => Some(Side::Both),
        },
    }
}

fn judge_presence(there: There) -> Option<Side> {
    judge(Sameness {
        desired_and_live: there.desired == there.live,
        last: there.last.map(|last| Last {
            is_desired: last == there.desired,
            is_live: last == there.live,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_eight_cases_has_its_side() {
        let there = |last, desired, live| judge_presence(There { last, desired, live });
        assert_eq!(there(Some(true), true, true), None);
        assert_eq!(there(Some(true), true, false), Some(Side::Directory));
        assert_eq!(there(Some(true), false, true), Some(Side::Source));
        assert_eq!(there(Some(true), false, false), Some(Side::Both));
        assert_eq!(there(Some(false), false, true), Some(Side::Directory));
        assert_eq!(there(Some(false), true, false), Some(Side::Source));
        assert_eq!(there(Some(false), true, true), Some(Side::Both));
        assert_eq!(
            (there(None, true, false), there(None, true, true)),
            (Some(Side::Unknown), None)
        );
    }
}
