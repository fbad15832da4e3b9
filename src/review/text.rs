//! A plan for a terminal: one summary line, the refusals, the changes by risk with removals first, and what
//! the plan rests on.

use std::fmt::Write as _;

use console::{Style, measure_text_width};

use super::by_hand;
use super::standing::{self, headline};
use super::words::{
    Moves, clip, count_of, heading, invited, kinds, member_counts, name, place, pushed, show, show_both,
    symbol, thousands, title,
};
use crate::escape::Escaped;
use crate::model::{Kind, Reference};
use crate::plan::{self, Action, Change, Header, MembersDelta, Plan, guard};

/// How to emphasise. The words carry the meaning, with or without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// No colour.
    Plain,
    /// ANSI colours.
    Colour,
}

/// The longest value that is shown, in characters.
const LONGEST_VALUE: usize = 400;

/// The number of members of a deleted group that are named. `show --format json` has them all.
const MOST_MEMBERS_OF_DELETED: usize = 10;

/// The widest name, in columns, to which the places of all changes are aligned.
const WIDEST_NAME: usize = 40;

/// The number of groups that a heading names.
const NAMED_GROUPS: usize = 3;

impl Palette {
    /// The base of all other styles.
    pub fn style(self) -> Style {
        Style::new().force_styling(self == Self::Colour)
    }

    fn action(self, action: Action, text: &str) -> String {
        let style = match action {
            Action::Create => self.style().green(),
            Action::Update => self.style().yellow(),
            Action::Reactivate => self.style().cyan(),
            Action::Deactivate | Action::Delete => self.style().red(),
        };
        style.apply_to(text).to_string()
    }

    fn strong(self, text: &str) -> String {
        self.style().bold().apply_to(text).to_string()
    }

    fn faint(self, text: &str) -> String {
        self.style().dim().apply_to(text).to_string()
    }
}

/// The page under construction.
struct TextPage {
    out: String,
    palette: Palette,
    width: usize,
}

/// The plan as text. `width` is in columns.
pub fn text(plan: &Plan, palette: Palette, width: usize) -> String {
    let mut page = TextPage {
        out: format!("{}\n", palette.strong(&headline(&plan::standing(plan)))),
        palette,
        width,
    };
    page.refusals(plan);
    page.held(plan);
    page.by_hand(plan);
    for action in Action::BY_RISK {
        let changes: Vec<_> = plan
            .changes
            .iter()
            .filter(|change| change.action == action)
            .collect();
        if !changes.is_empty() {
            page.section(action, &changes);
        }
    }
    page.out.push('\n');
    page.footer(plan);
    page.out
}

