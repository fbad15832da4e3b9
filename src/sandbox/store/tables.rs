//! The tables of the file. All keys and values are bytes, so that reading and writing transactions share one
//! type.

use redb::{
    AccessGuard, ReadOnlyTable, ReadTransaction, ReadableTable, Table, TableDefinition, TableError,
    WriteTransaction,
};
use serde_json::Value as Json;

use super::super::problem::ScimProblem;
use crate::model::{Kind, fold, uncased};

type Bytes = &'static [u8];
type Definition = TableDefinition<'static, Bytes, Bytes>;

/// Facts about the file: its format, the last sequence number, the number of commits.
const FACTS: Definition = TableDefinition::new("facts");
/// Sequence number → the user's JSON.
const USERS: Definition = TableDefinition::new("users");
/// Sequence number → the group's JSON without `members`.
const GROUPS: Definition = TableDefinition::new("groups");
/// Id → kind and sequence number.
const IDS: Definition = TableDefinition::new("ids");
/// Kind, and `userName` or `displayName` without capitals → sequence number.
const NAMES: Definition = TableDefinition::new("names");
/// Kind, `externalId` and sequence number.
const EXTERNAL_IDS: Definition = TableDefinition::new("external_ids");
/// Group and member, by sequence numbers → the member's JSON.
const MEMBERS: Definition = TableDefinition::new("members");
/// Member and group, by sequence numbers: the reverse of `MEMBERS`.
const MEMBERSHIPS: Definition = TableDefinition::new("memberships");

pub(super) const FORMAT: &str = "format";
const LAST_SEQUENCE: &str = "last_sequence";
const COMMITS: &str = "commits";

/// A table of a reading or a writing transaction.
pub(in super::super) trait RowSource: ReadableTable<Bytes, Bytes> {}
impl<T: ReadableTable<Bytes, Bytes>> RowSource for T {}

/// The place of a resource in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Slot {
    pub(in super::super) kind: Kind,
    /// The resource's sequence number.
    pub(in super::super) sequence: u64,
}

/// All tables, of one transaction.
pub(in super::super) struct Tables<T> {
    facts: T,
    pub(in super::super) users: T,
    pub(in super::super) groups: T,
    pub(in super::super) ids: T,
    pub(in super::super) names: T,
    pub(in super::super) external_ids: T,
    pub(in super::super) members: T,
    pub(in super::super) memberships: T,
    /// Whether anything was written.
    pub(super) changed: bool,
}

/// The tables of a snapshot.
pub(in super::super) type StoreReading = Tables<ReadOnlyTable<Bytes, Bytes>>;
/// The tables of a writing transaction.
pub(in super::super) type Writing<'t> = Tables<Table<'t, Bytes, Bytes>>;

impl StoreReading {
    pub(super) fn reading(transaction: &ReadTransaction) -> Result<Self, ScimProblem> {
        Ok(Self::open(|definition| transaction.open_table(definition))?)
    }

    /// The format of the file, if it has one.
    pub(super) fn facts(transaction: &ReadTransaction) -> Result<Option<Vec<u8>>, TableError> {
        let facts = transaction.open_table(FACTS)?;
        Ok(facts.get(FORMAT.as_bytes())?.map(|value| value.value().to_vec()))
    }
}

impl<T> Tables<T> {
    fn open(mut table: impl FnMut(Definition) -> Result<T, TableError>) -> Result<Self, TableError> {
        Ok(Self {
            facts: table(FACTS)?,
            users: table(USERS)?,
            groups: table(GROUPS)?,
            ids: table(IDS)?,
            names: table(NAMES)?,
            external_ids: table(EXTERNAL_IDS)?,
            members: table(MEMBERS)?,
            memberships: table(MEMBERSHIPS)?,
            changed: false,
        })
    }
}

impl<T: RowSource> Tables<T> {
    /// The table of a kind's resources.
    pub(in super::super) fn resources(&self, kind: Kind) -> &T {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }

    /// How many resources of a kind there are.
    pub(in super::super) fn count(&self, kind: Kind) -> Result<u64, ScimProblem> {
        Ok(self.resources(kind).len()?)
    }

    /// The stored bytes of a resource.
    pub(in super::super) fn stored(&self, kind: Kind, sequence: u64) -> Result<Vec<u8>, ScimProblem> {
        Self::get(self.resources(kind), &sequence_key(sequence))?
            .ok_or_else(|| ScimProblem::internal(&"an index leads nowhere"))
    }

