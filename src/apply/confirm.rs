//! The evidence of many changes by one list: changes that the directory took wait until nothing else can be
//! sent, and then one list shows most of them. What the list does not show is read by its id.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::client::DirectoryError;
use crate::model::{Kind, Kinds, Live};
use crate::plan::reading::{KindReading, READ_AT_ONCE, ReadBy, may_wait};
use crate::plan::{Action, Change};

use super::duplicates::NewNames;
use super::execute::{Executor, ReadBack};

/// Which changes wait for a list, and which may.
#[derive(Default)]
pub(super) struct Waiting {
    readings: Kinds<KindReading>,
    /// The identifiers of what the plan creates.
    pub(super) new_names: NewNames,
    /// The rows with one of them, of the lists that were read after the last create of their kind.
    pub(super) namesakes: HashMap<Kind, Vec<Live>>,
    /// How many changes of each kind and action were started.
    started: HashMap<(Kind, Action), u64>,
    /// The positions of the changes that wait.
    taken: BTreeSet<usize>,
    /// The positions of all changes that have waited.
    ever: HashSet<usize>,
}

impl Waiting {
    pub(super) fn new(readings: Kinds<KindReading>, new_names: NewNames) -> Self {
        Self {
            readings,
            new_names,
            ..Self::default()
        }
    }

    /// When a change that starts now is read back. The first changes of each kind and action are read at
    /// once, so that a service which does not do what it says shows it early.
    pub(super) fn read_back(&mut self, change: &Change, executor: &Executor) -> ReadBack {
        if change.action == Action::Create {
            self.namesakes.remove(&change.kind);
        }
        let started = self.started.entry((change.kind, change.action)).or_default();
        *started += 1;
        let is_early = *started <= READ_AT_ONCE;
        let lists = self.readings.of(change.kind).evidence == ReadBy::List;
        if is_early || !lists || !may_wait(change, executor.looker.reader.dialect()) {
            ReadBack::Now
        } else {
            ReadBack::WithOthers
        }
    }

    pub(super) fn add(&mut self, number: usize) {
        self.taken.insert(number);
        self.ever.insert(number);
    }

    /// Whether the directory took a change before it was read back, and others went on because of that.
    pub(super) fn was_taken(&self, number: usize) -> bool {
        self.ever.contains(&number)
    }

    /// The positions of all changes that wait.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        self.taken.iter().copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// The positions of all changes that wait. They wait no longer.
    pub(super) fn take_all(&mut self) -> BTreeSet<usize> {
        std::mem::take(&mut self.taken)
    }
}

/// Rows of lists, by kind and id.
pub(super) type ListedRows = HashMap<(Kind, Box<str>), Live>;

impl Waiting {
    /// The rows of the lists that show the waiting changes, and those with an identifier of what the plan
    /// creates.
    pub(super) async fn rows(
        &self,
        executor: &Executor,
        changes: &[&Change],
    ) -> Result<ListedRows, DirectoryError> {
        let mut rows = HashMap::new();
        for kind in Kind::ALL {
            let of_kind = changes.iter().filter(|change| change.kind == kind);
            let wanted: HashSet<Box<str>> = of_kind
                .filter_map(|change| executor.looker.id_of(change))
                .collect();
            if wanted.is_empty() {
                continue;
            }
            let is_wanted = |row: &Live| wanted.contains(&row.id) || self.new_names.are_of(row);
            let listed = executor.looker.listed(kind, &is_wanted).await?;
            rows.extend(
                listed
                    .unwrap_or_default()
                    .into_iter()
                    .map(|(id, row)| ((kind, id), row)),
            );
        }
        Ok(rows)
    }

    /// Keeps the rows that the search for duplicates needs. A kind of which nothing was listed has none.
    pub(super) fn keep_namesakes(&mut self, rows: &ListedRows) {
        for row in rows.values().filter(|row| self.new_names.are_of(row)) {
            self.namesakes.entry(row.kind).or_default().push(row.clone());
        }
    }
}
