//! The shape of the house, kept by tests: which modules may touch the world, who may import whom, and that
//! every file says what it is for. `src/lib.rs` explains the rules.

mod reliability;
mod supply;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules that do no I/O and read no clock.
const PURE: [&str; 20] = [
    "declared",
    "desired",
    "diagnostics",
    "digest",
    "escape",
    "export",
    "mapping",
    "matching",
    "model",
    "plan",
    "policy",
    "review",
    "source",
    "yaml",
    "why",
    "drift",
    "undo",
    "redaction",
    "approval",
    "journal/record",
];

/// What touches the world.
const WORLD: [&str; 10] = [
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::io::stdin",
    "tokio::",
    "reqwest",
    "Timestamp::now",
    "SystemTime",
    "Instant::now",
];

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push((
                    path.strip_prefix(&root).expect("below").to_owned(),
                    fs::read_to_string(&path).expect("text"),
                ));
            }
        }
    }
    files.sort();
    files
}

/// A file's code without comments and without its tests.
fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]").next().unwrap_or_default();
    before_tests
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

fn module(path: &Path) -> String {
    let first = path
        .components()
        .next()
        .expect("a name")
        .as_os_str()
        .to_string_lossy()
        .into_owned();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn pure_modules_touch_nothing() {
    for (path, text) in sources() {
        let shown = path.to_string_lossy().into_owned();
        if !PURE
            .iter()
            .any(|pure| shown.starts_with(&format!("{pure}/")) || shown == format!("{pure}.rs"))
        {
            continue;
        }
        let code = code(&text);
        for door in WORLD {
            assert!(!code.contains(door), "{shown} is pure, and mentions {door}");
        }
    }
}

#[test]
fn the_library_never_prints() {
    for (path, text) in sources() {
        if matches!(module(&path).as_str(), "cli" | "main") {
            continue;
        }
        for word in [
            "println!",
            "eprintln!",
            "print!",
            "eprint!",
            "dbg!",
            "process::exit",
        ] {
            assert!(!code(&text).contains(word), "{} says {word}", path.display());
        }
    }
}

#[test]
fn no_module_imports_itself_through_others() {
    let files = sources();
    let modules: BTreeSet<String> = files
        .iter()
        .map(|(path, _)| module(path))
        .filter(|name| name != "lib" && name != "main")
        .collect();
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in &files {
        let code = code(text);
        let own = module(path);
        for name in modules.iter().filter(|name| **name != own) {
            if code.contains(&format!("crate::{name}::")) || code.contains(&format!("crate::{name};")) {
                imports.entry(own.clone()).or_default().insert(name.clone());
            }
        }
    }
    for start in &modules {
        let mut seen = BTreeSet::new();
        let mut todo = vec![start.clone()];
        while let Some(name) = todo.pop() {
            for next in imports.get(&name).into_iter().flatten() {
                assert_ne!(
                    next, start,
                    "{start} imports itself, by way of {name}: {imports:#?}"
                );
                if seen.insert(next.clone()) {
                    todo.push(next.clone());
                }
            }
        }
    }
}

#[test]
fn what_reads_cannot_write() {
    for (path, text) in sources() {
        let shown = path.to_string_lossy().into_owned();
        let holds_a_reader = [
            "survey/",
            "export/",
            "plan/",
            "why/",
            "drift/",
            "undo/",
            "doctor/",
            "cli/plan.rs",
            "cli/export.rs",
            "cli/why.rs",
            "cli/drift.rs",
            "cli/undo.rs",
            "cli/doctor.rs",
        ]
        .iter()
        .any(|name| shown.starts_with(name));
        let writes = code(&text).replace("csv::Writer", "").contains("Writer");
        assert!(!(holds_a_reader && writes), "{shown} can write");
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{} has no header", path.display());
    }
}

#[test]
fn one_concept_a_file() {
    for (path, text) in sources() {
        let lines = code(&text).lines().filter(|line| !line.trim().is_empty()).count();
        assert!(
            lines <= 400,
            "{} has {lines} lines of code: look for the missing concept",
            path.display()
        );
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).expect("text");
    let dependencies = manifest
        .split("[dependencies]")
        .nth(1)
        .expect("dependencies")
        .split("[features]")
        .next()
        .expect("an end");
    let mut above = "";
    for line in dependencies.lines().filter(|line| !line.starts_with('[')) {
        if line.contains(" = ") {
            assert!(line.contains('#') || above.starts_with('#'), "no reason: {line}");
        }
        above = line;
    }
}
