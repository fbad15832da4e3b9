//! What a rule finds.

use std::fmt;

/// Something that a rule forbids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    pub file: String,
    pub line: usize,
    /// What breaks the rule: a function, a type, a file, an import.
    pub subject: String,
    pub why: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}:{}: {} {}",
            self.file, self.line, self.subject, self.why
        )
    }
}

/// Fails with every violation whose subject is not known to be left. The lists of what is left only shrink.
pub fn check(mut found: Vec<Violation>, left: &[&str]) {
    found.sort();
    let new: Vec<String> = found
        .iter()
        .filter(|violation| !left.contains(&violation.subject.as_str()))
        .map(Violation::to_string)
        .collect();
    assert!(new.is_empty(), "{} violations:\n{}\n", new.len(), new.join("\n"));
}
