//! Foreign text in Markdown: always as code, inside more back-ticks than it holds itself. Code has no
//! mentions, links, images, HTML, headings, escapes or issue references, in CommonMark and in every forge's
//! dialect.

use crate::escape::Escaped;
use crate::review::words::clip;

/// The longest text in a span, in characters. The characters left out are counted.
const LONGEST_SPAN: usize = 160;

/// The longest sentence, in characters. The characters left out are counted.
const LONGEST_SENTENCE: usize = 1_000;

/// The longest run of back-ticks that is shown unchanged: readers give up on fences of more than 80.
const LONGEST_RUN: usize = 20;

fn shown(text: &str, most: usize) -> String {
    let text = Escaped(text).to_string();
    let text = if longest_run(&text) > LONGEST_RUN {
        text.replace('`', "\\u{60}")
    } else {
        text
    };
    clip(&text, most)
}

/// Foreign text as a code span.
pub(super) fn span(text: &str) -> String {
    span_of(text, LONGEST_SPAN)
}

/// A sentence that holds foreign text, as a code span. The way out at its end is not cut off.
pub(super) fn sentence(text: &str) -> String {
    span_of(text, LONGEST_SENTENCE)
}

fn span_of(text: &str, longest: usize) -> String {
    let text = shown(text, longest);
    if text.trim().is_empty() {
        return "(empty)".into();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // Every reader removes one blank on each side. The blank keeps a back-tick at the edge from joining the
    // fence.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The longest line in a block, in characters. The characters left out are counted.
const LONGEST_LINE: usize = 300;

/// Foreign text as a line of a block.
pub(super) fn line(text: &str) -> String {
    shown(text, LONGEST_LINE)
}

/// The fence that opens and closes a block of these lines.
pub(in crate::review) fn fence(lines: &[String]) -> String {
    let longest = lines.iter().map(|line| longest_run(line)).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// The length of the longest run of back-ticks.
fn longest_run(text: &str) -> usize {
    let (longest, _) = text.chars().fold((0, 0), |(longest, run), character| {
        let run = if character == '`' { run + 1 } else { 0 };
        (longest.max(run), run)
    });
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_outlasts_every_back_tick_inside() {
        for (text, expected) in [
            ("ada", "`ada`"),
            ("a`b", "``a`b``"),
            ("`", "`` ` ``"),
            ("``x", "``` ``x ```"),
            (" ", "(empty)"),
            ("", "(empty)"),
            ("a\nb", "`a\\nb`"),
        ] {
            assert_eq!(span(text), expected);
        }
        assert!(span(&"`".repeat(21)).starts_with("`\\u{60}\\u{60}"));
        assert_eq!(fence(&["- ````".into(), "+ x".into()]), "`````");
    }
}
