//! The clauses of scoping filters. The operators are Entra's, by name and by meaning: a clause about an
//! attribute without a value is false, except IS NULL.

use std::borrow::Cow;

use regex::Regex;

use super::functions::{pattern, read_date};
use crate::declared::{Target, target};
use crate::diagnostics::{UnplacedProblem, suggest};
use crate::model::{Attribute, AttributeId, Catalog, DataType, Kind, Value};

/// A test of an attribute.
#[derive(Clone, Debug)]
pub(crate) struct Clause {
    pub(super) attribute: AttributeId,
    test: Test,
    /// The clause as text, for messages.
    pub(super) text: String,
}

/// What a clause tests. The texts and thresholds come from the clause's value.
#[derive(Clone, Debug)]
enum Test {
    /// `&`: the attribute's value is a part of this text.
    In(String),
    NotIn(String),
    EndsWith(String),
    Equals(String),
    NotEquals(String),
    Includes(String),
    Matches(Regex),
    NotMatches(Regex),
    Greater(Threshold),
    GreaterOrEqual(Threshold),
    IsTrue,
    IsFalse,
    IsNull,
    IsNotNull,
}

/// What a value is compared with.
#[derive(Clone, Copy, Debug)]
enum Threshold {
    Number(i64),
    Date(jiff::Timestamp),
}

/// The names of the operators, each with whether it takes a value.
const OPERATORS: [(&str, bool); 14] = [
    ("&", true),
    ("!&", true),
    ("ENDS_WITH", true),
    ("EQUALS", true),
    ("Greater_Than", true),
    ("Greater_Than_OR_EQUALS", true),
    ("Includes", true),
    ("IS FALSE", false),
    ("IS NOT NULL", false),
    ("IS NULL", false),
    ("IS TRUE", false),
    ("NOT EQUALS", true),
    ("NOT REGEX MATCH", true),
    ("REGEX MATCH", true),
];

/// A clause as the configuration has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClauseText<'a> {
    /// The attribute's name.
    pub(crate) attribute: &'a str,
    /// The operator's name.
    pub(crate) operator: &'a str,
    /// The value to compare the attribute with, if the operator needs one.
    pub(crate) value: Option<&'a str>,
}

impl Clause {
    /// Reads a clause. In an operator's name, upper and lower case are alike.
    ///
    /// # Errors
    /// A problem if the attribute or the operator is unknown, or the value is missing, superfluous or of a
    /// wrong form.
    pub(crate) fn new(
        catalog: &Catalog,
        kind: Kind,
        written: ClauseText<'_>,
    ) -> Result<Self, UnplacedProblem> {
        let ClauseText {
            attribute: name,
            operator,
            value,
        } = written;
        let Target::Attribute(id) = target(catalog, kind, name)? else {
            let hint = "use an attribute, as `department`";
            return Err(UnplacedProblem::new(
                "bad-clause",
                "a filter asks for attributes, not for memberships",
                hint,
            ));
        };
        let attribute = catalog.attribute(id);
        let known = OPERATORS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(operator));
        let Some((operator, takes_value)) = known else {
            let names = OPERATORS.map(|(name, _)| name);
            return Err(UnplacedProblem::new(
                "unknown-operator",
                format!("`{operator}` is not an operator"),
                suggest::instead(operator, &names),
            ));
        };
        let bad = |message: String, hint: &str| UnplacedProblem::new("bad-clause", message, hint);
        let value = match (value, takes_value) {
            (Some(value), true) => value,
            (None, false) => "",
            (None, true) => return Err(bad(format!("`{operator}` needs a `value`"), "add `value: …`")),
            (Some(_), false) => return Err(bad(format!("`{operator}` takes no `value`"), "remove it")),
        };
        let test = test(operator, value, attribute)?;
        let text = if *takes_value {
            format!("{} {operator} {value:?}", attribute.path)
        } else {
            format!("{} {operator}", attribute.path)
        };
        Ok(Self {
            attribute: id,
            test,
            text,
        })
    }

    /// Whether the clause holds for an attribute's value. If the attribute has several values, one that fits
    /// is enough; for a negated operator, all must differ.
    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        let texts: Vec<Cow<'_, str>> = match value {
            None => Vec::new(),
            Some(Value::Text(text)) => vec![Cow::Borrowed(text)],
            Some(Value::List(values)) => values.iter().map(|value| value.plain().into()).collect(),
            Some(value) => vec![value.plain().into()],
        };
        let mut texts = texts
            .iter()
            .map(|text| &**text)
            .filter(|text| !text.is_empty())
            .peekable();
        if texts.peek().is_none() {
            return matches!(self.test, Test::IsNull);
        }
        match &self.test {
            Test::In(within) => texts.any(|text| within.contains(text)),
            Test::NotIn(within) => texts.all(|text| !within.contains(text)),
            Test::EndsWith(end) => texts.any(|text| text.ends_with(end.as_str())),
            Test::Equals(wanted) => texts.any(|text| text == wanted),
            Test::NotEquals(wanted) => texts.all(|text| text != wanted),
            Test::Includes(part) => texts.any(|text| text.contains(part.as_str())),
            Test::Matches(regex) => texts.any(|text| regex.is_match(text)),
            Test::NotMatches(regex) => texts.all(|text| !regex.is_match(text)),
            Test::Greater(limit) => {
                texts.any(|text| limit.compare(text).is_some_and(std::cmp::Ordering::is_gt))
            }
            Test::GreaterOrEqual(limit) => {
                texts.any(|text| limit.compare(text).is_some_and(std::cmp::Ordering::is_ge))
            }
            Test::IsTrue => texts.any(|text| text.eq_ignore_ascii_case("true")),
            Test::IsFalse => texts.any(|text| text.eq_ignore_ascii_case("false")),
            Test::IsNull => false,
            Test::IsNotNull => true,
        }
    }
}

