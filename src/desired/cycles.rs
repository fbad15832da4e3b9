//! Circles of groups that contain each other, and of people who manage each other. The search does not
//! recurse, because a chain may be as long as a file.

/// How far the search has come with a node.
#[derive(Clone, Copy, PartialEq)]
enum Walk {
    New,
    OnPath,
    Done,
}

/// The circles of a graph with the nodes `0..nodes`: for every edge that leads back to the current path, the
/// nodes from there on.
pub(super) fn cycles(nodes: usize, mut edges: Vec<(u32, u32)>) -> Vec<Vec<u32>> {
    edges.sort_unstable();
    let of_node = |node: usize| {
        let starts = |from: usize| edges.partition_point(|edge| (edge.0 as usize) < from);
        &edges[starts(node)..starts(node + 1)]
    };
    let mut states = vec![Walk::New; nodes];
    let mut found = Vec::new();
    for start in 0..nodes {
        if states[start] != Walk::New {
            continue;
        }
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        states[start] = Walk::OnPath;
        while let Some((node, next)) = path.last_mut() {
            let Some((_, target)) = of_node(*node).get(*next) else {
                states[*node] = Walk::Done;
                path.pop();
                continue;
            };
            *next += 1;
            let target = *target as usize;
            match states[target] {
                Walk::New => {
                    states[target] = Walk::OnPath;
                    path.push((target, 0));
                }
                Walk::OnPath => {
                    let from = path.iter().position(|(node, _)| *node == target).unwrap_or(0);
                    found.push(
                        path[from..]
                            .iter()
                            .map(|(node, _)| u32::try_from(*node).unwrap_or(u32::MAX))
                            .collect(),
                    );
                }
                Walk::Done => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found_and_diamonds_are_not() {
        assert_eq!(
            cycles(4, vec![(0, 1), (1, 2), (2, 0), (3, 0)]),
            vec![vec![0, 1, 2]]
        );
        assert_eq!(
            cycles(4, vec![(0, 1), (0, 2), (1, 3), (2, 3)]),
            Vec::<Vec<u32>>::new()
        );
        assert_eq!(cycles(1, vec![(0, 0)]), vec![vec![0]]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let chain = (0..200_000).map(|node| (node, node + 1)).collect();
        assert!(cycles(200_001, chain).is_empty());
    }
}
