//! Source files: the YAML and CSV that declare people, groups and memberships.
//!
//! Nothing here reads a disk or a clock. The input is bytes with their names ([`Input`]), and the output is
//! rows with their places. Every problem of every file is collected. [`crate::desired`] joins the rows of
//! several files.

mod csv;
mod encoding;
mod options;
mod reading;
mod text;
mod typing;
mod yaml;

pub(crate) use options::LIST_DELIMITER;
pub use options::{
    ByteOrderMark, CellForm, Column, ColumnPresence, ColumnTarget, CsvOptions, EmptyCell, FinalNewline,
    GroupNaming, Ignore, NameScope, NamedKinds, Rows, SourceEntry, SourceFormat,
};

pub(crate) use csv::{column_target, disarmed};
pub(crate) use encoding::decode;
pub(crate) use reading::typed;

use std::sync::Arc;

use reading::FileReading;

use crate::declared::{Declared, SourceFacts};
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Files, Origin};
use crate::mapping::Mapping;
use crate::model::Catalog;

/// A file's bytes and how to read them.
#[derive(Clone, Debug)]
pub struct Input {
    /// The file's path, relative to the configuration.
    pub name: Arc<str>,
    /// All bytes of the file, read once, so that the bytes that are hashed are those that are parsed.
    pub bytes: Vec<u8>,
    /// The entry of `sources:` that names the file.
    pub source: SourceEntry,
}

/// Reads all files, and collects their declarations and their problems.
pub(crate) struct SourceReader<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) mapping: &'a Mapping,
    pub(crate) files: &'a mut Files,
    pub(crate) diagnostics: &'a mut Diagnostics,
    pub(crate) declared: Declared,
}

impl SourceReader<'_> {
    /// Reads one file.
    pub(crate) fn read(&mut self, input: Input) -> SourceFacts {
        let Self {
            catalog,
            mapping,
            files,
            diagnostics,
            declared,
        } = self;
        let mut facts = SourceFacts {
            path: input.name.clone(),
            bytes: input.bytes.len() as u64,
            pattern: input
                .source
                .is_pattern()
                .then(|| input.source.pattern.as_str().into()),
            coverage: input.source.coverage,
            rows: 0,
            sha256: crate::digest::sha256_hex(&input.bytes),
        };
        let text = match decode(input.bytes) {
            Ok(text) => text,
            Err(bad) => {
                declared.is_cut = true;
                let file = files.add(input.name, "");
                diagnostics.push(bad.problem.at(Origin {
                    file,
                    line: bad.line,
                    column: bad.column,
                }));
                return facts;
            }
        };
        let file = files.add(input.name.clone(), text);
        let text = files.text(file).clone();
        if input.source.final_newline == FinalNewline::Required
            && let Some(problem) = unended(&text, file)
        {
            diagnostics.push(problem);
        }
        let mut reading = FileReading::new(catalog, mapping, file, declared);
        reading.is_of(&input.source);
        match &input.source.format {
            SourceFormat::Csv(options) => csv::read(&text, std::slice::from_ref(options), &mut reading),
            SourceFormat::OneOf(forms) => csv::read(&text, forms, &mut reading),
            SourceFormat::ByName if input.name.to_lowercase().ends_with(".csv") => {
                csv::read(&text, &[CsvOptions::default()], &mut reading);
            }
            SourceFormat::Yaml | SourceFormat::ByName => yaml::read(&text, &mut reading),
        }
        facts.rows = reading.finish(diagnostics);
        facts
    }
}

/// The problem of a file whose last line has no line end. The file may have been cut inside its last value.
fn unended(text: &str, file: FileId) -> Option<Diagnostic> {
    let last = text.rsplit('\n').next().filter(|last| !last.is_empty())?;
    let line = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let origin = Origin::new(file, line, last.chars().count() + 1);
    let problem = Diagnostic::error(
        "no-final-newline",
        origin,
        "the last line has no line end: the file may be cut short",
    );
    let hint = "check that the file is whole and end it with a line end, \
                or set `final_newline: optional` on this source";
    Some(problem.hint(hint))
}
