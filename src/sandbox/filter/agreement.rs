//! Filters and PATCH paths are read as another program reads them: a parser that was generated from the RFC's
//! grammar, in the crate `scim_v2`. Of 100,000 inputs, valid and nearly valid, both say the same; or the
//! difference is one of those below, each with the sentence of the RFC that it turns on, and goes away with
//! what causes it.

use std::collections::BTreeMap;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use scim_v2::filter as theirs;
use serde_json::Value;

use super::super::patch::Written;
use super::{Filter, Operator, parse};

const INPUTS: usize = 100_000;

/// A difference that is known: what in a text causes it, who takes such a text, and the same text without the
/// cause.
struct Difference {
    name: &'static str,
    /// What the RFC says.
    _rule: &'static str,
    ours_takes_it: bool,
    without: fn(&str, Grammar) -> String,
}

/// What a text is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grammar {
    Filter,
    Path,
}

const DIFFERENCES: [Difference; 6] = [
    Difference {
        name: "not( without a space",
        _rule: "RFC 7644, figure 1: *1\"not\" \"(\" FILTER \")\"; there is no SP between the two",
        ours_takes_it: true,
        without: |text, _| outside_texts(text, spaced_not),
    },
    Difference {
        name: "$ in a name",
        _rule: "RFC 7643, section 2.1: nameChar = \"$\" / \"-\" / \"_\" / DIGIT / ALPHA; section 2.4 names a part $ref",
        ours_takes_it: true,
        without: |text, _| outside_texts(text, |part| part.replace('$', "x")),
    },
    Difference {
        name: "an attribute that is named true, false or null",
        _rule: "RFC 7644, figure 1: ATTRNAME = ALPHA *(nameChar); no word is reserved",
        ours_takes_it: true,
        without: |text, _| outside_texts(text, literals_as_names),
    },
    Difference {
        name: "white space that is no space",
        _rule: "RFC 7644, figure 1: SP, which RFC 5234 defines as %x20",
        ours_takes_it: false,
        without: |text, _| outside_texts(text, |part| part.replace(['\t', '\n'], " ")),
    },
    Difference {
        name: "a space around a path, before a bracket, or around the point of a path",
        _rule: "RFC 7644, figure 1: valuePath = attrPath \"[\" valFilter \"]\"; section 3.5.2: PATH = attrPath / valuePath [subAttr]",
        ours_takes_it: false,
        without: |text, grammar| {
            let tight = outside_texts(text, tight);
            if grammar == Grammar::Path {
                tight.trim().to_owned()
            } else {
                tight
            }
        },
    },
    Difference {
        name: "a space before a name that begins as the operator pr does",
        _rule: "RFC 7644, figure 1: attrExp = (attrPath SP \"pr\") / …; what follows a bracket is an attrPath, whatever it begins with",
        ours_takes_it: true,
        without: |text, _| outside_texts(text, before_names).trim_start().to_owned(),
    },
];

/// Changes what stands outside of texts in quotes.
fn outside_texts(text: &str, change: fn(&str) -> String) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(open) = rest.find('"') {
        out += &change(&rest[..open]);
        let mut escaped = false;
        let inside = &rest[open + 1..];
        let close = inside.find(|next: char| {
            let ends = next == '"' && !escaped;
            escaped = next == '\\' && !escaped;
            ends
        });
        let end = close.map_or(rest.len(), |close| open + close + 2);
        out += &rest[open..end];
        rest = &rest[end..];
    }
    out + &change(rest)
}

/// `true eq 1` becomes `xtrue eq 1`; what is compared with stays.
fn literals_as_names(part: &str) -> String {
    let mut out = String::new();
    for piece in part.split_inclusive([' ', '(', '[']) {
        let word = piece.trim_end_matches([' ', '(', '[']);
        let is_value = OPERATORS
            .iter()
            .any(|operator| out.to_ascii_lowercase().ends_with(&format!(" {operator} ")));
        if ["true", "false", "null"].contains(&word) && !is_value {
            out.push('x');
        }
        out += piece;
    }
    out
}

fn spaced_not(part: &str) -> String {
    let mut out = part.to_owned();
    while let Some(at) = out.to_ascii_lowercase().find("not(") {
        out.insert(at + 3, ' ');
    }
    out
}

/// Takes the spaces away that stand before a name, at the beginning or behind a bracket.
fn before_names(part: &str) -> String {
    let mut out = part.to_owned();
    for open in ["( ", "[ "] {
        while out.contains(open) {
            out = out.replace(open, &open[..1]);
        }
    }
    out
}

