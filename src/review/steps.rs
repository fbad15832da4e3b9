//! The order of changes as steps. All changes of a step may be made at the same time, after the steps before
//! it. Removals that nothing waits for come last, as in an apply.

use petgraph::Direction;
use petgraph::algo::toposort;
use petgraph::graph::NodeIndex;

use crate::plan::{Change, order};

/// The step of each change, counted from 0. If the changes cannot be ordered, all are in step 0; a plan that
/// was read is always ordered.
pub(super) fn steps(changes: &[Change]) -> Vec<usize> {
    let mut steps = vec![0; changes.len()];
    let Ok(graph) = order::graph(changes) else {
        return steps;
    };
    let Ok(sorted) = toposort(&graph, None) else {
        return steps;
    };
    let is_held = |node: NodeIndex| {
        changes[graph[node]].action.is_removal()
            && graph
                .neighbors_directed(node, Direction::Outgoing)
                .next()
                .is_none()
    };
    let mut last = 0;
    for node in &sorted {
        let first = graph
            .neighbors_directed(*node, Direction::Incoming)
            .map(|need| steps[graph[need]] + 1)
            .max()
            .unwrap_or(0);
        steps[graph[*node]] = first;
        if !is_held(*node) {
            last = last.max(first + 1);
        }
    }
    for node in sorted {
        if is_held(node) {
            steps[graph[node]] = last;
        }
    }
    steps
}
