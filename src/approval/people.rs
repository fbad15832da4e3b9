//! Finds which lines of the allowed signers belong to the same person: lines that share a key or a name.

use super::allowed_signers::{AllowedSigners, SignerLine};
use super::patterns;

/// A person who approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    /// The person's name, as the first of their lines in the allowed signers writes it.
    pub name: String,
    /// The fingerprint of the key that signed, as `SHA256:…`.
    pub fingerprint: String,
}

/// For each line, the number of its person.
pub(super) struct PersonOfLine(Vec<usize>);

impl PersonOfLine {
    /// Groups the lines. Names are compared without case, because the sign-in names of forges are. If a
    /// pattern covers a name, both belong to the same person: lines that could be one person's are taken for
    /// one person's.
    pub(crate) fn of(signers: &AllowedSigners) -> Self {
        let mut people: Vec<usize> = (0..signers.lines.len()).collect();
        for (place, line) in signers.lines.iter().enumerate() {
            for (earlier_place, earlier) in signers.lines[..place].iter().enumerate() {
                if line.key == earlier.key || share_a_name(line, earlier) {
                    let (from, to) = (people[place], people[earlier_place]);
                    for person in people.iter_mut().filter(|person| **person == from) {
                        *person = to;
                    }
                }
            }
        }
        Self(people)
    }

    /// The person of the line at a position.
    pub(crate) fn at(&self, place: usize) -> usize {
        self.0[place]
    }

    /// Whether a name belongs to a person.
    pub(crate) fn is_called(&self, signers: &AllowedSigners, person: usize, name: &str) -> bool {
        let mut lines = signers.lines.iter().zip(&self.0);
        lines.any(|(line, of_line)| *of_line == person && covers(&line.principals, name))
    }
}

fn covers(principals: &str, name: &str) -> bool {
    patterns::covers(&principals.to_lowercase(), &name.to_lowercase())
}

fn share_a_name(left: &SignerLine, right: &SignerLine) -> bool {
    let (lefts, rights) = (positive(left), positive(right));
    let is_name = |pattern: &&String| patterns::is_name(pattern);
    let is_shared = lefts.iter().any(|pattern| rights.contains(pattern));
    let mut left_names = lefts.iter().filter(is_name);
    let mut right_names = rights.iter().filter(is_name);
    let both_have_patterns = [&lefts, &rights]
        .iter()
        .all(|patterns| !patterns.iter().all(|pattern| patterns::is_name(pattern)));
    is_shared
        || left_names.any(|name| covers(&right.principals, name))
        || right_names.any(|name| covers(&left.principals, name))
        || both_have_patterns
}

/// The names and patterns of a line that are not negated.
fn positive(line: &SignerLine) -> Vec<String> {
    let patterns = line.principals.split(',');
    patterns
        .filter(|pattern| !pattern.starts_with('!'))
        .map(str::to_lowercase)
        .collect()
}
