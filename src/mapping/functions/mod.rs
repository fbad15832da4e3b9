//! The functions that expressions may call besides CEL's own: those of Microsoft Entra's attribute mappings,
//! under their names. One row of [`FUNCTIONS`] each; a row says what a call must look like, so that a wrong
//! one is found before anything is read.
//!
//! Functions are pure: no files, no clock (`Now` is given the instant of the plan), no chance, and work that
//! is bounded by the size of their arguments.

mod argument;
mod choice;
mod date_format;
mod dates;
mod diacritics;
mod encoding;
mod lists;
mod refused;
mod replace;
mod text;

#[cfg(test)]
mod cases;

pub(crate) use argument::Argument;
pub(crate) use date_format::DateFormat;
pub(crate) use dates::{INTERVALS, read as read_date, write as write_date};
pub(crate) use replace::pattern;

/// What an argument is for, and what a call gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// Anything.
    Any,
    /// A text; numbers and booleans are written as one.
    Text,
    /// True or false, or one of these words.
    Boolean,
    /// A whole number, or its digits.
    Integer,
    /// Several texts; one text is a list of one.
    List,
    /// A regular expression.
    Pattern,
    /// A unit of time, as `d`.
    Interval,
    /// A form of dates, as `yyyy-MM-dd`.
    DateForm,
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) takes: Type,
}

/// How many arguments a call has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// As many as there are parameters.
    Exact,
    /// At least so many; the others are left out from the end.
    AtLeast(usize),
    /// As many as there are parameters, and the last one any number of times more.
    Repeats,
    /// As many as there are parameters, and the last two any number of times more.
    Pairs,
}

/// What a function does.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// Computes.
    By(fn(&[Argument<'_>]) -> Result<Argument<'static>, String>),
    /// Chooses between its arguments before they are computed.
    Conditional,
    /// Gives the instant of the plan.
    Now,
    /// Cannot be had: why, and what to do instead.
    Refused(&'static str, &'static str),
}

/// One function.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Parameter],
    pub(crate) count: Count,
    pub(crate) gives: Type,
    pub(crate) run: Run,
}

/// The most arguments that a call may have.
pub(crate) const MOST_ARGUMENTS: usize = 64;

const fn takes(name: &'static str, takes: Type) -> Parameter {
    Parameter { name, takes }
}

