//! Reads the live directory for a plan, and confirms what a listing cannot prove.
//!
//! A listing never proves absence. Before a resource is created, it is looked up by each of its identifiers.
//! Before a resource is removed, it is read once more by its id. A survey holds a [`Reader`] and so cannot
//! write.

mod by_id;
mod membership;
mod point;
mod remembered;
mod unlisted;

pub(crate) use point::MOST_POINTS;
pub(crate) use remembered::Remembered;

use by_id::{Doubts, read_by_id, read_members, replace};

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::client::DirectoryError;
use crate::client::ListProgress;
use crate::client::Reader;
use crate::client::lookup::LookupQuestion;
use crate::desired::{Desired, DesiredResource, FormerName, Removal};
use crate::matching::{Index, Matcher, Matches};
use crate::model::{
    AttributeId, AttributeSet, Catalog, Key, Kind, Live, ManagedAccounts, Snapshot, Value, uncased,
    well_known,
};
use crate::policy::Policy;
use crate::project::Absent;
use crate::whole::form::Writes;

/// Reads all of a directory, with every attribute, independent of any plan.
///
/// # Errors
/// When the directory cannot be read, or its answers cannot be believed.
pub async fn everything(reader: &Reader, observer: &dyn ReadingObserver) -> Result<Snapshot, DirectoryError> {
    let (users, mut groups) = tokio::try_join!(
        everything_of(Kind::User, reader, observer),
        everything_of(Kind::Group, reader, observer)
    )?;
    let doubts = Doubts::of_all(reader, &groups);
    read_members(reader, &mut groups, doubts).await?;
    Ok(Snapshot {
        users,
        groups,
        remembered: HashSet::new(),
    })
}

/// Reads all people or all groups, with every attribute.
///
/// # Errors
/// When the directory cannot be read, or its answers cannot be believed.
pub(crate) async fn everything_of(
    kind: Kind,
    reader: &Reader,
    observer: &dyn ReadingObserver,
) -> Result<Vec<Live>, DirectoryError> {
    let mut live = Vec::new();
    let listed = reader
        .list(kind, &mut |row| live.push(row), &|progress| {
            observer.read(progress);
        })
        .await?;
    live.retain(|row: &Live| !listed.vanished(&row.id));
    Ok(live)
}

/// Watches a reading.
pub trait ReadingObserver: Send + Sync {
    /// Reports the progress of a listing.
    fn read(&self, _progress: ListProgress) {}
}

/// What a reading needs to know about the plan.
pub(crate) struct Survey<'a> {
    /// The directory.
    pub reader: &'a Reader,
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// What the sources declare.
    pub desired: &'a Desired,
    /// What the configuration allows.
    pub policy: &'a Policy,
    /// The members of each group after the last apply, for groups whose members the directory does not tell.
    pub remembered: &'a Remembered,
    /// Who is managed.
    pub accounts: &'a ManagedAccounts,
}

