//! Drift for a terminal: who moved first, then whom and in what.

use std::fmt::Write as _;

use super::{Difference, Drift, LastApplied, Side, There, What};
use crate::escape::Escaped;
use crate::model::Value;

/// The drift as text.
pub fn text(drift: &Drift, last: Option<&LastApplied>) -> String {
    let mut out = format!("{}\n", headline(drift, last));
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
        let _ = writeln!(out, "\n{label} ({})", differences.len());
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
            "last apply  not known here: no record in .wpsync/snapshot/, so nobody can say who changed what\n",
        ),
        Some(last) => {
            let _ = writeln!(out, "last apply  {}, plan {}", last.finished, Escaped(&last.plan_id));
            if drift.unknown > 0 {
                let _ = writeln!(out, "not known   {} declared resources, which no apply here has changed", drift.unknown);
            }
        }
    }
    out
}

/// The drift in one line of counts, which names nobody.
pub fn headline(drift: &Drift, last: Option<&LastApplied>) -> String {
    if drift.differences.is_empty() {
        return match last {
            Some(_) => "No drift. The directory is as the last apply left it and as the sources say.".into(),
            None => "No differences. The directory is as the sources say.".into(),
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
    format!("Drift: {}.", counts.collect::<Vec<_>>().join(", "))
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
            let last = last
                .as_ref()
                .map_or_else(|| "not known".into(), |last| shown(last.as_ref()));
            let (live, desired) = (shown(live.as_ref()), shown(desired.as_ref()));
            format!(
                "{}  last applied {last}, directory {live}, sources {desired}",
                Escaped(path)
            )
        }
        What::Member { member, there } => format!("member {}  {}", member.shown(), sides(*there)),
        What::Resource { there } => sides(*there),
    };
    let _ = writeln!(out, "      {line}{origin}");
}

fn sides(there: There) -> String {
    let word = |is: bool| if is { "there" } else { "not there" };
    format!(
        "last applied {}, directory {}, sources {}",
        there.last.map_or("not known", word),
        word(there.live),
        word(there.desired)
    )
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "(nothing)".into(), Value::shown)
}
