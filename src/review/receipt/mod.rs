//! A receipt for people and programs: the result first, then every change, those that are not done before the
//! others.

mod html;

pub use html::receipt_html;

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::done::Done;
use super::words::thousands;
use crate::escape::Escaped;
use crate::receipt::{Evidence, Receipt, ReceiptLine};

/// The first line: `Receipt: applied, 3 of 3 changes done: 2 created, 1 updated.`
fn headline(receipt: &Receipt) -> String {
    let count = |words: &[&str]| {
        let lines = receipt.outcomes.iter();
        lines.filter(|line| words.contains(&&*line.outcome)).count()
    };
    let done = count(&["done", "already-done"]);
    let unverified = match unverified(receipt) {
        0 => String::new(),
        count => format!(", {count} unverified"),
    };
    let in_part = match receipt.made_in_part() {
        0 => String::new(),
        count => format!(", {count} in part"),
    };
    let twice = match receipt.duplicates.len() {
        0 => String::new(),
        count => format!(", {count} there twice"),
    };
    let kinds = Done::of_receipt(receipt).and_then(|done| done.sentence());
    let kinds = kinds.map_or_else(String::new, |kinds| format!(": {kinds}"));
    format!(
        "Receipt: {}, {done} of {} changes done{in_part}{unverified}{twice}{kinds}.",
        Escaped(&receipt.verdict),
        receipt.outcomes.len()
    )
}

/// How many changes the directory took and does not show.
pub fn unverified(receipt: &Receipt) -> usize {
    let lines = receipt.outcomes.iter();
    lines.filter(|line| line.outcome == "unverified").count()
}

/// The changes as people read them: those that are not done first.
fn lines(receipt: &Receipt) -> Vec<&ReceiptLine> {
    let mut lines: Vec<_> = receipt.outcomes.iter().collect();
    lines.sort_by_key(|line| ["done", "already-done"].contains(&&*line.outcome));
    lines
}

/// What a change does, in a word.
const fn verb(line: &ReceiptLine) -> &'static str {
    match (line.action, line.memberships) {
        (Some(action), _) => action.word(),
        (None, Some(1..)) => "members",
        (None, Some(0)) => "rename",
        (None, None) => "",
    }
}

/// What the receipt is of, as names and escaped texts.
fn facts(receipt: &Receipt) -> Vec<(&'static str, String)> {
    let requests = receipt.requests.by_method();
    let requests: Vec<String> = requests
        .map(|(method, count)| format!("{method} {count}"))
        .collect();
    let mut facts = vec![
        ("directory", Escaped(&receipt.directory).to_string()),
        ("run", format!("{} to {}", receipt.started, receipt.finished)),
        ("requests", requests.join(", ")),
        ("plan", receipt.plan.to_string()),
    ];
    let evidence = evidence(receipt);
    if !evidence.is_empty() {
        facts.push(("evidence", evidence.join(", ")));
    }
    let twice = receipt.duplicates.iter().map(|twofold| {
        let ids: Vec<String> = twofold.ids.iter().map(|id| Escaped(id).to_string()).collect();
        let (change, attribute) = (Escaped(&twofold.change), Escaped(&twofold.attribute));
        (
            "twice",
            format!("{change}: the same {attribute} have ids {}", ids.join(", ")),
        )
    });
    facts.extend(twice);
    let unknown = receipt.duplicates_unknown.iter();
    facts.extend(unknown.map(|reason| ("not looked", format!("what is there twice: {}", Escaped(reason)))));
    let approvers = receipt.approved_by.iter();
    facts.extend(approvers.map(|approver| ("approved by", Escaped(approver).to_string())));
    let acknowledged = receipt.acknowledged.iter();
    facts.extend(acknowledged.map(|reason| ("in spite of failed applies", Escaped(reason).to_string())));
    facts
}

/// How what was done was seen after its write: `3 read by id`. Empty where the last run did nothing.
fn evidence(receipt: &Receipt) -> Vec<String> {
    let seen = Evidence::ALL.into_iter().filter_map(|evidence| {
        let lines = receipt.outcomes.iter();
        let count = lines.filter(|line| line.evidence == Some(evidence)).count();
        (count > 0).then(|| format!("{} {}", thousands(count as u64), evidence.said()))
    });
    seen.collect()
}

/// The receipt as text.
pub fn receipt_text(receipt: &Receipt) -> String {
    let mut out = format!("{}\n", headline(receipt));
    for line in lines(receipt) {
        let detail = line.detail.as_deref();
        let detail = detail.map_or_else(String::new, |detail| format!(": {}", Escaped(detail)));
        let _ = writeln!(
            out,
            "  {:<12} {:<10} {}{detail}",
            Escaped(&line.outcome).to_string(),
            verb(line),
            Escaped(&line.change),
        );
    }
    out.push('\n');
    for (name, text) in facts(receipt) {
        let _ = writeln!(out, "{name:<11} {text}");
    }
    out
}

/// The receipt as Markdown: its text as one code block.
pub fn receipt_markdown(receipt: &Receipt) -> String {
    let lines: Vec<String> = receipt_text(receipt).lines().map(str::to_owned).collect();
    let fence = super::markdown::code::fence(&lines);
    format!(
        "<!-- wpsync:receipt -->\n{fence}text\n{}\n{fence}\n",
        lines.join("\n")
    )
}

/// The receipt as JSON. A redacted one has no change digest.
pub fn receipt_json(receipt: &Receipt) -> Json {
    let mut shown = json!(receipt);
    let is_redacted = receipt.change_digest == receipt.plan;
    if let (true, Some(rows)) = (is_redacted, shown.as_object_mut()) {
        rows.remove("change_digest");
    }
    shown
}
