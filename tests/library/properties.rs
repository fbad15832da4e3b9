//! What holds for every source: no cut is taken for a whole file, no scalar becomes another text, no order
//! changes the result.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wpsync::desired::{Coverage, Desired};
use wpsync::diagnostics::{Diagnostics, Files, Origin};
use wpsync::mapping::Mapping;
use wpsync::model::Kind;
use wpsync::project::{Rules, read_all};
use wpsync::source::{FinalNewline, Input, SourceEntry, SourceFormat};

use crate::folder::CATALOG;
use crate::sources::all;

fn input(name: &str, bytes: &[u8], origin: Origin) -> Input {
    let source = SourceEntry {
        pattern: name.to_owned(),
        origin,
        format: SourceFormat::ByName,
        final_newline: FinalNewline::Required,
        coverage: Coverage::Whole,
    };
    Input {
        name: name.into(),
        bytes: bytes.to_vec(),
        source,
    }
}

/// Reads files without a disk.
fn read(files: &[(String, Vec<u8>)]) -> (Desired, Diagnostics) {
    let (mut known, mut diagnostics) = (Files::new(), Diagnostics::new());
    let origin = Origin::start_of(known.add("wpsync.yaml", ""));
    let inputs = files
        .iter()
        .map(|(name, bytes)| input(name, bytes, origin))
        .collect();
    let desired = read_all(
        inputs,
        &Rules {
            catalog: &CATALOG,
            mapping: &Mapping::default(),
        },
        &mut known,
        &mut diagnostics,
    );
    (desired, diagnostics)
}

fn read_one(name: &str, bytes: &[u8]) -> (Desired, Diagnostics) {
    read(&[(name.to_owned(), bytes.to_vec())])
}

