//! Source files: the YAML and CSV that declare people, groups and memberships.
//!
//! Nothing here touches a disk or a clock: bytes come in with their names ([`Input`]) and rows with their
//! places go out. Every problem of every file is collected. Joining the rows of several files is
//! [`crate::desired`]'s work.

mod csv;
mod encoding;
mod options;
mod reading;
mod text;
mod typing;
mod yaml;

pub use options::{
    ByteOrderMark, CellForm, Column, ColumnTarget, CsvOptions, Empty, FinalNewline, Format, Ignore,
    LIST_DELIMITER, Presence, References, Rows, Source,
};

pub(crate) use csv::{column_target, disarmed};
pub(crate) use encoding::decode;
pub(crate) use reading::typed;

use std::sync::Arc;

use reading::Reading;

use crate::declared::{Declared, SourceFacts};
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Files, Origin};
use crate::mapping::Mapping;
use crate::model::Catalog;

/// A file's bytes, and how they are to be read.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its path as users know it, relative to the configuration.
    pub name: Arc<str>,
    /// All its bytes, read once: what is hashed is what is parsed.
    pub bytes: Vec<u8>,
    /// The entry of `sources:` that asks for it.
    pub source: Source,
}

/// The reading of all files: what they declare, and what is wrong with them.
pub(crate) struct Reader<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) mapping: &'a Mapping,
    pub(crate) files: &'a mut Files,
    pub(crate) diagnostics: &'a mut Diagnostics,
    pub(crate) declared: Declared,
}

impl Reader<'_> {
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
            rows: 0,
            sha256: crate::digest::sha256_hex(&input.bytes),
        };
        let text = match decode(input.bytes) {
            Ok(text) => text,
            Err(bad) => {
                declared.is_partial = true;
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
        let mut reading = Reading::new(catalog, mapping, file, declared);
        match &input.source.format {
            Format::Csv(options) => csv::read(&text, std::slice::from_ref(options), &mut reading),
            Format::OneOf(forms) => csv::read(&text, forms, &mut reading),
            Format::ByName if input.name.to_lowercase().ends_with(".csv") => {
                csv::read(&text, &[CsvOptions::default()], &mut reading)
            }
            Format::Yaml | Format::ByName => yaml::read(&text, &mut reading),
        }
        facts.rows = reading.finish(diagnostics);
        facts
    }
}

/// A file that was cut inside its last line reads like a whole one with a shorter last value.
fn unended(text: &str, file: FileId) -> Option<Diagnostic> {
    let last = text.rsplit('\n').next().filter(|last| !last.is_empty())?;
    let line = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let origin = Origin {
        file,
        line: narrow(line),
        column: narrow(last.chars().count() + 1),
    };
    let problem = Diagnostic::error(
        "no-final-newline",
        origin,
        "the last line has no line end: the file may be cut short",
    );
    Some(problem.hint("check that the file is whole and end it with a line end, or set `final_newline: optional` on this source"))
}
