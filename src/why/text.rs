//! The explanation as text for a terminal.

use std::fmt::Write as _;

use super::{
    AttributeLine, AttributeVerdict, Belonging, DeclaredAt, Explanation, ExpressionUsed, Matched, PlanOutcome,
};
use crate::escape::Escaped;
use crate::model::Value;
use crate::plan::Change;

/// The largest number of members that are listed. More are counted.
const MOST_MEMBERS: usize = 30;

/// The explanation as text.
pub fn text(explanation: &Explanation) -> String {
    let mut out = format!("{}\n", explanation.key);
    let mut row = |name: &str, value: String| {
        let _ = writeln!(out, "  {name:<10} {value}");
    };
    row("declared", declared(&explanation.declared));
    if let DeclaredAt::InScope {
        scope: Some(rule), ..
    } = &explanation.declared
    {
        row("scope", format!("it meets {}", shown_rule(rule)));
    }
    row("matched", matched(&explanation.matched));
    if !explanation.belongs_to.is_empty() {
        row("groups", belongings(&explanation.belongs_to));
    }
    if let Some(memberships) = &explanation.memberships {
        row("member of", memberships.sentence());
    }
    if let Some(members) = &explanation.members {
        let count = |number: Option<usize>, none: &str| {
            number.map_or_else(|| none.to_owned(), |number| number.to_string())
        };
        let sides = (
            count(members.live, "an unknown number"),
            count(members.desired, "no word on members"),
        );
        row(
            "members",
            format!("{} in the directory, {} in the sources", sides.0, sides.1),
        );
        if (1..=MOST_MEMBERS).contains(&members.listed.len()) {
            row("listed", belongings(&members.listed));
        }
    }
    draw_attributes(&mut out, &explanation.attributes);
    out.push('\n');
    draw_outcome(&mut out, &explanation.outcome);
    out
}

fn shown_rule(rule: &ExpressionUsed) -> String {
    format!("`{}` ({})", Escaped(&rule.expression), Escaped(&rule.origin))
}

fn declared(declared: &DeclaredAt) -> String {
    match declared {
        DeclaredAt::InScope { origin, .. } => Escaped(origin).to_string(),
        DeclaredAt::OutOfScope { origin, scope } => {
            let rule = scope
                .as_ref()
                .map(|rule| format!(": it does not meet {}", shown_rule(rule)))
                .unwrap_or_default();
            format!("{}, and out of scope{rule}", Escaped(origin))
        }
        DeclaredAt::Undeclared => "by no source".into(),
    }
}

fn matched(matched: &Matched) -> String {
    match matched {
        Matched::By { attribute, value, id } => format!(
            "by {} \"{}\", id {}",
            Escaped(attribute),
            Escaped(value),
            Escaped(id)
        ),
        Matched::LiveOnly { id } => format!("it is in the directory, id {}", Escaped(id)),
        Matched::Absent { by } => format!("the directory has nobody with its {}", by.join(" or ")),
        Matched::Unsettled => "that cannot be said; see below".into(),
    }
}

fn belongings(all: &[Belonging]) -> String {
    all.iter()
        .map(|one| format!("{} ({})", one.key, Escaped(&one.origin)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn draw_attributes(out: &mut String, lines: &[AttributeLine]) {
    let cells: Vec<[String; 4]> = lines.iter().map(cells).collect();
    if cells.is_empty() {
        return;
    }
    let head = ["attribute", "directory", "sources", "declared at"].map(str::to_owned);
    let width = |column: usize| {
        let widths = cells
            .iter()
            .chain([&head])
            .map(|cells| cells[column].chars().count());
        widths.max().unwrap_or(0).min(40)
    };
    let widths = [width(0), width(1), width(2)];
    out.push('\n');
    for (mark, [path, live, desired, origin]) in
        std::iter::once((" ", &head)).chain(lines.iter().map(mark).zip(&cells))
    {
        let line = format!(
            "  {mark} {path:<0$}  {live:<1$}  {desired:<2$}  {origin}",
            widths[0], widths[1], widths[2]
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

const fn mark(line: &AttributeLine) -> &'static str {
    match line.verdict {
        AttributeVerdict::Same => "=",
        AttributeVerdict::Changes => "~",
        AttributeVerdict::LeftAlone => " ",
        AttributeVerdict::Unsettled => "?",
    }
}

fn cells(line: &AttributeLine) -> [String; 4] {
    let asked = line.asked.as_ref().and_then(|asked| asked.desired.as_ref());
    let [live, wanted] = Value::shown_beside([line.live.as_ref(), asked]);
    let (desired, origin) = match &line.asked {
        None => ("(left alone)".into(), String::new()),
        Some(asked) => {
            let computed = asked
                .computed
                .as_ref()
                .map(|rule| format!(", computed by {}", shown_rule(rule)))
                .unwrap_or_default();
            (wanted, format!("{}{computed}", Escaped(&asked.origin)))
        }
    };
    [Escaped(&line.path).to_string(), live, desired, origin]
}

fn draw_outcome(out: &mut String, outcome: &PlanOutcome) {
    match outcome {
        PlanOutcome::Nothing { reason } => {
            let _ = writeln!(out, "A plan would do nothing: {reason}.");
        }
        PlanOutcome::Blocked { problems } => {
            let _ = writeln!(out, "No plan can be made:");
            for problem in problems {
                let _ = writeln!(out, "  - {}", Escaped(problem));
            }
        }
        PlanOutcome::Changes {
            changes,
            held,
            refused,
        } => {
            for change in changes {
                draw_change(out, change);
            }
            if let Some(held) = held {
                let _ = writeln!(out, "Nothing else of it is planned: {held}.");
            }
            if let Some(refused) = refused {
                let _ = writeln!(out, "But {refused}.");
            }
        }
    }
}

fn draw_change(out: &mut String, change: &Change) {
    let _ = writeln!(
        out,
        "A plan would {} it: {}.",
        change.action.word(),
        Escaped(&change.reason)
    );
    if let Some(old) = change.renamed_from().filter(|old| **old != *change.key.name) {
        let _ = writeln!(out, "  its name was \"{}\"", Escaped(old));
    }
    let Some(members) = &change.members else { return };
    let signs = members
        .remove
        .iter()
        .map(|one| ("-", one))
        .chain(members.add.iter().map(|one| ("+", one)));
    for (sign, member) in signs.take(2 * MOST_MEMBERS) {
        let _ = writeln!(out, "  {sign} {}", member.shown());
    }
}
