//! Draws a problem for a terminal: the sentence, the place with its line, the related places, the hint.
//!
//! Text from a user's file is escaped first, so that the file cannot send control codes to the terminal.

use std::fmt::{self, Write as _};

use console::Style;

use super::{Diagnostic, Files, Origin, Severity};
use crate::escape::{Escaped, is_unsafe_to_show};

/// The columns of a source line that are shown around the place.
const WINDOW: usize = 100;

/// How the parts of a drawing look.
struct DrawingStyle {
    word: Style,
    edge: Style,
    strong: Style,
}

/// A problem as text without colour.
pub fn draw(diagnostic: &Diagnostic, files: &Files) -> String {
    let plain = || Style::new().force_styling(false);
    render(
        diagnostic,
        files,
        &DrawingStyle {
            word: plain(),
            edge: plain(),
            strong: plain(),
        },
    )
}

/// A problem as text for a terminal. `style` decides whether there are colours, for instance
/// `console::Style::new().force_styling(true)`.
pub fn draw_in(style: &Style, diagnostic: &Diagnostic, files: &Files) -> String {
    let word = match diagnostic.severity {
        Severity::Error => style.clone().red().bold(),
        Severity::Warning => style.clone().yellow().bold(),
    };
    render(
        diagnostic,
        files,
        &DrawingStyle {
            word,
            edge: style.clone().blue().bold(),
            strong: style.clone().bold(),
        },
    )
}

fn render(diagnostic: &Diagnostic, files: &Files, style: &DrawingStyle) -> String {
    let places = diagnostic
        .origin
        .into_iter()
        .chain(diagnostic.also.iter().copied())
        .chain(diagnostic.related.iter().map(|(origin, _)| *origin));
    let width = places
        .map(|origin| origin.line.to_string().len())
        .max()
        .unwrap_or(1);
    let mut drawing = Drawing {
        text: String::new(),
        width,
        style,
        files,
    };
    let _ = drawing.whole(diagnostic);
    drawing.text
}

struct Drawing<'a> {
    text: String,
    /// The digits of the widest line number.
    width: usize,
    style: &'a DrawingStyle,
    files: &'a Files,
}

impl Drawing<'_> {
    fn whole(&mut self, diagnostic: &Diagnostic) -> fmt::Result {
        let word = format!("{}[{}]", diagnostic.severity.word(), diagnostic.code);
        let times = match diagnostic.count {
            1 => String::new(),
            count => format!(", {count} times"),
        };
        let message = format!(": {}{times}", Escaped(&diagnostic.message));
        writeln!(
            self.text,
            "{}{}",
            self.style.word.apply_to(word),
            self.style.strong.apply_to(message)
        )?;
        if let Some(origin) = diagnostic.origin {
            self.place("-->", origin, '^', "")?;
        }
        for origin in &diagnostic.also {
            self.place(":::", *origin, '^', "")?;
        }
        match diagnostic.further_places() {
            0 => {}
            1 => writeln!(self.text, "{:width$} … and 1 more place", "", width = self.width)?,
            more => writeln!(
                self.text,
                "{:width$} … and {more} more places",
                "",
                width = self.width
            )?,
        }
        for (origin, words) in &diagnostic.related {
            self.place(":::", *origin, '-', words)?;
        }
        if let Some(hint) = &diagnostic.hint {
            let edge = format!("{:width$} =", "", width = self.width);
            writeln!(
                self.text,
                "{} {} {}",
                self.style.edge.apply_to(edge),
                self.style.strong.apply_to("hint:"),
                Escaped(hint)
            )?;
        }
        Ok(())
    }

    /// `--> file:line:column`, the line, and a mark below the place.
    fn place(&mut self, arrow: &str, origin: Origin, mark: char, words: &str) -> fmt::Result {
        let (width, edge) = (self.width, &self.style.edge);
        let arrow = format!("{:width$}{arrow}", "");
        writeln!(self.text, "{} {}", edge.apply_to(arrow), self.files.place(origin))?;
        let Some(line) = self.files.line(origin) else {
            return if words.is_empty() {
                Ok(())
            } else {
                writeln!(self.text, "{:width$}     {}", "", Escaped(words))
            };
        };
        let (before, after) = window(line, origin.column);
        let bar = format!("{:width$} |", "");
        let number = format!("{:>width$} |", origin.line);
        writeln!(self.text, "{}", edge.apply_to(&bar))?;
        writeln!(self.text, "{} {before}{after}", edge.apply_to(number))?;
        let indent = console::measure_text_width(&before);
        let mark = self.style.word.apply_to(mark);
        let marked = format!("{:indent$}{mark} {}", "", Escaped(words));
        writeln!(self.text, "{} {}", edge.apply_to(bar), marked.trim_end())
    }
}

/// The parts of a line before and after a column, escaped. A line longer than [`WINDOW`] is shortened.
fn window(line: &str, column: u32) -> (String, String) {
    let column = usize::try_from(column).unwrap_or(usize::MAX).saturating_sub(1);
    let count = line.chars().count();
    let start = if count <= WINDOW {
        0
    } else {
        column.saturating_sub(WINDOW / 2).min(count - WINDOW)
    };
    let shown = |from: usize, to: usize| -> String {
        line.chars()
            .skip(from)
            .take(to.saturating_sub(from))
            .fold(String::new(), |mut text, character| {
                match character {
                    '\t' => text.push_str("    "),
                    hostile if is_unsafe_to_show(hostile) => {
                        let _ = write!(text, "{}", Escaped(hostile.encode_utf8(&mut [0; 4])));
                    }
                    safe => text.push(safe),
                }
                text
            })
    };
    let (column, end) = (column.min(count), (start + WINDOW).min(count));
    let before = format!("{}{}", if start > 0 { "…" } else { "" }, shown(start, column));
    let after = format!("{}{}", shown(column, end), if end < count { "…" } else { "" });
    (before, after.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_line(text: &str, column: u32) -> String {
        let mut files = Files::new();
        let file = files.add("people.csv", text);
        draw(
            &Diagnostic::error(
                "code",
                Origin {
                    file,
                    line: 1,
                    column,
                },
                "Wrong\u{1b}[31m",
            )
            .hint("do this"),
            &files,
        )
    }

    #[test]
    fn the_mark_stands_below_the_place_whatever_stands_before_it() {
        let expected = [
            "error[code]: Wrong\\u{1b}[31m",
            " --> people.csv:1:6",
            "  |",
            "1 |     李\\u{202e}a,b",
            "  |                 ^",
            "  = hint: do this\n",
        ];
        assert_eq!(one_line("\t李\u{202e}a,b\nnext", 6), expected.join("\n"));
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = one_line(&"x".repeat(10_000), 5_000);
        assert!(
            text.lines().all(|line| line.chars().count() < WINDOW + 10),
            "{text}"
        );
        assert!(text.contains('…') && text.contains('^'));
    }

    #[test]
    fn a_place_beyond_the_text_is_no_reason_to_fail() {
        assert!(one_line("", 9).contains("people.csv:1:9"));
        assert!(one_line("a", u32::MAX).contains('^'));
    }
}
