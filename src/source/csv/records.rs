//! The records of a CSV text, with the place of every cell.

use super::cells::{BrokenQuote, LineColumn, Quote, locate};
use super::formula;
use crate::diagnostics::{Origin, UnplacedProblem};
use crate::source::reading::FileReading;

/// The records of a text, each with the places of its cells.
pub(super) struct Records<'text> {
    text: &'text str,
    reader: csv::Reader<&'text [u8]>,
    delimiter: u8,
    /// The cells of the current record.
    pub(super) record: csv::StringRecord,
    /// The places of these cells.
    pub(super) places: Vec<LineColumn>,
    line: u32,
}

/// The result of [`Records::advance`].
pub(super) enum Advance {
    /// A record.
    Record,
    /// A broken quote, which has been reported.
    Refused,
    /// The end of the text.
    End,
}

impl<'text> Records<'text> {
    pub(super) fn new(text: &'text str, delimiter: u8) -> Self {
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

    pub(super) fn advance(&mut self, reading: &mut FileReading<'_>) -> Advance {
        let start = self.offset();
        if !self.reader.read_record(&mut self.record).unwrap_or(false) {
            return Advance::End;
        }
        let raw = self.text.get(start..self.offset()).unwrap_or_default();
        let broken = locate(raw, self.line, self.delimiter, &mut self.places);
        // The reader takes the `\n` of `\r\n` with the next record, so lines are counted by their `\n`.
        self.line += u32::try_from(raw.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(0);
        let is_lone_return = raw.ends_with('\r')
            && self
                .text
                .as_bytes()
                .get(self.offset())
                .is_some_and(|byte| *byte != b'\n');
        let at_start = |quote: Quote| BrokenQuote {
            quote,
            place: self.places[0],
        };
        let BrokenQuote { quote, place } = match broken {
            Ok(()) if is_lone_return => at_start(Quote::LoneReturn),
            Ok(()) if self.places.len() == self.record.len() => return Advance::Record,
            Ok(()) => at_start(Quote::Followed),
            Err(broken) => broken,
        };
        let origin = Origin {
            file: reading.file,
            line: place.line,
            column: place.column,
        };
        reading.report(quote_problem(quote).at(origin));
        Advance::Refused
    }

    /// Removes the apostrophes that [`formula::disarmed`] put before cells.
    pub(super) fn undo_disarming(&mut self) {
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

    pub(super) fn is_last(&self) -> bool {
        self.text
            .get(self.offset()..)
            .is_none_or(|rest| rest.trim().is_empty())
    }

    pub(super) fn origin(&self, cell: usize, reading: &FileReading<'_>) -> Origin {
        let LineColumn { line, column } = self.places[cell];
        Origin {
            file: reading.file,
            line,
            column,
        }
    }
}

fn quote_problem(quote: Quote) -> UnplacedProblem {
    match quote {
        Quote::Open => UnplacedProblem::new(
            "open-quote",
            "the quote that opens this cell is never closed",
            "close it, or export again: the file may be cut short",
        ),
        Quote::Followed => UnplacedProblem::new(
            "broken-quote",
            "text follows the closing quote of this cell",
            "double a quote that belongs to the text: \"\"",
        ),
        Quote::Stray => UnplacedProblem::new(
            "broken-quote",
            "a quote stands inside a cell that is not quoted",
            "put the whole cell in quotes and double the quote inside it",
        ),
        Quote::LoneReturn => UnplacedProblem::new(
            "lone-return",
            "a carriage return stands without a line feed",
            "save the file with line ends LF or CRLF",
        ),
    }
}
