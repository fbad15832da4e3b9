//! `sources:` which files declare people and groups, and how each is read.

use super::section::{Section, list, text};
use crate::diagnostics::{Diagnostic, Diagnostics, Origin};
use crate::model::Catalog;
use crate::source::{Column, CsvOptions, Empty, FinalNewline, Format, Ignore, LIST_DELIMITER, Rows, Source, column_target};
use crate::yaml::{Content, Entry, Node};

/// Reads the list.
pub(super) fn sources(node: Node<'_>, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Vec<Source> {
    let origin = node.origin;
    let items = list(node, "`sources`", diagnostics);
    if items.is_empty() && !diagnostics.has_errors() {
        diagnostics.push(Diagnostic::error("no-sources", origin, "`sources` is empty").hint("name a file, as `- people.yaml`"));
    }
    items.into_iter().filter_map(|item| source(item, catalog, diagnostics)).collect()
}

fn source(node: Node<'_>, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Option<Source> {
    let origin = node.origin;
    if let Content::Scalar(_) = &node.content {
        let pattern = text(&node, "a source", diagnostics)?.to_owned();
        if !has_known_ending(&pattern) {
            let problem = Diagnostic::error("unknown-format", origin, format!("`{pattern}` ends in neither .yaml, .yml nor .csv"));
            diagnostics.push(problem.hint(format!("write `- yaml: {pattern}` or `- csv: {pattern}`")));
            return None;
        }
        return Some(Source { pattern, origin, format: Format::ByName, final_newline: FinalNewline::Required });
    }
    let mut section = Section::open(node, "a source", diagnostics)?;
    let yaml = section.take_text("yaml", diagnostics);
    let csv = section.take_text("csv", diagnostics);
    let final_newline = match section.take_word("final_newline", &["required", "optional"], diagnostics) {
        Some((1, _)) => FinalNewline::Optional,
        _ => FinalNewline::Required,
    };
    let (pattern, format) = match (yaml, csv) {
        (Some((pattern, _)), None) => (pattern, Format::Yaml),
        (None, Some((pattern, _))) => (pattern, Format::Csv(csv_options(&mut section, catalog, diagnostics))),
        (Some(_), Some((_, origin))) => {
            diagnostics.push(Diagnostic::error("two-formats", origin, "a source is YAML or CSV, not both").hint("make two entries of it"));
            return None;
        }
        (None, None) => {
            let problem = Diagnostic::error("missing-key", section.origin, "this source names no file");
            diagnostics.push(problem.hint("add `yaml: people.yaml` or `csv: people.csv`"));
            section.finish(diagnostics);
            return None;
        }
    };
    section.finish(diagnostics);
    Some(Source { pattern, origin, format, final_newline })
}

fn has_known_ending(pattern: &str) -> bool {
    let pattern = pattern.to_lowercase();
    [".yaml", ".yml", ".csv"].iter().any(|ending| pattern.ends_with(ending))
}

fn csv_options(section: &mut Section<'_>, catalog: &Catalog, diagnostics: &mut Diagnostics) -> CsvOptions {
    let mut options = CsvOptions::default();
    if let Some((name, origin)) = section.take_text("preset", diagnostics) {
        match super::preset::find(&name, catalog) {
            Ok(found) => options = found,
            Err(problem) => diagnostics.push(problem.at(origin)),
        }
    }
    match section.take_word("kind", &["users", "groups", "memberships"], diagnostics) {
        Some((0, _)) => options.rows = Rows::Users,
        Some((1, _)) => options.rows = Rows::Groups,
        Some(_) => options.rows = Rows::Memberships,
        None => {}
    }
    if let Some(delimiter) = section.take_text("delimiter", diagnostics) {
        options.delimiter = self::delimiter(&delimiter, diagnostics).unwrap_or(options.delimiter);
    }
    if let Some(columns) = section.take("columns").and_then(|node| Section::open(node, "`columns`", diagnostics)) {
        for entry in columns.into_entries() {
            let found = column(entry, options.rows, catalog, diagnostics);
            options.columns.retain(|one| found.as_ref().is_none_or(|found| !one.header.eq_ignore_ascii_case(&found.header)));
            options.columns.extend(found);
        }
    }
    if let Some(node) = section.take("ignore") {
        options.ignore = ignore(node, diagnostics);
    }
    options
}

fn delimiter((written, origin): &(String, Origin), diagnostics: &mut Diagnostics) -> Option<u8> {
    match written.as_str() {
        "tab" | "\t" => return Some(b'\t'),
        "," | ";" | "|" | ":" => return written.bytes().next(),
        _ => {}
    }
    let problem = Diagnostic::error("unknown-word", *origin, format!("`{written}` cannot be a delimiter"));
    diagnostics.push(problem.hint("write ',', ';', '|', ':' or tab"));
    None
}

/// `Header: attribute`, or `Header: {attribute: …, empty: clear, list: ";"}`.
pub(crate) fn column(entry: Entry<'_>, rows: Rows, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Option<Column> {
    let (mut empty, mut delimiter) = (Empty::NotOurs, LIST_DELIMITER);
    let (name, origin) = match entry.value.content {
        Content::Map(_) => {
            let mut section = Section::open(entry.value, "a column", diagnostics)?;
            let name = section.require("attribute", "attribute: userName", diagnostics);
            if let Some((1, _)) = section.take_word("empty", &["ignore", "clear"], diagnostics) {
                empty = Empty::Clear;
            }
            if let Some((written, origin)) = section.take_text("list", diagnostics) {
                delimiter = list_delimiter(&written, origin, diagnostics)?;
            }
            section.finish(diagnostics);
            let name = name?;
            (text(&name, "`attribute`", diagnostics)?.to_owned(), name.origin)
        }
        _ => (text(&entry.value, "a column's attribute", diagnostics)?.to_owned(), entry.value.origin),
    };
    match column_target(catalog, rows, &name) {
        Ok(target) => Some(Column { header: entry.key.into_owned(), target, empty, list: delimiter }),
        Err(problem) => {
            diagnostics.push(problem.at(origin));
            None
        }
    }
}

fn list_delimiter(written: &str, origin: Origin, diagnostics: &mut Diagnostics) -> Option<char> {
    let mut characters = written.chars();
    match (characters.next(), characters.next()) {
        (Some(one), None) if !one.is_alphanumeric() => Some(one),
        _ => {
            let problem = Diagnostic::error("unknown-word", origin, format!("`{written}` cannot stand between the values of a list"));
            diagnostics.push(problem.hint("write one character, as ';' or '|'"));
            None
        }
    }
}

fn ignore(node: Node<'_>, diagnostics: &mut Diagnostics) -> Ignore {
    if let Content::Scalar(_) = node.content {
        if text(&node, "`ignore`", diagnostics) != Some("others") {
            let problem = Diagnostic::error("unknown-word", node.origin, "`ignore` takes a list of headers, or the word `others`");
            diagnostics
                .push(problem.hint("write `ignore: [Notes, Salary]`, or `ignore: others` to read only the columns that have a meaning"));
        }
        return Ignore::Others;
    }
    let headers = list(node, "`ignore`", diagnostics);
    Ignore::These(headers.iter().filter_map(|node| text(node, "a header", diagnostics).map(str::to_owned)).collect())
}
