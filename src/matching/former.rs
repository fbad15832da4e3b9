//! Pairs renamed resources by the names that they had before, as `previously` says them.

use std::collections::{BTreeMap, HashSet};

use super::doubt::Doubt;
use super::{Index, Matcher, Matches};
use crate::desired::DesiredResource;
use crate::model::{Live, uncased};

impl Matcher<'_> {
    /// Pairs the desired resources that no attribute paired with the live resources of their former names. A
    /// live resource that is paired already, or has another identity, is somebody else.
    pub(super) fn pair_by_former_names(
        &self,
        desired: &[DesiredResource],
        live: &[Live],
        matches: &mut Matches,
    ) {
        let unpaired: Vec<_> = self
            .former_names
            .iter()
            .filter_map(|former| {
                let number = desired
                    .binary_search_by(|wanted| wanted.key.cmp(&former.now))
                    .ok()?;
                (!matches.is_settled(number)).then_some((number, former))
            })
            .collect();
        if unpaired.is_empty() {
            return; // every rename is done, as a rule
        }
        let managed: HashSet<_> = self
            .managed
            .of(self.kind)
            .values()
            .map(|name| uncased(name))
            .collect();
        let naming = self.catalog.naming(self.kind);
        let index = Index::new(self.catalog, naming, live);
        let mut candidates: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for (number, former) in unpaired {
            // The rename was done, and the account is gone since. Whoever has the old name is somebody else.
            if managed.contains(former.now.uncased()) {
                continue;
            }
            let is_free = |place: &u32| {
                let place = *place as usize;
                matches.desired_of[place].is_none()
                    && !self.has_another_identity(&desired[number], &live[place])
            };
            let places = index.find(&former.name.name).iter().copied();
            candidates
                .entry(number)
                .or_default()
                .extend(places.filter(is_free));
        }
        for (number, mut places) in candidates {
            places.sort_unstable();
            places.dedup();
            match places[..] {
                [] => {}
                [place] => matches.bind(number, place as usize),
                _ => {
                    let places = places.into_iter().map(|place| place as usize).collect();
                    matches.doubts.insert(number, Doubt::FormerNames { places });
                }
            }
        }
    }

    /// Whether a declared and a live resource have different values of an identifier other than the name.
    pub(super) fn has_another_identity(&self, wanted: &DesiredResource, live: &Live) -> bool {
        let naming = self.catalog.naming(self.kind);
        let mut identifiers = self.order.iter().filter(|attribute| **attribute != naming);
        identifiers.any(|attribute| self.differ(*attribute, wanted, live))
    }
}
