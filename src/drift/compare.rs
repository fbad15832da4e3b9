//! The comparison of three: what was last applied, what the sources ask for, what is live.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Applied, Difference, Drift, LastApplied, Side, There, What};
use crate::desired::{Desired, DesiredResource};
use crate::diagnostics::{Diagnostics, Files, Origin};
use crate::matching::{Matcher, Matches};
use crate::model::Live;
use crate::model::Snapshot;
use crate::model::{Attribute, Catalog, Key, Kind, Reference, Value};
use crate::plan::{Blocked, References};
use crate::policy::Policy;
use crate::project::Members;

/// What a comparison is made of.
pub struct Inputs<'a> {
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
    /// What was last applied, as far as it is known.
    pub last: Option<&'a LastApplied>,
}

/// Compares.
///
/// # Errors
/// Every reason why a desired resource cannot be matched.
pub fn compare(inputs: &Inputs<'_>) -> Result<Drift, Blocked> {
    let mut problems = Diagnostics::new();
    let matches = Kind::ALL.map(|kind| {
        let matcher = Matcher {
            catalog: inputs.catalog,
            kind,
            order: &inputs.policy.of(kind).matched_by,
        };
        matcher.pair(inputs.desired.of(kind), inputs.snapshot.of(kind), &mut problems)
    });
    if problems.has_errors() {
        return Err(Blocked(problems));
    }
    let names = live_names(inputs);
    let mut comparison = Comparison::new(inputs, &matches, &names);
    for (kind, matches) in Kind::ALL.into_iter().zip(&matches) {
        for (wanted, place) in inputs.desired.of(kind).iter().zip(&matches.live_of) {
            comparison.declared(wanted, place.map(|place| &inputs.snapshot.of(kind)[place]));
        }
    }
    comparison.no_longer_declared();
    let mut drift = comparison.drift;
    drift.differences.sort_by(|one, other| one.key.cmp(&other.key)); // stable: attributes stay in their order
    Ok(drift)
}

/// The key of each live resource by the name that it has in the directory.
fn live_names(inputs: &Inputs<'_>) -> [Vec<Key>; 2] {
    Kind::ALL.map(|kind| {
        let naming = inputs.catalog.naming(kind);
        let name = |live: &Live| {
            Key::new(
                kind,
                live.attributes
                    .get(naming)
                    .and_then(Value::as_text)
                    .unwrap_or(&live.id),
            )
        };
        inputs.snapshot.of(kind).iter().map(name).collect()
    })
}

struct Comparison<'a> {
    inputs: &'a Inputs<'a>,
    references: References<'a>,
    by_key: HashMap<&'a Key, &'a Applied>,
    by_id: HashMap<&'a str, &'a Applied>,
    live_ids: HashSet<&'a str>,
    /// What was last applied and is still declared.
    seen: HashSet<&'a Key>,
    drift: Drift,
}

impl<'a> Comparison<'a> {
    fn new(inputs: &'a Inputs<'a>, matches: &[Matches; 2], names: &'a [Vec<Key>; 2]) -> Self {
        let resources = || inputs.last.iter().flat_map(|last| &last.resources);
        let by_id = resources()
            .filter_map(|one| Some((one.id.as_deref()?, one)))
            .collect();
        let mut references = References::with_capacity(names.iter().map(Vec::len).sum());
        for ((kind, matches), names) in Kind::ALL.into_iter().zip(matches).zip(names) {
            for ((live, desired), name) in inputs
                .snapshot
                .of(kind)
                .iter()
                .zip(&matches.desired_of)
                .zip(names)
            {
                references.learn(
                    desired.map_or(name, |number| &inputs.desired.of(kind)[number].key),
                    &live.id,
                );
            }
        }
        let live_ids = inputs
            .snapshot
            .users
            .iter()
            .chain(&inputs.snapshot.groups)
            .map(|live| &*live.id)
            .collect();
        let by_key = resources().map(|one| (&one.key, one)).collect();
        Self {
            inputs,
            references,
            by_key,
            by_id,
            live_ids,
            seen: HashSet::new(),
            drift: Drift::default(),
        }
    }

    fn is_complete(&self) -> bool {
        self.inputs.last.is_some_and(|last| last.complete)
    }

    fn add(&mut self, key: &Key, side: Side, what: What, origin: Option<Origin>) {
        let origin = origin.map(|origin| self.inputs.files.place(origin).to_string());
        self.drift.differences.push(Difference {
            key: key.clone(),
            side,
            what,
            origin,
        });
    }