fn tight(part: &str) -> String {
    let mut out = part.to_owned();
    for (loose, tight) in [(" [", "["), (" .", "."), (". ", ".")] {
        while out.contains(loose) {
            out = out.replace(loose, tight);
        }
    }
    out
}

const OPERATORS: [&str; 9] = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];
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
/// What a slip of the hand puts into a text.
const SLIPS: [&str; 28] = [
    " ", "  ", "\t", "(", ")", "[", "]", "\"", "\\", ".", ":", "$", "_", "-", "not", "not(", " and ", " or ",
    "and", " pr", "eq", "true", "01", "x", "é", "+", "\\u12", "..",
];

/// Whether a filter stands in the brackets of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Whole,
    Element,
}

struct Generator(SmallRng);

impl Generator {
    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
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

    fn filter(&mut self, depth: usize, level: Level) -> String {
        match self.0.random_range(0..if depth == 0 { 6 } else { 13 }) {
            0 | 1 => {
                let (name, space, word) = (self.one(&NAMES), self.space(), self.cased("pr"));
                format!("{name}{space}{word}")
            }
            2..=5 => {
                let (name, before, after) = (self.one(&NAMES), self.space(), self.space());
                let (operator, value) = (self.one(&OPERATORS), self.one(&VALUES));
                format!("{name}{before}{}{after}{value}", self.cased(operator))
            }
            6 if level == Level::Whole => {
                let name = self.one(&NAMES);
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

    fn path(&mut self) -> String {
        let name = self.one(&NAMES);
        match self.0.random_range(0..3) {
            0 => name.to_owned(),
            1 => format!("{name}[{}]", self.filter(2, Level::Element)),
            _ => {
                let filter = self.filter(1, Level::Element);
                format!("{name}[{filter}].{}", self.one(&["value", "type", "$ref", "x-1"]))
            }
        }
    }

    /// The text with a few slips.
    fn slipped(&mut self, text: &str) -> String {
        let mut text: Vec<char> = text.chars().collect();
        for _ in 0..self.0.random_range(1..=3) {
            let at = self.0.random_range(0..=text.len());
            match self.0.random_range(0..3) {
                0 if at < text.len() => drop(text.remove(at)),
                1 if at + 1 < text.len() => text.swap(at, at + 1),
                _ => drop(text.splice(at..at, self.one(&SLIPS).chars().collect::<Vec<_>>())),
            }
        }
        text.into_iter().collect()
    }
}

/// A filter in the form in which two are compared: what is joined by one operator stands in one list.
fn flat(filter: Filter) -> Filter {
    let join = |parts: Vec<Filter>, same: fn(Filter) -> Result<Vec<Filter>, Filter>| {
        parts
            .into_iter()
            .map(flat)
            .flat_map(|part| same(part).unwrap_or_else(|other| vec![other]))
            .collect::<Vec<_>>()
    };
    match filter {
        Filter::And(parts) => Filter::And(join(parts, |part| {
            if let Filter::And(parts) = part {
                Ok(parts)
            } else {
                Err(part)
            }
        })),
        Filter::Or(parts) => Filter::Or(join(parts, |part| {
            if let Filter::Or(parts) = part {
                Ok(parts)
            } else {
                Err(part)
            }
        })),
        Filter::Not(inner) => Filter::Not(Box::new(flat(*inner))),
        Filter::Element(name, inner) => Filter::Element(name, Box::new(flat(*inner))),
        other => other,
    }
}

fn of_expression(expression: &theirs::AttrExp) -> Filter {
    match expression {
        theirs::AttrExp::Present(name) => Filter::Present(name.to_string()),
        theirs::AttrExp::Comparison(name, operator, value) => {
            let value = match value {
                theirs::CompValue::False => Value::from(false),
                theirs::CompValue::True => Value::from(true),
                theirs::CompValue::Null => Value::Null,
                theirs::CompValue::Number(number) => Value::Number(number.clone()),
                theirs::CompValue::Str(text) => Value::from(text.as_str()),
            };
            let word = operator.to_string();
            let operator = Operator::read(&word).unwrap_or_else(|| panic!("{word} is an operator"));
            Filter::Compare(name.to_string(), operator, value)
        }
    }
}

fn of_element(filter: &theirs::ValFilter) -> Filter {
    match filter {
        theirs::ValFilter::Attr(expression) => of_expression(expression),
        theirs::ValFilter::Not(inner) => Filter::Not(Box::new(of_element(inner))),
        theirs::ValFilter::And(parts) => Filter::And(parts.iter().map(of_element).collect()),
        theirs::ValFilter::Or(parts) => Filter::Or(parts.iter().map(of_element).collect()),
    }
}

fn of_filter(filter: &theirs::Filter) -> Filter {
    match filter {
        theirs::Filter::Attr(expression) => of_expression(expression),
        theirs::Filter::ValuePath(path) => {
            Filter::Element(path.attr.to_string(), Box::new(of_element(&path.filter)))
        }
        theirs::Filter::Not(inner) => Filter::Not(Box::new(of_filter(inner))),
        theirs::Filter::And(parts) => Filter::And(parts.iter().map(of_filter).collect()),
        theirs::Filter::Or(parts) => Filter::Or(parts.iter().map(of_filter).collect()),
    }
}

/// What a text means, as far as one can say it in the other's words: name, filter, part.
type Meaning = (Option<String>, Option<Filter>, Option<String>);

fn by_us(text: &str, grammar: Grammar) -> Option<Meaning> {
    if grammar == Grammar::Filter {
        return parse(text).ok().map(|filter| (None, Some(flat(filter)), None));
    }
    let Written { name, filter, part } = Written::read(text).ok()?;
    Some((Some(name.to_owned()), filter.map(flat), part.map(str::to_owned)))
}

fn by_them(text: &str, grammar: Grammar) -> Option<Meaning> {
    if grammar == Grammar::Filter {
        return text
            .parse::<theirs::Filter>()
            .ok()
            .map(|filter| (None, Some(flat(of_filter(&filter))), None));
    }
    Some(match text.parse::<theirs::PatchPath>().ok()? {
        theirs::PatchPath::Attr(name) => (Some(name.to_string()), None, None),
        theirs::PatchPath::Value(path) => (
            Some(path.attr.to_string()),
            Some(flat(of_element(&path.filter))),
            path.sub_attr,
        ),
    })
}

/// The names of the differences that a text shows; a difference that is not known is an error.
fn differences(text: &str, grammar: Grammar) -> Result<Vec<&'static str>, String> {
    let (ours, others) = (by_us(text, grammar), by_them(text, grammar));
    if ours == others {
        return Ok(Vec::new());
    }
    let (mut plain, mut found) = (text.to_owned(), Vec::new());
    for difference in &DIFFERENCES {
        let without = (difference.without)(&plain, grammar);
        if without != plain {
            found.push(difference);
            plain = without;
        }
    }
    let is_settled = by_us(&plain, grammar) == by_them(&plain, grammar);
    // Where several meet, each may hide the other.
    let is_right = found.len() > 1
        || found
            .iter()
            .all(|one| one.ours_takes_it == ours.is_some() && one.ours_takes_it == others.is_none());
    if found.is_empty() || !is_settled || !is_right {
        return Err(format!(
            "{text:?}: ours {ours:?}, theirs {others:?}; without {:?}: {plain:?}",
            found.iter().map(|one| one.name).collect::<Vec<_>>()
        ));
    }
    Ok(found.iter().map(|one| one.name).collect())
}

#[test]
fn filters_and_paths_are_read_as_an_independent_parser_reads_them() {
    let mut generator = Generator(SmallRng::seed_from_u64(7644));
    let (mut known, mut unknown) = (BTreeMap::<&str, usize>::new(), Vec::new());
    let (mut taken, mut refused) = (0, 0);
    for number in 0..INPUTS {
        let grammar = if number % 2 == 1 {
            Grammar::Path
        } else {
            Grammar::Filter
        };
        let valid = match grammar {
            Grammar::Path => generator.path(),
            Grammar::Filter => generator.filter(4, Level::Whole),
        };
        let text = if number % 4 < 2 {
            valid
        } else {
            generator.slipped(&valid)
        };
        *if by_us(&text, grammar).is_some() {
            &mut taken
        } else {
            &mut refused
        } += 1;
        match differences(&text, grammar) {
            Ok(names) => names
                .into_iter()
                .for_each(|name| *known.entry(name).or_default() += 1),
            Err(difference) => unknown.push(difference),
        }
    }
    unknown.truncate(20);
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert!(
        taken > INPUTS / 2 && refused > INPUTS / 10,
        "{taken} were taken and {refused} refused"
    );
    for difference in &DIFFERENCES {
        assert!(
            known.contains_key(difference.name),
            "no input shows {}: {known:?}",
            difference.name
        );
    }
}
