//! Did-you-mean: the nearest of the words that would have been right.

/// The nearest word, if any is near.
pub(crate) fn closest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (likeness(&written, &candidate.to_lowercase()), candidate))
        .filter(|(close, _)| *close >= 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

/// Two addresses of one domain are as alike as what stands before it: the rest says nothing about whom is
/// meant.
fn likeness(one: &str, other: &str) -> f64 {
    match (one.rsplit_once('@'), other.rsplit_once('@')) {
        (Some((one, domain)), Some((other, same))) if domain == same => strsim::jaro_winkler(one, other),
        _ => strsim::jaro_winkler(one, other),
    }
}

/// The way out after an unknown word: the nearest word, or all of them.
pub(crate) fn instead(written: &str, candidates: &[&str]) -> String {
    match closest(written, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "known here: {}",
            candidates
                .iter()
                .map(|one| format!("`{one}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}
