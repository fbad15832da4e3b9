//! The order as steps: everything in a step may happen at once, when the steps before it are done. Removals
//! that nothing waits for come last, as apply does them.

use petgraph::Direction;
use petgraph::algo::toposort;
use petgraph::graph::NodeIndex;

use crate::plan::{Change, order};

/// The step of each change, counted from 0. A plan that was read has an order; for one that has none,
/// everything is in the first step.
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
