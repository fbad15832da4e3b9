//! Values that are missing, empty, several, or of another case.

use super::check;
use crate::mapping::Language;

/// Expressions and what they give.
const EDGES: &[(&str, &str)] = &[
    (r#"Append([mail], "x")"#, "-"),
    ("Coalesce([mail],[nothing])", "-"),
    (r#"Coalesce([mail], "")"#, ""),
    (r#"Coalesce([mail], , "none")"#, "none"),
    ("Count([nothing])", "0"),
    ("Count([givenName])", "1"),
    ("CStr([active])", "True"),
    ("CStr(5)", "5"),
    (r#"CBool("false")"#, "no"),
    ("CBool(2)", "yes"),
    ("CBool([nothing])", "no"),
    (
        "CBool([givenName])",
        "error: `CBool`: `John` is neither true nor false",
    ),
    ("CDate([mail])", "-"),
    (
        "CDate([givenName])",
        "error: `CDate`: `John` is not a date that is known, as 2026-01-31 or 1/31/2026 9:00:00 \
         AM; name its form with `FormatDateTime`",
    ),
    (r#"DateAdd("m", 1, "2024-01-31")"#, "2/29/2024 12:00:00 AM"),
    (r#"DateDiff("d", [nothing], Now())"#, "-"),
    ("IsNull([mail])", "yes"),
    (r#"IsNull("")"#, "no"),
    (r#"IsNullOrEmpty("")"#, "yes"),
    ("IsPresent([nothing])", "no"),
    ("IsString([givenName])", "yes"),
    ("IsString(5)", "no"),
    ("Item([proxyAddresses], 4)", "-"),
    (
        "Item([proxyAddresses], 0)",
        "error: `Item`: `index` counts from 1",
    ),
    (r#"InStr("Abc","B",1,vbTextCompare)"#, "2"),
    (r#"InStr("Abc","B")"#, "0"),
    (r#"InStr([nothing],"B")"#, "0"),
    (
        r#"Join("-", [proxyAddresses], [givenName])"#,
        "SMTP:a@x-smtp:b@x-SMTP:a@x-John",
    ),
    (r#"Join(" ", [mail], [nothing])"#, "-"),
    (r#"Left("John", 0)"#, ""),
    (r#"Left("John", -1)"#, "John"),
    (r#"Left("John", 99)"#, "John"),
    ("Left([nothing], 2)", ""),
    (r#"Mid("Zoë Ä", 3, 99)"#, "ë Ä"),
    (r#"Mid("abc", 9, 1)"#, ""),
    (r#"Mid("abc", 0, 1)"#, "error: `Mid`: `start` counts from 1"),
    (
        "Mid([proxyAddresses], 1, 1)",
        "error: `Mid`: it takes one text, and here are 3: choose one with `Item`, or join them with `Join`",
    ),
    (
        r#"NormalizeDiacritics("Ærø Øst ß ı Łódź œuvre Ümläut")"#,
        "AEroe OEst ss i Lodz oeuvre Umlaut",
    ),
    (r#"NormalizeDiacritics("Й 李 한")"#, "Й 李 한"),
    ("Not([active])", "no"),
    ("Not([nothing])", "yes"),
    (r#"PCase("o'neil-smith jr.")"#, "O'neil-Smith Jr."),
    ("PCase([mail])", "-"),
    (r#"Replace([mail], "a", , , "b", , )"#, "-"),
    (r#"Replace([surname], "d", , , "x", , )"#, "Doe"),
    (
        r#"Replace([surname], , "o", "g", "x", , )"#,
        "error: `Replace`: the regular expression has no group `g`",
    ),
    (r#"Split("a,,b, ", ",")"#, "a|b"),
    (r#"Switch([state], "none", "qld", "found")"#, "none"),
    (r#"Switch([mail], "Default", "true", "1", "", "0")"#, "0"),
    (r#"Switch([state], , "NSW", "x")"#, "-"),
    (r#"Switch(IsPresent([mail]), "no", True, "yes")"#, "no"),
    (r#"ToLower("İI", "tr-TR")"#, "iı"),
    (r#"ToUpper("straße i")"#, "STRASSE I"),
    (
        r#"ToUpper("i", "x")"#,
        "error: `ToUpper`: `x` is not a culture, as `en-US`",
    ),
    (r#"Word("one", 1, " ")"#, ""),
    (r#"Word("a b", 0, " ")"#, ""),
    (
        r#"FormatDateTime("2020-03-16-07:00", "AssumeLocal", "yyyy-MM-ddzzz", "d")"#,
        "error: `FormatDateTime`: the style `AssumeLocal` is not known; a time without an offset \
         is UTC, wherever wpsync runs",
    ),
    (r#"FormatDateTime([mail], , "yyyy", "yyyy")"#, "-"),
    (
        concat!(
            r#"FormatDateTime("Mon, 02 Mar 2020 17:05:09", , "ddd, dd MMM yyyy HH:mm:ss", "dddd "#,
            r#"d MMMM yy, h:mm tt zzz")"#
        ),
        "Monday 2 March 20, 5:05 PM +00:00",
    ),
    ("[givenName]", "John"),
    ("[mail]", "-"),
    ("Redact([surname])", "Doe"),
];

#[test]
fn values_that_are_missing_empty_several_or_of_another_case() {
    check(Language::Entra, EDGES);
}
