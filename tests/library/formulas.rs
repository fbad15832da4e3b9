//! What a spreadsheet would run never stands in an exported cell, and every exported cell reads as the text
//! that it was.

use proptest::prelude::*;
use wpsync::desired::Coverage;
use wpsync::diagnostics::{Diagnostics, Files, Origin};
use wpsync::export::{Cells, csv, memberships_csv};
use wpsync::mapping::Mapping;
use wpsync::model::Live;
use wpsync::model::Snapshot;
use wpsync::model::{Attribute, AttributeId, Attributes, DataType, Kind, Place, Value};
use wpsync::project::{Rules, read_all};
use wpsync::source::{CsvOptions, FinalNewline, Input, Rows, SourceEntry, SourceFormat};

use crate::folder::CATALOG;

/// With what the OWASP says that formulas begin.
const ACTIVE: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

fn live(kind: Kind, id: &str, attributes: Attributes) -> Live {
    Live {
        kind,
        id: id.into(),
        version: None,
        attributes,
        members: None,
    }
}

/// A directory with one resource that has a text in one attribute, and a name.
fn holding(attribute: &Attribute, text: &str) -> Snapshot {
    let mut attributes = Attributes::new();
    attributes.set(CATALOG.naming(attribute.kind), Value::text("ada"));
    let value = Value::text(text);
    attributes.set(
        attribute.id,
        if matches!(attribute.place, Place::Set { .. }) {
            Value::set(vec![value])
        } else {
            value
        },
    );
    let one = live(attribute.kind, "1", attributes);
    match attribute.kind {
        Kind::User => Snapshot {
            users: vec![one],
            ..Snapshot::default()
        },
        Kind::Group => Snapshot {
            groups: vec![one],
            ..Snapshot::default()
        },
    }
}

/// The value that a CSV text gives an attribute of its one resource; none where the reader refuses it.
fn read(csv: &str, kind: Kind, attribute: AttributeId) -> Option<Value> {
    let (mut files, mut diagnostics) = (Files::new(), Diagnostics::new());
    let origin = Origin::start_of(files.add("wpsync.yaml", ""));
    let rows = if kind == Kind::User {
        Rows::Users
    } else {
        Rows::Groups
    };
    let format = SourceFormat::Csv(CsvOptions {
        rows,
        ..CsvOptions::default()
    });
    let source = SourceEntry {
        pattern: "a.csv".to_owned(),
        origin,
        format,
        final_newline: FinalNewline::Required,
        coverage: Coverage::Whole,
    };
    let input = Input {
        name: "a.csv".into(),
        bytes: csv.as_bytes().to_vec(),
        source,
    };
    let desired = read_all(
        vec![input],
        &Rules {
            catalog: &CATALOG,
            mapping: &Mapping::default(),
        },
        &mut files,
        &mut diagnostics,
    );
    let found = desired
        .of(kind)
        .first()
        .and_then(|one| one.value(attribute))
        .cloned();
    assert!(
        diagnostics.has_errors() || found.is_some(),
        "{csv:?} lost its value"
    );
    found.filter(|_| !diagnostics.has_errors())
}

fn cells(csv: &str) -> Vec<String> {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(true)
        .from_reader(csv.as_bytes());
    reader
        .records()
        .flat_map(|record| {
            record
                .expect("a row")
                .iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

fn texts() -> impl Iterator<Item = &'static Attribute> {
    let all = Kind::ALL.into_iter().flat_map(|kind| CATALOG.of(kind));
    all.filter(|one| one.is_writable() && one.data_type == DataType::String && one.place != Place::Reference)
}

/// Exports the text from everywhere and reads it again.
fn goes_round(text: &str) {
    for attribute in texts() {
        let snapshot = holding(attribute, text);
        let Ok(exported) = csv(&CATALOG, &snapshot, attribute.kind, Cells::Disarmed) else {
            assert!(
                matches!(attribute.place, Place::Set { .. }),
                "{}: {text:?}",
                attribute.path
            );
            continue; // a list's value that a list in a cell cannot hold
        };
        for cell in cells(&exported) {
            assert!(
                !cell.starts_with(ACTIVE),
                "{}: {cell:?} is run by a spreadsheet",
                attribute.path
            );
        }
        if let Some(found) = read(&exported, attribute.kind, attribute.id) {
            let expected = snapshot.of(attribute.kind)[0]
                .attributes
                .get(attribute.id)
                .expect("a value");
            assert_eq!(&found, expected, "{}", attribute.path);
        }
        let raw = csv(&CATALOG, &snapshot, attribute.kind, Cells::Raw).expect("an export");
        assert!(
            cells(&raw).iter().any(|cell| cell == text),
            "{}: {raw:?} is not the text as it is",
            attribute.path
        );
    }
}

#[test]
fn f134_a_nasty_text_in_any_field_is_no_formula_and_reads_as_it_was() {
    let nasty: Vec<String> =
        serde_json::from_str(include_str!("../review/naughty.json")).expect("a list of texts");
    assert!(nasty.len() > 300 && nasty.iter().any(|text| text.starts_with('=')));
    for text in nasty.iter().filter(|text| !text.is_empty()) {
        goes_round(text);
    }
}

#[test]
fn f134_names_in_memberships_are_no_formulas() {
    let named = |kind: Kind, id: &str, name: &str| {
        let mut attributes = Attributes::new();
        attributes.set(CATALOG.naming(kind), Value::text(name));
        live(kind, id, attributes)
    };
    let member = wpsync::model::Member {
        reference: wpsync::model::Reference {
            id: Some("1".into()),
            key: None,
        },
        kind: Some(Kind::User),
    };
    let group = Live {
        members: Some(vec![member]),
        ..named(Kind::Group, "2", "=cmd|' /C calc'!A1")
    };
    let snapshot = Snapshot {
        users: vec![named(Kind::User, "1", "@ada")],
        groups: vec![group],
        ..Snapshot::default()
    };
    let disarmed = memberships_csv(&CATALOG, &snapshot, Cells::Disarmed).expect("an export");
    assert_eq!(disarmed, "group,member\n'=cmd|' /C calc'!A1,'@ada\n");
    let raw = memberships_csv(&CATALOG, &snapshot, Cells::Raw).expect("an export");
    assert_eq!(raw, "group,member\n=cmd|' /C calc'!A1,@ada\n");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(100)))]

    #[test]
    fn f134_apostrophes_and_signs_go_round(text in "['=+@\\-\\t\\r\\n;, \"a1]{1,8}") {
        goes_round(&text);
    }
}
