//! The examples of Microsoft's reference.

use super::check;
use crate::mapping::Language;

/// Expressions and what they give.
const EXAMPLES: &[(&str, &str)] = &[
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
        concat!(
            r#"Switch([active], , "True", IIF(DateDiff("d", Now(), CDate([hired])) > 5, "False", "#,
            r#""True"), "0", "False")"#
        ),
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
        concat!(
            r#"NumFromDate(Join("", FormatDateTime([contractEnd], ,"yyyy-MM-ddzzz", "#,
            r#""yyyy-MM-dd"), " 23:59:59-08:00"))"#
        ),
        "132539615990000000",
    ),
    (
        concat!(
            r#"NumFromDate(Join("",FormatDateTime([endDate], ,"M/d/yyyy hh:mm:ss "#,
            r#"tt","yyyy-MM-dd")," 23:59:59-08:00"))"#
        ),
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
        concat!(
            r#"Replace([telephoneNumber], , "\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})", , "#,
            r#""${phoneNumber}", , )"#
        ),
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
        concat!(
            r#"Switch([state], "Australia/Sydney", "NSW", "Australia/Sydney","QLD", "#,
            r#""Australia/Brisbane", "SA", "Australia/Adelaide")"#
        ),
        "Australia/Brisbane",
    ),
    (
        concat!(
            r#"ToLower(Join("@", NormalizeDiacritics(StripSpaces(Join(".",  [givenName], "#,
            r#"[surname]))), "contoso.com"))"#
        ),
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
];

#[test]
fn the_examples_of_microsofts_reference() {
    check(Language::Entra, EXAMPLES);
}
