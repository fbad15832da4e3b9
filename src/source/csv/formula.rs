//! Cells that a spreadsheet would run as a formula.
//!
//! An export writes an apostrophe before each of these cells, which makes the cell text in the spreadsheet.
//! Reading a source removes the apostrophe, so that the exported value is read back. Quotes would not help: a
//! spreadsheet removes them before it looks for a formula.

use std::borrow::Cow;

/// The characters that begin a formula in a spreadsheet, and those that it skips before a formula.
const ACTIVE: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// Puts an apostrophe before a text that a spreadsheet would run.
pub(crate) fn disarmed(text: &str) -> Cow<'_, str> {
    if is_armed(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text of a cell without the apostrophe that [`disarmed`] put before it. Every other apostrophe stays.
pub(super) fn meant(cell: &str) -> &str {
    cell.strip_prefix('\'')
        .filter(|rest| is_armed(rest))
        .unwrap_or(cell)
}

/// Whether a text begins like a formula. A text that begins like a disarmed formula counts too. Otherwise its
/// own apostrophe would be removed when it is read.
fn is_armed(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(ACTIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_spreadsheet_would_run_is_disarmed() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+49 30", "'+49 30"),
            ("-", "'-"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("\nx", "'\nx"),
            ("'=1+1", "''=1+1"),
            ("O'Neil", "O'Neil"),
            ("'s-Hertogenbosch", "'s-Hertogenbosch"),
            ("", ""),
            ("'", "'"),
            ("a=b", "a=b"),
        ] {
            assert_eq!(disarmed(text), cell);
            assert_eq!(meant(cell), text);
        }
    }
}
