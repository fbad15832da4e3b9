//! The dialects that are shipped, and the JSON Schema that editors check dialect files with: what the one
//! reads the other accepts, and every row of a shipped file says where it was found. `src/schemas.rs` makes
//! the schema of the types that are read.

use serde_json::Value;
use wpsync::dialect::Checked;
use wpsync::dialect::Dialect;
use wpsync::model::{Catalog, Kind};

fn published() -> Value {
    serde_json::from_str(include_str!("../../schemas/dialect.schema.json")).expect("JSON")
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

#[test]
fn every_shipped_dialect_fits_the_schema_and_says_where_each_row_is_from() {
    let validator = jsonschema::draft202012::new(&published()).expect("a schema");
    let forms = Dialect::forms().map(|name| (name, Dialect::form_text(name), Dialect::form(name)));
    for (name, text, dialect) in Dialect::names()
        .map(|name| (name, Dialect::shipped_text(name), Dialect::shipped(name)))
        .chain(forms)
    {
        let file = yaml(text.expect("it is shipped"));
        let errors: Vec<String> = validator
            .iter_errors(&file)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let dialect = dialect.expect("it is shipped");
        let rows: Vec<&String> = file
            .as_object()
            .expect("an object")
            .keys()
            .filter(|row| !["name", "about", "sources"].contains(&row.as_str()))
            .collect();
        for row in &rows {
            assert!(
                dialect.notes.sources.contains_key(*row) || dialect.notes.sources.contains_key("others"),
                "{name}: {row} is from nowhere"
            );
        }
        for (row, source) in &dialect.notes.sources {
            assert!(
                row == "others" || rows.contains(&row),
                "{name}: a source for `{row}`, which is no row of the file"
            );
            assert!(
                !source.from.trim().is_empty() && source.checked != Checked::On(jiff::civil::Date::ZERO),
                "{name}: {row}"
            );
        }
    }
}

#[test]
fn the_schema_and_the_reader_agree_on_what_is_wrong() {
    let validator = jsonschema::draft202012::new(&published()).expect("a schema");
    for right in [
        "",
        "page_size: 5",
        "membership: { ask: { list: users, filter: 'groups.value eq {group}' } }",
        "rates: [{ path: /Users*, requests: 1, seconds: 1 }]",
    ] {
        let text = format!("name: x\n{right}\n");
        assert!(
            Dialect::parse(&text).is_ok() && validator.is_valid(&yaml(&text)),
            "{right}"
        );
    }
    for wrong in [
        "page_sise: 5",
        "page_size: 0",
        "paging: pages",
        "clearing: nil",
        "delete: { user: hard }",
        "membership: { ask: { list: users, filter: x } }",
        "rates: [{ path: Users, requests: 1, seconds: 1 }]",
        "rates: [{ requests: 1 }]",
        "sources: { page_size: { from: x } }",
        "sources: { page_size: { from: x, checked: yesterday } }",
        "normalises: { users: { userName: [upper] } }",
    ] {
        let text = format!("name: x\n{wrong}\n");
        assert!(Dialect::parse(&text).is_err(), "the reader accepts {wrong}");
        assert!(!validator.is_valid(&yaml(&text)), "the schema accepts {wrong}");
    }
}

#[test]
fn a_service_has_its_own_attributes_where_its_dialect_puts_them() {
    let dialect = Dialect::parse(
        "name: x\nplaces: { users: { manager: 'urn:x:2.0:User:boss.id', \
         emails.work: 'emails[type eq \"office\"].value' } }\n\
         extension_urns: { 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': 'urn:x:2.0:User' }\n\
         extensions: [{ id: 'urn:y:2.0:User', attributes: [{ name: startDate, type: dateTime }] }]\n\
         dates: epoch\n",
    )
    .expect("a dialect");
    let catalog = dialect.catalog();
    let find = |name: &str| catalog.find(Kind::User, name).expect("known");
    assert_eq!(find("department").qualified_root(), "urn:x:2.0:User:department");
    assert_eq!(
        (
            find("manager").qualified_root(),
            find("manager").reference_part.as_deref()
        ),
        ("urn:x:2.0:User:boss".to_owned(), Some("id"))
    );
    assert_eq!(find("startDate").qualified_root(), "urn:y:2.0:User:startDate");
    assert!(Catalog::built_in().find(Kind::User, "startDate").is_err());
}
