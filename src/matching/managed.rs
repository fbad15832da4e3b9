//! What the record of who is managed says about pairs. A service may store somebody under another name than
//! was sent, or somebody gave the account another name there. It is still the account that an apply made. And
//! an account that has somebody's name now is not theirs, as long as the one that was theirs is there.

use std::collections::HashMap;

use super::doubt::Doubt;
use super::{Matcher, Matches};
use crate::desired::DesiredResource;
use crate::model::well_known::ACTIVE;
use crate::model::{Key, Kind, Live, uncased};

impl Matcher<'_> {
    /// Pairs each unpaired desired resource with the live resource that is managed under its name, if that
    /// one is unpaired too and nothing says that it is somebody else: it has no other value of an attribute
    /// to match by, besides the name.
    pub(super) fn pair_managed(&self, matches: &mut Matches, desired: &[DesiredResource], live: &[Live]) {
        let places = self.free_by_managed_name(matches, live);
        if places.is_empty() {
            return;
        }
        for (number, wanted) in desired.iter().enumerate() {
            if matches.is_settled(number) {
                continue;
            }
            if let Some([place]) = places.get(&wanted.key).map(Vec::as_slice)
                && !self.has_another_identity(wanted, &live[*place])
            {
                matches.bind(number, *place);
            }
        }
    }

    /// The unpaired live resources that are managed, by the name under which they are.
    fn free_by_managed_name(&self, matches: &Matches, live: &[Live]) -> HashMap<Key, Vec<usize>> {
        let managed = self.managed.of(self.kind);
        let mut places: HashMap<Key, Vec<usize>> = HashMap::new();
        if managed.is_empty() {
            return places;
        }
        for (place, row) in live.iter().enumerate() {
            if matches.desired_of[place].is_none()
                && let Some(name) = managed.get(&row.id)
            {
                places.entry(Key::new(self.kind, name)).or_default().push(place);
            }
        }
        places
    }

    /// Parts the pairs that the record contradicts, unless an identifier besides the name says that the pair
    /// is right.
    pub(super) fn doubt_other_accounts(
        &self,
        matches: &mut Matches,
        desired: &[DesiredResource],
        live: &[Live],
    ) {
        let managed = self.managed.of(self.kind);
        if managed.is_empty() {
            return;
        }
        let mut unmanaged = Vec::new();
        for (number, wanted) in desired.iter().enumerate() {
            let Some(place) = matches.live_of[number] else {
                continue;
            };
            match managed.get(&live[place].id) {
                None => unmanaged.push((number, place)),
                Some(name) if uncased(name) != wanted.key.uncased() => {
                    let found = ManagedElsewhere { number, place, name };
                    self.part_where_record_contradicts(matches, desired, live, &found);
                }
                Some(_) => {}
            }
        }
        if unmanaged.is_empty() {
            return;
        }
        let places = self.free_by_managed_name(matches, live);
        let active = self.catalog.well_known(Kind::User, ACTIVE);
        for (number, place) in unmanaged {
            let known = places.get(&desired[number].key).into_iter().flatten();
            let mut there = known.filter(|place| {
                !live[**place].is_inactive(active)
                    && !self.has_another_identity(&desired[number], &live[**place])
            });
            if let Some(known) = there.next() {
                let places = [place, *known];
                matches.part(number, Doubt::AnotherAccount { places });
            }
        }
    }

    /// Parts a pair that the record contradicts: two declarations claim a live resource that is managed under
    /// the name of one and paired with the other, unless the one whose name it had is paired by the record
    /// too, or has another identity.
    fn part_where_record_contradicts(
        &self,
        matches: &mut Matches,
        desired: &[DesiredResource],
        live: &[Live],
        found: &ManagedElsewhere<'_>,
    ) {
        let key = Key::new(self.kind, found.name);
        let Ok(other) = desired.binary_search_by(|wanted| wanted.key.cmp(&key)) else {
            return;
        };
        let place = found.place;
        let is_by_record = |place: usize| {
            let name = self.managed.of(self.kind).get(&live[place].id);
            name.is_some_and(|name| uncased(name) == key.uncased())
        };
        if self.has_another_identity(&desired[other], &live[place])
            || matches.live_of[other].is_some_and(is_by_record)
        {
            return;
        }
        matches.part(found.number, Doubt::ClaimedTwice { place, other });
        if !matches.is_settled(other) {
            let other_claim = Doubt::ClaimedTwice {
                place,
                other: found.number,
            };
            matches.doubts.insert(other, other_claim);
        }
    }
}

/// A pair whose live resource is managed under another name.
struct ManagedElsewhere<'a> {
    /// The desired resource.
    number: usize,
    /// Where the live resource is.
    place: usize,
    /// The name under which the live resource is managed.
    name: &'a str,
}
