//! A page of limited size. Each part may fill the page up to a mark. The page counts everything left out.

use std::fmt::Write as _;

use super::code::fence;
use crate::review::words::count_of;

/// The bytes reserved for the sentence that counts what is left out, and for the ends of its block and fold.
const NOTE: usize = 500;

/// The part of the page that one item of a block may fill, as a divisor.
const SHARES: usize = 16;

/// A page being written.
pub(super) struct MarkdownPage {
    out: String,
    budget: usize,
    /// What is left out so far, in words.
    left_out: Vec<String>,
}

/// The items of a list, and the mark up to which it may fill the page.
#[derive(Clone, Copy)]
pub(super) struct ListPart {
    /// The word for one item, as `removal`.
    pub(super) item: &'static str,
    /// The mark, in percent of the page.
    pub(super) mark: usize,
}

impl MarkdownPage {
    pub(super) fn new(budget: usize) -> Self {
        Self {
            out: String::new(),
            budget,
            left_out: Vec::new(),
        }
    }

    /// Adds our own text, whose size is known to be small.
    pub(super) fn own(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn say(&mut self, text: std::fmt::Arguments) {
        let _ = self.out.write_fmt(text);
    }

    /// How many bytes a part has left, without the sentence that counts the rest.
    fn room(&self, part: ListPart) -> usize {
        (self.budget * part.mark / 100).saturating_sub(self.out.len() + NOTE)
    }

    /// Adds the items that fit, one per line, and the count of the others.
    pub(super) fn list(&mut self, part: ListPart, items: impl ExactSizeIterator<Item = String>) {
        let all = items.len();
        let mut shown = 0;
        for item in items {
            if item.len() + 1 > self.room(part) {
                break;
            }
            self.out.push_str(&item);
            self.out.push('\n');
            shown += 1;
        }
        self.count(part, all - shown);
    }

    /// Adds items like a list, in a block that colours lines beginning with `-`, `+` and `!`.
    pub(super) fn block(&mut self, part: ListPart, items: impl ExactSizeIterator<Item = Vec<String>>) {
        let all = items.len();
        // A fence must be longer than every run of back-ticks in the block, so it is known only at the
        // block's end.
        let (mut lines, mut size, mut shown) = (Vec::new(), 0, 0);
        for item in items {
            let item = self.cut_to_share(item);
            let more = item.iter().map(|line| line.len() + 1).sum::<usize>();
            let ticks = fence(&item).len() * 2;
            if size + more + ticks > self.room(part) {
                break;
            }
            size += more;
            lines.extend(item);
            shown += 1;
        }
        if !lines.is_empty() {
            let fence = fence(&lines);
            self.say(format_args!("\n{fence}diff\n{}\n{fence}\n", lines.join("\n")));
        }
        self.count(part, all - shown);
    }

    /// An item's lines up to its share of the page, and the count of the others. So no item pushes out all
    /// others.
    fn cut_to_share(&self, mut item: Vec<String>) -> Vec<String> {
        let share = self.budget / SHARES;
        let mut size = 0;
        let fits = item.iter().take_while(|line| {
            size += line.len() + 1;
            size <= share
        });
        // The first line says what the item is about.
        let fits = fits.count().max(1);
        let hidden = item.len().saturating_sub(fits);
        if hidden > 0 {
            item.truncate(fits);
            item.push(format!("      {}", count_of(hidden as u64, "more line")));
        }
        item
    }

    fn count(&mut self, part: ListPart, hidden: usize) {
        if hidden > 0 {
            let hidden = count_of(hidden as u64, part.item);
            self.say(format_args!("\n**{hidden} not shown here.**\n"));
            self.left_out.push(hidden);
        }
    }

    /// The text, with a list of what is left out at its end.
    pub(super) fn end(mut self) -> String {
        if !self.left_out.is_empty() {
            let left_out = self.left_out.join(", ");
            self.say(format_args!(
                "\nLeft out for want of room: {left_out}. `wpsync show --format html` draws all of it.\n"
            ));
        }
        self.out
    }
}
