//! The people and groups that no source declares and a plan leaves alone, by name.

use std::collections::HashSet;

use super::opened::Opened;
use super::plan::Made;
use crate::matching::{Matcher, Pairing};
use crate::model::{Key, Kind};

/// The live people and groups that no source declares and a plan leaves alone, sorted by key.
pub fn left_alone(opened: &Opened, made: &Made) -> Vec<Key> {
    let (policy, snapshot) = (opened.policy(), made.snapshot());
    let pairing = Pairing::of_kinds(|kind| {
        let matcher = Matcher {
            catalog: &opened.catalog,
            kind,
            order: &policy.of(kind).matched_by,
            former_names: opened.desired.former_names_of(kind),
            managed: made.accounts(),
        };
        matcher.pair(opened.desired.of(kind), snapshot.of(kind))
    });
    let changes = made.plan().changes.iter();
    let changed: HashSet<&str> = changes.filter_map(|change| change.remote_id.as_deref()).collect();
    let mut left = Vec::new();
    for kind in Kind::ALL {
        let all = snapshot.of(kind).iter().zip(&pairing.of(kind).desired_of);
        let strangers = all.filter(|(live, desired)| desired.is_none() && !changed.contains(&*live.id));
        left.extend(strangers.map(|(live, _)| live.key(&opened.catalog)));
    }
    left.sort_unstable();
    left
}
