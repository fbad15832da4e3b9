//! The report as a table for a terminal.

use std::fmt::Write as _;

use super::{Conformance, DoctorReport, LearntRule};
use crate::escape::Escaped;

/// The report as text.
pub fn text(report: &DoctorReport) -> String {
    let mut out = format!(
        "{} in the dialect {}\n",
        Escaped(&report.origin),
        Escaped(&report.dialect)
    );
    if let Some(about) = &report.about {
        let _ = writeln!(out, "{}", Escaped(about));
    }
    out.push('\n');
    let rows = report.checks.iter().map(|check| {
        [
            mark(check.verdict),
            &*check.question,
            &*check.service,
            &*check.expected,
        ]
    });
    let rows: Vec<[&str; 4]> = std::iter::once(["", "", "the service", "expected"])
        .chain(rows)
        .collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let suggestions =
        std::iter::once(None).chain(report.checks.iter().map(|check| check.suggestion.as_ref()));
    for ([mark, question, service, expected], suggestion) in rows.iter().zip(suggestions) {
        let line = format!(
            "{mark:<0$}  {question:<1$}  {service:<2$}  {expected}",
            widths[0], widths[1], widths[2]
        );
        let _ = writeln!(out, "{}", line.trim_end());
        if let Some(suggestion) = suggestion {
            let _ = writeln!(out, "{:<1$}  → {suggestion}", "", widths[0]);
        }
    }
    learnt(&mut out, &report.learnt);
    suggested(&mut out, report);
    let count = |verdict: Conformance| {
        report
            .checks
            .iter()
            .filter(|check| check.verdict == verdict)
            .count()
    };
    let _ = writeln!(
        out,
        "\nAgree: {}. Differ: {}. Problems: {}. Cannot be told: {}. Requests: {}, and nothing was written.",
        count(Conformance::Agrees),
        count(Conformance::Differs),
        count(Conformance::Problem),
        count(Conformance::Unknown),
        report.requests
    );
    out
}

/// What applies learnt of the service.
fn learnt(out: &mut String, rules: &[LearntRule]) {
    if !rules.is_empty() {
        let _ = writeln!(out, "\nLearnt by applies, and no difference in a plan:");
    }
    for learnt in rules {
        let texts = if learnt.texts == 1 { "text" } else { "texts" };
        let scope = if learnt.is_believed {
            ""
        } else {
            ", and believed of no other text"
        };
        let _ = writeln!(
            out,
            "  {} comes back {} ({} {texts}{scope})\n    → in the dialect: {}",
            learnt.attribute, learnt.rule, learnt.texts, learnt.row
        );
    }
}

/// The rows of a dialect that would say what the service does.
fn suggested(out: &mut String, report: &DoctorReport) {
    if !report.suggested.is_empty() {
        out.push_str("\nRows that say so, for a dialect file of your own:\n");
        for row in &report.suggested {
            let _ = writeln!(out, "  {}", Escaped(row));
        }
    }
}

const fn mark(verdict: Conformance) -> &'static str {
    match verdict {
        Conformance::Agrees => "ok",
        Conformance::Differs => "differs",
        Conformance::Problem => "PROBLEM",
        Conformance::Unknown => "?",
    }
}
