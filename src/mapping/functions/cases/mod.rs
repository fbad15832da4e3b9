//! What each function gives, in Entra's language: first the examples of Microsoft's reference, then the edge
//! cases.

mod edges;
mod examples;
mod mistakes;

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

pub(super) fn check(language: Language, cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(text, wanted)| (text, wanted, run(language, text)))
        .filter(|(_, wanted, found)| *wanted != found)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Tests conditions that Entra does not have, and conditions that fail in Entra if an attribute is empty.
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
