//! Did-you-mean: the nearest of the words that would have been right.

/// The nearest word, if any is near.
pub(crate) fn closest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (likeness(&written, &candidate.to_lowercase()), candidate))
        .filter(|(close, _)| *close >= 0.8)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

/// How alike two words are, from 0 to 1. Of two addresses in the same domain only the local parts are
/// compared, because a long common domain would make them all alike.
fn likeness(left: &str, right: &str) -> f64 {
    match (left.rsplit_once('@'), right.rsplit_once('@')) {
        (Some((left, left_domain)), Some((right, right_domain))) if left_domain == right_domain => {
            strsim::jaro_winkler(left, right)
        }
        _ => strsim::jaro_winkler(left, right),
    }
}

/// The hint after an unknown word: the nearest word, or all of them.
pub(crate) fn instead(written: &str, candidates: &[&str]) -> String {
    match closest(written, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "known here: {}",
            candidates
                .iter()
                .map(|word| format!("`{word}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}
