//! Pairs what the sources ask for with what the directory holds.
//!
//! A desired resource is matched by the attributes that the configuration lists, in order (`externalId`, then
//! `userName`). The first attribute that finds a live resource decides. In three cases nothing is guessed,
//! and that desired resource alone stays in doubt: an attribute finds two candidates, two desired
//! resources claim the same live resource, or a name belongs to a live resource with another `externalId`. A
//! resource that no attribute finds is looked for under the names that it had before, and by the record of
//! who is managed. Where that record contradicts a pair, nothing is guessed either.

mod doubt;
mod former;
mod managed;

pub(crate) use doubt::Doubt;

use std::borrow::Cow;
use std::collections::BTreeMap;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::desired::{DesiredResource, FormerName};
use crate::model::Live;
use crate::model::{Attribute, AttributeId, Catalog, DataType, Kind, ManagedAccounts, Value, uncased};

/// The live resource of each desired resource, and the other way round.
#[derive(Debug, Default)]
pub(crate) struct Matches {
    /// For each desired resource, the position of its live resource.
    pub live_of: Vec<Option<usize>>,
    /// For each live resource, the position of its desired resource.
    pub desired_of: Vec<Option<usize>>,
    /// The desired resources that could not be paired, by position.
    pub doubts: BTreeMap<usize, Doubt>,
}

impl Matches {
    /// Pairs a desired with a live resource.
    pub(crate) fn bind(&mut self, number: usize, place: usize) {
        self.doubts.remove(&number);
        self.desired_of[place] = Some(number);
        self.live_of[number] = Some(place);
    }

    /// Pairs a desired with another live resource than it was paired with.
    pub(crate) fn bind_instead(&mut self, number: usize, place: usize) {
        if let Some(before) = self.live_of[number].take() {
            self.desired_of[before] = None;
        }
        self.bind(number, place);
    }

    /// Parts a desired resource from its live one: it is not certain that they are one.
    fn part(&mut self, number: usize, doubt: Doubt) {
        if let Some(place) = self.live_of[number].take() {
            self.desired_of[place] = None;
        }
        self.doubts.insert(number, doubt);
    }

    /// Whether a desired resource is paired, or cannot be.
    pub(crate) fn is_settled(&self, number: usize) -> bool {
        self.live_of[number].is_some() || self.doubts.contains_key(&number)
    }

    /// Whoever claims what another claims has no claim.
    fn undo_disputed(&mut self) {
        for doubt in self.doubts.values() {
            if let Doubt::ClaimedTwice { place, .. } = doubt
                && let Some(claimant) = self.desired_of[*place].take()
            {
                self.live_of[claimant] = None;
            }
        }
    }
}

/// The matches of people and of groups.
#[derive(Debug, Default)]
pub(crate) struct Pairing {
    users: Matches,
    groups: Matches,
}

impl Pairing {
    /// Makes the matches of each kind.
    pub(crate) fn of_kinds(mut matches: impl FnMut(Kind) -> Matches) -> Self {
        Self {
            users: matches(Kind::User),
            groups: matches(Kind::Group),
        }
    }

    /// The matches of a kind.
    pub(crate) fn of(&self, kind: Kind) -> &Matches {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }

    /// The matches of a kind, to be changed.
    pub(crate) fn of_mut(&mut self, kind: Kind) -> &mut Matches {
        match kind {
            Kind::User => &mut self.users,
            Kind::Group => &mut self.groups,
        }
    }
}

/// Live resources by the value of an attribute, exactly, or without case where the attribute is not
/// `caseExact`. What only looks the same is not the same.
#[derive(Debug)]
pub(crate) struct Index<'a> {
    places: HashMap<Cow<'a, str>, IndexedPlaces>,
    attribute: Attribute,
}

/// The positions of a value: nearly always a single position.
#[derive(Debug)]
enum IndexedPlaces {
    One(u32),
    Several(Vec<u32>),
}

impl IndexedPlaces {
    fn add(&mut self, place: u32) {
        match self {
            Self::One(first) => *self = Self::Several(vec![*first, place]),
            Self::Several(places) => places.push(place),
        }
    }
}

impl<'a> Index<'a> {
    /// Indexes live resources by an attribute.
    ///
    /// # Panics
    /// At 2³² resources.
    pub(crate) fn new(catalog: &Catalog, attribute: AttributeId, live: &'a [Live]) -> Self {
        let mut index = Self {
            places: HashMap::with_capacity(live.len()),
            attribute: catalog.attribute(attribute).clone(),
        };
        for (place, resource) in live.iter().enumerate() {
            if let Some(text) = resource.attributes.get(attribute).and_then(Value::as_text) {
                index.insert(u32::try_from(place).expect("fewer than 2^32 resources"), text);
            }
        }
        index
    }

