//! Who is one person: lines of the allowed signers that share a key or a name are the same person's.

use super::allowed_signers::{AllowedSigners, Entry};
use super::patterns;

/// A person who approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    /// The person's name, as the allowed signers write it first.
    pub name: String,
    /// The fingerprint of the key that signed, as `SHA256:…`.
    pub fingerprint: String,
}

/// For each line, the person it belongs to.
pub(super) struct People(Vec<usize>);

impl People {
    /// Groups the lines. Names are compared without case, because sign-in names of forges are; a pattern that
    /// covers a name is that name's, so that where it is not clear whether two are one person, they are.
    pub fn of(signers: &AllowedSigners) -> Self {
        let mut person: Vec<usize> = (0..signers.entries.len()).collect();
        for (place, one) in signers.entries.iter().enumerate() {
            for (earlier, other) in signers.entries[..place].iter().enumerate() {
                if one.key == other.key || share_a_name(one, other) {
                    let (from, to) = (person[place], person[earlier]);
                    person
                        .iter_mut()
                        .filter(|here| **here == from)
                        .for_each(|here| *here = to);
                }
            }
        }
        Self(person)
    }

    /// The person that a line belongs to.
    pub fn of_line(&self, place: usize) -> usize {
        self.0[place]
    }

    /// Whether a name belongs to a person.
    pub fn is_called(&self, signers: &AllowedSigners, person: usize, name: &str) -> bool {
        let mut lines = signers
            .entries
            .iter()
            .zip(&self.0)
            .filter(|(_, of)| **of == person);
        lines.any(|(entry, _)| names(&entry.principals, name))
    }
}

fn names(principals: &str, name: &str) -> bool {
    patterns::covers(&principals.to_lowercase(), &name.to_lowercase())
}

fn share_a_name(one: &Entry, other: &Entry) -> bool {
    let positive = |entry: &Entry| {
        entry
            .principals
            .split(',')
            .filter(|one| !one.starts_with('!'))
            .map(str::to_lowercase)
            .collect::<Vec<_>>()
    };
    let (ones, others) = (positive(one), positive(other));
    ones.iter().any(|pattern| others.contains(pattern))
        || ones
            .iter()
            .any(|pattern| patterns::is_name(pattern) && names(&other.principals, pattern))
        || others
            .iter()
            .any(|pattern| patterns::is_name(pattern) && names(&one.principals, pattern))
        || [&ones, &others]
            .into_iter()
            .all(|patterns| patterns.iter().any(|pattern| !patterns::is_name(pattern)))
}
