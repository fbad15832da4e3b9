//! `docs/reliability.md` says which failure modes are guarded against and by which tests. It is kept equal to
//! the tests that there are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The names of a row's tests.
type Rows = BTreeMap<String, BTreeSet<String>>;

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md"))
        .expect("the page is there")
}

/// The rows of the page's table of failure modes: `| F-031 | what | guard | tests |`.
fn rows() -> Rows {
    let mut rows = Rows::new();
    for line in page().lines().filter(|line| line.starts_with("| F-")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 4, "four cells: {line}");
        let tests = cells[3]
            .trim_end_matches('|')
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        assert!(
            rows.insert(cells[0].replace("F-", "f"), tests).is_none(),
            "one row for each: {line}"
        );
    }
    rows
}

/// Every function of the tests and of the sources, and whether it is a test, is what runs it, or is neither
/// is for the compiler to say.
fn functions() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<PathBuf> = vec![root.join("src"), root.join("tests")];
    let mut names = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(path).expect("text");
                let declared = text
                    .lines()
                    .filter_map(|line| line.trim_start().trim_start_matches("async ").strip_prefix("fn "));
                names.extend(declared.map(|rest| {
                    rest.chars()
                        .take_while(|one| one.is_alphanumeric() || *one == '_')
                        .collect::<String>()
                }));
            }
        }
    }
    names
}

/// The numbers that a test is named after: `f062_f141_…` has two.
fn numbers(name: &str) -> Vec<String> {
    let is_number = |part: &&str| {
        part.len() == 4 && part.starts_with('f') && part[1..].bytes().all(|byte| byte.is_ascii_digit())
    };
    name.split('_').take_while(is_number).map(str::to_owned).collect()
}

#[test]
fn every_failure_mode_has_its_tests_and_every_test_its_row() {
    let (rows, functions) = (rows(), functions());
    assert!(rows.len() > 100, "the table is read");
    let mut wrong = Vec::new();
    for (number, tests) in &rows {
        if tests.is_empty() {
            wrong.push(format!("{number} has no test"));
        }
        wrong.extend(
            tests
                .difference(&functions)
                .map(|name| format!("{number} names {name}, which is no test")),
        );
    }
    for name in &functions {
        let missing = numbers(name)
            .into_iter()
            .filter(|number| !rows.get(number).is_some_and(|tests| tests.contains(name)));
        wrong.extend(missing.map(|number| format!("{name} is not in the row of {number}")));
    }
    assert!(
        wrong.is_empty(),
        "docs/reliability.md differs from the tests:\n{}",
        wrong.join("\n")
    );
}
