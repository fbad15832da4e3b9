//! What each function gives, in Entra's own language: first the examples of Microsoft's reference, then the
//! edges.

use crate::mapping::expression::tests::compile_in;
use crate::mapping::{ExpressionOutcome, FieldValue, Language};

/// The fields of the row that expressions run over; `""` is an attribute without a value, as an empty cell
/// is.
const ROW: [(&str, &str); 24] = [
    ("userPrincipalName", "John.Doe@contoso.com"),
    ("mail", ""),
    ("givenName", "John"),
    ("surname", "Doe"),
    ("state", "QLD"),
    ("country", ""),
    ("city", "Ulm"),
    ("department", "Sales"),
    ("active", "True"),
    ("hired", "2012-03-16-07:00"),
    ("stamp", "20150123105347.1Z"),
    ("permissions", "PermissionSetOne, PermissionSetTwo"),
    ("telephoneNumber", "+91 9998887777"),
    ("mobile", "+1 (999) 888-7777"),
    ("other", "+91 8887779999"),
    ("street", "545 Tremont Street"),
    ("nick", "john_doe72"),
    ("first", "PABLO GONSALVES (SECOND)"),
    ("last", "PINTO-DE'SILVA"),
    ("BusinessTitle", "Product Developer"),
    ("UserID", "jsmith"),
    ("number", "10"),
    ("contractEnd", "2020-12-31-08:00"),
    ("endDate", "12/31/2020 08:00:00 AM"),
];

/// What an expression gives: a text, `-` for nothing, `yes` and `no`, a list with `|` between its values, or
/// `error: …`.
fn run(language: Language, text: &str) -> String {
    let expression = match compile_in(language, text) {
        Ok(expression) => expression,
        Err(problem) => return format!("refused: {}", problem.message),
    };
    let list = || FieldValue::List(vec!["SMTP:a@x".into(), "smtp:b@x".into(), "SMTP:a@x".into()]);
    let value = |path: &Vec<String>| match path.join(".").as_str() {
        "proxyAddresses" => Some(list()),
        name => ROW
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| FieldValue::Text(value)),
    };
    let fields: Vec<_> = expression.fields.iter().map(value).collect();
    match expression.run(&fields) {
        Ok(ExpressionOutcome::Text(text)) => text,
        Ok(ExpressionOutcome::Boolean(true)) => "yes".to_owned(),
        Ok(ExpressionOutcome::Boolean(false)) => "no".to_owned(),
        Ok(ExpressionOutcome::List(texts)) => texts.join("|"),
        Ok(ExpressionOutcome::Nothing) => "-".to_owned(),
        Ok(ExpressionOutcome::Clear) => "cleared".to_owned(),
        Err(error) => format!("error: {error}"),
    }
}

