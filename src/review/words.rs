//! Words of every form of a review: counts, symbols, names and values. Foreign text is escaped for people.

use crate::escape::Escaped;
use crate::model::{Kind, Reference, Value};
use crate::plan::{Action, Change, MembersDelta, Plan};

/// The sign of an action, as in Terraform.
pub(super) const fn symbol(action: Action) -> &'static str {
    match action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Reactivate => "^",
        Action::Deactivate => "!",
        Action::Delete => "-",
    }
}

/// The heading of an action.
pub(super) const fn title(action: Action) -> &'static str {
    match action {
        Action::Create => "Create",
        Action::Update => "Update",
        Action::Reactivate => "Reactivate",
        Action::Deactivate => "Deactivate: they can no longer sign in",
        Action::Delete => "Delete: this cannot be undone by every directory",
    }
}

/// `1,234,567`
pub(super) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 user`, `2 users`.
pub(super) fn count_of(count: u64, word: &str) -> String {
    format!("{} {word}{}", thousands(count), if count == 1 { "" } else { "s" })
}

/// `1 user and 2 groups`. A kind without resources is left out.
pub(super) fn kinds(users: u64, groups: u64) -> String {
    let parts: Vec<_> = [(users, "user"), (groups, "group")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| count_of(count, word))
        .collect();
    if parts.is_empty() {
        "nobody".into()
    } else {
        parts.join(" and ")
    }
}

/// `90 s`, `45 min`, `3 h`.
pub fn time(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

/// `members 3 → 2`. A number that the directory does not tell is not shown.
pub(super) fn member_counts(delta: &MembersDelta) -> String {
    match (delta.before, delta.after) {
        (Some(before), Some(after)) => format!("members {} → {}", thousands(before), thousands(after)),
        _ => "members (the directory does not tell who is in it)".to_owned(),
    }
}

/// How many members leave and join groups, and in how many groups.
pub(super) struct Moves {
    pub(super) groups: u64,
    pub(super) join: u64,
    pub(super) leave: u64,
}

impl Moves {
    pub(super) fn of(plan: &Plan) -> Self {
        let deltas = plan.changes.iter().filter_map(|change| change.members.as_ref());
        deltas.fold(
            Self {
                groups: 0,
                join: 0,
                leave: 0,
            },
            |sum, delta| Self {
                groups: sum.groups + 1,
                join: sum.join + delta.add.len() as u64,
                leave: sum.leave + delta.remove.len() as u64,
            },
        )
    }

    /// `1 member leaves and 3 members join, in 2 groups`
    pub(super) fn sentence(&self) -> Option<String> {
        let verb = |count: u64, one: &str, many: &str| {
            (count > 0).then(|| {
                format!(
                    "{} {}",
                    count_of(count, "member"),
                    if count == 1 { one } else { many }
                )
            })
        };
        let parts: Vec<_> = [
            verb(self.leave, "leaves", "leave"),
            verb(self.join, "joins", "join"),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!parts.is_empty()).then(|| format!("{}, in {}", parts.join(" and "), count_of(self.groups, "group")))
    }
}

/// A change's name: its key, and the old name if the change renames the resource.
pub(super) fn heading(change: &Change) -> String {
    match change.renamed_from() {
        Some(old) if change.is_step_between() => {
            format!("{} (was {}; a temporary name)", change.key, Escaped(old))
        }
        Some(old) if change.action != Action::Create && change.action != Action::Delete => {
            format!("{} (was {})", change.key, Escaped(old))
        }
        None if change.is_step_between() => format!("{} (a temporary value)", change.key),
        _ => match change.spelled_there() {
            Some(there) => format!("{} ({} in the directory)", change.key, Escaped(there)),
            None => change.key.to_string(),
        },
    }
}

/// The place in the sources that asks for a change. If no source does, the reason for the change.
pub(super) fn place(change: &Change) -> String {
    Escaped(change.origin.as_deref().unwrap_or(&change.reason)).to_string()
}

/// A member's name: with `group:` for a group, without a prefix for a person.
pub(super) fn name(reference: &Reference) -> String {
    match (&reference.key, &reference.id) {
        (Some(key), _) if key.kind == Kind::Group => key.to_string(),
        (Some(key), _) => Escaped(&key.name).to_string(),
        (None, Some(id)) => format!("id {}", Escaped(id)),
        (None, None) => String::new(),
    }
}

/// A value, or `(nothing)`.
pub(super) fn show_or_nothing(value: Option<&Value>) -> String {
    value.map_or_else(|| "(nothing)".into(), show)
}

/// A value: text in quotes, a set in brackets.
pub(super) fn show(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("\"{}\"", Escaped(text)),
        Value::List(values) => format!("[{}]", values.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Reference(reference) => name(reference),
        Value::Boolean(_) | Value::Integer(_) => value.plain(),
    }
}

/// The values before and after. Texts that look the same are shown as code points.
pub(super) fn show_both(before: Option<&Value>, after: Option<&Value>) -> [String; 2] {
    match (before, after) {
        (Some(Value::Text(_)), Some(Value::Text(_))) => Value::shown_beside([before, after]),
        (before, after) => [before, after].map(show_or_nothing),
    }
}

/// The first `most` characters of a text. The characters left out are counted.
pub(super) fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!(
            "{}… (+{})",
            &text[..end],
            count_of(text[end..].chars().count() as u64, "character")
        ),
    }
}

/// The content of a push: `everybody in one request: 2 users and 1 group`. `None` without a push.
pub(super) fn pushed(plan: &Plan) -> Option<String> {
    let push = plan.header.push.as_ref()?;
    Some(format!(
        "everybody in one request: {}",
        kinds(push.people.len() as u64, push.groups.len() as u64)
    ))
}

/// The people whom a push invites.
pub(super) fn invited(plan: &Plan) -> Option<&'static str> {
    Some(if plan.header.push.as_ref()?.settings.invite? {
        "whoever is new"
    } else {
        "nobody"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_well() {
        assert_eq!(
            [0, 1, 999, 1_000, 20_000, 1_234_567].map(thousands).join(" "),
            "0 1 999 1,000 20,000 1,234,567"
        );
        assert_eq!(
            (count_of(1, "user"), count_of(2, "user")),
            ("1 user".into(), "2 users".into())
        );
        assert_eq!(
            (kinds(1, 0), kinds(2, 1)),
            ("1 user".into(), "2 users and 1 group".into())
        );
    }

    #[test]
    fn what_is_clipped_is_counted() {
        assert_eq!(clip("Ωmega", 5), "Ωmega");
        assert_eq!(clip("Ωmega!", 5), "Ωmega… (+1 character)");
    }
}