const fn row(
    name: &'static str,
    parameters: &'static [Parameter],
    count: Count,
    gives: Type,
    run: fn(&[Argument<'_>]) -> Result<Argument<'static>, String>,
) -> Function {
    Function {
        name,
        parameters,
        count,
        gives,
        run: Run::By(run),
    }
}

const SOURCE: Parameter = takes("source", Type::Text);

/// Every function, sorted by name; those whose names start with `@` are what operators become inside other
/// functions.
pub(crate) const FUNCTIONS: &[Function] = &[
    row(
        "@equal",
        &[takes("one", Type::Any), takes("other", Type::Any)],
        Count::Exact,
        Type::Boolean,
        choice::equal,
    ),
    row(
        "@greater",
        &[takes("one", Type::Any), takes("other", Type::Any)],
        Count::Exact,
        Type::Boolean,
        choice::greater,
    ),
    row(
        "@greater_or_equal",
        &[takes("one", Type::Any), takes("other", Type::Any)],
        Count::Exact,
        Type::Boolean,
        choice::not_less,
    ),
    row(
        "@holds",
        &[takes("condition", Type::Any)],
        Count::Exact,
        Type::Boolean,
        choice::c_bool,
    ),
    row(
        "@less",
        &[takes("one", Type::Any), takes("other", Type::Any)],
        Count::Exact,
        Type::Boolean,
        choice::less,
    ),
    row(
        "@less_or_equal",
        &[takes("one", Type::Any), takes("other", Type::Any)],
        Count::Exact,
        Type::Boolean,
        choice::not_greater,
    ),
    refused::APP_ROLE_ASSIGNMENTS_COMPLEX,
    row(
        "Append",
        &[SOURCE, takes("suffix", Type::Text)],
        Count::Exact,
        Type::Text,
        text::append,
    ),
    refused::ASSERTIVE_APP_ROLE_ASSIGNMENTS_COMPLEX,
    row(
        "BitAnd",
        &[takes("value1", Type::Integer), takes("value2", Type::Integer)],
        Count::Exact,
        Type::Integer,
        encoding::bit_and,
    ),
    row(
        "CBool",
        &[takes("expression", Type::Any)],
        Count::Exact,
        Type::Boolean,
        choice::c_bool,
    ),
    row(
        "CDate",
        &[takes("expression", Type::Text)],
        Count::Exact,
        Type::Text,
        dates::c_date,
    ),
    row(
        "CStr",
        &[takes("value", Type::Text)],
        Count::Exact,
        Type::Text,
        text::c_str,
    ),
    row(
        "Coalesce",
        &[takes("source", Type::Any)],
        Count::Repeats,
        Type::Any,
        choice::coalesce,
    ),
    row(
        "ConvertToBase64",
        &[SOURCE],
        Count::Exact,
        Type::Text,
        encoding::to_base64,
    ),
    row(
        "ConvertToUTF8Hex",
        &[SOURCE],
        Count::Exact,
        Type::Text,
        encoding::to_utf8_hex,
    ),
    row(
        "Count",
        &[takes("attribute", Type::List)],
        Count::Exact,
        Type::Integer,
        lists::count,
    ),
    row(
        "DateAdd",
        &[
            takes("interval", Type::Interval),
            takes("value", Type::Integer),
            takes("dateTime", Type::Text),
        ],
        Count::Exact,
        Type::Text,
        dates::add,
    ),
    row(
        "DateDiff",
        &[
            takes("interval", Type::Interval),
            takes("date1", Type::Text),
            takes("date2", Type::Text),
        ],
        Count::Exact,
        Type::Integer,
        dates::difference,
    ),
    row(
        "DateFromNum",
        &[takes("value", Type::Integer)],
        Count::Exact,
        Type::Text,
        dates::from_number,
    ),
    row(
        "FormatDateTime",
        &[
            SOURCE,
            takes("dateTimeStyles", Type::Text),
            takes("inputFormat", Type::DateForm),
            takes("outputFormat", Type::DateForm),
        ],
        Count::Exact,
        Type::Text,
        dates::format,
    ),
    refused::GUID,
    Function {
        name: "IIF",
        parameters: &[
            takes("condition", Type::Any),
            takes("valueIfTrue", Type::Any),
            takes("valueIfFalse", Type::Any),
        ],
        count: Count::Exact,
        gives: Type::Any,
        run: Run::Conditional,
    },
    row(
        "IgnoreFlowIfNullOrEmpty",
        &[takes("expression", Type::Any)],
        Count::Exact,
        Type::Any,
        choice::unless_empty,
    ),
    row(
        "InStr",
        &[
            takes("value1", Type::Text),
            takes("value2", Type::Text),
            takes("start", Type::Integer),
            takes("compareType", Type::Text),
        ],
        Count::AtLeast(2),
        Type::Integer,
        text::in_str,
    ),
    row(
        "IsNull",
        &[takes("expression", Type::Any)],
        Count::Exact,
        Type::Boolean,
        choice::is_null,
    ),
    row(
        "IsNullOrEmpty",
        &[takes("expression", Type::Any)],
        Count::Exact,
        Type::Boolean,
        choice::is_null_or_empty,
    ),
    row(
        "IsPresent",
        &[takes("expression", Type::Any)],
        Count::Exact,
        Type::Boolean,
        choice::is_present,
    ),
    row(
        "IsString",
        &[takes("expression", Type::Any)],
        Count::Exact,
        Type::Boolean,
        choice::is_string,
    ),
    row(
        "Item",
        &[takes("attribute", Type::List), takes("index", Type::Integer)],
        Count::Exact,
        Type::Text,
        lists::item,
    ),
    row(
        "Join",
        &[takes("separator", Type::Text), takes("source", Type::List)],
        Count::Repeats,
        Type::Text,
        lists::join,
    ),
    row(
        "Left",
        &[takes("String", Type::Text), takes("NumChars", Type::Integer)],
        Count::Exact,
        Type::Text,
        text::left,
    ),
    row(
        "Mid",
        &[
            SOURCE,
            takes("start", Type::Integer),
            takes("length", Type::Integer),
        ],
        Count::Exact,
        Type::Text,
        text::mid,
    ),
    row(
        "NormalizeDiacritics",
        &[SOURCE],
        Count::Exact,
        Type::Text,
        diacritics::normalize,
    ),
    row(
        "Not",
        &[takes("source", Type::Boolean)],
        Count::Exact,
        Type::Boolean,
        choice::not,
    ),
    Function {
        name: "Now",
        parameters: &[],
        count: Count::Exact,
        gives: Type::Text,
        run: Run::Now,
    },
    row(
        "NumFromDate",
        &[takes("value", Type::Text)],
        Count::Exact,
        Type::Integer,
        dates::to_number,
    ),
    row(
        "PCase",
        &[SOURCE, takes("wordSeparators", Type::Text)],
        Count::AtLeast(1),
        Type::Text,
        text::p_case,
    ),
    refused::RANDOM_STRING,
    row(
        "Redact",
        &[takes("value", Type::Any)],
        Count::Exact,
        Type::Any,
        choice::unless_empty,
    ),
    row(
        "RemoveDuplicates",
        &[takes("attribute", Type::List)],
        Count::Exact,
        Type::List,
        lists::remove_duplicates,
    ),
    row(
        "Replace",
        &[
            SOURCE,
            takes("oldValue", Type::Text),
            takes("regexPattern", Type::Pattern),
            takes("regexGroupName", Type::Text),
            takes("replacementValue", Type::Text),
            takes("replacementAttributeName", Type::Text),
            takes("template", Type::Text),
        ],
        Count::AtLeast(5),
        Type::Text,
        replace::replace,
    ),
    refused::SELECT_UNIQUE_VALUE,
    refused::SINGLE_APP_ROLE_ASSIGNMENT,
    row(
        "Split",
        &[SOURCE, takes("delimiter", Type::Text)],
        Count::Exact,
        Type::List,
        lists::split,
    ),
    row(
        "StripSpaces",
        &[SOURCE],
        Count::Exact,
        Type::Text,
        text::strip_spaces,
    ),
    row(
        "Switch",
        &[
            takes("source", Type::Any),
            takes("defaultValue", Type::Any),
            takes("key", Type::Any),
            takes("value", Type::Any),
        ],
        Count::Pairs,
        Type::Any,
        choice::switch,
    ),
    row(
        "ToLower",
        &[SOURCE, takes("culture", Type::Text)],
        Count::AtLeast(1),
        Type::Text,
        text::to_lower,
    ),
    row(
        "ToUpper",
        &[SOURCE, takes("culture", Type::Text)],
        Count::AtLeast(1),
        Type::Text,
        text::to_upper,
    ),
    row(
        "Word",
        &[
            takes("String", Type::Text),
            takes("WordNumber", Type::Integer),
            takes("delimiters", Type::Text),
        ],
        Count::Exact,
        Type::Text,
        text::word,
    ),
];

/// The number of a function's row.
pub(crate) fn find(name: &str) -> Option<usize> {
    FUNCTIONS
        .binary_search_by_key(&name, |function| function.name)
        .ok()
}

/// The names that a person may write.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS
        .iter()
        .map(|function| function.name)
        .filter(|name| !name.starts_with('@'))
}

impl Function {
    /// The parameter that an argument is for.
    pub(crate) fn parameter(&self, at: usize) -> Option<&'static Parameter> {
        let length = self.parameters.len();
        match self.count {
            Count::Exact | Count::AtLeast(_) => self.parameters.get(at),
            Count::Repeats => self.parameters.get(at.min(length - 1)),
            Count::Pairs if at < length => self.parameters.get(at),
            Count::Pairs => self.parameters.get(length - 2 + (at - length) % 2),
        }
    }

    /// What a call looks like: `Mid(source, start, length)`.
    pub(crate) fn shown(&self) -> String {
        let mut names: Vec<_> = self.parameters.iter().map(|parameter| parameter.name).collect();
        if matches!(self.count, Count::Repeats | Count::Pairs) {
            names.push("…");
        }
        format!("{}({})", self.name, names.join(", "))
    }

    /// Whether a call may have so many arguments.
    pub(crate) fn takes_so_many(&self, count: usize) -> bool {
        let length = self.parameters.len();
        match self.count {
            _ if count > MOST_ARGUMENTS => false,
            Count::Exact => count == length,
            Count::AtLeast(least) => (least..=length).contains(&count),
            Count::Repeats => count >= length,
            Count::Pairs => count >= length && (count - length).is_multiple_of(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_calls_are_counted() {
        assert!(FUNCTIONS.is_sorted_by_key(|function| function.name));
        let function = |name: &str| &FUNCTIONS[find(name).expect("known")];
        assert!(
            function("Switch").takes_so_many(4)
                && function("Switch").takes_so_many(6)
                && !function("Switch").takes_so_many(5)
        );
        assert!(
            function("Join").takes_so_many(2)
                && !function("Join").takes_so_many(1)
                && !function("Join").takes_so_many(65)
        );
        assert_eq!(function("Switch").parameter(5).map(|one| one.name), Some("value"));
        assert_eq!(
            function("Switch").shown(),
            "Switch(source, defaultValue, key, value, …)"
        );
    }
}
