//! A receipt for a terminal.

use std::fmt::Write as _;

use crate::escape::Escaped;
use crate::receipt::Receipt;

/// The receipt as text: the result first, then every change that is not done.
pub fn receipt_text(receipt: &Receipt) -> String {
    let count = |words: &[&str]| {
        receipt
            .outcomes
            .iter()
            .filter(|line| words.contains(&&*line.outcome))
            .count()
    };
    let done = count(&["done", "already-done"]);
    let unverified = match count(&["unverified"]) {
        0 => String::new(),
        count => format!(", {count} unverified"),
    };
    let mut out = format!(
        "Receipt: {}, {done} of {} changes done{unverified}.\n",
        Escaped(&receipt.verdict),
        receipt.outcomes.len()
    );
    for line in receipt.outcomes.iter().filter(|line| line.detail.is_some()) {
        let detail = line.detail.as_deref().unwrap_or_default();
        let _ = writeln!(
            out,
            "  {:<10} {}: {}",
            Escaped(&line.outcome).to_string(),
            Escaped(&line.change),
            Escaped(detail)
        );
    }
    let requests = receipt.requests.by_method();
    let requests: Vec<String> = requests
        .map(|(method, count)| format!("{method} {count}"))
        .collect();
    let requests = requests.join(", ");
    let _ = writeln!(out, "\ndirectory   {}", Escaped(&receipt.directory));
    let _ = writeln!(out, "run         {} to {}", receipt.started, receipt.finished);
    let _ = writeln!(out, "requests    {requests}");
    let _ = writeln!(out, "plan        {}", receipt.plan);
    for approver in &receipt.approved_by {
        let _ = writeln!(out, "approved by {}", Escaped(approver));
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