impl Threshold {
    /// How a value compares with the threshold; `None` if the value is not a number or a date.
    fn compare(self, text: &str) -> Option<std::cmp::Ordering> {
        match self {
            Self::Number(limit) => text.parse::<i64>().ok().map(|number| number.cmp(&limit)),
            Self::Date(limit) => read_date(text).map(|instant| instant.cmp(&limit)),
        }
    }
}

fn test(operator: &str, value: &str, attribute: &Attribute) -> Result<Test, UnplacedProblem> {
    let text = || value.to_owned();
    // Entra looks for a match anywhere in the value.
    let regex = || {
        pattern(value).map_err(|error| {
            UnplacedProblem::new(
                "bad-clause",
                error.to_string(),
                "look-around and back references cannot be had",
            )
        })
    };
    Ok(match operator {
        "&" => Test::In(text()),
        "!&" => Test::NotIn(text()),
        "ENDS_WITH" => Test::EndsWith(text()),
        "EQUALS" => Test::Equals(text()),
        "NOT EQUALS" => Test::NotEquals(text()),
        "Includes" => Test::Includes(text()),
        "REGEX MATCH" => Test::Matches(regex()?),
        "NOT REGEX MATCH" => Test::NotMatches(regex()?),
        "Greater_Than" => Test::Greater(limit(value, attribute)?),
        "Greater_Than_OR_EQUALS" => Test::GreaterOrEqual(limit(value, attribute)?),
        "IS TRUE" => Test::IsTrue,
        "IS FALSE" => Test::IsFalse,
        "IS NULL" => Test::IsNull,
        _ => Test::IsNotNull,
    })
}

