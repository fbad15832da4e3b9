//! One change as lines of a block.

use super::code::line;
use crate::model::{Reference, Value};
use crate::plan::privilege::is_of_roles;
use crate::plan::{Action, Change, MembersDelta};
use crate::review::words::{count_of, heading, member_counts, name, place, show, show_both, thousands};

/// The number of members of a group that are named on each side.
const NAMED_MEMBERS: usize = 40;

/// The number of members of a deleted group that are named.
const NAMED_OF_DELETED: usize = 10;

/// The number of lines for the values of one change.
const VALUE_LINES: usize = 60;

/// A removal as lines of a block. The reason is left out if it is `shared`, which the page says once.
pub(super) fn removal(change: &Change, shared: Option<&str>) -> Vec<String> {
    let reason = place(change);
    let reason = match shared {
        Some(shared) if shared == reason => String::new(),
        _ => format!("  {}", line(&reason)),
    };
    let (verb, name) = (change.action.word(), line(&heading(change)));
    let mut lines = vec![format!("- {verb} {name}{reason}")];
    // A deactivation lists its other changes. A delete takes everything.
    if change.action == Action::Deactivate && change.after.len() > 1 {
        lines.extend(values(change));
    }
    if let Some(members) = &change.members {
        lines.extend(deleted_members(members));
    }
    lines
}

/// The size of a group that is deleted, and its first members.
fn deleted_members(members: &MembersDelta) -> Vec<String> {
    let mut names: Vec<_> = members.remove.iter().take(NAMED_OF_DELETED).map(name).collect();
    let more = members.remove.len() - names.len();
    if more > 0 {
        names.push(format!("{} more", thousands(more as u64)));
    }
    let count = members.before.map_or_else(
        || "members that the directory does not tell".to_owned(),
        |count| count_of(count, "member"),
    );
    let mut lines = vec![format!("-     {count}")];
    lines.extend(lines_of('-', &names));
    lines
}

/// One line for each name. So no name is cut because of the others.
pub(super) fn lines_of(sign: char, names: &[String]) -> impl Iterator<Item = String> {
    names.iter().map(move |name| format!("{sign}     {}", line(name)))
}

/// A change as lines of a block.
pub(super) fn details(change: &Change) -> Vec<String> {
    let sign = if change.action == Action::Create { '+' } else { '!' };
    let mut lines = vec![format!(
        "{sign} {}  {}",
        line(&heading(change)),
        line(&place(change))
    )];
    lines.extend(values(change));
    if let Some(members) = &change.members {
        lines.push(format!("      {}", member_counts(members)));
        lines.extend(named(&members.remove, '-', "leaves"));
        lines.extend(named(&members.add, '+', "joins"));
    }
    lines
}

fn values(change: &Change) -> Vec<String> {
    let row = |sign: char, path: &str, value: String| format!("{sign}     {}  {}", line(path), line(&value));
    let mut lines = Vec::new();
    // A line for each role, before all other values: so no list hides one.
    for (path, value) in change.after.iter().filter(|(path, _)| is_of_roles(path)) {
        let before = change.before.get(path).and_then(Option::as_ref);
        let before = before.filter(|_| change.action != Action::Create);
        let (before, after) = (one_by_one(before), one_by_one(value.as_ref()));
        let lost = before.iter().filter(|role| !after.contains(role));
        lines.extend(lost.map(|role| row('-', path, show(role))));
        let gained = after.iter().filter(|role| !before.contains(role));
        lines.extend(gained.map(|role| row('+', path, show(role))));
    }
    for (path, value) in change.after.iter().filter(|(path, _)| !is_of_roles(path)) {
        if change.action == Action::Create {
            // The heading shows the name.
            if **path == *change.kind.naming_attribute() {
                continue;
            }
            lines.extend(value.as_ref().map(|value| row('+', path, show(value))));
        } else {
            let read = change.before.get(path).and_then(Option::as_ref);
            let [before, after] = show_both(read, value.as_ref());
            lines.extend([row('-', path, before), row('+', path, after)]);
        }
    }
    let hidden = lines.len().saturating_sub(VALUE_LINES);
    if hidden > 0 {
        lines.truncate(VALUE_LINES);
        lines.push(format!(
            "      {} more of values",
            count_of(hidden as u64, "line")
        ));
    }
    lines
}

/// The values of a list, or the one value.
fn one_by_one(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::List(values)) => values.iter().collect(),
        value => value.into_iter().collect(),
    }
}

fn named(references: &[Reference], sign: char, verb: &str) -> Vec<String> {
    let mut lines: Vec<_> = references
        .iter()
        .take(NAMED_MEMBERS)
        .map(|one| format!("{sign}     {verb}  {}", line(&name(one))))
        .collect();
    if references.len() > NAMED_MEMBERS {
        lines.push(format!(
            "{sign}     {} more",
            thousands((references.len() - NAMED_MEMBERS) as u64)
        ));
    }
    lines
}