/// Cuts a valid file at every byte: a cut inside a line is refused, a cut between two is refused or gives
/// whole people.
fn cut_everywhere(name: &str, text: &str) {
    let (whole, problems) = read_one(name, text.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    let whole = all(&whole);
    for at in 0..text.len() {
        let bytes = &text.as_bytes()[..at];
        let (desired, problems) = read_one(name, bytes);
        let at_line_end = bytes.last() == Some(&b'\n');
        assert!(
            at_line_end || problems.has_errors(),
            "cut at byte {at} of {name} was taken for whole: {:?}",
            String::from_utf8_lossy(bytes)
        );
        if name == "a.csv" && !problems.has_errors() {
            assert!(
                all(&desired).iter().all(|one| whole.contains(one)),
                "cut at byte {at}"
            );
        }
    }
}

#[test]
fn f002_a_file_cut_inside_a_line_is_never_taken_for_whole() {
    cut_everywhere(
        "a.csv",
        "userName,name.givenName,title,department\r\nada,\"Zoë, \"\"Z\"\"\",Engineer,\"R&D\nLab\"\r\n\
         bob,李,\"\",Legal\r\n",
    );
    cut_everywhere(
        "a.yaml",
        "users:\n  - userName: ada\n    name: { givenName: \"Zoë\", familyName: 'L' }\n    roles:\n      \
         - a\n    title: |\n      two\n      lines\ngroups:\n  - displayName: 李\n    members: [ada]\n",
    );
}

/// The title that a YAML text gives a person, by our reader: a text, no value, or a refusal.
fn title(yaml_value: &str) -> Result<Option<String>, ()> {
    let text = format!("users:\n  - userName: ada\n    title: {yaml_value}\n");
    let (desired, problems) = read_one("a.yaml", text.as_bytes());
    if problems.has_errors() {
        return Err(());
    }
    let title = CATALOG.well_known(Kind::User, "title");
    Ok(desired.users[0]
        .value(title)
        .and_then(|value| value.as_text())
        .map(str::to_owned))
}

/// The same by the reference reader; none where it refuses the text.
fn title_by_reference(yaml_value: &str) -> Option<String> {
    let text = format!("users:\n  - userName: ada\n    title: {yaml_value}\n");
    let read: BTreeMap<String, Vec<BTreeMap<String, String>>> = serde_yaml::from_str(&text).ok()?;
    read.get("users")?.first()?.get("title").cloned()
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

#[test]
fn f007_scalars_that_look_like_other_types_keep_their_text() {
    for text in [
        "NO",
        "no",
        "yes",
        "on",
        "off",
        "y",
        "n",
        "true",
        "False",
        "0123",
        "0o17",
        "0x1F",
        "1e3",
        "1_000",
        "1.10",
        ".5",
        "-.inf",
        ".nan",
        "NaN",
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "12:30:45",
        "190:20:30",
        "+49123",
        "-0",
        "=",
        "R&D",
        "a b",
        "a#b",
        "http://x/?a=b",
        "é",
    ] {
        assert_eq!(title(text), Ok(Some(text.to_owned())), "{text}");
        assert_eq!(title_by_reference(text).as_deref(), Some(text), "{text}");
    }
    for text in ["~", "null", "Null", "NULL", "", "# a comment"] {
        assert_eq!(title(text), Ok(None), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(600)))]

    #[test]
    fn f007_a_plain_scalar_is_its_text_or_refused(text in "[ -~é李]{0,14}") {
        if let (Ok(Some(ours)), Some(reference)) = (title(&text), title_by_reference(&text)) {
            prop_assert_eq!(&ours, &reference);
        }
        if let Ok(None) = title(&text) {
            let value = text.split(" #").next().unwrap_or_default().trim();
            prop_assert!(is_null(value) || value.starts_with('#'), "{:?} was taken for no value", text);
        }
    }

    #[test]
    fn f007_a_quoted_scalar_is_its_text_or_refused(text in "\\PC{0,12}|[ -~\\n\\t\\r]{0,12}") {
        let quoted = serde_json::to_string(&text).expect("a text");
        if let Ok(ours) = title(&quoted) {
            prop_assert_eq!(ours, Some(text));
        }
    }

    #[test]
    fn f005_two_spellings_of_one_name_are_refused(name in "[a-zA-Zéœ李ａ]{1,8}") {
        for spelling in [name.to_uppercase(), name.to_lowercase()] {
            let people = format!("users:\n  - userName: '{name}'\n  - userName: '{spelling}'\n");
            let (_, problems) = read_one("a.yaml", people.as_bytes());
            prop_assert!(problems.has_errors());
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        text in "[userNam:,\\-\\[\\]{}\"' \\n&*!|>#?%@]{0,80}",
    ) {
        for name in ["a.csv", "a.yaml"] {
            read_one(name, &bytes);
            read_one(name, text.as_bytes());
            read_one(name, format!("userName,title\n{text}").as_bytes());
            read_one(name, format!("users:\n  - {text}\n").as_bytes());
        }
    }

    #[test]
    fn the_order_of_files_rows_and_keys_changes_nothing(seed in any::<u64>()) {
        let expected = all(&read(&files(None)).0);
        let (desired, problems) = read(&files(Some(seed)));
        prop_assert!(problems.is_empty(), "{problems:?}");
        prop_assert_eq!(all(&desired), expected);
    }
}

/// A small organisation in three files, in the order of a seed.
fn files(seed: Option<u64>) -> Vec<(String, Vec<u8>)> {
    let mut state = seed.unwrap_or(0) | 1;
    let mut shuffle = |mut items: Vec<String>| {
        if seed.is_some() {
            for last in (1..items.len()).rev() {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                items.swap(last, usize::try_from(state >> 33).unwrap_or(0) % (last + 1));
            }
        }
        items
    };
    let people = (0..8)
        .map(|number| {
            let roles = shuffle(vec!["b".into(), "a".into(), "c".into()]).join(", ");
            let keys = shuffle(vec![
                format!("userName: Person{number}@example.com"),
                format!("externalId: E{number}"),
                format!("roles: [{roles}]"),
                "groups: [Sales, All]".to_owned(),
                if number == 0 {
                    "title: Title 0".to_owned()
                } else {
                    format!("manager: E{}", number / 2)
                },
            ]);
            format!("  - {}\n", keys.join("\n    "))
        })
        .collect();
    let people = format!("users:\n{}", shuffle(people).concat());
    let groups = shuffle(vec![
        "  - displayName: Sales\n".into(),
        "  - displayName: All\n    members: [E3, group:sales]\n".into(),
    ]);
    let titles = (0..8)
        .map(|number| format!("E{number},Title {number}\n"))
        .collect();
    let titles = format!("externalId,title\n{}", shuffle(titles).concat());
    let all = shuffle(vec![
        "people.yaml".into(),
        "groups.yaml".into(),
        "titles.csv".into(),
    ]);
    let text = |name: &str| match name {
        "people.yaml" => people.clone(),
        "groups.yaml" => format!("groups:\n{}", groups.concat()),
        _ => titles.clone(),
    };
    all.into_iter()
        .map(|name| (name.clone(), text(&name).into_bytes()))
        .collect()
}
