//! `docs/reliability.md` says which failure modes are guarded against and by which tests, and which sentences
//! are said when. It is kept equal to the tests and the sentences that there are.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};

use crate::repository::{Texts, read, rust};

/// The failure modes of a page, each with the names of its tests.
type Rows = BTreeMap<String, BTreeSet<String>>;

/// When a function runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Function {
    is_test: bool,
    is_ignored: bool,
}

impl Function {
    fn runs_always(self) -> bool {
        self.is_test && !self.is_ignored
    }
}

/// The rows of a page's table of failure modes: `| F-031 | what | guard | tests |`.
fn rows(page: &str) -> Rows {
    let mut rows = Rows::new();
    for line in page.lines().filter(|line| line.starts_with("| F-")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 4, "four cells: {line}");
        let tests = cells[3].trim_end_matches('|').split('`').skip(1).step_by(2);
        let before = rows.insert(cells[0].replace("F-", "f"), tests.map(str::to_owned).collect());
        assert!(before.is_none(), "one row for each: {line}");
    }
    rows
}

/// Every function of these files, those that a macro is given included.
fn functions(texts: &Texts) -> BTreeMap<String, Function> {
    let mut functions = BTreeMap::new();
    for (file, text) in texts {
        let tokens = text.parse().unwrap_or_else(|error| panic!("{file}: {error}"));
        collect(tokens, &mut functions);
    }
    functions
}

fn collect(tokens: TokenStream, functions: &mut BTreeMap<String, Function>) {
    let mut function = Function::default();
    let mut before = None;
    for token in tokens {
        let is_attribute = matches!(&before, Some(TokenTree::Punct(mark)) if mark.as_char() == '#');
        match &token {
            TokenTree::Group(group) if is_attribute => {
                let attribute = group.stream().to_string().replace(' ', "");
                let path = attribute.split(['(', '=']).next().unwrap_or_default();
                function.is_test |= path == "test" || path.ends_with("::test");
                function.is_ignored |= path == "ignore";
            }
            TokenTree::Ident(name) if matches!(&before, Some(TokenTree::Ident(word)) if word == "fn") => {
                functions.insert(name.to_string(), std::mem::take(&mut function));
            }
            TokenTree::Group(group) => {
                collect(group.stream(), functions);
                function = Function::default();
            }
            TokenTree::Punct(mark) if mark.as_char() == ';' => function = Function::default(),
            _ => {}
        }
        before = Some(token);
    }
}

/// The numbers that a test is named after: `f062_f141_…` has two.
fn numbers(name: &str) -> Vec<String> {
    let is_number = |part: &&str| {
        part.len() == 4 && part.starts_with('f') && part[1..].bytes().all(|byte| byte.is_ascii_digit())
    };
    name.split('_').take_while(is_number).map(str::to_owned).collect()
}

/// In what a page and the tests differ.
fn differences(rows: &Rows, functions: &BTreeMap<String, Function>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (number, tests) in rows {
        let known = tests.iter().filter_map(|name| functions.get(name));
        if !known.clone().any(|function| function.runs_always()) {
            wrong.push(format!("{number} has no test that runs in `cargo test`"));
        }
        let unknown = tests
            .iter()
            .filter(|name| !functions.get(*name).is_some_and(|function| function.is_test));
        wrong.extend(unknown.map(|name| format!("{number} names {name}, which is no test")));
    }
    for name in functions.keys() {
        let missing = numbers(name)
            .into_iter()
            .filter(|number| !rows.get(number).is_some_and(|tests| tests.contains(name)));
        wrong.extend(missing.map(|number| format!("{name} is not in the row of {number}")));
    }
    wrong
}

/// A sentence that the command says, with the tests of it.
struct Sentence<'p> {
    /// Its fixed parts.
    parts: Vec<&'p str>,
    /// Tests of a world in which it is said, and of one in which it is not.
    tests: [Vec<&'p str>; 2],
}

/// The rows of a page's table of sentences: `| "No changes. …" | when | tests | tests |`.
fn sentences(page: &str) -> Vec<Sentence<'_>> {
    let rows = page.lines().filter(|line| line.starts_with("| \""));
    let sentence = |row| {
        let cells: Vec<&str> = str::trim_matches(row, '|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 4, "four cells: {row}");
        let tests = |cell: usize| cells[cell].split('`').skip(1).step_by(2).collect();
        Sentence {
            parts: cells[0]
                .trim_matches('"')
                .split(['…', '`'])
                .map(str::trim)
                .collect(),
            tests: [tests(2), tests(3)],
        }
    };
    rows.map(sentence).collect()
}

