//! Whether the resource of a create is there, while its id is not known. Look-ups tell it where they have
//! proved themselves in this run; else one list of the kind does. Where neither can be believed, it is
//! unknown, and nothing is sent on a guess.

use std::collections::{HashMap, HashSet};

use crate::client::DirectoryError;
use crate::client::lookup::LookupQuestion;
use crate::escape::Escaped;
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{AttributeId, Kind, Live, Value, fold};
use crate::plan::Change;
use crate::receipt::Evidence;

use super::looking::{Looker, Sighting, Sightings};

/// Why a list is read.
const NO_LOOKUPS: &str = "look-ups do not find who is there";

/// What an identifier looks like.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct IdentifierLook {
    attribute: AttributeId,
    folded: String,
}

/// What a list tells of some resources.
enum ListTells {
    /// Its rows that look like one of them.
    Rows(Vec<Live>),
    /// It cannot be believed, and why.
    Nothing(String),
}

impl Looker {
    /// Finds the resources of changes of a kind by their identifiers. `known` are resources of the kind that
    /// were read just now.
    pub(super) async fn find_all(
        &self,
        kind: Kind,
        changes: &[&Change],
        known: &[Live],
    ) -> Result<Sightings, DirectoryError> {
        let asked: Vec<Vec<LookupQuestion>> = changes.iter().map(|change| self.identifiers(change)).collect();
        let (rows, by) = match self.looked_up(kind, &asked, known).await? {
            Some(rows) => (ListTells::Rows(rows), Evidence::LookedUp),
            None => (self.in_list(kind, &asked, known).await?, Evidence::Listed),
        };
        let mut sightings = Vec::with_capacity(changes.len());
        match rows {
            ListTells::Rows(rows) => {
                let index = self.index(&rows, &asked);
                for (change, questions) in changes.iter().zip(&asked) {
                    let mut places: Vec<usize> = questions
                        .iter()
                        .filter_map(|question| index.get(&self.folded(question.attribute, &question.value)))
                        .flatten()
                        .copied()
                        .collect();
                    places.sort_unstable();
                    places.dedup();
                    let alike = places.into_iter().map(|place| rows[place].clone()).collect();
                    sightings.push(self.among(change, questions, alike).await?);
                }
            }
            ListTells::Nothing(why) => {
                sightings.extend(changes.iter().map(|_| Sighting::Unknown(why.clone())))
            }
        }
        Ok(Sightings { each: sightings, by })
    }

    /// The questions that tell a change's resource by its identifiers.
    pub(super) fn identifiers(&self, change: &Change) -> Vec<LookupQuestion> {
        let naming = self.catalog.naming(change.kind);
        let external = self.catalog.well_known(change.kind, EXTERNAL_ID);
        let question = |attribute| {
            let value = self.identifier(change, attribute)?.to_owned();
            Some(LookupQuestion { attribute, value })
        };
        let others = self
            .catalog
            .keys(change.kind)
            .iter()
            .copied()
            .filter(|key| ![external, naming].contains(key));
        [external, naming]
            .into_iter()
            .chain(others)
            .filter_map(question)
            .collect()
    }

