//! The filter's grammar. `not` binds before `and`, `and` before `or`. Depth and size are limited, because
//! filters come from anywhere.

use serde_json::Value;

use super::super::problem::ScimProblem;
use super::{Filter, Operator};

/// How deep parentheses may be nested.
const DEPTH: usize = 50;
/// How many comparisons one filter may have.
const TERMS: usize = 2_000;

/// Reads a whole filter.
pub(in super::super) fn parse(text: &str) -> Result<Filter, ScimProblem> {
    let mut reader = FilterReader::new(text);
    let filter = reader.either(0)?;
    reader.skip_space();
    if reader.rest().is_empty() {
        Ok(filter)
    } else {
        Err(reader.unexpected("the end"))
    }
}

/// A place in the text of a filter or of a PATCH path.
pub(in super::super) struct FilterReader<'t> {
    text: &'t str,
    at: usize,
    terms: usize,
    in_element: bool,
}

impl<'t> FilterReader<'t> {
    pub(in super::super) fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            terms: 0,
            in_element: false,
        }
    }

    pub(in super::super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(in super::super) fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches(' ').len();
    }

    /// Takes a character if it is next.
    pub(in super::super) fn take(&mut self, character: char) -> bool {
        let found = self.rest().starts_with(character);
        self.at += if found { character.len_utf8() } else { 0 };
        found
    }

    /// An attribute's name, with its URN and part: `urn:…:User:manager.displayName`.
    pub(in super::super) fn attribute(&mut self) -> Result<&'t str, ScimProblem> {
        self.named(is_path, "an attribute name")
    }

    /// A part's name, without a URN.
    pub(in super::super) fn part(&mut self) -> Result<&'t str, ScimProblem> {
        self.named(is_name, "the name of a part")
    }

    fn named(&mut self, is_one: fn(&str) -> bool, wanted: &str) -> Result<&'t str, ScimProblem> {
        let name = self.word();
        if is_one(name) {
            return Ok(name);
        }
        self.at -= name.len();
        Err(self.unexpected(wanted))
    }

    /// Reads the rest of `[…]` after an attribute; `[` has been read.
    pub(in super::super) fn element(&mut self, depth: usize) -> Result<Filter, ScimProblem> {
        if std::mem::replace(&mut self.in_element, true) {
            return Err(ScimProblem::filter("a value filter inside a value filter"));
        }
        let inner = self.either(depth + 1)?;
        self.in_element = false;
        self.skip_space();
        if self.take(']') {
            Ok(inner)
        } else {
            Err(self.unexpected("]"))
        }
    }

    fn either(&mut self, depth: usize) -> Result<Filter, ScimProblem> {
        if depth > DEPTH {
            return Err(ScimProblem::filter(format!(
                "the filter nests deeper than {DEPTH}"
            )));
        }
        self.series(
            "or",
            |reader| reader.series("and", |reader| reader.term(depth), Filter::And),
            Filter::Or,
        )
    }

    fn series(
        &mut self,
        word: &str,
        mut next: impl FnMut(&mut Self) -> Result<Filter, ScimProblem>,
        make: fn(Vec<Filter>) -> Filter,
    ) -> Result<Filter, ScimProblem> {
        let first = next(self)?;
        if !self.take_word(word) {
            return Ok(first);
        }
        let mut parts = vec![first, next(self)?];
        while self.take_word(word) {
            parts.push(next(self)?);
        }
        Ok(make(parts))
    }

    fn term(&mut self, depth: usize) -> Result<Filter, ScimProblem> {
        self.skip_space();
        if self.take('(') {
            return self.inside_parentheses(depth);
        }
        let name = self.attribute()?;
        if name.eq_ignore_ascii_case("not") {
            self.skip_space();
            return if self.take('(') {
                Ok(Filter::Not(Box::new(self.inside_parentheses(depth)?)))
            } else {
                Err(self.unexpected("("))
            };
        }
        self.terms += 1;
        if self.terms > TERMS {
            return Err(ScimProblem::filter(format!(
                "the filter has more than {TERMS} comparisons"
            )));
        }
        if self.take('[') {
            return Ok(Filter::Element(name.to_owned(), Box::new(self.element(depth)?)));
        }
        self.skip_space();
        let word = self.word();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(name.to_owned()));
        }
        let Some(operator) = Operator::read(word) else {
            self.at -= word.len();
            return Err(self.unexpected("an operator"));
        };
        if !self.take(' ') {
            return Err(self.unexpected("a space"));
        }
        Ok(Filter::Compare(name.to_owned(), operator, self.literal()?))
    }

    fn inside_parentheses(&mut self, depth: usize) -> Result<Filter, ScimProblem> {
        let inner = self.either(depth + 1)?;
        self.skip_space();
        if self.take(')') {
            Ok(inner)
        } else {
            Err(self.unexpected(")"))
        }
    }

    /// Takes `and` or `or` between spaces.
    fn take_word(&mut self, wanted: &str) -> bool {
        let start = self.at;
        self.skip_space();
        if self.at > start && self.word().eq_ignore_ascii_case(wanted) && self.rest().starts_with(' ') {
            return true;
        }
        self.at = start;
        false
    }

    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest
            .find(|next: char| !(next.is_ascii_alphanumeric() || "-_.:$".contains(next)))
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// A JSON text, number, `true`, `false` or `null`.
    fn literal(&mut self) -> Result<Value, ScimProblem> {
        self.skip_space();
        let rest = self.rest();
        let end = match rest.strip_prefix('"') {
            Some(text) => end_of_text(text).map(|end| end + 2),
            None => Some(rest.find([' ', ')', ']']).unwrap_or(rest.len())),
        };
        let literal = end.and_then(|end| {
            serde_json::from_str::<Value>(&rest[..end])
                .ok()
                .map(|value| (value, end))
        });
        match literal {
            Some((value, end)) if !value.is_array() && !value.is_object() => {
                self.at += end;
                Ok(value)
            }
            _ => Err(self.unexpected("a value: \"text\", a number, true, false or null")),
        }
    }

    pub(in super::super) fn unexpected(&self, wanted: &str) -> ScimProblem {
        let found: String = self.rest().chars().take(20).collect();
        let found = if found.is_empty() {
            "the end".to_owned()
        } else {
            format!("{found:?}")
        };
        ScimProblem::filter(format!(
            "at character {}: {wanted} is expected, not {found}",
            self.text[..self.at].chars().count() + 1
        ))
    }
}

/// `[URI ":"] ATTRNAME ["." ATTRNAME]` (RFC 7644, figure 1).
fn is_path(text: &str) -> bool {
    let name = match text.rsplit_once(':') {
        Some((urn, name)) if is_uri(urn) => name,
        Some(_) => return false,
        None => text,
    };
    match name.split_once('.') {
        Some((name, part)) => is_name(name) && is_name(part),
        None => is_name(name),
    }
}

/// Whether a text is an attribute's name (RFC 7643, section 2.1), or `$ref` (section 2.4).
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$')
        && text
            .bytes()
            .all(|next| next.is_ascii_alphanumeric() || b"-_$".contains(&next))
}

/// Whether a text is a URI: a scheme, followed by the characters that names may have.
fn is_uri(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|next| next.is_ascii_alphanumeric() || b"-.".contains(&next))
    };
    text.split_once(':')
        .is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.contains('$'))
}

/// The position of the quote that ends a JSON text; `text` begins after the opening quote.
fn end_of_text(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}
