//! Random filters and paths: valid ones, and ones with a few slips.

use rand::Rng as _;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;

pub(super) const OPERATORS: [&str; 9] = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];
const NAMES: [&str; 16] = [
    "userName",
    "title",
    "name.givenName",
    "emails",
    "emails.value",
    "active",
    "x-y_z1",
    "$ref",
    "members.$ref",
    "true",
    "android",
    "notes",
    "a",
    "urn:ietf:params:scim:schemas:core:2.0:User:userName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    "URN:x:y",
];
const VALUES: [&str; 15] = [
    "true",
    "false",
    "null",
    "0",
    "-1",
    "1.5",
    "1e3",
    "2E-7",
    "99999999999999999999",
    "\"\"",
    "\"ada\"",
    "\"a \\\"b\\\" \\\\\"",
    "\"not(x) and [y] $ \\u00e9\"",
    "\"李 ö\"",
    "\"2026-01-31T00:00:00Z\"",
];
/// The texts that a slip inserts.
const SLIPS: [&str; 28] = [
    " ", "  ", "\t", "(", ")", "[", "]", "\"", "\\", ".", ":", "$", "_", "-", "not", "not(", " and ", " or ",
    "and", " pr", "eq", "true", "01", "x", "é", "+", "\\u12", "..",
];

/// Whether a filter is inside the brackets of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Whole,
    Element,
}

pub(super) struct Generator(pub(super) SmallRng);

impl Generator {
    fn choose<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.choose(&mut self.0).copied().unwrap_or_default()
    }

    fn cased(&mut self, word: &str) -> String {
        if self.0.random_ratio(1, 6) {
            word.to_ascii_uppercase()
        } else {
            word.to_owned()
        }
    }

    fn space(&mut self) -> &'static str {
        if self.0.random_ratio(1, 12) { "  " } else { " " }
    }

    pub(super) fn filter(&mut self, depth: usize, level: Level) -> String {
        match self.0.random_range(0..if depth == 0 { 6 } else { 13 }) {
            0 | 1 => {
                let (name, space, word) = (self.choose(&NAMES), self.space(), self.cased("pr"));
                format!("{name}{space}{word}")
            }
            2..=5 => {
                let (name, before, after) = (self.choose(&NAMES), self.space(), self.space());
                let (operator, value) = (self.choose(&OPERATORS), self.choose(&VALUES));
                format!("{name}{before}{}{after}{value}", self.cased(operator))
            }
            6 if level == Level::Whole => {
                let name = self.choose(&NAMES);
                format!("{name}[{}]", self.filter(depth - 1, Level::Element))
            }
            6 | 7 => format!("({})", self.filter(depth - 1, level)),
            8 => {
                let (word, space) = (
                    self.cased("not"),
                    if self.0.random_ratio(1, 20) {
                        ""
                    } else {
                        self.space()
                    },
                );
                format!("{word}{space}({})", self.filter(depth - 1, level))
            }
            _ => {
                let word = if self.0.random() { "and" } else { "or" };
                let (left, right) = (self.filter(depth - 1, level), self.filter(depth - 1, level));
                let (before, word, after) = (self.space(), self.cased(word), self.space());
                format!("{left}{before}{word}{after}{right}")
            }
        }
    }

    pub(super) fn path(&mut self) -> String {
        let name = self.choose(&NAMES);
        match self.0.random_range(0..3) {
            0 => name.to_owned(),
            1 => format!("{name}[{}]", self.filter(2, Level::Element)),
            _ => {
                let filter = self.filter(1, Level::Element);
                format!(
                    "{name}[{filter}].{}",
                    self.choose(&["value", "type", "$ref", "x-1"])
                )
            }
        }
    }

    /// The text with a few slips.
    pub(super) fn slipped(&mut self, text: &str) -> String {
        let mut text: Vec<char> = text.chars().collect();
        for _ in 0..self.0.random_range(1..=3) {
            let at = self.0.random_range(0..=text.len());
            match self.0.random_range(0..3) {
                0 if at < text.len() => {
                    text.remove(at);
                }
                1 if at + 1 < text.len() => text.swap(at, at + 1),
                _ => {
                    text.splice(at..at, self.choose(&SLIPS).chars());
                }
            }
        }
        text.into_iter().collect()
    }
}