fn limit(value: &str, attribute: &Attribute) -> Result<Threshold, UnplacedProblem> {
    if attribute.data_type == DataType::DateTime {
        let wrong = || {
            UnplacedProblem::new(
                "bad-clause",
                format!("`{value}` is not a date"),
                "write it as 2026-01-31",
            )
        };
        return read_date(value).map(Threshold::Date).ok_or_else(wrong);
    }
    let wrong = || {
        UnplacedProblem::new(
            "bad-clause",
            format!("`{value}` is not a whole number"),
            "this operator compares whole numbers alone",
        )
    };
    value.parse().map(Threshold::Number).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NULL: Option<&str> = None;

    fn clause<'a>(attribute: &'a str, operator: &'a str, value: Option<&'a str>) -> ClauseText<'a> {
        ClauseText {
            attribute,
            operator,
            value,
        }
    }

    fn holds(operator: &str, value: Option<&str>, held: Option<&Value>) -> bool {
        let catalog = Catalog::built_in();
        Clause::new(&catalog, Kind::User, clause("title", operator, value))
            .expect(operator)
            .holds(held)
    }

    /// The operator, the clause's value, the attribute's value, and whether the clause is true.
    #[test]
    fn the_fourteen_operators_mean_what_entra_says() {
        for (operator, value, held, expected) in [
            ("&", Some("Berlin, Paris"), Some("Paris"), true),
            ("&", Some("Berlin, Paris"), Some("paris"), false),
            ("&", Some("Berlin, Paris"), Some("Rome"), false),
            ("!&", Some("Berlin, Paris"), Some("Rome"), true),
            ("!&", Some("Berlin, Paris"), Some("Paris"), false),
            ("ENDS_WITH", Some("@contoso.com"), Some("ada@contoso.com"), true),
            ("ENDS_WITH", Some("@contoso.com"), Some("ada@CONTOSO.com"), false),
            ("EQUALS", Some("Sales"), Some("Sales"), true),
            ("EQUALS", Some("Sales"), Some("sales"), false),
            ("EQUALS", Some("Sales"), Some("Sales "), false),
            ("Greater_Than", Some("10"), Some("11"), true),
            ("Greater_Than", Some("10"), Some("10"), false),
            ("Greater_Than", Some("10"), Some("9"), false),
            ("Greater_Than", Some("10"), Some("eleven"), false),
            ("Greater_Than_OR_EQUALS", Some("10"), Some("10"), true),
            ("Greater_Than_OR_EQUALS", Some("10"), Some("9"), false),
            ("Includes", Some("ale"), Some("Sales"), true),
            ("Includes", Some("ALE"), Some("Sales"), false),
            ("IS FALSE", NULL, Some("False"), true),
            ("IS FALSE", NULL, Some("True"), false),
            ("IS FALSE", NULL, Some("no"), false),
            ("IS TRUE", NULL, Some("TRUE"), true),
            ("IS TRUE", NULL, Some("False"), false),
            ("IS NOT NULL", NULL, Some("x"), true),
            ("IS NULL", NULL, Some("x"), false),
            ("NOT EQUALS", Some("Sales"), Some("sales"), true),
            ("NOT EQUALS", Some("Sales"), Some("Sales"), false),
            ("REGEX MATCH", Some("([1-9][0-9])"), Some("42"), true),
            ("REGEX MATCH", Some("([1-9][0-9])"), Some("7"), false),
            (
                "REGEX MATCH",
                Some("(1[0-9][0-9][0-9][0-9][0-9][0-9])"),
                Some("1500000"),
                true,
            ),
            ("REGEX MATCH", Some(r".*\@domain.com"), Some("a@domain.com"), true),
            ("REGEX MATCH", Some("^sales$"), Some("Sales"), false),
            (
                "NOT REGEX MATCH",
                Some(r".*\@domain.com"),
                Some("a@other.com"),
                true,
            ),
            (
                "NOT REGEX MATCH",
                Some(r".*\@domain.com"),
                Some("a@domain.com"),
                false,
            ),
        ] {
            let held_value = held.map(Value::text);
            assert_eq!(
                holds(operator, value, held_value.as_ref()),
                expected,
                "{operator} {value:?} of {held:?}"
            );
        }
    }

    #[test]
    fn without_a_value_every_clause_is_false_but_is_null() {
        for (operator, takes_value) in OPERATORS {
            let value = takes_value.then_some("1");
            for held in [None, Some(Value::text("")), Some(Value::set(Vec::new()))] {
                assert_eq!(
                    holds(operator, value, held.as_ref()),
                    operator == "IS NULL",
                    "{operator} of {held:?}"
                );
            }
        }
    }

    #[test]
    fn of_several_values_one_must_do_and_none_may_be_denied() {
        let both = Value::set(vec![Value::text("Sales"), Value::text("Legal")]);
        for (operator, value, expected) in [
            ("EQUALS", "Sales", true),
            ("EQUALS", "Ops", false),
            ("NOT EQUALS", "Sales", false),
            ("NOT EQUALS", "Ops", true),
            ("Includes", "ega", true),
            ("REGEX MATCH", "^L", true),
            ("NOT REGEX MATCH", "^L", false),
            ("&", "Legal, Ops", true),
            ("!&", "Legal, Ops", false),
        ] {
            assert_eq!(
                holds(operator, Some(value), Some(&both)),
                expected,
                "{operator} {value}"
            );
        }
    }

    #[test]
    fn dates_and_booleans_are_compared_as_such_and_wrong_clauses_are_refused() {
        let catalog = Catalog::built_in();
        let active = Clause::new(&catalog, Kind::User, clause("active", "is true", None)).expect("a clause");
        assert!(active.holds(Some(&Value::Boolean(true))) && !active.holds(Some(&Value::Boolean(false))));
        for (name, operator, value, code) in [
            ("title", "EQUAL", Some("x"), "unknown-operator"),
            ("title", "EQUALS", None, "bad-clause"),
            ("title", "IS NULL", Some("x"), "bad-clause"),
            ("title", "Greater_Than", Some("x"), "bad-clause"),
            ("title", "REGEX MATCH", Some("("), "bad-clause"),
            ("title", "REGEX MATCH", Some("(?=x)"), "bad-clause"),
            ("titel", "EQUALS", Some("x"), "unknown-attribute"),
            ("groups", "EQUALS", Some("x"), "bad-clause"),
        ] {
            let problem =
                Clause::new(&catalog, Kind::User, clause(name, operator, value)).expect_err(operator);
            assert_eq!(problem.code, code, "{operator}");
        }
    }
}
