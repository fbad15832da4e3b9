//! The places of the cells of one CSV record, and a strict check of its quotes.
//!
//! The `csv` crate accepts broken quotes and knows only the first line of a record, so the record's bytes are
//! read a second time here.

/// What is wrong with a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    /// A quoted cell has no end.
    Open,
    /// Text follows a cell's closing quote.
    Followed,
    /// A quote inside a cell that is not quoted.
    Stray,
    /// A carriage return without a line feed.
    LoneReturn,
}

/// A line and a column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineColumn {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// A broken quote and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BrokenQuote {
    pub(super) quote: Quote,
    pub(super) place: LineColumn,
}

struct RecordWalk<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
    column: u32,
}

impl RecordWalk<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn step(&mut self) {
        let byte = self.bytes[self.at];
        self.at += 1;
        if byte == b'\n' {
            self.line += 1;
            self.column = 1;
        } else if byte & 0xc0 != 0x80 {
            self.column += 1; // a character's later bytes do not count
        }
    }

    fn place(&self) -> LineColumn {
        LineColumn {
            line: self.line,
            column: self.column,
        }
    }

    fn broken(&self, quote: Quote) -> BrokenQuote {
        BrokenQuote {
            quote,
            place: self.place(),
        }
    }

    fn at_line_end(&self) -> bool {
        // The reader ends a record after the `\r` of `\r\n`, so a `\r` may be the last byte here.
        matches!(
            self.bytes.get(self.at..),
            Some([b'\n', ..] | [b'\r', b'\n', ..] | [b'\r'])
        )
    }

    /// Moves past a quoted cell, from its opening quote to the byte after its closing quote.
    fn quoted(&mut self) -> Result<(), Quote> {
        self.step();
        loop {
            match self.peek() {
                None => return Err(Quote::Open),
                Some(b'"') => {
                    self.step();
                    if self.peek() != Some(b'"') {
                        return Ok(());
                    }
                    self.step();
                }
                Some(_) => self.step(),
            }
        }
    }
}

/// Finds the places of the cells of a record. For a broken quote, the error says what is wrong and where.
pub(super) fn locate(
    record: &str,
    first_line: u32,
    delimiter: u8,
    places: &mut Vec<LineColumn>,
) -> Result<(), BrokenQuote> {
    let mut walk = RecordWalk {
        bytes: record.as_bytes(),
        at: 0,
        line: first_line,
        column: 1,
    };
    places.clear();
    while walk.at_line_end() {
        walk.step(); // empty lines before the record
    }
    loop {
        let start = walk.place();
        places.push(start);
        if walk.peek() == Some(b'"') {
            walk.quoted()
                .map_err(|quote| BrokenQuote { quote, place: start })?;
            if !walk.at_line_end() && walk.peek().is_some_and(|byte| byte != delimiter) {
                return Err(walk.broken(Quote::Followed));
            }
        }
        while !walk.at_line_end() && walk.peek().is_some_and(|byte| byte != delimiter) {
            match walk.peek() {
                Some(b'"') => return Err(walk.broken(Quote::Stray)),
                Some(b'\r') => return Err(walk.broken(Quote::LoneReturn)),
                _ => walk.step(),
            }
        }
        if walk.peek() != Some(delimiter) {
            return Ok(());
        }
        walk.step();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(record: &str) -> Result<Vec<(u32, u32)>, (Quote, u32, u32)> {
        let mut places = Vec::new();
        locate(record, 7, b',', &mut places)
            .map(|()| places.iter().map(|place| (place.line, place.column)).collect())
            .map_err(|broken| (broken.quote, broken.place.line, broken.place.column))
    }

    #[test]
    fn cells_are_found_in_characters_and_over_lines() {
        assert_eq!(places("Zoë,b\n"), Ok(vec![(7, 1), (7, 5)]));
        assert_eq!(places("\"a\nb\",c\r\n"), Ok(vec![(7, 1), (8, 4)]));
        assert_eq!(places("\n\r\na,\"x\"\"y\",\n"), Ok(vec![(9, 1), (9, 3), (9, 10)]));
    }

    #[test]
    fn broken_quotes_are_found() {
        assert_eq!(places("a,\"b\n"), Err((Quote::Open, 7, 3)));
        assert_eq!(places("a,\"b\"c,d\n"), Err((Quote::Followed, 7, 6)));
        assert_eq!(places("a,b\"c\n"), Err((Quote::Stray, 7, 4)));
        assert_eq!(places("a\rb,c\n"), Err((Quote::LoneReturn, 7, 2)));
    }
}