fn check(language: Language, cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(text, wanted)| (text, wanted, run(language, text)))
        .filter(|(_, wanted, found)| *wanted != found)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_examples_of_microsofts_reference() {
    check(
        Language::Entra,
        &[
            (
                r#"Append([userPrincipalName], ".test")"#,
                "John.Doe@contoso.com.test",
            ),
            ("BitAnd(&HF, &HF7)", "7"),
            ("CBool([givenName] = [givenName])", "yes"),
            ("CDate([hired])", "3/16/2012 7:00:00 AM"),
            (r#"CDate("2021-06-30+08:00")"#, "6/29/2021 4:00:00 PM"),
            (r#"CDate("2009-06-15T01:45:30-07:00")"#, "6/15/2009 8:45:30 AM"),
            ("Coalesce([mail],[userPrincipalName])", "John.Doe@contoso.com"),
            (
                r#"ConvertToBase64("Hello world!")"#,
                "SABlAGwAbABvACAAdwBvAHIAbABkACEA",
            ),
            (r#"ConvertToUTF8Hex("Hello world!")"#, "48656C6C6F20776F726C6421"),
            ("Count([proxyAddresses])", "3"),
            (r#"DateAdd("d", 7, CDate([hired]))"#, "3/23/2012 7:00:00 AM"),
            (r#"DateAdd("d", -10, CDate([hired]))"#, "3/6/2012 7:00:00 AM"),
            (r#"DateAdd("ww", 2, CDate([hired]))"#, "3/30/2012 7:00:00 AM"),
            (r#"DateAdd("m", 10, CDate([hired]))"#, "1/16/2013 7:00:00 AM"),
            (r#"DateAdd("yyyy", 2, CDate([hired]))"#, "3/16/2014 7:00:00 AM"),
            (
                r#"DateDiff("d", CDate("2021-08-18+08:00"), CDate("2021-08-31+08:00"))"#,
                "13",
            ),
            (r#"DateDiff("d", Now(), CDate([hired]))"#, "-3449"),
            (r#"DateDiff("ww", Now(), CDate([hired]))"#, "-493"),
            (r#"DateDiff("m", Now(), CDate([hired]))"#, "-113"),
            (r#"DateDiff("yyyy", Now(), CDate([hired]))"#, "-9"),
            (
                r#"DateDiff("d", CDate("2021-08-31+08:00"), CDate("2021-08-31+08:00"))"#,
                "0",
            ),
            (r#"DateDiff("h", CDate("2021-08-24"), CDate("2021-08-25"))"#, "24"),
            (
                r#"DateDiff("n", CDate("2021-08-24"), CDate("2021-08-25"))"#,
                "1440",
            ),
            (
                r#"DateDiff("s", CDate("2021-08-24"), CDate("2021-08-25"))"#,
                "86400",
            ),
            (
                r#"Switch([active], , "True", IIF(DateDiff("d", Now(), CDate([hired])) > 5, "False", "True"), "0", "False")"#,
                "True",
            ),
            ("DateFromNum(129699324000000000)", "1/1/2012 11:00:00 PM"),
            (
                r#"FormatDateTime([stamp], , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")"#,
                "2015-01-23",
            ),
            ("IgnoreFlowIfNullOrEmpty([mail])", "-"),
            (
                r#"IgnoreFlowIfNullOrEmpty(Switch([mail], "", "3443", "Dr."))"#,
                "-",
            ),
            (r#"IIF([country]="USA",[country],[department])"#, "Sales"),
            (r#"InStr("The quick brown fox","quick")"#, "5"),
            (r#"InStr("repEated","e",3,vbBinaryCompare)"#, "7"),
            ("IsNull([nothing])", "yes"),
            ("IsNullOrEmpty([mail])", "yes"),
            ("IsPresent([givenName])", "yes"),
            ("Item([proxyAddresses], 1)", "SMTP:a@x"),
            (r#"Left("John Doe", 3)"#, "Joh"),
            (r#"NormalizeDiacritics("Zoë")"#, "Zoe"),
            ("Now()", "8/25/2021 5:41:18 PM"),
            (
                r#"NumFromDate(Join("", FormatDateTime([contractEnd], ,"yyyy-MM-ddzzz", "yyyy-MM-dd"), " 23:59:59-08:00"))"#,
                "132539615990000000",
            ),
            (
                r#"NumFromDate(Join("",FormatDateTime([endDate], ,"M/d/yyyy hh:mm:ss tt","yyyy-MM-dd")," 23:59:59-08:00"))"#,
                "132539615990000000",
            ),
            ("PCase([first])", "Pablo Gonsalves (Second)"),
            (r#"PCase([last]," '-")"#, "Pinto-De'Silva"),
            ("RemoveDuplicates([proxyAddresses])", "SMTP:a@x|smtp:b@x"),
            (
                r#"Replace([BusinessTitle],"Product Developer", , , "Software Engineer", , )"#,
                "Software Engineer",
            ),
            (
                r#"Replace([UserID],"<username>", , , , , "<username>@contoso.com")"#,
                "jsmith@contoso.com",
            ),
            (
                r#"Replace([telephoneNumber], , "\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})", , "${phoneNumber}", , )"#,
                "9998887777",
            ),
            // Microsoft's page leaves out the plus, which its expression keeps.
            (r#"Replace([mobile], , "[()\\s-]+", , "", , )"#, "+19998887777"),
            (
                r#"Replace([street], ,"(?<streetNumber>^\\d*)","streetNumber", "888", , )"#,
                "888 Tremont Street",
            ),
            (
                r#"Replace([userPrincipalName], , "(?<Suffix>@(.)*)", "Suffix", "", , )"#,
                "John.Doe",
            ),
            (
                r#"Replace([mail], , "\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})", "phoneNumber" , , [other], )"#,
                "8887779999",
            ),
            (r#"Replace([nick], , "[a-zA-Z_]*", , "", , )"#, "72"),
            (
                r#"Replace([userPrincipalName], "@contoso.com", , ,"", ,)"#,
                "John.Doe",
            ),
            (
                r#"Split([permissions], ",")"#,
                "PermissionSetOne|PermissionSetTwo",
            ),
            (r#"StripSpaces("a b  c")"#, "abc"),
            (
                r#"Switch([state], "Australia/Sydney", "NSW", "Australia/Sydney","QLD", "Australia/Brisbane", "SA", "Australia/Adelaide")"#,
                "Australia/Brisbane",
            ),
            (
                r#"ToLower(Join("@", NormalizeDiacritics(StripSpaces(Join(".",  [givenName], [surname]))), "contoso.com"))"#,
                "john.doe@contoso.com",
            ),
            (r#"Word("The quick brown fox",3," ")"#, "brown"),
            (r#"Word("This,string!has&many separators",3,",!&#")"#, "has"),
            ("Append(Mid([givenName], 1, 3), Mid([surname], 1, 5))", "JohDoe"),
            (r#"Join(", ", "", [surname], [givenName])"#, "Doe, John"),
            (
                r#"Join("", 1000, Replace(ConvertToUTF8Hex("aJ"), , "[a-zA-Z_]*", , "", , ))"#,
                "1000614",
            ),
        ],
    );
}

#[test]
fn values_that_are_missing_empty_several_or_of_another_case() {
    check(
        Language::Entra,
        &[
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
                "error: `CDate`: `John` is not a date that is known, as 2026-01-31 or 1/31/2026 9:00:00 AM; name its form with `FormatDateTime`",
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
                "error: `FormatDateTime`: the style `AssumeLocal` is not known; a time without an offset is UTC, wherever wpsync runs",
            ),
            (r#"FormatDateTime([mail], , "yyyy", "yyyy")"#, "-"),
            (
                r#"FormatDateTime("Mon, 02 Mar 2020 17:05:09", , "ddd, dd MMM yyyy HH:mm:ss", "dddd d MMMM yy, h:mm tt zzz")"#,
                "Monday 2 March 20, 5:05 PM +00:00",
            ),
            ("[givenName]", "John"),
            ("[mail]", "-"),
            ("Redact([surname])", "Doe"),
        ],
    );
}

/// Conditions that Entra does not have, and those that fail there where an attribute is empty.
#[test]
fn conditions_are_better_on_purpose() {
    check(
        Language::Entra,
        &[
            (r#"IIF([state]="QLD" AND [city]="Ulm","yes","no")"#, "yes"),
            (r#"IIF([state]="NSW" OR [city]="Ulm","yes","no")"#, "yes"),
            (r#"IIF([country]="","Other",[country])"#, "Other"),
            (r#"IIF(IsNullOrEmpty([country]),"Other",[country])"#, "Other"),
            (r#"IIF(IsPresent([country]),[country],"Other")"#, "Other"),
            (r#"IIF([country]<>"USA","abroad","home")"#, "abroad"),
            ("IIF([number]>9,\"more\",\"less\")", "more"),
            ("IIF([number]<=9,\"less\",\"more\")", "more"),
            ("IIF([nothing]>9,\"more\",\"less\")", "less"),
            ("IIF([active],\"in\",\"out\")", "in"),
            ("IIF([active]=True,\"in\",\"out\")", "in"),
            ("IIF([hired] < Now(),\"past\",\"future\")", "past"),
            ("IIF(Not([active]),\"out\",[surname])", "Doe"),
        ],
    );
    check(
        Language::Cel,
        &[
            (
                r#"IIF(row.state == "QLD" && (row.city == "Ulm" || row.nothing == "x"), "yes", "no")"#,
                "yes",
            ),
            (
                "Coalesce(row.mail, row.nothing, row.userPrincipalName).lowerAscii()",
                "john.doe@contoso.com",
            ),
            (
                "IsPresent(row.mail) ? row.mail : row.userPrincipalName",
                "John.Doe@contoso.com",
            ),
            (r#"row.mail == "" ? null : row.mail"#, "cleared"),
            ("row.nothing", "error: `nothing` has no value"),
        ],
    );
}

#[test]
fn what_is_wrong_is_found_before_it_runs_and_has_its_place() {
    for (language, text, message, column) in [
        (
            Language::Cel,
            r#"Jion(" ", row.a)"#,
            "there is no function `Jion`",
            11,
        ),
        (
            Language::Cel,
            "row.a + coalesce(row.b)",
            "there is no function `coalesce`",
            19,
        ),
        (
            Language::Cel,
            "Mid(row.a, 1)",
            "`Mid` cannot take 2 arguments",
            11,
        ),
        (
            Language::Cel,
            r#"Mid(row.a, "x", 1)"#,
            "`start` of `Mid`: `x` is not a whole number",
            22,
        ),
        (
            Language::Cel,
            "Mid(row.a, true, 1)",
            "`start` of `Mid` takes a whole number, and this is true or false",
            22,
        ),
        (
            Language::Cel,
            r#"DateAdd("day", 1, Now())"#,
            "`interval` of `DateAdd`: `day` is not an interval",
            19,
        ),
        (
            Language::Cel,
            "row.a.lowerAsci()",
            "there is no function `lowerAsci`",
            17,
        ),
        (
            Language::Cel,
            r#"size(row.a) + "x""#,
            "a whole number and a text cannot be put together",
            23,
        ),
        (
            Language::Cel,
            "Guid()",
            "`Guid` cannot be had here: two plans of the same rows would differ",
            11,
        ),
        (
            Language::Entra,
            r#"Join(" ", [a]"#,
            "this is not a CEL expression",
            11,
        ),
        (
            Language::Entra,
            "Append([a], NormaliseDiacritics([b]))",
            "there is no function `NormaliseDiacritics`",
            23,
        ),
        (
            Language::Entra,
            "Append([a], [b)",
            "this is not an expression of Entra: `[` has no `]`",
            23,
        ),
        (
            Language::Entra,
            r#"Switch([a], "x", "y")"#,
            "`Switch` cannot take 3 arguments",
            11,
        ),
        (
            Language::Entra,
            "SelectUniqueValue([a], [b])",
            "`SelectUniqueValue` cannot be had here",
            11,
        ),
        (
            Language::Entra,
            r#"Replace([a], , "(?=x)", , "", , )"#,
            "`regexPattern` of `Replace`: `(?=x)` is not a regular expression that ends in bounded time",
            26,
        ),
    ] {
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
