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

/// Fails with every violation.
pub fn check(mut found: Vec<Violation>) {
    found.sort();
    let said: Vec<String> = found.iter().map(Violation::to_string).collect();
    assert!(
        said.is_empty(),
        "{} violations:\n{}\n",
        said.len(),
        said.join("\n")
    );
}