impl Survey<'_> {
    /// Reads everything that a plan needs.
    ///
    /// # Errors
    /// When the directory cannot be read, or its answers cannot be believed.
    pub(crate) async fn read(&self, observer: &dyn ReadingObserver) -> Result<Snapshot, DirectoryError> {
        let (users, groups) =
            tokio::try_join!(self.list(Kind::User, observer), self.list(Kind::Group, observer))?;
        let mut snapshot = Snapshot {
            users,
            groups,
            remembered: HashSet::new(),
        };
        for kind in Kind::ALL {
            self.confirm(kind, &mut snapshot).await?;
        }
        self.read_unlisted(&mut snapshot).await?;
        for kind in Kind::ALL {
            sort_by_id(snapshot.of_mut(kind));
        }
        self.ask_members(&mut snapshot).await?;
        Ok(snapshot)
    }

    /// Lists a kind. Attributes that a plan does not compare are dropped, unless `within` or a push may need
    /// them.
    async fn list(&self, kind: Kind, observer: &dyn ReadingObserver) -> Result<Vec<Live>, DirectoryError> {
        let compared = self.compared(kind);
        let mut live = Vec::new();
        let mut keep = |mut row: Live| {
            // `within` may test any attribute, and a push writes all of them.
            if self.policy.of(kind).absent == Absent::Keep && self.reader.dialect().writes == Writes::Each {
                row.attributes.retain(|attribute| compared.contains(attribute));
            }
            live.push(row);
        };
        let listed = self
            .reader
            .list(kind, &mut keep, &|progress| observer.read(progress))
            .await?;
        live.retain(|row: &Live| !listed.vanished(&row.id));
        Ok(live)
    }

    /// The attributes that a plan of these sources compares, matches by, names resources with or guards, and
    /// those whose values nobody else may have.
    fn compared(&self, kind: Kind) -> AttributeSet {
        let declared = self
            .desired_of(kind)
            .iter()
            .flat_map(|wanted| wanted.attributes.iter().map(|asked| asked.attribute));
        let asked = self.asked_by_name(kind).map(|(_, by)| by);
        let guarded = self.guarded().filter(|_| kind == Kind::User);
        let unique = self.reader.dialect().unique_attributes(self.catalog);
        let paths = unique.of(kind).keys();
        let unique = paths.filter_map(|path| Some(self.catalog.find(kind, path).ok()?.id));
        declared
            .chain(unique)
            .chain(self.policy.of(kind).matched_by.iter().copied())
            .chain([self.catalog.naming(kind)])
            .chain(asked)
            .chain(guarded)
            .collect()
    }

    /// The attributes of people that guards use: activity, administration, and marks of the same person.
    fn guarded(&self) -> impl Iterator<Item = AttributeId> {
        let roles = (!self.policy.min_admins.is_empty()).then_some(well_known::ROLES);
        let roots = [
            well_known::ACTIVE,
            well_known::EXTERNAL_ID,
            well_known::EMPLOYEE_NUMBER,
            well_known::EMAILS,
        ];
        let is_guarded = move |path: &str| {
            let root = path.split('.').next().unwrap_or(path);
            roots.contains(&root) || roles == Some(root)
        };
        self.catalog
            .of(Kind::User)
            .filter(move |attribute| is_guarded(&attribute.path))
            .map(|attribute| attribute.id)
    }

    fn desired_of(&self, kind: Kind) -> &[DesiredResource] {
        self.desired.of(kind)
    }

    /// Looks up the resources that the plan would create and the listing lacks, and reads again those that
    /// the plan would remove.
    async fn confirm(&self, kind: Kind, snapshot: &mut Snapshot) -> Result<(), DirectoryError> {
        let asked = self.removals_of(kind).next().is_some();
        if self.reader.dialect().complete_listings && self.policy.of(kind).absent == Absent::Keep && !asked {
            return Ok(()); // nothing is missing, and nothing is removed
        }
        let paired = self.matches(kind, snapshot.of(kind));
        if !self.reader.dialect().complete_listings {
            let found = self.look_up(kind, &paired.live_of, snapshot).await?;
            let known: HashSet<&str> = snapshot.of(kind).iter().map(|known| &*known.id).collect();
            let unfound = self.known_and_unfound(kind, &paired.live_of, snapshot);
            let read = read_by_id(self.reader, kind, unfound).await?;
            let fresh: BTreeMap<Box<str>, Live> = found
                .into_iter()
                .chain(read.into_values().flatten())
                .filter(|found| !known.contains(&*found.id))
                .map(|found| (found.id.clone(), found))
                .collect();
            snapshot.of_mut(kind).extend(fresh.into_values());
        }
        let undeclared = snapshot
            .of(kind)
            .iter()
            .zip(&paired.desired_of)
            .filter(|(_, desired)| desired.is_none());
        let mut leaving: Vec<Box<str>> = undeclared
            .filter(|(live, _)| self.policy.of(kind).removes(live, self.accounts) && !self.has_left(live))
            .map(|(live, _)| live.id.clone())
            .collect();
        let by_name = self.indexes(kind, snapshot);
        for removal in self.removals_of(kind) {
            leaving.extend(
                by_name[&removal.by]
                    .find(&removal.key.name)
                    .iter()
                    .map(|place| snapshot.of(kind)[*place as usize].id.clone()),
            );
        }
        drop(by_name);
        leaving.sort();
        leaving.dedup();
        replace(
            snapshot.of_mut(kind),
            read_by_id(self.reader, kind, leaving).await?,
        );
        Ok(())
    }

    /// Whether nothing is left to be taken from somebody whom no source declares: the list shows them
    /// inactive, and absence does no more than deactivate. A company keeps its leavers for years, and nobody
    /// reads them one by one.
    fn has_left(&self, live: &Live) -> bool {
        let deactivates = live.kind == Kind::User && self.policy.of(live.kind).absent == Absent::Deactivate;
        deactivates && live.is_inactive(self.catalog.well_known(Kind::User, well_known::ACTIVE))
    }

    /// Pairs what is desired with what was read.
    fn matches(&self, kind: Kind, rows: &[Live]) -> Matches {
        let matcher = Matcher {
            catalog: self.catalog,
            kind,
            order: &self.policy.of(kind).matched_by,
            former_names: self.desired.former_names_of(kind),
            managed: self.accounts,
        };
        matcher.pair(self.desired_of(kind), rows)
    }

    /// The place of the row of each desired resource.
    fn pairs(&self, kind: Kind, rows: &[Live]) -> Vec<Option<usize>> {
        self.matches(kind, rows).live_of
    }

    /// The ids of those whom the sources declare, an apply made or found, and the list leaves out. A list may
    /// show late who is there.
    fn known_and_unfound(&self, kind: Kind, live_of: &[Option<usize>], snapshot: &Snapshot) -> Vec<Box<str>> {
        let pairs = self.desired_of(kind).iter().zip(live_of);
        let unfound = pairs.filter(|(_, live)| live.is_none());
        let names: HashSet<&str> = unfound.map(|(wanted, _)| wanted.key.uncased()).collect();
        if names.is_empty() {
            return Vec::new();
        }
        let listed: HashSet<&str> = snapshot.of(kind).iter().map(|live| &*live.id).collect();
        let known = self.accounts.of(kind).iter();
        let known = known.filter(|(id, name)| !listed.contains(&***id) && names.contains(&*uncased(name)));
        known.map(|(id, _)| id.clone()).collect()
    }

    /// Looks up each unlisted resource by all attributes that match it, and each unlisted name that a create
    /// or a rename would take.
    async fn look_up(
        &self,
        kind: Kind,
        live_of: &[Option<usize>],
        snapshot: &Snapshot,
    ) -> Result<Vec<Live>, DirectoryError> {
        let naming = self.catalog.naming(kind);
        let listed = Index::new(self.catalog, naming, snapshot.of(kind));
        let mut questions: Vec<LookupQuestion> = Vec::new();
        for (wanted, live) in self.desired_of(kind).iter().zip(live_of) {
            let stronger = self
                .policy
                .of(kind)
                .matched_by
                .iter()
                .copied()
                .filter(|attribute| *attribute != naming && live.is_none());
            for attribute in stronger
                .chain([naming])
                .filter(|attribute| self.reader.can_find(*attribute))
            {
                let value = wanted.value(attribute).and_then(Value::as_text);
                if let Some(value) =
                    value.filter(|value| attribute != naming || listed.find(value).is_empty())
                {
                    questions.push(LookupQuestion {
                        attribute,
                        value: value.to_owned(),
                    });
                }
            }
        }
        if self.reader.can_find(naming) {
            let unmatched = self.unmatched_former_names(kind, live_of);
            let unlisted = unmatched.filter(|former| listed.find(&former.name).is_empty());
            questions.extend(unlisted.map(|former| LookupQuestion {
                attribute: naming,
                value: former.name.to_string(),
            }));
        }
        let by_name = self.indexes(kind, snapshot);
        let unlisted = self
            .asked_by_name(kind)
            .filter(|(key, by)| self.reader.can_find(*by) && by_name[by].find(&key.name).is_empty());
        questions.extend(unlisted.map(|(key, by)| LookupQuestion {
            attribute: by,
            value: key.name.to_string(),
        }));
        drop(by_name);
        self.ask(kind, questions, snapshot.of(kind)).await
    }

    /// The answers to questions, as far as the service's look-ups can be believed. Where they cannot, the
    /// list alone says who is there.
    async fn ask(
        &self,
        kind: Kind,
        mut questions: Vec<LookupQuestion>,
        known: &[Live],
    ) -> Result<Vec<Live>, DirectoryError> {
        let mut asked: Vec<AttributeId> = questions.iter().map(|question| question.attribute).collect();
        asked.sort_unstable();
        asked.dedup();
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let trust = self.reader.trust_in_lookups(kind, &asked, known).await?;
        questions.retain(|question| !trust.refuted(&asked).contains(&question.attribute));
        match self.reader.find_each(kind, &questions, known).await {
            Err(error) if error.failure.is_about_the_answer() => Ok(Vec::new()),
            found => found,
        }
    }

    /// The former names of the desired resources that match nothing live yet.
    fn unmatched_former_names(&self, kind: Kind, live_of: &[Option<usize>]) -> impl Iterator<Item = &Key> {
        let is_unmatched = move |former: &&FormerName| {
            let at = self
                .desired_of(kind)
                .binary_search_by(|wanted| wanted.key.cmp(&former.now));
            at.is_ok_and(|at| live_of[at].is_none())
        };
        let former = self.desired.former_names_of(kind).iter();
        former.filter(is_unmatched).map(|former| &former.name)
    }

    fn removals_of(&self, kind: Kind) -> impl Iterator<Item = &Removal> {
        self.desired
            .removals
            .iter()
            .filter(move |removal| removal.key.kind == kind)
    }

    /// Indexes of the listed resources, by each attribute that names undeclared people and groups.
    fn indexes<'s>(&self, kind: Kind, snapshot: &'s Snapshot) -> BTreeMap<AttributeId, Index<'s>> {
        let by: BTreeSet<AttributeId> = self.asked_by_name(kind).map(|(_, by)| by).collect();
        by.into_iter()
            .map(|by| (by, Index::new(self.catalog, by, snapshot.of(kind))))
            .collect()
    }

    /// The names of undeclared people and groups that the plan needs: those to remove, and those that only
    /// the directory has.
    fn asked_by_name(&self, kind: Kind) -> impl Iterator<Item = (&Key, AttributeId)> {
        let outside = self
            .desired
            .outside
            .iter()
            .map(|(key, _)| (key, self.catalog.naming(key.kind)));
        let lost = self.desired.lost.iter().flat_map(|lost| &lost.targets);
        let lost = lost.filter(move |key| key.kind == kind);
        let identifiers = [self.catalog.naming(kind), self.catalog.external_id(kind)];
        let lost = lost.flat_map(move |key| identifiers.map(|by| (key, by)));
        outside
            .filter(move |(key, _)| key.kind == kind)
            .chain(lost)
            .chain(self.removals_of(kind).map(|removal| (&removal.key, removal.by)))
    }
}

