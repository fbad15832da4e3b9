//! The shape of the house, kept by tests: which rooms may touch the world, who may import whom, what a
//! function and a file may look like. `src/lib.rs` explains the rules. All code of every file is judged,
//! tests and macros included; [`planted`] shows it.

mod circles;
mod code;
mod layers;
mod names;
mod parsed;
mod planted;
mod purity;
mod reliability;
mod repository;
mod resolve;
mod rules;
mod shapes;
mod supply;
mod words;
mod writing;

use std::sync::LazyLock;

use code::Code;
use parsed::Parsed;
use repository::rust;
use rules::check;

/// The crate itself.
const SOURCES: &[&str] = &["src"];
static CODE: LazyLock<Code> = LazyLock::new(|| Code::of(&rust(SOURCES)));

/// All Rust of this repository.
const EVERYTHING: &[&str] = &["benches", "src", "tests"];

#[test]
fn rooms_import_what_the_table_of_layers_says() {
    check(layers::violations(&CODE));
}

#[test]
fn no_file_is_part_of_a_circle() {
    check(circles::violations(&CODE));
}

#[test]
fn pure_rooms_touch_nothing() {
    check(purity::violations(&CODE));
}

#[test]
fn what_reads_cannot_write() {
    check(writing::violations(&CODE));
}

#[test]
fn no_two_types_have_one_name() {
    check(names::violations(&Parsed::of(&rust(SOURCES))));
}

#[test]
fn functions_have_few_parameters_with_names_and_few_lines() {
    check(shapes::functions(&Parsed::of(&rust(EVERYTHING))));
}

#[test]
fn one_concept_a_file() {
    let texts = rust(SOURCES);
    check(shapes::long_files(&texts, &Parsed::of(&texts)));
}

#[test]
fn every_line_fits() {
    check(shapes::wide_lines(&rust(EVERYTHING)));
}