    fn declared(&mut self, wanted: &DesiredResource, live: Option<&Live>) {
        let by_id = live.and_then(|live| self.by_id.get(&*live.id).copied());
        let last = by_id.or_else(|| self.by_key.get(&wanted.key).copied());
        self.seen.extend(last.map(|last| &last.key));
        if last.is_none() && !self.is_complete() {
            self.drift.unknown += 1;
        }
        let Some(live) = live else {
            let there = There {
                last: last.map(|_| true).or(self.is_complete().then_some(false)),
                desired: true,
                live: false,
            };
            if let Some(side) = judge_presence(there) {
                self.add(&wanted.key, side, What::Resource { there }, Some(wanted.origin));
            }
            return;
        };
        for asked in wanted.attributes.iter().filter(|asked| asked.wish.lasts()) {
            let attribute = self.inputs.catalog.attribute(asked.attribute);
            let resolve = |value: &Value| self.references.resolve_value(value);
            let desired = asked.wish.value().map(resolve);
            let held = live.attributes.get(asked.attribute).map(resolve);
            let known = last
                .and_then(|last| last.get(&attribute.path))
                .map(|value| value.as_ref().map(resolve));
            let newly_declared = known.is_none() && (last.is_some() || self.is_complete());
            let side = if newly_declared {
                (!same(attribute, desired.as_ref(), held.as_ref())).then_some(Side::Source)
            } else {
                let equals = |one: &Option<Value>, other: &Option<Value>| {
                    same(attribute, one.as_ref(), other.as_ref())
                };
                let last = known
                    .as_ref()
                    .map(|known| (equals(known, &desired), equals(known, &held)));
                judge(last, equals(&desired, &held))
            };
            if let Some(side) = side {
                let what = What::Attribute {
                    path: attribute.path.clone(),
                    last: known,
                    desired,
                    live: held,
                };
                self.add(&wanted.key, side, what, Some(asked.origin));
            }
        }
        self.members(wanted, live, last);
    }

    fn members(&mut self, wanted: &DesiredResource, live: &Live, last: Option<&Applied>) {
        let (Some(desired), Some(held)) = (&wanted.members, &live.members) else {
            return;
        };
        let mut origins: HashMap<Key, Origin> = HashMap::new();
        let mut all: BTreeMap<Named, There> = BTreeMap::new();
        let known = last.map(|last| last.members.as_ref());
        let unknown = match known {
            None => self.is_complete().then_some(false),
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
        for (Named(key, id), there) in all {
            // Others may be in the group, and the last apply left them there.
            if self.inputs.policy.members == Members::AddOnly && !there.desired && there.last != Some(true) {
                continue;
            }
            // The group or its list came under management since.
            let newly_declared = last.is_none() && self.is_complete() && there.desired != there.live;
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
    fn name(&self, reference: &Reference) -> Named {
        let Reference { id, key } = self.references.resolve(reference);
        // An id whose resource is gone still means who it meant.
        let key = key.or_else(|| {
            id.as_deref()
                .and_then(|id| self.by_id.get(id))
                .map(|one| one.key.clone())
        });
        if key.is_some() {
            Named(key, None)
        } else {
            Named(None, id)
        }
    }

    /// What was applied, and no source declares now.
    fn no_longer_declared(&mut self) {
        let mut gone: Vec<&Applied> = self.inputs.last.iter().flat_map(|last| &last.resources).collect();
        gone.retain(|one| !self.seen.contains(&one.key));
        for one in gone {
            let by_key = self
                .references
                .resolve(&Reference::to_key(one.key.clone()))
                .id
                .is_some();
            let live = one.id.as_deref().map_or(by_key, |id| self.live_ids.contains(id));
            let there = There {
                last: Some(true),
                desired: false,
                live,
            };
            if let Some(side) = judge_presence(there) {
                self.add(&one.key, side, What::Resource { there }, None);
            }
        }
    }
}

/// A member under one name: by key, or by id where nobody knows the key.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Named(Option<Key>, Option<Box<str>>);

fn same(attribute: &Attribute, one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => attribute.same(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// Who moved. `last` says, where it is known, whether the last applied value is the desired one and whether
/// it is the live one.
fn judge(last: Option<(bool, bool)>, agree: bool) -> Option<Side> {
    match (last, agree) {
        (None, true) | (Some((true, true)), _) => None,
        (None, false) => Some(Side::Unknown),
        (Some((true, false)), _) => Some(Side::Directory),
        (Some((false, true)), _) => Some(Side::Source),
        (Some((false, false)), _) => Some(Side::Both),
    }
}

fn judge_presence(there: There) -> Option<Side> {
    let last = there.last.map(|last| (last == there.desired, last == there.live));
    judge(last, there.desired == there.live)
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
