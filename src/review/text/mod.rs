//! A plan for a terminal or a log: one summary line, the refusals, the changes by risk with removals first,
//! and what the plan rests on.

mod change;
mod footer;
mod page;

pub use page::Palette;

use page::{Extent, TextPage, words_of};

use super::by_hand;
use super::held::held_alike;
use super::rights::{by_risk, rights};
use super::standing::headline;
use super::words::{clip, count_of, thousands, title};
use crate::plan::{self, Action, Plan, guard};

/// The plan as text, whole. `width` is in columns.
pub fn text(plan: &Plan, palette: Palette, width: usize) -> String {
    draw(plan, palette, width, Extent::Whole)
}

/// The most characters of a line about a change by hand.
const LONGEST_LINE: usize = 200;

/// The plan as text of a limited size. What is left out is counted, and `whole` is the command that draws it.
pub fn text_in_short(plan: &Plan, palette: Palette, width: usize, whole: &str) -> String {
    draw(plan, palette, width, Extent::Short(whole))
}

fn draw(plan: &Plan, palette: Palette, width: usize, extent: Extent<'_>) -> String {
    let mut page = TextPage {
        out: format!("{}\n", palette.strong(&headline(&plan::standing(plan)))),
        palette,
        width,
        extent,
    };
    page.refusals(plan);
    page.held(plan);
    page.rights(plan);
    page.by_hand(plan);
    let mut left_out = 0;
    for action in Action::BY_RISK {
        let changes = by_risk(plan, action);
        let changes: Vec<_> = changes.into_iter().map(|(_, change)| change).collect();
        if !changes.is_empty() {
            left_out += page.section(action, &changes);
        }
    }
    if let (Extent::Short(whole), 1..) = (extent, left_out) {
        let changes = count_of(left_out, "change");
        page.line(&format!(
            "\n{changes} not shown here: `{whole}` draws everything."
        ));
    }
    page.out.push('\n');
    page.footer(plan);
    page.out
}

impl TextPage<'_> {
    fn refusals(&mut self, plan: &Plan) {
        let refusals = guard::refusals_said(plan);
        if refusals.is_empty() {
            return;
        }
        let heading = self
            .palette
            .style()
            .red()
            .bold()
            .apply_to("Refused: this plan cannot be applied")
            .to_string();
        self.line(&format!("\n{heading}"));
        for refusal in refusals {
            self.wrap(&words_of(&refusal), "  ! ", "");
        }
    }

    /// The held people and groups, grouped by reason and way out.
    fn held(&mut self, plan: &Plan) {
        let alike = held_alike(&plan::standing(plan));
        if alike.is_empty() {
            return;
        }
        let heading = self.palette.strong("Held: nothing is planned for them");
        self.line(&format!("\n{heading}"));
        let shown = self.list_length(alike.len());
        for with_one_way_out in alike[..shown].chunk_by(|one, other| one.next == other.next) {
            for alike in with_one_way_out {
                let names = alike.named();
                let words: Vec<_> = names.split(' ').map(str::to_owned).collect();
                self.wrap(&words, "  ? ", "");
                self.wrap(&words_of(alike.message), "      why   ", "");
            }
            let is_of_several = with_one_way_out.len() > 1;
            let lead = if is_of_several { "  next  " } else { "      next  " };
            self.wrap(&words_of(with_one_way_out[0].next), lead, "");
        }
        self.more(alike[shown..].iter().map(|alike| alike.who.len()).sum());
    }

    /// The rights that people get.
    fn rights(&mut self, plan: &Plan) {
        let rights = rights(plan);
        if rights.is_empty() {
            return;
        }
        let heading = self.palette.strong("Rights that people get");
        self.line(&format!("\n{heading}"));
        let shown = self.list_length(rights.len());
        for right in &rights[..shown] {
            self.line(&format!("  * {}", right.heading()));
            self.wrap(&right.names(), "      ", ",");
        }
        self.more(rights.len() - shown);
    }

    /// What the changes overwrite of what somebody changed by hand.
    fn by_hand(&mut self, plan: &Plan) {
        let lines = by_hand::lines(plan);
        if lines.is_empty() {
            return;
        }
        let heading = self.palette.strong(by_hand::TITLE);
        self.line(&format!("\n{heading} ({})", plan.header.by_hand.len()));
        let shown = self.list_length(lines.len());
        for line in &lines[..shown] {
            self.line(&format!("  {}", clip(line, LONGEST_LINE)));
        }
        self.more(lines.len() - shown);
    }

    fn more(&mut self, left_out: usize) {
        if left_out > 0 {
            self.line(&format!("  … and {} more", thousands(left_out as u64)));
        }
    }

    /// The changes of an action. Returns how many are left out.
    fn section(&mut self, action: Action, changes: &[&plan::Change]) -> u64 {
        self.line(&format!(
            "\n{}",
            self.palette
                .strong(&format!("{} ({})", title(action), change::who(changes)))
        ));
        let column = change::column(changes);
        let mark = self.mark(action);
        for (number, change) in changes.iter().enumerate() {
            let before = self.out.len();
            if mark.is_some_and(|mark| before >= mark) {
                let left_out = (changes.len() - number) as u64;
                let more = thousands(left_out);
                self.line(&format!("  … and {more} more to {}", action.word()));
                return left_out;
            }
            self.change(change, column);
            if mark.is_some() {
                self.shorten(before);
            }
        }
        0
    }
}
