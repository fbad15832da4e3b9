//! People, groups and memberships from CSV: one row each, columns by header.
//!
//! A file that looks cut, shifted or damaged is refused rather than read as far as it goes: the rows that are
//! missing from it are people who would lose their accounts.

mod cells;
mod formula;
mod header;
mod membership;
mod row;

pub(crate) use formula::disarmed;
pub(crate) use header::column_target;

use cells::Quote;
use header::Meaning;

use super::options::{CsvOptions, References};
use super::reading::Reading;
use crate::diagnostics::{Diagnostic, Origin, Problem};
use crate::mapping::Computed;

/// More rows than this are refused.
const MOST_ROWS: u64 = 5_000_000;

/// Reads one file, which is of one of these forms.
pub(crate) fn read(text: &str, forms: &[CsvOptions], reading: &mut Reading<'_>) {
    let Some(first) = forms.first() else { return };
    let was_partial = std::mem::replace(&mut reading.declared.is_partial, true);
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
    if options.references == References::Live {
        reading.may_mean_live();
    }
    let Some(meanings) = header::meanings(&headers, &records.places, options, reading) else {
        return;
    };
    let columns = Columns::new(meanings, &headers, options, reading);
    let is_whole = read_rows(&mut records, &columns, options, reading);
    reading.declared.is_partial = was_partial || !is_whole;
    if reading.rows() == 0 && !reading.has_problems() && !options.rows.removes() {
        let problem = Diagnostic::error(
            "empty-source",
            Origin::start_of(reading.file),
            "this file has a header and no rows",
        );
        reading.report(problem.hint("check the export; to stop reading the file, take it out of `sources`"));
    }
}

/// Reads the rows; says whether all of them were read.
fn read_rows(
    records: &mut Records<'_>,
    columns: &Columns<'_>,
    options: &CsvOptions,
    reading: &mut Reading<'_>,
) -> bool {
    let mut is_whole = true;
    loop {
        match records.advance(reading) {
            Advance::Record => {}
            Advance::End => return is_whole,
            Advance::Refused => return false, // after a broken quote no row can be trusted
        }
        records.mean();
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
        match header::kind_of(options.rows) {
            Some(kind) => row::read(kind, options.rows, (records, columns), reading),
            None => membership::read(records, &columns.meanings, reading),
        }
    }
}

/// What the columns of a file are for.
struct Columns<'o> {
    meanings: Vec<Meaning>,
    /// The mapping's expressions by number, each with the columns of its fields.
    computed: Vec<(usize, Vec<Option<usize>>)>,
    /// The form's own expressions, in the same way.
    own: Vec<(&'o Computed, Vec<Option<usize>>)>,
}

impl<'o> Columns<'o> {
    fn new(
        meanings: Vec<Meaning>,
        headers: &::csv::StringRecord,
        options: &'o CsvOptions,
        reading: &Reading<'_>,
    ) -> Self {
        let column = |name: String| {
            headers
                .iter()
                .position(|header| header.trim().to_lowercase() == name.to_lowercase())
        };
        let fields = |computed: &Computed| computed.names().map(column).collect::<Vec<_>>();
        let kind = header::kind_of(options.rows).filter(|_| !options.rows.removes());
        let all = reading
            .mapping
            .computed
            .iter()
            .enumerate()
            .filter(|(_, computed)| kind == Some(computed.kind));
        let computed = all.map(|(number, computed)| (number, fields(computed))).collect();
        Self {
            meanings,
            computed,
            own: options
                .computed
                .iter()
                .map(|computed| (computed, fields(computed)))
                .collect(),
        }
    }
}

/// Files that are called `.csv` and are something else, or nothing.
fn not_csv_at_all(text: &str) -> Option<Problem> {
    let start = text.trim_start();
    if start.is_empty() {
        return Some(Problem::new(
            "empty-source",
            "this file is empty",
            "check the export; to stop reading the file, take it out of `sources`",
        ));
    }
    let head: String = start.chars().take(16).collect::<String>().to_lowercase();
    if head.starts_with("<!doctype") || head.starts_with("<html") || head.starts_with("<?xml") {
        let hint = "it is probably a sign-in or error page that was downloaded in place of the export; download it again";
        return Some(Problem::new("not-csv", "this file is a web page, not CSV", hint));
    }
    if start.starts_with('{') || start.starts_with('[') {
        return Some(Problem::new(
            "not-csv",
            "this file is JSON, not CSV",
            "export it as CSV",
        ));
    }
    None
}

/// The records of a text, each with the places of its cells.
struct Records<'text> {
    text: &'text str,
    reader: csv::Reader<&'text [u8]>,
    delimiter: u8,
    record: csv::StringRecord,
    places: Vec<cells::LineColumn>,
    line: u32,
}

enum Advance {
    Record,
    Refused,
    End,
}

impl<'text> Records<'text> {
    fn new(text: &'text str, delimiter: u8) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        Self {
            text,
            reader,
            delimiter,
            record: csv::StringRecord::new(),
            places: Vec::new(),
            line: 1,
        }
    }

    fn advance(&mut self, reading: &mut Reading<'_>) -> Advance {
        let start = self.offset();
        if !self.reader.read_record(&mut self.record).unwrap_or(false) {
            return Advance::End;
        }
        let raw = self.text.get(start..self.offset()).unwrap_or_default();
        let broken = cells::locate(raw, self.line, self.delimiter, &mut self.places);
        // The reader takes the `\n` of `\r\n` with the next record; a line is counted where its `\n` stands.
        self.line += u32::try_from(raw.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(0);
        let is_lone_return = raw.ends_with('\r')
            && self
                .text
                .as_bytes()
                .get(self.offset())
                .is_some_and(|byte| *byte != b'\n');
        let (quote, place) = match broken {
            Ok(()) if is_lone_return => (Quote::LoneReturn, self.places[0]),
            Ok(()) if self.places.len() == self.record.len() => return Advance::Record,
            Ok(()) => (Quote::Followed, self.places[0]),
            Err(found) => found,
        };
        let origin = Origin {
            file: reading.file,
            line: place.0,
            column: place.1,
        };
        reading.report(quote_problem(quote).at(origin));
        Advance::Refused
    }

    /// Makes each cell the text that it means.
    fn mean(&mut self) {
        if self
            .record
            .iter()
            .any(|cell| formula::meant(cell).len() != cell.len())
        {
            self.record = self.record.iter().map(formula::meant).collect();
        }
    }

    fn offset(&self) -> usize {
        usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX)
    }

    fn is_last(&self) -> bool {
        self.text
            .get(self.offset()..)
            .is_none_or(|rest| rest.trim().is_empty())
    }

    fn origin(&self, cell: usize, reading: &Reading<'_>) -> Origin {
        let (line, column) = self.places[cell];
        Origin {
            file: reading.file,
            line,
            column,
        }
    }
}

fn quote_problem(quote: Quote) -> Problem {
    match quote {
        Quote::Open => Problem::new(
            "open-quote",
            "the quote that opens this cell is never closed",
            "close it, or export again: the file may be cut short",
        ),
        Quote::Followed => Problem::new(
            "broken-quote",
            "text follows the closing quote of this cell",
            "double a quote that belongs to the text: \"\"",
        ),
        Quote::Stray => Problem::new(
            "broken-quote",
            "a quote stands inside a cell that is not quoted",
            "put the whole cell in quotes and double the quote inside it",
        ),
        Quote::LoneReturn => Problem::new(
            "lone-return",
            "a carriage return stands without a line feed",
            "save the file with line ends LF or CRLF",
        ),
    }
}