    /// The value of an identifier that a change gives its resource.
    pub(super) fn identifier<'c>(&self, change: &'c Change, attribute: AttributeId) -> Option<&'c str> {
        let said = |attribute: AttributeId| {
            let value = change.after.get(&self.catalog.attribute(attribute).path);
            value.and_then(Option::as_ref).and_then(Value::as_text)
        };
        let keys = self.catalog.keys(change.kind);
        // A create that was split names its resource by its key alone.
        let is_split = || keys.iter().all(|key| said(*key).is_none());
        said(attribute).or_else(|| (keys.contains(&attribute) && is_split()).then_some(&*change.key.name))
    }

    /// The rows that look-ups find. `None` if no proved look-up tells of one of the resources whether it is
    /// there.
    async fn looked_up(
        &self,
        kind: Kind,
        asked: &[Vec<LookupQuestion>],
        known: &[Live],
    ) -> Result<Option<Vec<Live>>, DirectoryError> {
        let mut attributes: Vec<AttributeId> = asked
            .iter()
            .flatten()
            .map(|question| question.attribute)
            .collect();
        attributes.sort_unstable();
        attributes.dedup();
        let trust = self.reader.trust_in_lookups(kind, &attributes, known).await?;
        let is_proved = |question: &LookupQuestion| trust.proved.contains(&question.attribute);
        if !asked.iter().all(|questions| questions.iter().any(is_proved)) {
            return Ok(None);
        }
        let is_asked =
            |question: &&LookupQuestion| is_proved(question) || trust.untried.contains(&question.attribute);
        let questions: Vec<LookupQuestion> = asked.iter().flatten().filter(is_asked).cloned().collect();
        match self.reader.find_each(kind, &questions, known).await {
            Ok(rows) => Ok(Some(rows)),
            Err(error) if error.failure.is_about_the_answer() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The rows of the list that look like one of the resources; or why the list does not tell. A list proves
    /// itself too: it has everybody who is known to be there.
    async fn in_list(
        &self,
        kind: Kind,
        asked: &[Vec<LookupQuestion>],
        known: &[Live],
    ) -> Result<ListTells, DirectoryError> {
        let wanted: HashSet<IdentifierLook> = asked
            .iter()
            .flatten()
            .map(|question| self.folded(question.attribute, &question.value))
            .collect();
        let attributes: HashSet<AttributeId> = wanted.iter().map(|look| look.attribute).collect();
        let mut unseen: HashSet<Box<str>> = known.iter().map(|live| live.id.clone()).collect();
        if !self.hides_inactive() {
            unseen.extend(self.known.created(kind));
        }
        let mut rows = Vec::new();
        let mut keep = |row: Live| {
            unseen.remove(&row.id);
            let is_wanted = |attribute: &AttributeId| {
                let text = row.attributes.get(*attribute).and_then(Value::as_text);
                text.is_some_and(|text| wanted.contains(&self.folded(*attribute, text)))
            };
            if attributes.iter().any(is_wanted) {
                rows.push(row);
            }
        };
        match self.reader.list(kind, &mut keep, &|_| {}).await {
            Ok(listed) => rows.retain(|row| !listed.vanished(&row.id)),
            Err(error) if error.failure.is_about_the_answer() => {
                return Ok(ListTells::Nothing(format!("{NO_LOOKUPS}, and {error}")));
            }
            Err(error) => return Err(error),
        }
        Ok(match unseen.into_iter().min() {
            None => ListTells::Rows(rows),
            Some(id) => ListTells::Nothing(format!(
                "{NO_LOOKUPS}, and the list of {} leaves out the one with the id {}",
                kind.plural(),
                Escaped(&id)
            )),
        })
    }

    /// The positions of rows by what their identifiers look like.
    fn index(&self, rows: &[Live], asked: &[Vec<LookupQuestion>]) -> HashMap<IdentifierLook, Vec<usize>> {
        let attributes: HashSet<AttributeId> = asked
            .iter()
            .flatten()
            .map(|question| question.attribute)
            .collect();
        let mut index: HashMap<IdentifierLook, Vec<usize>> = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            for attribute in &attributes {
                if let Some(text) = row.attributes.get(*attribute).and_then(Value::as_text) {
                    index
                        .entry(self.folded(*attribute, text))
                        .or_default()
                        .push(place);
                }
            }
        }
        index
    }

    fn folded(&self, attribute: AttributeId, text: &str) -> IdentifierLook {
        let folded = fold(&self.catalog.attribute(attribute).normal(text));
        IdentifierLook { attribute, folded }
    }

    /// The resource of a change among rows that look like it. Only a row with its very identifiers is its
    /// resource.
    async fn among(
        &self,
        change: &Change,
        questions: &[LookupQuestion],
        mut alike: Vec<Live>,
    ) -> Result<Sighting, DirectoryError> {
        alike.retain(|live| !self.known.is_another(change, &live.id));
        let is_answer = |live: &Live| {
            questions
                .iter()
                .any(|question| self.reader.is_answer(question, live))
        };
        let (mut answers, others): (Vec<Live>, Vec<Live>) = alike.into_iter().partition(is_answer);
        Ok(match answers.len() {
            0 => self.look_alike(change, others),
            1 => Sighting::One(Box::new(self.with_members(change, answers.remove(0)).await?)),
            _ => Sighting::Several,
        })
    }

    /// Somebody else whose name only looks like a change's, unless the plan knows whose it is.
    fn look_alike(&self, change: &Change, others: Vec<Live>) -> Sighting {
        let naming = self.catalog.naming(change.kind);
        let wanted = self.folded(naming, &change.key.name);
        let strangers = others.into_iter().find(|live| {
            let name = live.attributes.get(naming).and_then(Value::as_text);
            name.is_some_and(|name| self.folded(naming, name) == wanted)
                && self.known.other_owner(&live.id, &change.key).is_none()
        });
        match strangers {
            Some(live) if !self.known.takes_lookalikes() => Sighting::LookAlike(Box::new(live)),
            _ => Sighting::Nothing,
        }
    }
}
