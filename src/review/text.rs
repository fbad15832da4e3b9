//! A plan for a terminal: one line that says it all, then the changes by risk, removals first, then what the plan rests on.

use std::fmt::Write as _;

use console::Style;

use crate::escape::Escaped;
use crate::model::{Reference, Value};
use crate::plan::{Action, Change, MembersDelta, Plan};

/// How to emphasise. The words carry the meaning; colour is never needed to understand them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// No colour.
    Plain,
    /// ANSI colours.
    Colour,
}

impl Palette {
    /// The style that all others start from.
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

const fn symbol(action: Action) -> &'static str {
    match action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Reactivate => "^",
        Action::Deactivate => "!",
        Action::Delete => "-",
    }
}

/// How many names of what is withheld are shown.
const MOST_WITHHELD: usize = 5;

/// The plan in one line.
pub fn summary(plan: &Plan) -> String {
    if plan.changes.is_empty() {
        return "No changes. The directory is as the sources say.".into();
    }
    let counts = Action::BY_RISK.into_iter().rev().filter_map(|action| {
        let count = plan.header.summary.get(&action)?;
        Some(format!("{count} to {}", action.word()))
    });
    format!("Plan: {}.", counts.collect::<Vec<_>>().join(", "))
}

/// The plan as text of a width in columns.
pub fn text(plan: &Plan, palette: Palette, width: usize) -> String {
    let mut out = format!("{}\n", palette.strong(&summary(plan)));
    for action in Action::BY_RISK {
        let changes: Vec<_> = plan.changes.iter().filter(|change| change.action == action).collect();
        if changes.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{}", palette.strong(&format!("{} ({})", title(action), changes.len())));
        for change in changes {
            draw_change(&mut out, change, palette, width);
        }
    }
    out.push('\n');
    draw_footer(&mut out, plan, palette);
    out
}

const fn title(action: Action) -> &'static str {
    match action {
        Action::Create => "Create",
        Action::Update => "Update",
        Action::Reactivate => "Reactivate",
        Action::Deactivate => "Deactivate: they can no longer sign in",
        Action::Delete => "Delete: this cannot be undone by every directory",
    }
}

fn draw_change(out: &mut String, change: &Change, palette: Palette, width: usize) {
    let name = match change.renamed_from() {
        Some(old) if change.action != Action::Create && change.action != Action::Delete => format!("{} (was {})", change.key, Escaped(old)),
        _ => change.key.to_string(),
    };
    let place = change.origin.as_deref().map_or_else(|| change.reason.clone(), |place| Escaped(place).to_string());
    let _ = writeln!(
        out,
        "  {} {}  {}",
        palette.action(change.action, symbol(change.action)),
        palette.action(change.action, &name),
        palette.faint(&place)
    );
    match change.action {
        Action::Create => {
            let naming = change.kind.naming_attribute();
            let values = change.after.iter().filter(|(path, _)| &***path != naming);
            let values =
                values.filter_map(|(path, value)| Some(format!("{} {}", Escaped(path), show(value.as_ref()?)))).collect::<Vec<_>>();
            wrap(out, &values, width);
        }
        Action::Delete => {}
        _ => draw_values(out, change),
    }
    if let Some(members) = &change.members {
        draw_members(out, members, palette, width);
    }
}

fn draw_values(out: &mut String, change: &Change) {
    let longest = change.after.keys().map(|path| path.chars().count()).max().unwrap_or(0);
    for (path, value) in &change.after {
        let before = change.before.get(path).and_then(Option::as_ref);
        let _ = writeln!(
            out,
            "      {:longest$}  {} → {}",
            Escaped(path).to_string(),
            show_or_nothing(before),
            show_or_nothing(value.as_ref())
        );
    }
}

fn draw_members(out: &mut String, members: &MembersDelta, palette: Palette, width: usize) {
    let names = |references: &[Reference], sign: &str| references.iter().map(|one| format!("{sign} {}", name(one))).collect::<Vec<_>>();
    let _ = writeln!(out, "      {}", palette.faint(&format!("members {} → {}", members.before, members.after)));
    wrap(out, &names(&members.remove, "-"), width);
    wrap(out, &names(&members.add, "+"), width);
}

/// A member's name: `group:` is written out, `user:` goes without saying.
fn name(reference: &Reference) -> String {
    match (&reference.key, &reference.id) {
        (Some(key), _) if key.kind == crate::model::Kind::Group => key.to_string(),
        (Some(key), _) => Escaped(&key.name).to_string(),
        (None, Some(id)) => format!("id {}", Escaped(id)),
        (None, None) => String::new(),
    }
}

fn show_or_nothing(value: Option<&Value>) -> String {
    value.map_or_else(|| "(nothing)".into(), show)
}

fn show(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("\"{}\"", Escaped(text)),
        Value::List(values) => format!("[{}]", values.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Reference(reference) => name(reference),
        Value::Boolean(_) | Value::Integer(_) => value.plain(),
    }
}

/// Words joined by commas, on lines of a width, six columns in.
fn wrap(out: &mut String, words: &[String], width: usize) {
    let room = width.saturating_sub(6).max(40);
    let mut line = String::new();
    for (number, word) in words.iter().enumerate() {
        let separator = if number + 1 < words.len() { "," } else { "" };
        if !line.is_empty() && line.chars().count() + word.chars().count() + 2 > room {
            let _ = writeln!(out, "      {}", line.trim_end());
            line.clear();
        }
        let _ = write!(line, "{word}{separator} ");
    }
    if !line.is_empty() {
        let _ = writeln!(out, "      {}", line.trim_end());
    }
}

fn draw_footer(out: &mut String, plan: &Plan, palette: Palette) {
    let header = &plan.header;
    let snapshot = &header.snapshot;
    let mut row = |name: &str, value: String| {
        let _ = writeln!(out, "{}  {value}", palette.faint(&format!("{name:<10}")));
    };
    row("directory", format!("{}: {} users, {} groups", Escaped(&header.directory.origin), snapshot.users, snapshot.groups));
    if snapshot.unmanaged_users + snapshot.unmanaged_groups > 0 {
        row("left alone", format!("{} users and {} groups that no source declares", snapshot.unmanaged_users, snapshot.unmanaged_groups));
    }
    if !header.withheld.is_empty() {
        let names = header.withheld.iter().map(|(name, count)| format!("{} ({count})", Escaped(name)));
        let shown = names.take(MOST_WITHHELD).collect::<Vec<_>>().join(", ");
        let more = header.withheld.len().saturating_sub(MOST_WITHHELD);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        row("withheld", format!("removals from what is managed for the first time: {shown}{more}; --adopt NAME removes them"));
    }
    if !header.adopted.is_empty() {
        row("adopted", header.adopted.iter().map(|name| Escaped(name).to_string()).collect::<Vec<_>>().join(", "));
    }
    for waiver in &header.waivers {
        row("waiver", format!("{} = {}: {}", Escaped(&waiver.guard), waiver.count, Escaped(&waiver.reason)));
    }
    row("expires", header.expires.to_string());
    row("digest", plan.digest.to_string());
}
