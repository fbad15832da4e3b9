//! A receipt as one HTML file that opens without a network. It has no script, and its policy allows only the
//! style inside the file, by its digest.

use std::fmt::Write as _;

use super::{facts, headline, lines, verb};
use crate::escape::Escaped;
use crate::receipt::Receipt;
use crate::review::html::{STYLE, content_hash};

/// The receipt as a page.
pub fn receipt_html(receipt: &Receipt) -> String {
    let mut rows = String::new();
    for line in lines(receipt) {
        let detail = line.detail.as_deref().unwrap_or_default();
        let cells = [&line.outcome, verb(line), &line.change, detail];
        let cells = cells.map(|cell| format!("<td>{}</td>", inert(&Escaped(cell).to_string())));
        let _ = writeln!(rows, "<tr>{}</tr>", cells.concat());
    }
    let facts = facts(receipt).into_iter();
    let facts = facts.map(|(name, text)| format!("<dt>{name}</dt><dd>{}</dd>\n", inert(&text)));
    [
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta \
         http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-",
        &content_hash(STYLE),
        "'; base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light \
         dark\">\n<title>wpsync receipt</title>\n<style>",
        STYLE,
        "</style>\n</head>\n<body>\n<header id=\"top\"><h1>",
        &inert(&headline(receipt)),
        "</h1></header>\n<table>\n<thead><tr><th>outcome</th><th>what</th><th>who</th><th>why</th></tr>\
         </thead>\n<tbody>\n",
        &rows,
        "</tbody>\n</table>\n<dl class=\"facts\">\n",
        &facts.collect::<String>(),
        "</dl>\n</body>\n</html>\n",
    ]
    .concat()
}

/// Text that cannot begin or end an element.
fn inert(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
