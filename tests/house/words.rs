//! What is kept by looking for words.

use crate::code::Code;
use crate::repository::{read, rust};

#[test]
fn the_library_never_prints() {
    for (name, module) in &crate::CODE.modules {
        if ["cli", "main"].contains(&Code::room(name)) {
            continue;
        }
        for mention in &module.mentions {
            let said = mention.path.join("::");
            let prints = ["println", "eprintln", "print", "eprint", "dbg"].contains(&said.as_str());
            let ends = said.ends_with("process::exit") || said.ends_with("process::abort");
            assert!(!prints && !ends, "{}:{}: {said}", module.file, mention.line);
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (file, text) in rust(&["benches", "src", "tests"]) {
        assert!(text.starts_with("//! "), "{file} has no header");
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = read("Cargo.toml");
    let mut is_table_of_dependencies = false;
    let mut above = "";
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_table_of_dependencies = line.contains("dependencies]");
        } else if is_table_of_dependencies && line.contains(" = ") {
            assert!(line.contains('#') || above.starts_with('#'), "no reason: {line}");
        }
        above = line;
    }
}
