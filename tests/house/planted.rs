//! Every rule catches what it forbids, wherever that stands in a file.

use crate::code::Code;
use crate::parsed::Parsed;
use crate::repository::Texts;
use crate::rules::Violation;
use crate::{circles, layers, names, purity, shapes, writing};

/// Where an item may stand: `ITEM` is what is planted.
const POSITIONS: &[(&str, &str)] = &[
    ("at the top", "ITEM"),
    ("behind code", "//! A file.\n\npub const A: u8 = 1;\n\nITEM"),
    (
        "behind a module of tests",
        "#[cfg(test)]\nmod tests {\n    fn a() {}\n}\n\nITEM",
    ),
    (
        "behind the mention of a file of tests",
        "#[cfg(test)]\nmod tests;\n\nITEM",
    ),
    ("in a module of tests", "#[cfg(test)]\nmod tests {\n    ITEM\n}"),
    (
        "in a module in a module",
        "mod outer {\n    pub mod inner {\n        ITEM\n    }\n}",
    ),
    ("in a function", "fn outer() {\n    ITEM\n}"),
    (
        "in a method",
        "struct Outer;\nimpl Outer {\n    fn method(&self) {\n        ITEM\n    }\n}",
    ),
    (
        "in a closure",
        "fn outer() {\n    let _ = || {\n        ITEM\n    };\n}",
    ),
    (
        "in a trait",
        "trait Outer {\n    fn method(&self) {\n        ITEM\n    }\n}",
    ),
    ("in a macro of items", "thread_local! {\n    ITEM\n}"),
    (
        "in a macro of expressions",
        "fn outer() {\n    assert!(true, \"{}\", { ITEM });\n}",
    ),
    (
        "in a macro's own words",
        "fn outer() {\n    select! { one = two() => { ITEM } }\n}",
    ),
    (
        "in a macro's definition",
        "macro_rules! planted {\n    ($a:ident) => {\n        ITEM\n    };\n}",
    ),
];

/// A rule, a file of the crate, and items that the rule forbids there.
struct Plant {
    rule: fn(&Texts) -> Vec<Violation>,
    file: &'static str,
    /// Files beside it.
    beside: &'static [(&'static str, &'static str)],
    items: &'static [&'static str],
}

fn of_code(texts: &Texts, rule: fn(&Code) -> Vec<Violation>) -> Vec<Violation> {
    rule(&Code::of(texts))
}

const PLANTS: &[Plant] = &[
    Plant {
        rule: |texts| of_code(texts, layers::violations),
        file: "src/model/planted.rs",
        beside: &[
            ("src/cli/mod.rs", "pub fn run() {}"),
            ("src/model/mod.rs", "mod planted;"),
            ("src/client/mod.rs", "mod writer;\npub use writer::Writer;"),
            ("src/client/writer.rs", "pub struct Writer;"),
        ],
        items: &[
            "use crate::client::Writer;",
            "use crate::{client};",
            "use crate::{client as directory};",
            "use crate::client::*;",
            "pub use crate::client::Writer as Reader;",
            "fn planted() { crate::client::run() }",
            "fn planted(writer: &crate::client::Writer) {}",
            "fn planted() { use crate as house; house::client::run() }",
            "#[serde(with = \"crate::client::text\")] struct Planted;",
            "use wpsync::cli::run;",
        ],
    },
    Plant {
        rule: |texts| of_code(texts, circles::violations),
        file: "src/plan/planted.rs",
        beside: &[
            (
                "src/plan/mod.rs",
                "mod planted;\nmod other;\npub use other::Other;",
            ),
            (
                "src/plan/other.rs",
                "use super::planted::Word;\npub struct Other(Word);",
            ),
        ],
        items: &[
            "use crate::plan::Other;",
            "use crate::plan::other::Other as Another;",
            "fn planted() { let _: crate::plan::Other; }",
            "fn planted() { use crate::plan::*; Other::new(); }",
        ],
    },
    Plant {
        rule: |texts| of_code(texts, purity::violations),
        file: "src/plan/planted.rs",
        beside: &[],
        items: &[
            "use std::fs;",
            "use std::fs as f;",
            "use std::{fmt, fs::File};",
            "use std::fs::*;",
            "fn planted() { std::fs::read(\"a\"); }",
            "fn planted() { ::std::fs::read(\"a\"); }",
            "fn planted() { use std as s; s::fs::read(\"a\"); }",
            "fn planted() { use std::time as t; let _ = t::Instant::now(); }",
            "fn planted() { use jiff::Timestamp as T; T::now(); }",
            "fn planted(path: &std::path::Path) { path.exists(); }",
            "fn planted() { rand::random::<u8>(); }",
            "fn planted() { std::env::var(\"HOME\"); }",
            "async fn planted() { tokio::time::sleep(a).await }",
            "extern crate reqwest;",
        ],
    },
    Plant {
        rule: |texts| of_code(texts, writing::violations),
        file: "src/survey/planted.rs",
        beside: &[
            ("src/survey/mod.rs", "mod planted;"),
            (
                "src/client/mod.rs",
                "mod writer;\nmod reader;\npub use writer::Writer;\npub use reader::open;",
            ),
            ("src/client/writer.rs", "pub struct Writer;"),
            (
                "src/client/reader.rs",
                "use super::Writer;\npub fn open() -> Writer { Writer }",
            ),
        ],
        items: &[
            "use crate::client::Writer;",
            "use crate::client::Writer as Reader;",
            "fn planted() { crate::client::open().delete() }",
        ],
    },
    Plant {
        rule: |texts| shapes::functions(&Parsed::of(texts)),
        file: "src/plan/planted.rs",
        beside: &[],
        items: &[
            "fn planted((kind, matches): (Kind, &Matches)) {}",
            "fn planted(pair: (Kind, Matches)) {}",
            "fn planted(pair: &mut (Kind, Matches)) {}",
            "type Pair<'a> = (Kind, &'a Matches);",
            "impl Planted { fn planted(&self, pair: (u8, u8)) {} }",
            "trait Planted { fn planted(&self, pair: (u8, u8)); }",
            "impl From<(u8, u8)> for Planted { fn from(pair: (u8, u8)) -> Self { Planted } }",
            "fn planted() { let _ = |(a, b): (u8, u8)| a; }",
            "fn planted(force: bool) {}",
            "impl Planted { fn planted(&self, force: bool) {} }",
            "fn planted(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8) {}",
            "impl Planted { fn planted(&self, b: u8, c: u8, d: u8, e: u8, f: u8) {} }",
            "fn planted() -> Result<u8, String> {}",
            "fn planted() -> std::result::Result<u8, &'static str> {}",
            "type Outcome<T> = Result<T, String>;",
            "struct Planted { last: Option<Result<u8, String>> }",
        ],
    },
    Plant {
        rule: |texts| names::violations(&Parsed::of(texts)),
        file: "src/plan/planted.rs",
        beside: &[("src/state/mod.rs", "struct State;")],
        items: &[
            "struct State { at: u8 }",
            "pub enum State { On, Off }",
            "pub(crate) trait State {}",
            "type State = u8;",
            "union State { a: u8 }",
        ],
    },
];

