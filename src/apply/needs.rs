//! What becomes of the changes that need a change which failed. A group whose only loss is a member goes on
//! without that member; every other change waits, and so does what needs it in turn.

use std::collections::BTreeSet;

use petgraph::graph::NodeIndex;

use crate::plan::order::Graph;
use crate::plan::{Action, Change};

/// The changes that go on although a change failed, one entry for each need that they lose. `waiting` has
/// those that wait for good, from before and from now on.
pub(super) fn going_on_without(
    graph: &Graph,
    changes: &[Change],
    failed: usize,
    waiting: &mut BTreeSet<usize>,
) -> Vec<usize> {
    let (mut lost, mut going_on) = (vec![failed], Vec::new());
    while let Some(lost_one) = lost.pop() {
        for dependant in graph.neighbors(NodeIndex::new(lost_one)).map(NodeIndex::index) {
            if is_only_a_member(&changes[lost_one], &changes[dependant]) {
                going_on.push(dependant);
            } else if waiting.insert(dependant) {
                lost.push(dependant);
            }
        }
    }
    going_on
}

/// Whether a group needs a change only because that creates one of its members.
fn is_only_a_member(need: &Change, group: &Change) -> bool {
    let joins = group.members.iter().flat_map(|delta| &delta.add);
    need.action == Action::Create
        && need.key != group.key
        && joins
            .into_iter()
            .any(|member| member.key.as_ref() == Some(&need.key))
}
