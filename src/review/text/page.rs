//! The page of a text: its lines, its width, its colours, and how much of it fits.

use std::fmt::Write as _;

use console::{Style, measure_text_width};

use crate::escape::Escaped;
use crate::plan::Action;
use crate::review::words::count_of;

/// How to emphasise. The words carry the meaning, with or without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// No colour.
    Plain,
    /// ANSI colours.
    Colour,
}

/// The most bytes of a text in short, apart from a few lines. A log of a CI system takes more, and nobody
/// reads so many.
const SHORT: usize = 200_000;

/// The most bytes of one change in a text in short.
const SHORT_CHANGE: usize = 4_000;

/// The number of reasons to hold somebody, and of rights, in a text in short.
const SHORT_LIST: usize = 50;

/// How much of a plan is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) enum Extent<'a> {
    Whole,
    /// As much as fits into a log, and the command that draws everything.
    Short(&'a str),
}

impl Palette {
    /// The base of all other styles.
    pub fn style(self) -> Style {
        Style::new().force_styling(self == Self::Colour)
    }

    pub(super) fn action(self, action: Action, text: &str) -> String {
        let style = match action {
            Action::Create => self.style().green(),
            Action::Update => self.style().yellow(),
            Action::Reactivate => self.style().cyan(),
            Action::Deactivate | Action::Delete => self.style().red(),
        };
        style.apply_to(text).to_string()
    }

    pub(super) fn strong(self, text: &str) -> String {
        self.style().bold().apply_to(text).to_string()
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.style().dim().apply_to(text).to_string()
    }
}

/// The page under construction.
pub(super) struct TextPage<'a> {
    pub(super) out: String,
    pub(super) palette: Palette,
    pub(super) width: usize,
    pub(super) extent: Extent<'a>,
}

impl TextPage<'_> {
    pub(super) fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    /// How many items of a list are drawn.
    pub(super) const fn list_length(&self, items: usize) -> usize {
        match self.extent {
            Extent::Short(_) if items > SHORT_LIST => SHORT_LIST,
            _ => items,
        }
    }

    /// The mark up to which the changes of an action may fill the page, in bytes. `None`: no mark.
    pub(super) fn mark(&self, action: Action) -> Option<usize> {
        let percent = match action {
            Action::Delete => 30,
            Action::Deactivate => 55,
            Action::Reactivate => 65,
            Action::Update => 85,
            Action::Create => 100,
        };
        match self.extent {
            Extent::Whole => None,
            Extent::Short(_) => Some(SHORT * percent / 100),
        }
    }

    /// Cuts what one change added after a place to its share. The lines left out are counted.
    pub(super) fn shorten(&mut self, start: usize) {
        if self.out.len() - start <= SHORT_CHANGE {
            return;
        }
        let all = self.out[start..].lines().count();
        let fits = (start..=start + SHORT_CHANGE).rev();
        let cut = fits
            .clone()
            .find(|place| *place > start && self.out.as_bytes()[*place - 1] == b'\n')
            .or_else(|| fits.clone().find(|place| self.out.is_char_boundary(*place)))
            .unwrap_or(start);
        self.out.truncate(cut);
        if !self.out.ends_with('\n') {
            self.out.push_str("…\n");
        }
        let left_out = (all - self.out[start..].lines().count()) as u64;
        if left_out > 0 {
            self.line(&format!(
                "      … and {} of this change",
                count_of(left_out, "line")
            ));
        }
    }

    /// Wraps words to the page's width. The first line begins with `lead`, the others with as many blanks.
    pub(super) fn wrap(&mut self, words: &[String], lead: &str, separator: &str) {
        let room = self.width.max(40);
        let mut line = lead.to_owned();
        for (number, word) in words.iter().enumerate() {
            let separator = if number + 1 < words.len() { separator } else { "" };
            let is_started = line.len() > lead.len();
            if is_started && measure_text_width(&line) + measure_text_width(word) + separator.len() > room {
                self.line(&line);
                line = " ".repeat(lead.len());
            }
            let _ = write!(line, "{word}{separator} ");
        }
        if !words.is_empty() {
            self.line(&line);
        }
    }
}

/// The words of a sentence, escaped. What a command quotes is one word, so that a line break never stands in
/// it.
pub(super) fn words_of(sentence: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_quoted = false;
    for word in sentence.split(' ') {
        let escaped = Escaped(word).to_string();
        match words.last_mut().filter(|_| is_quoted) {
            Some(quoted) => {
                quoted.push(' ');
                quoted.push_str(&escaped);
            }
            None => words.push(escaped),
        }
        let opened = word.strip_prefix('\'');
        let end = opened.unwrap_or(word).trim_end_matches([';', ',', '.', ')']);
        is_quoted = (is_quoted || opened.is_some()) && !end.ends_with('\'');
    }
    words
}
