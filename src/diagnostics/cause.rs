//! The problems found so far, one for each cause.
//!
//! A mistyped group in 200 rows is one mistake. It is one problem with a count and its first three places.

use std::collections::HashMap;
use std::mem;

use super::{Concern, Diagnostic, Severity};

/// The largest number of places of one problem that are kept.
const MOST_PLACES: usize = 3;

/// The problems found so far. Problems with the same code and message are one.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    /// The position of each problem by its cause.
    by_cause: HashMap<ProblemCause, usize>,
    occurrences: u64,
}

/// What makes two problems one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ProblemCause {
    code: &'static str,
    severity: Severity,
    concern: Concern,
    message: String,
}

impl ProblemCause {
    fn of(diagnostic: &Diagnostic) -> Self {
        Self {
            code: diagnostic.code,
            severity: diagnostic.severity,
            concern: diagnostic.concern,
            message: diagnostic.message.clone(),
        }
    }
}

impl Diagnostics {
    /// No problems yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a problem.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.occurrences += diagnostic.count();
        let next = self.found.len();
        match *self.by_cause.entry(ProblemCause::of(&diagnostic)).or_insert(next) {
            at if at < next => self.found[at].merge(diagnostic),
            _ => self.found.push(diagnostic),
        }
    }

    /// Whether a problem with the same cause was found before.
    pub(crate) fn knows(&self, diagnostic: &Diagnostic) -> bool {
        self.by_cause.contains_key(&ProblemCause::of(diagnostic))
    }

    /// Adds the problems of another collection.
    pub(crate) fn append(&mut self, more: Self) {
        for diagnostic in more.found {
            self.push(diagnostic);
        }
    }

    /// Whether anything stops a plan.
    pub fn has_errors(&self) -> bool {
        self.found
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether an error stops a plan though the problems of single rows do not.
    pub(crate) fn has_errors_of_files(&self) -> bool {
        let is_one = |one: &Diagnostic| one.severity == Severity::Error && one.concern == Concern::File;
        self.found.iter().any(is_one)
    }

    /// Takes out the problems of single rows, as warnings: a plan says whom it holds for them, and what it
    /// leaves alone.
    pub(crate) fn take_rows(&mut self) -> Self {
        let mut rows = Self::new();
        let mut others = Self::new();
        for mut diagnostic in mem::take(&mut self.found) {
            if diagnostic.concern == Concern::Row {
                diagnostic.severity = Severity::Warning;
                rows.push(diagnostic);
            } else {
                others.push(diagnostic);
            }
        }
        *self = others;
        rows
    }

    /// How many different problems of a severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.found
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    }

    /// The problems in the order of their places: file, line, column.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut all: Vec<_> = self.found.iter().collect();
        all.sort_by_key(|diagnostic| (diagnostic.origin.is_none(), diagnostic.origin, diagnostic.code));
        all
    }

    /// The problems in the order in which they were found.
    pub(crate) fn into_vec(self) -> Vec<Diagnostic> {
        self.found
    }

    /// How many different problems there are.
    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    /// How often a problem was found.
    pub(crate) const fn occurrences(&self) -> u64 {
        self.occurrences
    }

    /// Whether there are no problems at all.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

impl Diagnostic {
    /// Adds the places of the same problem. The first place decides about the hint and the related places.
    fn merge(&mut self, mut other: Self) {
        if other
            .origin
            .is_some_and(|origin| self.origin.is_none_or(|own| origin < own))
        {
            mem::swap(self, &mut other);
        }
        let repeats = self.repeats.get_or_insert_default();
        repeats.count += other.count();
        repeats.places.extend(other.origin);
        repeats.places.extend(other.also());
        repeats.places.sort_unstable();
        repeats.places.truncate(MOST_PLACES - 1);
    }

    /// How many places are not kept.
    pub(crate) fn further_places(&self) -> u64 {
        self.count() - 1 - self.also().len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::{Files, Origin, draw};

    #[test]
    fn one_cause_is_one_problem_with_its_count_and_its_first_three_places_in_any_order() {
        let mut files = Files::new();
        let file = files.add("people.csv", "a\nb\nc\nd\ne\nf\n");
        let unknown = |line: usize, name: &str| {
            let message = format!("no source declares the group `{name}`");
            Diagnostic::error("unknown-name", Origin::new(file, line, 1), message).hint("declare it")
        };
        let lines = [4, 2, 6, 1, 5];
        let (mut forward, mut backward) = (Diagnostics::new(), Diagnostics::new());
        for line in lines {
            forward.push(unknown(line, "Salse"));
        }
        for line in lines.into_iter().rev() {
            backward.push(unknown(line, "Salse"));
        }
        forward.push(unknown(3, "Slaes"));
        assert_eq!(forward.count(Severity::Error), 2);
        assert_eq!(forward.sorted()[0], backward.sorted()[0]);
        let drawn = draw(forward.sorted()[0], &files);
        for shown in [
            "the group `Salse`, 5 times\n",
            "people.csv:1:1",
            "people.csv:2:1",
            "people.csv:4:1",
            "and 2 more places",
        ] {
            assert!(drawn.contains(shown), "{shown} in\n{drawn}");
        }
        assert!(!draw(forward.sorted()[1], &files).contains("times"));
    }

    #[test]
    fn the_problem_of_a_row_and_of_a_file_are_two() {
        let mut both = Diagnostics::new();
        both.push(Diagnostic::general("code", "wrong"));
        both.push(Diagnostic::general("code", "wrong").of_row());
        let rows = both.take_rows();
        assert!(both.has_errors() && !rows.has_errors());
        assert_eq!((both.len(), rows.len()), (1, 1));
    }
}
