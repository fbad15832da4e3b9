//! One change as text.

use console::measure_text_width;

use super::page::TextPage;
use crate::escape::Escaped;
use crate::model::{Kind, Reference};
use crate::plan::privilege::is_of_roles;
use crate::plan::{Action, Change, MembersDelta};
use crate::review::words::{
    clip, count_of, heading, kinds, member_counts, name, place, show, show_both, symbol, thousands,
};

/// The longest value that is shown, in characters. Roles are shown whole.
const LONGEST_VALUE: usize = 400;

/// The number of members of a deleted group that are named. `show --format json` has them all.
const MOST_MEMBERS_OF_DELETED: usize = 10;

/// The widest name, in columns, to which the places of all changes are aligned.
const WIDEST_NAME: usize = 40;

/// The number of groups that a heading names.
const NAMED_GROUPS: usize = 3;

impl TextPage<'_> {
    /// A change. `column` is the width of the names of its section.
    pub(super) fn change(&mut self, change: &Change, column: usize) {
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
                    let shown = shortened(path, &show(value.as_ref()?));
                    Some(format!("{} {shown}", Escaped(path)))
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
            let [before, after] = show_both(read, value.as_ref()).map(|text| shortened(path, &text));
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
}

/// A value's text, cut where it is long. No role is hidden so.
fn shortened(path: &str, text: &str) -> String {
    if is_of_roles(path) {
        text.to_owned()
    } else {
        clip(text, LONGEST_VALUE)
    }
}

/// The width to which the places of these changes are aligned, in columns.
pub(super) fn column(changes: &[&Change]) -> usize {
    let widths = changes.iter().map(|change| measure_text_width(&heading(change)));
    widths.filter(|width| *width <= WIDEST_NAME).max().unwrap_or(0)
}

/// The people and groups of a section: `2 users; groups On call, Sales`.
pub(super) fn who(changes: &[&Change]) -> String {
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
