//! Cells that a spreadsheet would run as a formula: an apostrophe before them makes them text there, and is
//! taken off again when the cell is read, so that what is exported reads as what it was. Quotes do not help:
//! a spreadsheet takes them off before it looks.

use std::borrow::Cow;

/// The characters with which a spreadsheet begins a formula, or which it skips before one.
const ACTIVE: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// Makes a text at the start of a cell a spreadsheet's text.
pub(crate) fn disarmed(text: &str) -> Cow<'_, str> {
    if is_armed(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that a cell means: without the apostrophe that [`disarmed`] put before it, and with any other.
pub(super) fn meant(cell: &str) -> &str {
    cell.strip_prefix('\'')
        .filter(|rest| is_armed(rest))
        .unwrap_or(cell)
}

/// Whether a text begins like a formula. One that begins like a disarmed formula counts too, else it would be
/// read as the formula.
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