#[test]
fn every_rule_sees_every_position_of_a_file() {
    for plant in PLANTS {
        let beside: Texts = plant
            .beside
            .iter()
            .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()))
            .collect();
        assert_eq!(
            (plant.rule)(&beside),
            [],
            "nothing is planted yet in {}",
            plant.file
        );
        for item in plant.items {
            for (position, around) in POSITIONS {
                let mut texts = beside.clone();
                texts.insert(plant.file.to_owned(), around.replace("ITEM", item));
                let found = (plant.rule)(&texts);
                assert!(
                    found.iter().any(|violation| violation.file == plant.file),
                    "{position}, this is not seen: {item}"
                );
            }
        }
    }
}

/// What looks like a violation and is none.
#[test]
fn every_rule_lets_pass_what_it_allows() {
    let texts: Texts = [
        (
            "src/plan/mod.rs",
            "mod diff;\nmod seal;\npub use diff::diff;\npub use seal::*;\nuse self::seal::Seal;",
        ),
        (
            "src/plan/diff.rs",
            "use super::seal::Seal;\npub fn diff(seal: Seal) {}\n#[cfg(test)]\nmod tests { use super::*; }",
        ),
        (
            "src/plan/seal.rs",
            "pub struct Seal;\nimpl fmt::Debug for Seal { fn fmt(&self, on: bool) {} }",
        ),
        (
            "src/plan/text.rs",
            "//! Says `std::fs` and crate::client::Writer.\nconst A: &str = include_str!(\"a\"); // std::fs",
        ),
        (
            "src/plan/pairs.rs",
            "fn pairs(all: &[(u8, u8)], each: impl Fn((u8, u8))) { all.iter().map(|(a, b)| a); }",
        ),
        (
            "src/plan/serde.rs",
            "fn is_unset(flag: &bool) -> bool { !flag }\nfn nothing(unit: ()) {}",
        ),
        (
            "src/plan/result.rs",
            "fn text() -> Result<String, Problem> {}\nstruct Fs { fs: u8, exists: bool }",
        ),
    ]
    .map(|(file, text)| (file.to_owned(), text.to_owned()))
    .into();
    let (code, parsed) = (Code::of(&texts), Parsed::of(&texts));
    let found = [
        layers::violations(&code),
        circles::violations(&code),
        purity::violations(&code),
        writing::violations(&code),
        names::violations(&parsed),
        shapes::functions(&parsed),
        shapes::long_files(&texts, &parsed),
        shapes::wide_lines(&texts)
            .into_iter()
            .filter(|wide| wide.file.is_empty())
            .collect(),
    ];
    assert_eq!(found.concat(), []);
}

#[test]
fn lengths_are_counted() {
    let texts = |text: String| Texts::from([("src/plan/planted.rs".to_owned(), text)]);
    let function = |lines: usize| texts(format!("fn a() {{\n{}}}", "b();\n".repeat(lines - 2)));
    let functions = |texts: &Texts| shapes::functions(&Parsed::of(texts)).len();
    assert_eq!((functions(&function(60)), functions(&function(61))), (0, 1));

    let file = |lines: usize| {
        let tests = "#[cfg(test)]\nmod tests {\n    const A: u8 = 1;\n}\n";
        texts(format!(
            "//! A file.\n\n{tests}{}",
            "const A: u8 = 1;\n".repeat(lines)
        ))
    };
    let files = |texts: &Texts| shapes::long_files(texts, &Parsed::of(texts)).len();
    assert_eq!((files(&file(400)), files(&file(401))), (0, 1));

    let line = |columns: usize| texts(format!("// {}\n", "é".repeat(columns - 3)));
    let lines = |texts: &Texts| shapes::wide_lines(texts).len();
    assert_eq!((lines(&line(110)), lines(&line(111))), (0, 1));
}
