//! The functions, one row each. A row describes the valid calls, so that a wrong call is found when the
//! configuration is read.

use super::function::{Arity, Behaviour, Function, Parameter, Type, function, takes};
use super::{choice, dates, diacritics, encoding, lists, refused, replace, text};

const SOURCE: Parameter = takes("source", Type::Text);

/// Every function, sorted by name. A name that starts with `@` cannot be written in an expression. Operators
/// inside another function become these functions.
pub(crate) const FUNCTIONS: &[Function] = &[
    function(
        "@equal",
        &[takes("left", Type::Any), takes("right", Type::Any)],
        Arity::Exact,
        Type::Boolean,
        choice::equal,
    ),
    function(
        "@greater",
        &[takes("left", Type::Any), takes("right", Type::Any)],
        Arity::Exact,
        Type::Boolean,
        choice::greater,
    ),
    function(
        "@greater_or_equal",
        &[takes("left", Type::Any), takes("right", Type::Any)],
        Arity::Exact,
        Type::Boolean,
        choice::not_less,
    ),
    function(
        "@holds",
        &[takes("condition", Type::Any)],
        Arity::Exact,
        Type::Boolean,
        choice::c_bool,
    ),
    function(
        "@less",
        &[takes("left", Type::Any), takes("right", Type::Any)],
        Arity::Exact,
        Type::Boolean,
        choice::less,
    ),
    function(
        "@less_or_equal",
        &[takes("left", Type::Any), takes("right", Type::Any)],
        Arity::Exact,
        Type::Boolean,
        choice::not_greater,
    ),
    refused::APP_ROLE_ASSIGNMENTS_COMPLEX,
    function(
        "Append",
        &[SOURCE, takes("suffix", Type::Text)],
        Arity::Exact,
        Type::Text,
        text::append,
    ),
    refused::ASSERTIVE_APP_ROLE_ASSIGNMENTS_COMPLEX,
    function(
        "BitAnd",
        &[takes("value1", Type::Integer), takes("value2", Type::Integer)],
        Arity::Exact,
        Type::Integer,
        encoding::bit_and,
    ),
    function(
        "CBool",
        &[takes("expression", Type::Any)],
        Arity::Exact,
        Type::Boolean,
        choice::c_bool,
    ),
    function(
        "CDate",
        &[takes("expression", Type::Text)],
        Arity::Exact,
        Type::Text,
        dates::c_date,
    ),
    function(
        "CStr",
        &[takes("value", Type::Text)],
        Arity::Exact,
        Type::Text,
        text::c_str,
    ),
    function(
        "Coalesce",
        &[takes("source", Type::Any)],
        Arity::Repeats,
        Type::Any,
        choice::coalesce,
    ),
    function(
        "ConvertToBase64",
        &[SOURCE],
        Arity::Exact,
        Type::Text,
        encoding::to_base64,
    ),
    function(
        "ConvertToUTF8Hex",
        &[SOURCE],
        Arity::Exact,
        Type::Text,
        encoding::to_utf8_hex,
    ),
    function(
        "Count",
        &[takes("attribute", Type::List)],
        Arity::Exact,
        Type::Integer,
        lists::count,
    ),
    function(
        "DateAdd",
        &[
            takes("interval", Type::Interval),
            takes("value", Type::Integer),
            takes("dateTime", Type::Text),
        ],
        Arity::Exact,
        Type::Text,
        dates::add,
    ),
    function(
        "DateDiff",
        &[
            takes("interval", Type::Interval),
            takes("date1", Type::Text),
            takes("date2", Type::Text),
        ],
        Arity::Exact,
        Type::Integer,
        dates::difference,
    ),
    function(
        "DateFromNum",
        &[takes("value", Type::Integer)],
        Arity::Exact,
        Type::Text,
        dates::from_number,
    ),
    function(
        "FormatDateTime",
        &[
            SOURCE,
            takes("dateTimeStyles", Type::Text),
            takes("inputFormat", Type::DateForm),
            takes("outputFormat", Type::DateForm),
        ],
        Arity::Exact,
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
        arity: Arity::Exact,
        gives: Type::Any,
        behaviour: Behaviour::Conditional,
    },
    function(
        "IgnoreFlowIfNullOrEmpty",
        &[takes("expression", Type::Any)],
        Arity::Exact,
        Type::Any,
        choice::unless_empty,
    ),
    function(
        "InStr",
        &[
            takes("value1", Type::Text),
            takes("value2", Type::Text),
            takes("start", Type::Integer),
            takes("compareType", Type::Text),
        ],
        Arity::AtLeast(2),
        Type::Integer,
        text::in_str,
    ),
    function(
        "IsNull",
        &[takes("expression", Type::Any)],
        Arity::Exact,
        Type::Boolean,
        choice::is_null,
    ),
    function(
        "IsNullOrEmpty",
        &[takes("expression", Type::Any)],
        Arity::Exact,
        Type::Boolean,
        choice::is_null_or_empty,
    ),
    function(
        "IsPresent",
        &[takes("expression", Type::Any)],
        Arity::Exact,
        Type::Boolean,
        choice::is_present,
    ),
    function(
        "IsString",
        &[takes("expression", Type::Any)],
        Arity::Exact,
        Type::Boolean,
        choice::is_string,
    ),
    function(
        "Item",
        &[takes("attribute", Type::List), takes("index", Type::Integer)],
        Arity::Exact,
        Type::Text,
        lists::item,
    ),
    function(
        "Join",
        &[takes("separator", Type::Text), takes("source", Type::List)],
        Arity::Repeats,
        Type::Text,
        lists::join,
    ),
    function(
        "Left",
        &[takes("String", Type::Text), takes("NumChars", Type::Integer)],
        Arity::Exact,
        Type::Text,
        text::left,
    ),
    function(
        "Mid",
        &[
            SOURCE,
            takes("start", Type::Integer),
            takes("length", Type::Integer),
        ],
        Arity::Exact,
        Type::Text,
        text::mid,
    ),
    function(
        "NormalizeDiacritics",
        &[SOURCE],
        Arity::Exact,
        Type::Text,
        diacritics::normalize,
    ),
    function(
        "Not",
        &[takes("source", Type::Boolean)],
        Arity::Exact,
        Type::Boolean,
        choice::not,
    ),
    Function {
        name: "Now",
        parameters: &[],
        arity: Arity::Exact,
        gives: Type::Text,
        behaviour: Behaviour::Now,
    },
    function(
        "NumFromDate",
        &[takes("value", Type::Text)],
        Arity::Exact,
        Type::Integer,
        dates::to_number,
    ),
    function(
        "PCase",
        &[SOURCE, takes("wordSeparators", Type::Text)],
        Arity::AtLeast(1),
        Type::Text,
        text::p_case,
    ),
    refused::RANDOM_STRING,
    function(
        "Redact",
        &[takes("value", Type::Any)],
        Arity::Exact,
        Type::Any,
        choice::unless_empty,
    ),
    function(
        "RemoveDuplicates",
        &[takes("attribute", Type::List)],
        Arity::Exact,
        Type::List,
        lists::remove_duplicates,
    ),
    function(
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
        Arity::AtLeast(5),
        Type::Text,
        replace::replace,
    ),
    refused::SELECT_UNIQUE_VALUE,
    refused::SINGLE_APP_ROLE_ASSIGNMENT,
    function(
        "Split",
        &[SOURCE, takes("delimiter", Type::Text)],
        Arity::Exact,
        Type::List,
        lists::split,
    ),
    function(
        "StripSpaces",
        &[SOURCE],
        Arity::Exact,
        Type::Text,
        text::strip_spaces,
    ),
    function(
        "Switch",
        &[
            takes("source", Type::Any),
            takes("defaultValue", Type::Any),
            takes("key", Type::Any),
            takes("value", Type::Any),
        ],
        Arity::Pairs,
        Type::Any,
        choice::switch,
    ),
    function(
        "ToLower",
        &[SOURCE, takes("culture", Type::Text)],
        Arity::AtLeast(1),
        Type::Text,
        text::to_lower,
    ),
    function(
        "ToUpper",
        &[SOURCE, takes("culture", Type::Text)],
        Arity::AtLeast(1),
        Type::Text,
        text::to_upper,
    ),
    function(
        "Word",
        &[
            takes("String", Type::Text),
            takes("WordNumber", Type::Integer),
            takes("delimiters", Type::Text),
        ],
        Arity::Exact,
        Type::Text,
        text::word,
    ),
];

/// The position of a function in [`FUNCTIONS`].
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_calls_are_counted() {
        assert!(FUNCTIONS.is_sorted_by_key(|function| function.name));
        let function = |name: &str| &FUNCTIONS[find(name).expect("known")];
        assert!(
            function("Switch").takes_count(4)
                && function("Switch").takes_count(6)
                && !function("Switch").takes_count(5)
        );
        assert!(
            function("Join").takes_count(2)
                && !function("Join").takes_count(1)
                && !function("Join").takes_count(65)
        );
        assert_eq!(
            function("Switch").parameter(5).map(|parameter| parameter.name),
            Some("value")
        );
        assert_eq!(
            function("Switch").shown(),
            "Switch(source, defaultValue, key, value, …)"
        );
    }
}
