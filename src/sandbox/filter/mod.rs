//! Filters (RFC 7644, section 3.4.2.2): read into a tree, bound to a resource type, tested on a resource.

#[cfg(test)]
mod agreement;
mod bind;
#[cfg(test)]
mod generator;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

pub(super) use bind::{BoundFilter, bind, bind_element, elements};
pub(super) use parse::{FilterReader, parse};

use serde_json::Value;

/// A filter as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    /// All of at least two filters.
    And(Vec<Filter>),
    /// One of at least two filters.
    Or(Vec<Filter>),
    Not(Box<Filter>),
    /// `title pr`
    Present(String),
    /// `userName eq "ada"`
    Compare(String, Operator, Value),
    /// `emails[type eq "work"]`
    Element(String, Box<Filter>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Operator {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Equal, "eq"),
        (Self::NotEqual, "ne"),
        (Self::Contains, "co"),
        (Self::StartsWith, "sw"),
        (Self::EndsWith, "ew"),
        (Self::Greater, "gt"),
        (Self::GreaterOrEqual, "ge"),
        (Self::Less, "lt"),
        (Self::LessOrEqual, "le"),
    ];

    fn read(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(_, spelling)| spelling.eq_ignore_ascii_case(word))
            .map(|(operator, _)| operator)
    }

    pub(super) fn word(self) -> &'static str {
        Self::ALL
            .into_iter()
            .find(|(operator, _)| *operator == self)
            .map_or("", |(_, word)| word)
    }
}

impl Filter {
    /// The value that an attribute must equal for the filter to hold. `None` if the filter does not state
    /// one. A lookup can begin with this value.
    pub(super) fn must_equal<'f>(&'f self, names: &[&str]) -> Option<&'f str> {
        match self {
            Self::Compare(path, Operator::Equal, Value::String(text))
                if names.iter().any(|name| name.eq_ignore_ascii_case(path)) =>
            {
                Some(text)
            }
            Self::And(parts) => parts.iter().find_map(|part| part.must_equal(names)),
            _ => None,
        }
    }

    /// Whether the filter mentions an attribute or a part of it.
    pub(super) fn mentions(&self, name: &str) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.mentions(name)),
            Self::Not(inner) => inner.mentions(name),
            Self::Present(path) | Self::Compare(path, ..) | Self::Element(path, _) => {
                let attribute = path.rsplit(':').next().unwrap_or(path);
                attribute
                    .split('.')
                    .next()
                    .is_some_and(|root| root.eq_ignore_ascii_case(name))
            }
        }
    }
}

/// The filter's text. Reading the text gives the same tree.
impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(formatter, parts, " and "),
            Self::Or(parts) => joined(formatter, parts, " or "),
            Self::Not(inner) => write!(formatter, "not ({inner})"),
            Self::Present(path) => write!(formatter, "{path} pr"),
            Self::Compare(path, operator, value) => write!(formatter, "{path} {} {value}", operator.word()),
            Self::Element(path, inner) => write!(formatter, "{path}[{inner}]"),
        }
    }
}

fn joined(formatter: &mut fmt::Formatter<'_>, parts: &[Filter], word: &str) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            formatter.write_str(word)?;
        }
        match part {
            Filter::And(_) | Filter::Or(_) => write!(formatter, "({part})")?,
            part => write!(formatter, "{part}")?,
        }
    }
    Ok(())
}
