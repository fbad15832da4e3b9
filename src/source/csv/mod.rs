//! People, groups and memberships from CSV: one row each, columns by header.
//!
//! A file that looks cut, shifted or damaged is refused as a whole. Reading a part of it would be dangerous:
//! the people of the missing rows would lose their accounts.

mod cells;
mod columns;
mod formula;
mod header;
mod membership;
mod records;
mod row;

pub(crate) use formula::disarmed;
pub(crate) use header::column_target;

use columns::Columns;
use records::{Advance, Records};

use super::options::{CsvOptions, NameScope};
use super::reading::{Emptiness, FileReading};
use crate::diagnostics::{Diagnostic, Origin, UnplacedProblem};

/// The largest number of rows of a file.
const MOST_ROWS: u64 = 5_000_000;

/// Reads a file in one of several forms. Its header decides which.
pub(crate) fn read(text: &str, forms: &[CsvOptions], reading: &mut FileReading<'_>) {
    let Some(first) = forms.first() else { return };
    if text.trim_start().is_empty() {
        return reading.report_empty("this file is empty", Emptiness::Left);
    }
    let was_cut = std::mem::replace(&mut reading.declared.is_cut, true);
    if let Some(problem) = not_csv_at_all(text) {
        return reading.report(problem.at(Origin::start_of(reading.file)));
    }
    let mut records = Records::new(text, first.delimiter);
    match records.advance(reading) {
        Advance::Record => {}
        Advance::Refused | Advance::End => return,
    }
    let headers = records.record.clone();
    let options = header::form(&headers, forms).unwrap_or(first);
    if options.references == NameScope::Live {
        reading.may_mean_live();
    }
    let Some(meanings) = header::meanings(&headers, &records.places, options, reading) else {
        return;
    };
    let columns = Columns::new(meanings, &headers, options, reading);
    let is_whole = read_rows(&mut records, &columns, reading);
    reading.declared.is_cut = was_cut || !is_whole;
    if reading.is_empty() && !options.rows.removes() {
        reading.report_empty("this file has a header and no rows", Emptiness::Left);
    }
}

/// Reads the rows. Returns whether all of them were read.
fn read_rows(records: &mut Records<'_>, columns: &Columns<'_>, reading: &mut FileReading<'_>) -> bool {
    let mut is_whole = true;
    loop {
        match records.advance(reading) {
            Advance::Record => {}
            Advance::End => return is_whole,
            Advance::Refused => return false, // after a broken quote no row can be trusted
        }
        records.undo_disarming();
        let origin = records.origin(0, reading);
        if records.record.len() != columns.meanings.len() {
            let (found, wanted) = (records.record.len(), columns.meanings.len());
            let cells = if found == 1 { "cell" } else { "cells" };
            let message = format!("this row has {found} {cells} and the header has {wanted}");
            let hint = if records.is_last() {
                "the file may be cut short; export it again"
            } else {
                "put a cell that holds the delimiter in quotes"
            };
            reading.report(Diagnostic::error("ragged-row", origin, message).hint(hint));
            is_whole = false;
            continue;
        }
        if reading.rows() == MOST_ROWS {
            let problem = Diagnostic::error(
                "too-many-rows",
                origin,
                format!("this file has more than {MOST_ROWS} rows"),
            );
            reading.report(problem.hint("split the file"));
            return false;
        }
        match header::kind_of(columns.rows) {
            Some(kind) => row::read(kind, records, columns, reading),
            None => membership::read(records, &columns.meanings, reading),
        }
    }
}

/// The problem of a file that has a CSV name but is a web page or JSON.
fn not_csv_at_all(text: &str) -> Option<UnplacedProblem> {
    let start = text.trim_start();
    let head: String = start.chars().take(16).collect::<String>().to_lowercase();
    if head.starts_with("<!doctype") || head.starts_with("<html") || head.starts_with("<?xml") {
        let hint = "it is probably a sign-in or error page that was downloaded in place of the export; \
                    download it again";
        return Some(UnplacedProblem::new(
            "not-csv",
            "this file is a web page, not CSV",
            hint,
        ));
    }
    if start.starts_with('{') || start.starts_with('[') {
        return Some(UnplacedProblem::new(
            "not-csv",
            "this file is JSON, not CSV",
            "export it as CSV",
        ));
    }
    None
}
