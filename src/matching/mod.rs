//! Pairs what the sources ask for with what the directory holds.
//!
//! A desired resource is matched by the attributes that the configuration lists, in order (`externalId`, then
//! `userName`). The first attribute that finds a live resource decides. Three cases are errors, never
//! guesses: an attribute finds two candidates, two desired resources claim the same live resource, or a name
//! belongs to a live resource with another `externalId`. A resource that no attribute finds is looked for under
//! the names that it had before.

mod former;

mod managed;

use std::borrow::Cow;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::desired::{DesiredResource, FormerName};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::escape::Escaped;
use crate::model::Live;
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Attribute, AttributeId, Catalog, DataType, Kind, Value, uncased};

/// The live resource of each desired resource, and the other way round.
#[derive(Debug, Default)]
pub(crate) struct Matches {
    /// For each desired resource, the position of its live resource.
    pub live_of: Vec<Option<usize>>,
    /// For each live resource, the position of its desired resource.
    pub desired_of: Vec<Option<usize>>,
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
}

impl Matcher<'_> {
    /// Pairs desired with live resources: all resources by the strongest attribute first, then the rest by
    /// the next attribute. A live resource that is matched by a stronger attribute is not a candidate for a
    /// weaker attribute, so a name that one person gives up can go to another person.
    pub(crate) fn pair(
        &self,
        desired: &[DesiredResource],
        live: &[Live],
        problems: &mut Diagnostics,
    ) -> Matches {
        let mut matches = Matches {
            live_of: vec![None; desired.len()],
            desired_of: vec![None; live.len()],
        };
        let mut settled = vec![false; desired.len()];
        for attribute in self.order {
            if settled.iter().all(|settled| *settled) {
                break; // by the strongest attribute already, as a rule
            }
            let index = Index::new(self.catalog, *attribute, live);
            let claimed_before: Vec<bool> = matches.desired_of.iter().map(Option::is_some).collect();
            for (number, wanted) in desired.iter().enumerate() {
                if settled[number] {
                    continue;
                }
                let place = match self.candidate(*attribute, &index, wanted, live) {
                    Ok(None) => continue,
                    Ok(Some(place)) if claimed_before[place] => continue,
                    Ok(Some(place)) => place,
                    Err(problem) => {
                        settled[number] = true;
                        problems.push(problem);
                        continue;
                    }
                };
                settled[number] = true;
                if let Some(claimant) = matches.desired_of[place] {
                    problems.push(self.claimed_twice(wanted, &desired[claimant], &live[place]));
                } else if let Some(held) = self.other_identity(*attribute, wanted, &live[place]) {
                    problems.push(self.identity_conflict(wanted, &live[place], &held));
                } else {
                    matches.desired_of[place] = Some(number);
                    matches.live_of[number] = Some(place);
                }
            }
        }
        self.pair_by_former_names(desired, live, &mut matches, problems);
        matches
    }

    /// The only live resource that has the desired resource's value of an attribute; `None` if there is no
    /// such value or no such resource.
    fn candidate(
        &self,
        attribute: AttributeId,
        index: &Index<'_>,
        wanted: &DesiredResource,
        live: &[Live],
    ) -> Result<Option<usize>, Diagnostic> {
        let Some(value) = wanted.value(attribute).and_then(Value::as_text) else {
            return Ok(None);
        };
        match index.find(value) {
            [] => Ok(None),
            [place] => Ok(Some(*place as usize)),
            several => Err(self.ambiguous(attribute, wanted, several, live)),
        }
    }

    /// The live resource's value of a stronger identifier, if it differs from the desired resource's value.
    /// Then the two are different resources although they have the same name.
    fn other_identity(
        &self,
        matched_by: AttributeId,
        wanted: &DesiredResource,
        live: &Live,
    ) -> Option<Box<str>> {
        let mut stronger = self
            .order
            .iter()
            .take_while(|attribute| **attribute != matched_by);
        stronger.find_map(|attribute| self.differing(*attribute, wanted, live))
    }

    /// The live resource's value of an attribute, if both have one and they differ.
    fn differing(&self, attribute: AttributeId, wanted: &DesiredResource, live: &Live) -> Option<Box<str>> {
        let held = live.attributes.get(attribute).and_then(Value::as_text)?;
        let asked = wanted.value(attribute).and_then(Value::as_text)?;
        (!self.catalog.attribute(attribute).names_the_same(held, asked)).then(|| held.into())
    }

    fn ambiguous(
        &self,
        attribute: AttributeId,
        wanted: &DesiredResource,
        places: &[u32],
        live: &[Live],
    ) -> Diagnostic {
        let ids: Vec<_> = places
            .iter()
            .map(|place| Escaped(&live[*place as usize].id).to_string())
            .collect();
        let path = &self.catalog.attribute(attribute).path;
        let message = format!(
            "{} could be {} resources in the directory: their {path} is the same (ids {})",
            wanted.key,
            places.len(),
            ids.join(", ")
        );
        Diagnostic::error("ambiguous-match", wanted.origin, message)
            .hint("make them distinct in the directory first; wpsync never guesses which one is meant")
    }

    fn claimed_twice(&self, wanted: &DesiredResource, claimant: &DesiredResource, live: &Live) -> Diagnostic {
        let message = format!(
            "{} and {} are both {} in the directory",
            claimant.key,
            wanted.key,
            self.describe(live)
        );
        Diagnostic::error("claimed-twice", wanted.origin, message)
            .related(claimant.origin, "also declared here")
            .hint("give each the externalId of the resource that it is, or remove one of them")
    }

    fn identity_conflict(&self, wanted: &DesiredResource, live: &Live, held: &str) -> Diagnostic {
        let path = &self.catalog.attribute(self.catalog.naming(self.kind)).path;
        let message = format!(
            "the {path} of {} belongs to a resource with another {EXTERNAL_ID} in the directory: {} (id {})",
            wanted.key,
            Escaped(held),
            Escaped(&live.id)
        );
        Diagnostic::error("another-identity", wanted.origin, message).hint(format!(
            "a reused name is not the same person: correct the {EXTERNAL_ID}, or match by {path} alone if \
             the directory's {EXTERNAL_ID} is wrong"
        ))
    }

    fn describe(&self, live: &Live) -> String {
        let name = live
            .attributes
            .get(self.catalog.naming(self.kind))
            .map(Value::plain)
            .unwrap_or_default();
        format!(
            "{}:{} (id {})",
            self.kind.word(),
            Escaped(&name),
            Escaped(&live.id)
        )
    }
}
