//! Foreign text made harmless before a person or a machine reads it.
//!
//! Names, server messages and file names come from people and services that we do not control. Everything
//! that goes to a terminal or a log passes through [`Escaped`]. Never escape what is stored or sent: a plan
//! holds the exact text.

use std::fmt::{self, Write as _};

use unicode_normalization::UnicodeNormalization as _;

/// Text whose control, bidirectional and invisible characters are shown as `\u{…}`, so that it cannot move
/// the cursor, colour the terminal, start a new line, or hide itself from a reviewer. Signs that CI systems
/// read commands from (`::` at the start, `##` anywhere) are broken in the same way, because a log is where
/// most reviews are read.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut clean_from = 0;
        let mut before = None;
        let colons = self.0.len() - self.0.trim_start().len();
        let begins_command = self.0[colons..].starts_with("::");
        for (at, character) in self.0.char_indices() {
            let is_command = (begins_command && at == colons) || (before == Some('#') && character == '#');
            before = Some(character);
            if is_command || is_unsafe_to_show(character) {
                formatter.write_str(&self.0[clean_from..at])?;
                match character {
                    '\n' => formatter.write_str("\\n")?,
                    '\r' => formatter.write_str("\\r")?,
                    '\t' => formatter.write_str("\\t")?,
                    _ => write!(formatter, "\\u{{{:x}}}", u32::from(character))?,
                }
                clean_from = at + character.len_utf8();
            }
        }
        formatter.write_str(&self.0[clean_from..])
    }
}

/// Text of which every character beyond ASCII is shown as its number, so that two texts that look the same
/// can be told apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CodePoints<'a>(pub(crate) &'a str);

impl fmt::Display for CodePoints<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = String::with_capacity(self.0.len());
        for character in self.0.chars() {
            if character.is_ascii() {
                shown.push(character);
            } else {
                write!(shown, "\\u{{{:x}}}", u32::from(character))?;
            }
        }
        write!(formatter, "{}", Escaped(&shown))
    }
}

/// Whether two different texts look the same: the same letters, composed otherwise or of another width.
pub(crate) fn look_alike(left: &str, right: &str) -> bool {
    left != right && (!left.is_ascii() || !right.is_ascii()) && left.nfkc().eq(right.nfkc())
}

/// Whether a character can act on what shows it, or cannot be seen: C0, C1, line and paragraph separators,
/// bidirectional controls (CVE-2021-42574), zero-width and other default-ignorable characters (Unicode's
/// property `Default_Ignorable_Code_Point`), controls of hieroglyphs and shorthand, the blank Braille
/// pattern, and tags.
pub fn is_unsafe_to_show(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_act_on_a_terminal_is_shown_as_a_code() {
        assert_eq!(
            Escaped("a\u{1b}[31mb\r\nc\u{202e}d\u{9b}e").to_string(),
            "a\\u{1b}[31mb\\r\\nc\\u{202e}d\\u{9b}e"
        );
    }

    #[test]
    fn what_cannot_be_seen_is_shown_as_a_code() {
        for hidden in [
            '\u{ad}',
            '\u{200b}',
            '\u{2800}',
            '\u{fe00}',
            '\u{fe0f}',
            '\u{13430}',
            '\u{1343f}',
            '\u{1bca0}',
            '\u{1bca3}',
            '\u{e0100}',
        ] {
            let shown = Escaped(&format!("ad{hidden}a")).to_string();
            assert_eq!(shown, format!("ad\\u{{{:x}}}a", u32::from(hidden)));
        }
    }

    #[test]
    fn no_ci_system_reads_a_command() {
        for (text, shown) in [
            ("::add-mask::x", "\\u{3a}:add-mask::x"),
            (" ::error::", " \\u{3a}:error::"),
            ("a ##vso[x] ##[y]", "a #\\u{23}vso[x] #\\u{23}[y]"),
            ("urn:x::y #1", "urn:x::y #1"),
        ] {
            assert_eq!(Escaped(text).to_string(), shown);
        }
    }

    #[test]
    fn texts_that_look_the_same_can_be_told_apart() {
        let (composed, decomposed) = ("Jos\u{e9}", "Jose\u{301}");
        assert!(look_alike(composed, decomposed) && !look_alike(composed, "Jose"));
        assert!(look_alike("a\u{a0}b", "a b") && !look_alike("a", "A"));
        assert_eq!(
            (
                CodePoints(composed).to_string(),
                CodePoints(decomposed).to_string()
            ),
            ("Jos\\u{e9}".into(), "Jose\\u{301}".into())
        );
    }

    #[test]
    fn names_of_all_scripts_stay_as_they_are() {
        for name in ["Zoë Müller-Straße", "李小龍", "محمد", "Ωmega 🙂"] {
            assert_eq!(Escaped(name).to_string(), name);
        }
    }
}
