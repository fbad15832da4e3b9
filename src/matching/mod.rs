//! The pairing of what the sources ask for with what the directory holds.
//!
//! A desired resource is matched by the attributes that the configuration lists, in order (`externalId`, then `userName`): the
//! first that finds anything decides. Two candidates are an error, never a guess; so is one live resource that two desired ones
//! claim, and a name that belongs to a resource with another `externalId`.

use std::collections::HashMap;

use crate::desired::DesiredResource;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::directory::Live;
use crate::escape::Escaped;
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Attribute, AttributeId, Catalog, Kind, Value, fold};

/// Which live resource each desired one is.
#[derive(Debug, Default)]
pub struct Matches {
    /// For each desired resource, the place of its live one.
    pub live_of: Vec<Option<usize>>,
    /// For each live resource, the place of the desired one that it is.
    pub desired_of: Vec<Option<usize>>,
}

/// The values under which live resources are found: names folded, everything else exactly.
#[derive(Debug)]
pub struct Index {
    by: Vec<Column>,
}

/// The live resources by one attribute.
#[derive(Debug)]
struct Column {
    attribute: Attribute,
    is_name: bool,
    places: HashMap<Box<str>, Vec<u32>>,
}

impl Index {
    /// Indexes live resources by some attributes.
    pub fn new(catalog: &Catalog, kind: Kind, attributes: &[AttributeId], live: &[Live]) -> Self {
        let naming = catalog.naming(kind);
        let column = |id: &AttributeId| Column {
            attribute: catalog.attribute(*id).clone(),
            is_name: *id == naming,
            places: HashMap::with_capacity(live.len()),
        };
        let mut index = Self { by: attributes.iter().map(column).collect() };
        for (place, resource) in live.iter().enumerate() {
            index.insert(place, resource);
        }
        index
    }

    /// Adds a live resource at its place.
    ///
    /// # Panics
    /// At four thousand million resources.
    pub fn insert(&mut self, place: usize, resource: &Live) {
        for column in &mut self.by {
            if let Some(text) = resource.attributes.get(column.attribute.id).and_then(Value::as_text) {
                let place = u32::try_from(place).expect("fewer than 2^32 resources");
                let value = column.comparable(text);
                column.places.entry(value).or_default().push(place);
            }
        }
    }

    /// The places of the live resources that hold a value.
    pub fn find(&self, attribute: AttributeId, value: &str) -> &[u32] {
        let column = self.by.iter().find(|column| column.attribute.id == attribute);
        column.and_then(|column| column.places.get(&column.comparable(value))).map_or(&[], Vec::as_slice)
    }
}

impl Column {
    /// A value as the service would store it; of a name, folded.
    fn comparable(&self, text: &str) -> Box<str> {
        let text = self.attribute.normal(text);
        if self.is_name { fold(&text).into() } else { text.into() }
    }
}

/// How resources of one kind are matched.
#[derive(Clone, Copy, Debug)]
pub struct Matcher<'a> {
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// Person or group.
    pub kind: Kind,
    /// The attributes to match by, strongest first.
    pub order: &'a [AttributeId],
}

impl Matcher<'_> {
    /// Pairs desired with live resources: all by the strongest attribute first, then the rest by the next. A live resource that is
    /// somebody by a stronger attribute is out of the game for a weaker one, so a name that one person gives up can go to another.
    pub fn pair(&self, desired: &[DesiredResource], live: &[Live], problems: &mut Diagnostics) -> Matches {
        let index = Index::new(self.catalog, self.kind, self.order, live);
        let mut matches = Matches { live_of: vec![None; desired.len()], desired_of: vec![None; live.len()] };
        let mut settled = vec![false; desired.len()];
        for attribute in self.order {
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
                if let Some(other) = matches.desired_of[place] {
                    problems.push(self.claimed_twice(wanted, &desired[other], &live[place]));
                } else if let Some(held) = self.other_identity(*attribute, wanted, &live[place]) {
                    problems.push(self.identity_conflict(wanted, &live[place], &held));
                } else {
                    matches.desired_of[place] = Some(number);
                    matches.live_of[number] = Some(place);
                }
            }
        }
        matches
    }

    /// The one live resource that has a desired one's value of an attribute.
    fn candidate(
        &self,
        attribute: AttributeId,
        index: &Index,
        wanted: &DesiredResource,
        live: &[Live],
    ) -> Result<Option<usize>, Diagnostic> {
        let Some(value) = wanted.value(attribute).and_then(Value::as_text) else { return Ok(None) };
        match index.find(attribute, value) {
            [] => Ok(None),
            [one] => Ok(Some(*one as usize)),
            several => Err(self.ambiguous(attribute, wanted, several, live)),
        }
    }

    /// The value of a stronger identifier by which the live resource is somebody else: matched by name while both have an
    /// `externalId`, and they differ.
    fn other_identity(&self, matched_by: AttributeId, wanted: &DesiredResource, live: &Live) -> Option<Box<str>> {
        let mut stronger = self.order.iter().take_while(|attribute| **attribute != matched_by);
        stronger.find_map(|attribute| {
            let held = live.attributes.get(*attribute).and_then(Value::as_text)?;
            let asked = wanted.value(*attribute).and_then(Value::as_text)?;
            (!self.catalog.attribute(*attribute).same_as_text(held, asked)).then(|| held.into())
        })
    }

    fn ambiguous(&self, attribute: AttributeId, wanted: &DesiredResource, places: &[u32], live: &[Live]) -> Diagnostic {
        let ids: Vec<_> = places.iter().map(|place| Escaped(&live[*place as usize].id).to_string()).collect();
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

    fn claimed_twice(&self, wanted: &DesiredResource, other: &DesiredResource, live: &Live) -> Diagnostic {
        let message = format!("{} and {} are both {} in the directory", other.key, wanted.key, self.describe(live));
        Diagnostic::error("claimed-twice", wanted.origin, message)
            .related(other.origin, "also declared here")
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
            "a reused name is not the same person: correct the {EXTERNAL_ID}, or match by {path} alone if the directory's {EXTERNAL_ID} is wrong"
        ))
    }

    fn describe(&self, live: &Live) -> String {
        let name = live.attributes.get(self.catalog.naming(self.kind)).map(Value::plain).unwrap_or_default();
        format!("{}:{} (id {})", self.kind.word(), Escaped(&name), Escaped(&live.id))
    }
}