/// In what a table of sentences differs from the sources and the tests.
fn unsaid(page: &str, sources: &Texts, functions: &BTreeMap<String, Function>) -> Vec<String> {
    let mut wrong = Vec::new();
    for Sentence { parts, tests } in sentences(page) {
        for part in parts.iter().filter(|part| part.chars().any(char::is_alphabetic)) {
            if !sources.values().any(|text| text.contains(part)) {
                wrong.push(format!("nothing says {part:?}"));
            }
        }
        for tests in tests {
            if tests.is_empty() {
                wrong.push(format!("{parts:?} has not both tests"));
            }
            let always = |name: &&str| {
                functions
                    .get(*name)
                    .is_some_and(|function| function.runs_always())
            };
            let missing = tests.iter().filter(|name| !always(name));
            wrong.extend(
                missing.map(|name| format!("{parts:?} names {name}, which is no test that always runs")),
            );
        }
    }
    wrong
}

#[test]
fn every_headline_is_one_that_is_said_and_has_its_tests() {
    let page = read("docs/reliability.md");
    assert!(sentences(&page).len() > 20, "the table is read");
    let wrong = unsaid(&page, &rust(&["src"]), &functions(&rust(&["src", "tests"])));
    assert!(
        wrong.is_empty(),
        "docs/reliability.md differs from what is said:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn a_headline_that_nobody_says_or_tests_is_found() {
    let texts = |text: &str| Texts::from([("src/a.rs".to_owned(), text.to_owned())]);
    let tests = functions(&texts(
        "#[test]\nfn said() {}\n#[test]\n#[ignore]\nfn rarely() {}",
    ));
    let sources = texts("const A: &str = \"Apply complete: \";");
    for (row, wrong) in [
        ("| \"Apply complete: …\" | when | `said` | `said` |", 0),
        ("| \"Apply finished: …\" | when | `said` | `said` |", 1),
        ("| \"Apply complete: …\" | when | `said` | `rarely` |", 1),
        ("| \"Apply complete: …\" | when | `said` | none |", 1),
    ] {
        assert_eq!(unsaid(row, &sources, &tests).len(), wrong, "{row}");
    }
}

#[test]
fn every_failure_mode_has_its_tests_and_every_test_its_row() {
    let rows = rows(&read("docs/reliability.md"));
    assert!(rows.len() > 100, "the table is read");
    let wrong = differences(&rows, &functions(&rust(&["src", "tests"])));
    assert!(
        wrong.is_empty(),
        "docs/reliability.md differs from the tests:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn a_page_that_promises_too_much_is_found() {
    let tests = |text: &str| functions(&Texts::from([("tests/a.rs".to_owned(), text.to_owned())]));
    let page = rows("| F-001 | what | guard | `f001_a`, `f001_b` |\n");
    let always = "#[test]\nfn f001_a() {}\n";
    for (text, wrong) in [
        ("#[test]\nfn f001_b() {}", vec![]),
        ("#[test]\n#[ignore = \"slow\"]\nfn f001_b() {}", vec![]),
        ("proptest! {\n#[test]\nfn f001_b(a in 0..1) {} }", vec![]),
        (
            "mod a {\n#[tokio::test(start_paused = true)]\nasync fn f001_b() {} }",
            vec![],
        ),
        ("", vec!["f001 names f001_b, which is no test"]),
        ("fn f001_b() {}", vec!["f001 names f001_b, which is no test"]),
        (
            "#[test] fn f001_b() {}\n#[test] fn f001_c() {}",
            vec!["f001_c is not in the row of f001"],
        ),
        (
            "#[test] fn f001_b() {}\n#[test] fn f002_c() {}",
            vec!["f002_c is not in the row of f002"],
        ),
    ] {
        assert_eq!(
            differences(&page, &tests(&format!("{always}{text}"))),
            wrong,
            "{text}"
        );
    }
    let only_ignored = "#[ignore]\n#[test]\nfn f001_a() {}\n#[test]\n#[ignore]\nfn f001_b() {}";
    let wrong = ["f001 has no test that runs in `cargo test`"];
    assert_eq!(differences(&page, &tests(only_ignored)), wrong);
}
