//! Drift for a terminal: first which side moved, then which resource and attribute.

use std::fmt::Write as _;

use super::{Difference, Drift, LastApplied, Side, There, What};
use crate::escape::Escaped;
use crate::model::{Kind, Value};
use crate::plan::standing::Standing;
use crate::review;

/// The drift as text.
pub fn text(drift: &Drift, last: Option<&LastApplied>, standing: Option<&Standing<'_>>) -> String {
    let mut out = format!("{}\n", headline(drift, last, standing));
    let held = standing.map(review::held_lines).unwrap_or_default();
    if !held.is_empty() {
        out.push_str("\nHeld by a plan\n");
    }
    for line in held {
        let _ = writeln!(out, "  {line}");
    }
    for side in Side::ALL {
        let differences: Vec<_> = drift
            .differences
            .iter()
            .filter(|found| found.side == side)
            .collect();
        if differences.is_empty() {
            continue;
        }
        let mut label = side.label().to_owned();
        label[..1].make_ascii_uppercase();
        let count = differences.len();
        if side == Side::Source {
            let _ = writeln!(out, "\n{label} ({count}): `wpsync plan` shows what follows");
            continue;
        }
        let _ = writeln!(out, "\n{label} ({count})");
        let mut before = None;
        for difference in differences {
            if before != Some(&difference.key) {
                let _ = writeln!(out, "  {}", difference.key);
            }
            before = Some(&difference.key);
            draw(&mut out, difference);
        }
    }
    out.push('\n');
    match last {
        None => out.push_str(
            "last apply  not known here: no record in .wpsync/snapshot/, so nobody can say who changed \
             what\n",
        ),
        Some(last) => {
            let _ = writeln!(
                out,
                "last apply  {}, plan {}",
                last.finished,
                Escaped(&last.plan_id)
            );
        }
    }
    for (name, text) in rows(drift, last) {
        let _ = writeln!(out, "{name:<10}  {text}");
    }
    out
}

/// What the drift says nothing about.
fn rows(drift: &Drift, last: Option<&LastApplied>) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if last.is_some() && drift.unknown > 0 {
        let unknown = drift.unknown;
        rows.push((
            "not known",
            format!("{unknown} declared resources, which no apply here has changed"),
        ));
    }
    if drift.untold_groups > 0 {
        let groups = counted(drift.untold_groups, "declared group", "declared groups");
        rows.push((
            "not told",
            format!(
                "who is in {groups}: the directory does not say, so who was added or \
                     taken out there is not seen"
            ),
        ));
    }
    if !drift.undeclared.is_empty() {
        let of = |kind: Kind| drift.undeclared.iter().filter(|key| key.kind == kind).count();
        let parts = [
            (of(Kind::User) as u64, "person", "people"),
            (of(Kind::Group) as u64, "group", "groups"),
        ];
        let parts = parts.into_iter().filter(|(count, ..)| *count > 0);
        let parts: Vec<_> = parts
            .map(|(count, one, many)| counted(count, one, many))
            .collect();
        let undated = match drift.undated {
            0 => "",
            _ => "; no record says who of them was there at the last apply",
        };
        rows.push((
            "undeclared",
            format!("{}; --undeclared names them{undated}", parts.join(" and ")),
        ));
    }
    rows
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The drift in one line of counts, which names nobody.
///
/// `standing` is the standing of a plan that is made now; `None` if no plan can be made.
pub fn headline(drift: &Drift, last: Option<&LastApplied>, standing: Option<&Standing<'_>>) -> String {
    let rest = match standing {
        Some(standing) if standing.is_as_declared() => None,
        Some(standing) => Some(undone(standing)),
        None => Some("no plan can be made of the sources, and `wpsync plan` says why".into()),
    };
    if drift.differences.is_empty() {
        return match (last, rest) {
            (Some(_), None) if drift.untold_groups > 0 => "No drift in what the directory tells.".into(),
            (Some(_), None) if drift.undated > 0 => {
                "No drift in what is declared. The directory is as the sources say.".into()
            }
            (Some(_), None) => {
                "No drift. The directory is as the last apply left it and as the sources say.".into()
            }
            (None, None) => "No differences. The directory is as the sources say.".into(),
            (Some(_), Some(rest)) => format!("No drift in what was applied last; {rest}."),
            (None, Some(rest)) => format!("No differences in what the sources declare; {rest}."),
        };
    }
    let counts = Side::ALL.into_iter().filter_map(|side| {
        let count = drift
            .differences
            .iter()
            .filter(|found| found.side == side)
            .count();
        (count > 0).then(|| format!("{count} {}", side.label()))
    });
    let counts = counts.collect::<Vec<_>>().join(", ");
    match standing.and_then(review::left_undone) {
        Some(left) => format!("Drift: {counts}; {left}."),
        None => format!("Drift: {counts}."),
    }
}

/// What the directory lacks of what the sources ask for, although no difference is drift.
fn undone(standing: &Standing<'_>) -> String {
    let planned = review::counts(standing).map(|counts| format!("a plan has {counts}"));
    let parts: Vec<_> = planned.into_iter().chain(review::left_undone(standing)).collect();
    parts.join(", ")
}

fn draw(out: &mut String, difference: &Difference) {
    let origin = difference
        .origin
        .as_ref()
        .map(|origin| format!("  {}", Escaped(origin)))
        .unwrap_or_default();
    let line = match &difference.what {
        What::Attribute {
            path,
            last,
            desired,
            live,
        } => {
            let known = last.as_ref().and_then(Option::as_ref);
            let [applied, live, desired] = Value::shown_beside([known, live.as_ref(), desired.as_ref()]);
            let applied = last.as_ref().map_or("not known", |_| &*applied);
            format!(
                "{}  last applied {applied}, directory {live}, sources {desired}",
                Escaped(path)
            )
        }
        What::Member { member, there } => format!("member {}  {}", member.shown(), sides(*there)),
        What::Resource { there } => whole(*there),
    };
    let _ = writeln!(out, "      {line}{origin}");
}

/// A whole person or group.
fn whole(there: There) -> String {
    match (there.last, there.desired, there.live) {
        (Some(false), false, true) => "appeared in the directory; no source declares it".into(),
        (None, false, true) => {
            "is in the directory, and no source declares it; the last apply has no record of who was there"
                .into()
        }
        _ => sides(there),
    }
}

fn sides(there: There) -> String {
    let word = |there: Option<bool>| match there {
        Some(true) => "there",
        Some(false) => "not there",
        None => "not known",
    };
    format!(
        "last applied {}, directory {}, sources {}",
        word(there.last),
        word(Some(there.live)),
        word(Some(there.desired))
    )
}