/// Sorts by id. It first compares the first 16 bytes, which lie side by side in memory and differ for nearly
/// all ids.
fn sort_by_id(live: &mut [Live]) {
    let start = |live: &Live| {
        let mut bytes = [0; 16];
        bytes
            .iter_mut()
            .zip(live.id.bytes())
            .for_each(|(into, byte)| *into = byte);
        u128::from_be_bytes(bytes)
    };
    live.sort_by_cached_key(start);
    live.sort_by(|left, right| left.id.cmp(&right.id)); // fast, because nearly all ids are in order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Attributes;

    #[test]
    fn ids_that_begin_alike_are_in_order_too() {
        let ids = [
            "2819c223-7f76-453a-b",
            "b",
            "2819c223-7f76-453a-a",
            "a",
            "2819c223-7f76-453",
            "aa",
            "é",
            "a0000000000000000",
            "a000000000000000",
        ];
        let of = |id: &&str| Live {
            kind: Kind::User,
            id: (*id).into(),
            version: None,
            attributes: Attributes::new(),
            members: None,
        };
        let mut live: Vec<Live> = ids.iter().map(of).collect();
        sort_by_id(&mut live);
        let mut sorted = ids;
        sorted.sort_unstable();
        assert!(live.iter().map(|row| &*row.id).eq(sorted));
    }
}