impl TextPage {
    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

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
            let words: Vec<_> = refusal.split(' ').map(|word| Escaped(word).to_string()).collect();
            self.wrap(&words, "  ! ", "");
        }
    }

    /// The held people and groups, grouped by reason and way out.
    fn held(&mut self, plan: &Plan) {
        let alike = standing::held_alike(&plan.header.held);
        if alike.is_empty() {
            return;
        }
        let heading = self.palette.strong("Held: nothing is planned for them");
        self.line(&format!("\n{heading}"));
        for alike in alike {
            let names = alike.named();
            let words: Vec<_> = names.split(' ').map(str::to_owned).collect();
            self.wrap(&words, "  ? ", "");
            for (lead, text) in [("      why   ", alike.message), ("      next  ", alike.next)] {
                let words: Vec<_> = text.split(' ').map(|word| Escaped(word).to_string()).collect();
                self.wrap(&words, lead, "");
            }
        }
    }

    /// What the changes overwrite of what somebody changed by hand.
    fn by_hand(&mut self, plan: &Plan) {
        let lines = by_hand::lines(plan);
        if lines.is_empty() {
            return;
        }
        let heading = self.palette.strong(by_hand::TITLE);
        self.line(&format!("\n{heading} ({})", plan.header.by_hand.len()));
        for line in lines {
            self.line(&format!("  {}", clip(&line, LONGEST_VALUE)));
        }
    }

    fn section(&mut self, action: Action, changes: &[&Change]) {
        self.line(&format!(
            "\n{}",
            self.palette
                .strong(&format!("{} ({})", title(action), who(changes)))
        ));
        let widths = changes.iter().map(|change| measure_text_width(&heading(change)));
        let column = widths.filter(|width| *width <= WIDEST_NAME).max().unwrap_or(0);
        for change in changes {
            self.change(change, column);
        }
    }

    fn change(&mut self, change: &Change, column: usize) {
        let (palette, name) = (self.palette, heading(change));
        let gap = column.saturating_sub(measure_text_width(&name)) + 2;
        let sign = palette.action(change.action, symbol(change.action));
        let place = palette.faint(&place(change));
        self.line(&format!(
            "  {sign} {}{:gap$}{place}",
            palette.action(change.action, &name),
            ""
        ));
        match change.action {
            Action::Create => {
                let naming = change.kind.naming_attribute();
                let values = change.after.iter().filter(|(path, _)| &***path != naming);
                let values = values.filter_map(|(path, value)| {
                    Some(format!(
                        "{} {}",
                        Escaped(path),
                        clip(&show(value.as_ref()?), LONGEST_VALUE)
                    ))
                });
                self.wrap(&values.collect::<Vec<_>>(), "      ", ",");
            }
            Action::Delete => {}
            _ => self.values(change),
        }
        if let Some(members) = &change.members {
            let named = match change.action {
                Action::Delete => MOST_MEMBERS_OF_DELETED,
                _ => usize::MAX,
            };
            self.members(members, named);
        }
    }

    fn values(&mut self, change: &Change) {
        let longest = change
            .after
            .keys()
            .map(|path| measure_text_width(&Escaped(path).to_string()))
            .max()
            .unwrap_or(0);
        for (path, value) in &change.after {
            let path_shown = Escaped(path).to_string();
            let read = change.before.get(path).and_then(Option::as_ref);
            let [before, after] = show_both(read, value.as_ref()).map(|text| clip(&text, LONGEST_VALUE));
            let gap = longest.saturating_sub(measure_text_width(&path_shown)) + 2;
            let line = format!("      {path_shown}{:gap$}{before} → {after}", "");
            if measure_text_width(&line) <= self.width {
                self.line(&line);
            } else {
                self.line(&format!("      {path_shown}"));
                self.line(&format!("          {before}"));
                self.line(&format!("        → {after}"));
            }
        }
    }

    /// How many members there are before and after, and the first `named` of those who leave and join.
    fn members(&mut self, members: &MembersDelta, named: usize) {
        let names = |references: &[Reference], sign: &str| {
            let first = references.iter().take(named);
            let mut names: Vec<_> = first
                .map(|reference| format!("{sign} {}", name(reference)))
                .collect();
            let more = references.len().saturating_sub(named);
            if more > 0 {
                names.push(format!("{sign} {} more", thousands(more as u64)));
            }
            names
        };
        let counts = member_counts(members);
        self.line(&format!("      {}", self.palette.faint(&counts)));
        self.wrap(&names(&members.remove, "-"), "      ", ",");
        self.wrap(&names(&members.add, "+"), "      ", ",");
    }

    /// Wraps words to the page's width. The first line begins with `lead`, the others with as many blanks.
    fn wrap(&mut self, words: &[String], lead: &str, separator: &str) {
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

    fn row(&mut self, name: &str, value: &str) {
        let name = self.palette.faint(&format!("{name:<10}"));
        self.line(&format!("{name}  {value}"));
    }

    fn footer(&mut self, plan: &Plan) {
        let header = &plan.header;
        let snapshot = &header.snapshot;
        let directory = format!(
            "{}: {}, {}",
            Escaped(&header.directory.origin),
            count_of(snapshot.users, "user"),
            count_of(snapshot.groups, "group")
        );
        self.row("directory", &directory);
        if let Some(about) = standing::about(plan) {
            let words: Vec<_> = about.text.split(' ').map(str::to_owned).collect();
            self.wrap(&words, &format!("{:<10}  ", about.name), "");
        }
        if let Some(selection) = &header.selection {
            self.row(
                "only",
                &format!(
                    "{}; nobody else is in this plan",
                    clip(&selection.said(), LONGEST_VALUE)
                ),
            );
        }
        if snapshot.unmanaged_users + snapshot.unmanaged_groups > 0 {
            let left = format!(
                "{} that no source declares",
                kinds(snapshot.unmanaged_users, snapshot.unmanaged_groups)
            );
            self.row("left alone", &left);
        }
        if let Some(moves) = Moves::of(plan).sentence() {
            self.row("members", &moves);
        }
        if let Some(push) = pushed(plan) {
            self.row("push", &push);
        }
        if let Some(invited) = invited(plan) {
            self.row("invited", invited);
        }
        if header.cost.requests.total() > 0 {
            self.row("cost", &cost(plan));
        }
        for row in standing::rows(&plan::standing(plan)) {
            self.row(row.name, &row.text);
        }
        self.exceptions(header);
        self.row("expires", &header.expires.to_string());
        self.row("digest", &plan.digest.to_string());
    }

    /// The adopted names and the waivers of the plan.
    fn exceptions(&mut self, header: &Header) {
        if !header.adopted.is_empty() {
            self.row(
                "adopted",
                &header
                    .adopted
                    .iter()
                    .map(|name| Escaped(name).to_string())
                    .collect::<Vec<_>>()
                    .join(", "),
            );
        }
        for waiver in &header.waivers {
            self.row(
                "waiver",
                &format!(
                    "{} = {}: {}",
                    Escaped(&waiver.guard),
                    waiver.count,
                    Escaped(&waiver.reason)
                ),
            );
        }
    }
}

/// The people and groups of a section: `2 users; groups On call, Sales`.
fn who(changes: &[&Change]) -> String {
    let of = |kind: Kind| changes.iter().filter(move |change| change.kind == kind);
    let (users, groups) = (of(Kind::User).count() as u64, of(Kind::Group).count());
    if groups == 0 || groups > NAMED_GROUPS {
        return kinds(users, groups as u64);
    }
    let listed: Vec<_> = of(Kind::Group)
        .map(|change| clip(&Escaped(&change.key.name).to_string(), WIDEST_NAME))
        .collect();
    let named = format!(
        "group{} {}",
        if groups == 1 { "" } else { "s" },
        listed.join(", ")
    );
    if users == 0 {
        named
    } else {
        format!("{}; {named}", count_of(users, "user"))
    }
}

/// The number of requests of an apply, and the least time that they take if the dialect has limits.
fn cost(plan: &Plan) -> String {
    let cost = &plan.header.cost;
    let verbs = cost
        .requests
        .by_verb()
        .map(|(verb, count)| format!("{count} {verb}"))
        .collect::<Vec<_>>()
        .join(", ");
    let time = if cost.seconds == 0 {
        String::new()
    } else {
        format!("; at least {}", super::time(cost.seconds))
    };
    let limits = if cost.seconds == 0 {
        String::new()
    } else {
        format!(" under the limits of {}", Escaped(&plan.header.directory.dialect))
    };
    format!("about {} requests ({verbs}){time}{limits}", cost.requests.total())
}
