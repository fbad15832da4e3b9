//! Mistakes that are found before an expression runs.

use crate::mapping::Language;
use crate::mapping::expression::tests::compile_in;

/// An expression with a mistake.
struct Mistaken {
    language: Language,
    text: &'static str,
    /// How the message starts.
    message: &'static str,
    column: u32,
}

const fn mistaken(language: Language, text: &'static str, message: &'static str, column: u32) -> Mistaken {
    Mistaken {
        language,
        text,
        message,
        column,
    }
}

const MISTAKES: &[Mistaken] = &[
    mistaken(
        Language::Cel,
        r#"Jion(" ", row.a)"#,
        "there is no function `Jion`",
        11,
    ),
    mistaken(
        Language::Cel,
        "row.a + coalesce(row.b)",
        "there is no function `coalesce`",
        19,
    ),
    mistaken(
        Language::Cel,
        "Mid(row.a, 1)",
        "`Mid` cannot take 2 arguments",
        11,
    ),
    mistaken(
        Language::Cel,
        r#"Mid(row.a, "x", 1)"#,
        "`start` of `Mid`: `x` is not a whole number",
        22,
    ),
    mistaken(
        Language::Cel,
        "Mid(row.a, true, 1)",
        "`start` of `Mid` takes a whole number, and this is true or false",
        22,
    ),
    mistaken(
        Language::Cel,
        r#"DateAdd("day", 1, Now())"#,
        "`interval` of `DateAdd`: `day` is not an interval",
        19,
    ),
    mistaken(
        Language::Cel,
        "row.a.lowerAsci()",
        "there is no function `lowerAsci`",
        17,
    ),
    mistaken(
        Language::Cel,
        r#"size(row.a) + "x""#,
        "a whole number and a text cannot be put together",
        23,
    ),
    mistaken(
        Language::Cel,
        "Guid()",
        "`Guid` cannot be had here: two plans of the same rows would differ",
        11,
    ),
    mistaken(
        Language::Entra,
        r#"Join(" ", [a]"#,
        "this is not a CEL expression",
        11,
    ),
    mistaken(
        Language::Entra,
        "Append([a], NormaliseDiacritics([b]))",
        "there is no function `NormaliseDiacritics`",
        23,
    ),
    mistaken(
        Language::Entra,
        "Append([a], [b)",
        "this is not an expression of Entra: `[` has no `]`",
        23,
    ),
    mistaken(
        Language::Entra,
        r#"Switch([a], "x", "y")"#,
        "`Switch` cannot take 3 arguments",
        11,
    ),
    mistaken(
        Language::Entra,
        "SelectUniqueValue([a], [b])",
        "`SelectUniqueValue` cannot be had here",
        11,
    ),
    mistaken(
        Language::Entra,
        r#"Replace([a], , "(?=x)", , "", , )"#,
        "`regexPattern` of `Replace`: `(?=x)` is not a regular expression that ends in bounded time",
        26,
    ),
];

#[test]
fn what_is_wrong_is_found_before_it_runs_and_has_its_place() {
    for mistaken in MISTAKES {
        let Mistaken {
            language,
            text,
            message,
            column,
        } = *mistaken;
        let problem = compile_in(language, text).expect_err(text);
        assert!(
            problem.message.starts_with(message),
            "{text}: {}",
            problem.message
        );
        let place = problem.origin.map(|origin| origin.column);
        let is_syntax = message.starts_with("this is not a CEL");
        assert!(
            is_syntax || place == Some(column),
            "{text}: {place:?}, not {column}"
        );
        assert!(problem.hint.is_some(), "{text}");
    }
}