    fn insert(&mut self, place: u32, text: &'a str) {
        match self.places.entry(self.comparable(text)) {
            Entry::Vacant(entry) => {
                entry.insert(IndexedPlaces::One(place));
            }
            Entry::Occupied(mut entry) => entry.get_mut().add(place),
        }
    }

    /// The positions of the live resources that hold a value.
    pub(crate) fn find(&self, value: &str) -> &[u32] {
        match self.places.get(&*self.comparable(value)) {
            None => &[],
            Some(IndexedPlaces::One(place)) => std::slice::from_ref(place),
            Some(IndexedPlaces::Several(places)) => places,
        }
    }

    /// A value as the service would store it, without capitals where these do not count.
    fn comparable<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let stored = self.attribute.normal(text);
        if self.attribute.case_exact || self.attribute.data_type != DataType::String {
            return stored;
        }
        match stored {
            Cow::Borrowed(text) => uncased(text),
            Cow::Owned(text) => Cow::Owned(uncased(&text).into_owned()),
        }
    }
}

/// How resources of one kind are matched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matcher<'a> {
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// Person or group.
    pub kind: Kind,
    /// The attributes to match by, strongest first.
    pub order: &'a [AttributeId],
    /// The names that desired resources of the kind had before.
    pub former_names: &'a [FormerName],
    /// Who is managed, by the directory's id.
    pub managed: &'a ManagedAccounts,
}

impl Matcher<'_> {
    /// Pairs desired with live resources: all resources by the strongest attribute first, then the rest by
    /// the next attribute. A live resource that is matched by a stronger attribute is not a candidate for a
    /// weaker attribute, so a name that one person gives up can go to another person.
    pub(crate) fn pair(&self, desired: &[DesiredResource], live: &[Live]) -> Matches {
        let mut matches = Matches {
            live_of: vec![None; desired.len()],
            desired_of: vec![None; live.len()],
            doubts: BTreeMap::new(),
        };
        for attribute in self.order {
            if (0..desired.len()).all(|number| matches.is_settled(number)) {
                break; // by the strongest attribute already, as a rule
            }
            self.pair_by(*attribute, desired, live, &mut matches);
        }
        self.pair_by_former_names(desired, live, &mut matches);
        matches.undo_disputed();
        self.pair_managed(&mut matches, desired, live);
        self.doubt_other_accounts(&mut matches, desired, live);
        matches
    }

    fn pair_by(
        &self,
        attribute: AttributeId,
        desired: &[DesiredResource],
        live: &[Live],
        matches: &mut Matches,
    ) {
        let index = Index::new(self.catalog, attribute, live);
        let claimed_before: Vec<bool> = matches.desired_of.iter().map(Option::is_some).collect();
        for (number, wanted) in desired.iter().enumerate() {
            if matches.is_settled(number) {
                continue;
            }
            let found = wanted.value(attribute).and_then(Value::as_text);
            let place = match found.map(|value| index.find(value)).unwrap_or_default() {
                [] => continue,
                [place] if claimed_before[*place as usize] => continue,
                [place] => *place as usize,
                several => {
                    let places = several.iter().map(|place| *place as usize).collect();
                    matches
                        .doubts
                        .insert(number, Doubt::Ambiguous { attribute, places });
                    continue;
                }
            };
            if let Some(claimant) = matches.desired_of[place] {
                let of = |other| Doubt::ClaimedTwice { place, other };
                matches.doubts.insert(number, of(claimant));
                matches.doubts.entry(claimant).or_insert(of(number));
            } else if let Some(stronger) = self.other_identity(attribute, wanted, &live[place]) {
                let attribute = stronger;
                matches
                    .doubts
                    .insert(number, Doubt::AnotherIdentity { attribute, place });
            } else {
                matches.bind(number, place);
            }
        }
    }

    /// A stronger identifier of which the live resource has another value than the desired one. Then the two
    /// are different resources although they have the same name.
    fn other_identity(
        &self,
        matched_by: AttributeId,
        wanted: &DesiredResource,
        live: &Live,
    ) -> Option<AttributeId> {
        // The name itself tells nobody apart: whoever has another one was renamed.
        let mut stronger = self
            .order
            .iter()
            .take_while(|attribute| **attribute != matched_by)
            .filter(|attribute| **attribute != self.catalog.naming(self.kind));
        stronger
            .find(|attribute| self.differ(**attribute, wanted, live))
            .copied()
    }

    /// Whether both have a value of an attribute, and these differ.
    fn differ(&self, attribute: AttributeId, wanted: &DesiredResource, live: &Live) -> bool {
        let held = live.attributes.get(attribute).and_then(Value::as_text);
        let asked = wanted.value(attribute).and_then(Value::as_text);
        let pair = held.zip(asked);
        pair.is_some_and(|(held, asked)| !self.catalog.attribute(attribute).names_the_same(held, asked))
    }
}
