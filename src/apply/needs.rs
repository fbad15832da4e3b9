//! Which changes wait for which. A change goes on when what it needs is done. Where a need is lost, a change
//! that only refers to it goes on without the reference: a group without the member, a person without the
//! manager. Every other change waits for good, and so does what needs it in turn.

use std::collections::BTreeSet;

use petgraph::Direction;
use petgraph::graph::NodeIndex;

use crate::model::Value;
use crate::plan::order::{self, Graph, OrderError};
use crate::plan::{Action, Change};

/// The needs of all changes, by position.
pub(super) struct Needs {
    graph: Graph,
    /// For each change, how many of its needs are open.
    open: Vec<usize>,
    /// The changes that wait for good, for one that is lost.
    for_good: BTreeSet<usize>,
    /// The changes that have let go what waited for them. What is found out of them later changes nothing.
    settled: BTreeSet<usize>,
}

impl Needs {
    pub(super) fn of(changes: &[Change]) -> Result<Self, OrderError> {
        let graph = order::graph(changes)?;
        let needs = |node| graph.neighbors_directed(node, Direction::Incoming).count();
        Ok(Self {
            open: graph.node_indices().map(needs).collect(),
            for_good: BTreeSet::new(),
            settled: BTreeSet::new(),
            graph,
        })
    }

    /// For each change, whether one that is no removal needs it, at last.
    pub(super) fn before_removals(&self, changes: &[Change]) -> Vec<bool> {
        order::needed_before_removals(&self.graph, changes)
    }

    /// The changes that need nothing more.
    pub(super) fn without_any(&self) -> Vec<usize> {
        (0..self.open.len())
            .filter(|number| self.has_none(*number))
            .collect()
    }

    /// Whether a change needs nothing more.
    pub(super) fn has_none(&self, number: usize) -> bool {
        self.open[number] == 0
    }

    /// What a change needs.
    pub(super) fn needs_of(&self, number: usize) -> impl Iterator<Item = usize> {
        let node = NodeIndex::new(number);
        let needs = self.graph.neighbors_directed(node, Direction::Incoming);
        needs.map(NodeIndex::index)
    }

    /// A change is done. Gives those that need nothing more.
    pub(super) fn meet(&mut self, number: usize) -> Vec<usize> {
        if !self.settled.insert(number) {
            return Vec::new();
        }
        let dependants = self.dependants(number);
        self.close_one_of_each(dependants)
    }

    /// A change is lost. Gives the changes that need nothing more and go on without referring to it.
    pub(super) fn lose(&mut self, changes: &[Change], number: usize) -> Vec<usize> {
        let (mut lost, mut going_on) = (vec![number], Vec::new());
        while let Some(need) = lost.pop() {
            if !self.settled.insert(need) {
                continue;
            }
            for dependant in self.dependants(need) {
                if only_refers_to(&changes[dependant], &changes[need]) {
                    going_on.push(dependant);
                } else if self.for_good.insert(dependant) {
                    lost.push(dependant);
                }
            }
        }
        self.close_one_of_each(going_on)
    }

    fn dependants(&self, number: usize) -> Vec<usize> {
        let dependants = self.graph.neighbors(NodeIndex::new(number));
        dependants.map(NodeIndex::index).collect()
    }

    fn close_one_of_each(&mut self, mut numbers: Vec<usize>) -> Vec<usize> {
        numbers.retain(|number| {
            self.open[*number] -= 1;
            self.open[*number] == 0
        });
        numbers
    }
}

/// Whether a change needs another only because that creates somebody to whom it refers: a member of its
/// group, or the manager of its person.
fn only_refers_to(change: &Change, need: &Change) -> bool {
    let joins = change.members.iter().flat_map(|delta| &delta.add);
    let named = change.after.values().filter_map(|value| match value {
        Some(Value::Reference(reference)) => Some(&**reference),
        _ => None,
    });
    need.action == Action::Create
        && need.key != change.key
        && joins
            .chain(named)
            .any(|reference| reference.key.as_ref() == Some(&need.key))
}
