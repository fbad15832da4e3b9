//! Duplicates: resources that share an identifier with a resource that the plan created. No service must
//! refuse a second group of a name (RFC 7643, section 4.2), and some do not refuse a second person. There,
//! two runners that create the same people each see their own accounts and no mistake. So after creates, what
//! is there is looked at once more: by the list that was read as evidence, by look-ups that find what was
//! just created, or by a list of its own.

use std::collections::{HashMap, HashSet};

use crate::client::DirectoryError;
use crate::client::lookup::LookupQuestion;
use crate::dialect::Lookup;
use crate::model::{Attribute, AttributeId, Kind, Live, Value};
use crate::plan::reading::pages;
use crate::plan::{Action, Change};

use super::looking::Looker;
use super::outcome::{Duplicate, Duplicates, Ending, Outcome};
use super::stop::asked_to_stop;
use super::task::Apply;

const STOPPED: &str = "the run was stopped before that";

/// The identifiers of everything that a plan creates: the values of its match keys.
#[derive(Default)]
pub(super) struct NewNames {
    attributes: Vec<Attribute>,
    values: Vec<Identifier>,
    /// The positions in `values`, by the attribute and the value in small letters.
    places: HashMap<(AttributeId, String), Vec<usize>>,
}

/// A value of a match key of a resource that the plan creates.
struct Identifier {
    /// The position of the change.
    change: usize,
    attribute: AttributeId,
    value: Box<str>,
}

impl NewNames {
    pub(super) fn of(run: &Apply<'_>, looker: &Looker) -> Self {
        let matched_by = Kind::ALL.into_iter().flat_map(|kind| run.matched_by.of(kind));
        let attributes = matched_by.map(|attribute| looker.catalog.attribute(*attribute).clone());
        let mut new_names = Self {
            attributes: attributes.collect(),
            ..Self::default()
        };
        for (number, change) in run.plan.changes.iter().enumerate() {
            if change.action == Action::Create {
                new_names.add(number, change, looker);
            }
        }
        new_names
    }

    fn add(&mut self, number: usize, change: &Change, looker: &Looker) {
        for attribute in self.attributes.iter().filter(|known| known.kind == change.kind) {
            let Some(value) = looker.identifier(change, attribute.id) else {
                continue;
            };
            let place = (attribute.id, small(&attribute.normal(value)));
            self.places.entry(place).or_default().push(self.values.len());
            self.values.push(Identifier {
                change: number,
                attribute: attribute.id,
                value: value.into(),
            });
        }
    }

    /// The identifiers that a resource has.
    fn held_by<'a>(&'a self, live: &'a Live) -> impl Iterator<Item = &'a Identifier> {
        let of_kind = self
            .attributes
            .iter()
            .filter(|attribute| attribute.kind == live.kind);
        of_kind.flat_map(move |attribute| {
            let held = live.attributes.get(attribute.id).and_then(Value::as_text);
            let place = held.map(|held| (attribute.id, small(&attribute.normal(held))));
            let places = place.and_then(|place| self.places.get(&place));
            let values = places.into_iter().flatten().map(|place| &self.values[*place]);
            values.filter(move |known| held.is_some_and(|held| attribute.names_the_same(&known.value, held)))
        })
    }

    /// Whether a resource has an identifier of something that the plan creates.
    pub(super) fn are_of(&self, live: &Live) -> bool {
        self.held_by(live).next().is_some()
    }
}

/// A text in small letters, each by itself. Names that are the same are the same in small letters.
fn small(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Looks for duplicates at the end of a run.
pub(super) struct Search<'a> {
    pub(super) run: &'a Apply<'a>,
    pub(super) outcomes: &'a [Outcome],
    pub(super) looker: &'a Looker,
    pub(super) new_names: &'a NewNames,
}

/// Whether the directory can be read at the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It can, as far as is known.
    Kept,
    /// The run ended because it cannot, or because the journal cannot be written.
    Lost,
}

