//! Circles in who contains or leads whom. Without recursion: a chain may be as long as a file.

/// How far a node has been walked.
#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    OnPath,
    Done,
}

/// The circles of a graph of so many nodes: one for every edge that leads back, as the nodes along it.
pub(super) fn cycles(nodes: usize, mut edges: Vec<(u32, u32)>) -> Vec<Vec<u32>> {
    edges.sort_unstable();
    let of_node = |node: usize| {
        let starts = |from: usize| edges.partition_point(|edge| (edge.0 as usize) < from);
        &edges[starts(node)..starts(node + 1)]
    };
    let mut states = vec![State::New; nodes];
    let mut found = Vec::new();
    for start in 0..nodes {
        if states[start] != State::New {
            continue;
        }
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        states[start] = State::OnPath;
        while let Some((node, next)) = path.last_mut() {
            let Some((_, target)) = of_node(*node).get(*next) else {
                states[*node] = State::Done;
                path.pop();
                continue;
            };
            *next += 1;
            let target = *target as usize;
            match states[target] {
                State::New => {
                    states[target] = State::OnPath;
                    path.push((target, 0));
                }
                State::OnPath => {
                    let from = path.iter().position(|(node, _)| *node == target).unwrap_or(0);
                    found.push(
                        path[from..]
                            .iter()
                            .map(|(node, _)| u32::try_from(*node).unwrap_or(u32::MAX))
                            .collect(),
                    );
                }
                State::Done => {}
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