    /// A row's value.
    pub(in super::super) fn get(table: &T, key: &[u8]) -> Result<Option<Vec<u8>>, ScimProblem> {
        Ok(table
            .get(key)?
            .map(|value: AccessGuard<'_, Bytes>| value.value().to_vec()))
    }

    /// The resource with an id.
    pub(in super::super) fn by_id(&self, id: &str) -> Result<Option<(Kind, u64)>, ScimProblem> {
        Ok(self.ids.get(id.as_bytes())?.and_then(|value| {
            let (kind, sequence) = value.value().split_first()?;
            Some((kind_of(*kind), sequence_of(sequence)))
        }))
    }

    /// The resource of a kind with a name without capitals.
    pub(in super::super) fn by_name(&self, kind: Kind, uncased: &str) -> Result<Option<u64>, ScimProblem> {
        Ok(self
            .names
            .get(name_key(kind, uncased).as_slice())?
            .map(|value| sequence_of(value.value())))
    }

    /// The resources of a kind with an external id, in the order of their creation.
    pub(in super::super) fn by_external_id(
        &self,
        kind: Kind,
        external_id: &str,
    ) -> Result<Vec<u64>, ScimProblem> {
        let (low, high) = (
            external_id_key(kind, external_id, 0),
            external_id_key(kind, external_id, u64::MAX),
        );
        let mut found = Vec::new();
        for row in self.external_ids.range(low.as_slice()..=high.as_slice())? {
            let key = row?.0;
            found.push(sequence_of(&key.value()[low.len() - 8..]));
        }
        Ok(found)
    }

    /// The second number of all pairs of a table that begin with `first`.
    pub(in super::super) fn seconds(table: &T, first: u64) -> Result<Vec<u64>, ScimProblem> {
        let mut found = Vec::new();
        for row in table.range(pair(first, 0).as_slice()..=pair(first, u64::MAX).as_slice())? {
            found.push(sequence_of(&row?.0.value()[8..]));
        }
        Ok(found)
    }

    /// A number that grows with every commit.
    pub(in super::super) fn commits(&self) -> Result<u64, ScimProblem> {
        self.number(COMMITS)
    }

    fn number(&self, name: &str) -> Result<u64, ScimProblem> {
        Ok(self
            .facts
            .get(name.as_bytes())?
            .map_or(0, |value| sequence_of(value.value())))
    }
}

impl<'t> Writing<'t> {
    pub(super) fn writing(transaction: &'t WriteTransaction) -> Result<Self, ScimProblem> {
        Ok(Self::open(|definition| transaction.open_table(definition))?)
    }

    /// Writes a row of the table that `pick` names.
    pub(in super::super) fn put(
        &mut self,
        pick: fn(&mut Self) -> &mut Table<'t, Bytes, Bytes>,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), ScimProblem> {
        self.changed = true;
        pick(self).insert(key, value)?;
        Ok(())
    }

    /// Deletes a row of the table that `pick` names.
    pub(in super::super) fn delete(
        &mut self,
        pick: fn(&mut Self) -> &mut Table<'t, Bytes, Bytes>,
        key: &[u8],
    ) -> Result<(), ScimProblem> {
        self.changed = true;
        pick(self).remove(key)?;
        Ok(())
    }

    /// Writes the stored bytes of a resource.
    pub(in super::super) fn store(
        &mut self,
        kind: Kind,
        sequence: u64,
        bytes: &[u8],
    ) -> Result<(), ScimProblem> {
        match kind {
            Kind::User => self.put(|tables| &mut tables.users, &sequence_key(sequence), bytes),
            Kind::Group => self.put(|tables| &mut tables.groups, &sequence_key(sequence), bytes),
        }
    }

    /// The sequence number of a new resource. No number is given twice.
    pub(in super::super) fn next_sequence(&mut self) -> Result<u64, ScimProblem> {
        let next = self.number(LAST_SEQUENCE)? + 1;
        self.put_fact(LAST_SEQUENCE, &sequence_key(next))?;
        Ok(next)
    }

    /// Writes the table of names anew, for a file of format 1: there, names were folded more widely.
    pub(super) fn name_without_capitals(&mut self) -> Result<(), ScimProblem> {
        for kind in Kind::ALL {
            let mut renamed: Vec<(u64, String)> = Vec::new();
            for row in self.resources(kind).iter()? {
                let (key, bytes) = row?;
                let stored: Json = serde_json::from_slice(bytes.value()).unwrap_or_default();
                let name = stored[kind.naming_attribute()].as_str().unwrap_or_default();
                if fold(name) != *uncased(name) {
                    renamed.push((sequence_of(key.value()), name.to_owned()));
                }
            }
            for (_, name) in &renamed {
                self.delete(|tables| &mut tables.names, &name_key(kind, &fold(name)))?;
            }
            for (sequence, name) in &renamed {
                let key = name_key(kind, &uncased(name));
                self.put(|tables| &mut tables.names, &key, &sequence_key(*sequence))?;
            }
        }
        Ok(())
    }

    pub(super) fn count_commit(&mut self) -> Result<(), ScimProblem> {
        let next = self.number(COMMITS)? + 1;
        self.put_fact(COMMITS, &sequence_key(next))
    }

    pub(super) fn put_fact(&mut self, name: &str, value: &[u8]) -> Result<(), ScimProblem> {
        self.put(|tables| &mut tables.facts, name.as_bytes(), value)
    }
}

/// The bytes of a sequence number. They sort like the numbers.
pub(in super::super) fn sequence_key(sequence: u64) -> [u8; 8] {
    sequence.to_be_bytes()
}

/// The number at the start of stored bytes.
pub(in super::super) fn sequence_of(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

pub(in super::super) fn pair(first: u64, second: u64) -> [u8; 16] {
    (u128::from(first) << 64 | u128::from(second)).to_be_bytes()
}

pub(in super::super) fn name_key(kind: Kind, uncased: &str) -> Vec<u8> {
    [&[kind_byte(kind)], uncased.as_bytes()].concat()
}

/// The key of an external id. The length comes first, so that a search for `1` does not visit `10`, `11`, ….
pub(in super::super) fn external_id_key(kind: Kind, external_id: &str, sequence: u64) -> Vec<u8> {
    [
        &[kind_byte(kind)],
        &(external_id.len() as u64).to_be_bytes()[..],
        external_id.as_bytes(),
        &sequence_key(sequence),
    ]
    .concat()
}

/// The byte that stands for a kind.
pub(in super::super) const fn kind_byte(kind: Kind) -> u8 {
    match kind {
        Kind::User => b'u',
        Kind::Group => b'g',
    }
}

const fn kind_of(byte: u8) -> Kind {
    if byte == b'g' { Kind::Group } else { Kind::User }
}