impl Search<'_> {
    /// The duplicates of what was created, and how the run ended: somebody may stop the search.
    pub(super) async fn until_stopped(
        &self,
        listed: HashMap<Kind, Vec<Live>>,
        reach: Reach,
        ending: Ending,
    ) -> (Duplicates, Ending) {
        let unlooked = |reason: &str| Duplicates {
            unlooked: Some(reason.to_owned()),
            ..Duplicates::default()
        };
        let mut stop = self.run.stop.clone();
        match (ending, reach) {
            _ if !self.is_due() => (Duplicates::default(), ending),
            (Ending::Stopped(_), _) => (unlooked(STOPPED), ending),
            (Ending::RanOut, Reach::Lost) => (unlooked("the run ended before that"), ending),
            (Ending::RanOut, Reach::Kept) => tokio::select! {
                biased;
                reason = asked_to_stop(&mut stop) => (unlooked(STOPPED), Ending::Stopped(reason)),
                duplicates = self.duplicates(listed) => (duplicates, ending),
            },
        }
    }

    /// The duplicates of what was created. `listed` are rows of lists that were read after the last create of
    /// their kind.
    async fn duplicates(&self, listed: HashMap<Kind, Vec<Live>>) -> Duplicates {
        let (mut listed, mut duplicates) = (listed, Duplicates::default());
        for kind in Kind::ALL {
            let created = self.created(kind);
            if created.is_empty() {
                continue;
            }
            match self.rows(kind, &created, listed.remove(&kind)).await {
                Ok(Some(rows)) => duplicates.found.extend(self.among(&created, &rows)),
                Ok(None) => {
                    let reason = format!("the list of {} does not show what was made", kind.plural());
                    duplicates.unlooked = Some(reason);
                }
                Err(error) => duplicates.unlooked = Some(error.to_string()),
            }
        }
        duplicates
    }

    /// Whether anything was created, by this run or one before it.
    fn is_due(&self) -> bool {
        Kind::ALL.into_iter().any(|kind| !self.created(kind).is_empty())
    }

    /// The positions of the changes that have created something, or may have.
    fn created(&self, kind: Kind) -> Vec<usize> {
        let changes = self.run.plan.changes.iter().zip(self.outcomes).enumerate();
        let created = changes.filter(|(_, (change, outcome))| {
            change.kind == kind && change.action == Action::Create && !outcome.wrote_nothing()
        });
        created.map(|(number, _)| number).collect()
    }

    /// The id of what a change has created, where it is known.
    fn id(&self, number: usize) -> Option<Box<str>> {
        self.looker.known.id(&self.run.plan.changes[number].key)
    }

    /// Whether rows show everything that was created under a known id.
    fn shows(&self, rows: &[Live], created: &[usize]) -> bool {
        let ids: HashSet<&str> = rows.iter().map(|row| &*row.id).collect();
        let mut known = created.iter().filter_map(|number| self.id(*number));
        known.all(|id| ids.contains(&*id))
    }

    /// Rows that hold every resource with an identifier of what was created. `None` if no list can be
    /// trusted.
    async fn rows(
        &self,
        kind: Kind,
        created: &[usize],
        listed: Option<Vec<Live>>,
    ) -> Result<Option<Vec<Live>>, DirectoryError> {
        if let Some(rows) = listed.filter(|rows| self.shows(rows, created)) {
            return Ok(Some(rows));
        }
        if let Some(rows) = self.looked_up(kind, created).await {
            return Ok(Some(rows));
        }
        // A list that does not show what was just made does not show another one either.
        let is_evidence = |rows: &Vec<Live>| self.looker.hides_inactive() || self.shows(rows, created);
        let mut rows = self.listed(kind).await?;
        for pause in self.looker.looks() {
            if rows.as_ref().is_some_and(is_evidence) {
                break;
            }
            tokio::time::sleep(pause).await;
            rows = self.listed(kind).await?;
        }
        Ok(rows.filter(is_evidence))
    }

    async fn listed(&self, kind: Kind) -> Result<Option<Vec<Live>>, DirectoryError> {
        let is_wanted = |row: &Live| self.new_names.are_of(row);
        let rows = self.looker.listed(kind, &is_wanted).await?;
        Ok(rows.map(|rows| rows.into_values().collect()))
    }

    /// Rows by look-ups, where these take fewer requests than a list. They count only where they find, by
    /// each match key, everything that was just created.
    async fn looked_up(&self, kind: Kind, created: &[usize]) -> Option<Vec<Live>> {
        let reader = &self.looker.reader;
        let created: HashSet<usize> = created.iter().copied().collect();
        let of_kind = self
            .new_names
            .attributes
            .iter()
            .filter(|known| known.kind == kind);
        let asked = of_kind.map(|attribute| self.asked(attribute.id, &created));
        let asked: Vec<Vec<&Identifier>> = asked.filter(|asked| !asked.is_empty()).collect();
        let at_once = reader.dialect().lookup.at_once.max(1);
        let requests = asked.iter().map(|asked| match asked.len() {
            count if count < Lookup::FEWEST_TOGETHER => count,
            count => count.div_ceil(at_once) + 1,
        });
        let snapshot = &self.run.plan.header.snapshot;
        let there = match kind {
            Kind::User => snapshot.users,
            Kind::Group => snapshot.groups,
        };
        let rows = there + created.len() as u64;
        let can_find = |asked: &Vec<&Identifier>| reader.can_find(asked[0].attribute);
        if requests.sum::<usize>() as u64 >= pages(rows, reader.dialect()) || !asked.iter().all(can_find) {
            return None;
        }
        let mut rows = Vec::new();
        for asked in asked {
            let question = |identifier: &&Identifier| LookupQuestion {
                attribute: identifier.attribute,
                value: identifier.value.to_string(),
            };
            let questions: Vec<_> = asked.iter().map(question).collect();
            let found = reader.find_each(kind, &questions, &[]).await.ok()?;
            let finds = |identifier: &&Identifier| {
                let id = self.id(identifier.change);
                id.is_some_and(|id| found.iter().any(|row| row.id == id))
            };
            if !asked.iter().all(finds) {
                return None;
            }
            rows.extend(found);
        }
        (!rows.is_empty()).then_some(rows)
    }

    /// The values of a match key that created resources have.
    fn asked(&self, attribute: AttributeId, created: &HashSet<usize>) -> Vec<&Identifier> {
        let values = self.new_names.values.iter();
        let of_created =
            values.filter(|value| value.attribute == attribute && created.contains(&value.change));
        of_created.collect()
    }

    /// The duplicates among rows, one for each created resource: by its strongest identifier that another
    /// resource has.
    fn among(&self, created: &[usize], rows: &[Live]) -> Vec<Duplicate> {
        let mut ids: HashMap<(usize, AttributeId), Vec<Box<str>>> = HashMap::new();
        for row in rows {
            for identifier in self.new_names.held_by(row) {
                let change = &self.run.plan.changes[identifier.change];
                let holders = ids.entry((identifier.change, identifier.attribute)).or_default();
                if !self.looker.known.is_another(change, &row.id) && !holders.contains(&row.id) {
                    holders.push(row.id.clone());
                }
            }
        }
        let duplicate = |number: &usize| {
            let kind = self.run.plan.changes[*number].kind;
            let mut of_kind = self
                .new_names
                .attributes
                .iter()
                .filter(|known| known.kind == kind);
            of_kind.find_map(|attribute| {
                let mut ids = ids.get(&(*number, attribute.id))?.clone();
                let own = self.id(*number);
                ids.sort_by_key(|id| (Some(id) != own.as_ref(), id.clone()));
                (ids.len() > 1).then(|| Duplicate {
                    change: *number,
                    attribute: attribute.path.clone(),
                    ids,
                })
            })
        };
        created.iter().filter_map(duplicate).collect()
    }
}
