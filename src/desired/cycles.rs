//! Circles in who contains or leads whom. Without recursion: a chain may be as long as a file.

/// The circles of a graph given by each node's targets: one for every edge that leads back, as the nodes along it.
pub(super) fn cycles(targets: &[Vec<u32>]) -> Vec<Vec<u32>> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        OnPath,
        Done,
    }
    let mut states = vec![State::New; targets.len()];
    let mut found = Vec::new();
    for start in 0..targets.len() {
        if states[start] != State::New {
            continue;
        }
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        states[start] = State::OnPath;
        while let Some((node, next)) = path.last_mut() {
            let Some(target) = targets[*node].get(*next) else {
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
                    found.push(path[from..].iter().map(|(node, _)| u32::try_from(*node).unwrap_or(u32::MAX)).collect());
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
        assert_eq!(cycles(&[vec![1], vec![2], vec![0], vec![0]]), vec![vec![0, 1, 2]]);
        assert_eq!(cycles(&[vec![1, 2], vec![3], vec![3], vec![]]), Vec::<Vec<u32>>::new());
        assert_eq!(cycles(&[vec![0]]), vec![vec![0]]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let chain: Vec<Vec<u32>> = (1..=200_000).map(|next| if next < 200_000 { vec![next] } else { vec![] }).collect();
        assert!(cycles(&chain).is_empty());
    }
}
