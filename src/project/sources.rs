//! `sources:`: the files that declare people and groups, and how each is read.

use super::column::column;
use super::section::{Section, list, text};
use crate::declared::{Coverage, Target};
use crate::diagnostics::{Diagnostic, Diagnostics, Origin};
use crate::model::Catalog;
use crate::source::{
    ColumnTarget, CsvOptions, FinalNewline, Ignore, NameScope, Rows, SourceEntry, SourceFormat,
};
use crate::yaml::{MapEntry, Node, NodeContent};

/// Reads the list of sources.
pub(super) fn sources(node: Node<'_>, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Vec<SourceEntry> {
    let origin = node.origin;
    let items = list(node, "`sources`", diagnostics);
    if items.is_empty() && !diagnostics.has_errors() {
        diagnostics.push(
            Diagnostic::error("no-sources", origin, "`sources` is empty")
                .hint("name a file, as `- people.yaml`"),
        );
    }
    items
        .into_iter()
        .filter_map(|item| source(item, catalog, diagnostics))
        .collect()
}

fn source(node: Node<'_>, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Option<SourceEntry> {
    let origin = node.origin;
    if let NodeContent::Scalar(_) = &node.content {
        let pattern = text(&node, "a source", diagnostics)?.to_owned();
        if !has_known_ending(&pattern) {
            let problem = Diagnostic::error(
                "unknown-format",
                origin,
                format!("`{pattern}` ends in neither .yaml, .yml nor .csv"),
            );
            diagnostics.push(problem.hint(format!("write `- yaml: {pattern}` or `- csv: {pattern}`")));
            return None;
        }
        return Some(SourceEntry {
            pattern,
            origin,
            format: SourceFormat::ByName,
            final_newline: FinalNewline::Required,
            coverage: Coverage::Whole,
        });
    }
    let mut section = Section::open(node, "a source", diagnostics)?;
    let yaml = section.take_text("yaml", diagnostics);
    let csv = section.take_text("csv", diagnostics);
    let final_newline = final_newline(&mut section, diagnostics);
    let coverage = coverage(&mut section, diagnostics);
    let (pattern, format) = match (yaml, csv) {
        (Some((pattern, _)), None) => (pattern, SourceFormat::Yaml),
        (None, Some((pattern, _))) => {
            let mut forms = csv_forms(&mut section, catalog, diagnostics);
            let only = if forms.len() == 1 { forms.pop() } else { None };
            (
                pattern,
                only.map_or(SourceFormat::OneOf(forms), SourceFormat::Csv),
            )
        }
        (Some(_), Some((_, origin))) => {
            diagnostics.push(
                Diagnostic::error("two-formats", origin, "a source is YAML or CSV, not both")
                    .hint("make two entries of it"),
            );
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
    Some(SourceEntry {
        pattern,
        origin,
        format,
        final_newline,
        coverage,
    })
}

fn final_newline(section: &mut Section<'_>, diagnostics: &mut Diagnostics) -> FinalNewline {
    match section.take_word("final_newline", &["required", "optional"], diagnostics) {
        Some((1, _)) => FinalNewline::Optional,
        _ => FinalNewline::Required,
    }
}

fn coverage(section: &mut Section<'_>, diagnostics: &mut Diagnostics) -> Coverage {
    match section.take_word("partial", &["false", "true"], diagnostics) {
        Some((1, _)) => Coverage::Partial,
        _ => Coverage::Whole,
    }
}

fn has_known_ending(pattern: &str) -> bool {
    let pattern = pattern.to_lowercase();
    [".yaml", ".yml", ".csv"]
        .iter()
        .any(|ending| pattern.ends_with(ending))
}

/// The possible forms of a file: a single one, or those of a preset. `kind` selects one of a preset's forms.
/// Without `kind`, the file's header selects it; with `columns`, the first form is used.
fn csv_forms(section: &mut Section<'_>, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Vec<CsvOptions> {
    let preset = section.take_text("preset", diagnostics).map(|(name, origin)| {
        match super::preset::find(&name, catalog) {
            Ok(mut forms) => {
                // The origin of a preset's expressions is the place of its name in the configuration.
                forms
                    .iter_mut()
                    .flat_map(|form| &mut form.computed)
                    .for_each(|computed| computed.origin = origin);
                (forms, name, origin)
            }
            Err(problem) => {
                diagnostics.push(problem.at(origin));
                (
                    vec![CsvOptions {
                        ignore: Ignore::Others,
                        ..CsvOptions::default()
                    }],
                    name,
                    origin,
                )
            }
        }
    });
    let columns = section
        .take("columns")
        .and_then(|node| Section::open(node, "`columns`", diagnostics))
        .map(Section::into_entries);
    let kind = section
        .take_word("kind", &Rows::WORDS.map(|(word, _)| word), diagnostics)
        .map(|(at, origin)| (Rows::WORDS[at].1, origin));
    let mut forms = match preset {
        None => vec![CsvOptions {
            rows: kind.map_or(Rows::Users, |(rows, _)| rows),
            ..CsvOptions::default()
        }],
        Some((mut forms, name, origin)) => {
            match (kind, &columns) {
                (Some((rows, _)), _) => forms.retain(|form| form.rows == rows),
                (None, Some(_)) => forms.truncate(1),
                (None, None) => forms.retain(|form| !form.rows.removes()),
            }
            if forms.is_empty() {
                let word = kind.map_or("file", |(rows, _)| rows.word());
                let problem = Diagnostic::error(
                    "unknown-preset",
                    origin,
                    format!("the preset `{name}` has no {word}"),
                );
                diagnostics.push(problem.hint("take `kind` out, or write `columns` instead of the preset"));
            }
            forms
        }
    };
    if let (Some(form), Some(columns)) = (forms.first_mut(), columns) {
        add_columns(columns, form, catalog, diagnostics);
    }
    more_options(section, &mut forms, diagnostics);
    forms
}

fn add_columns(
    columns: Vec<MapEntry<'_>>,
    form: &mut CsvOptions,
    catalog: &Catalog,
    diagnostics: &mut Diagnostics,
) {
    for entry in columns {
        let Some(found) = column(entry, form.rows, catalog, diagnostics) else {
            continue;
        };
        form.columns
            .retain(|column| !column.header.eq_ignore_ascii_case(&found.header));
        form.unheld
            .retain(|(header, _)| !header.eq_ignore_ascii_case(&found.header));
        form.computed
            .retain(|computed| ColumnTarget::Resource(Target::Attribute(computed.attribute)) != found.target);
        form.columns.push(found);
    }
}

fn more_options(section: &mut Section<'_>, forms: &mut [CsvOptions], diagnostics: &mut Diagnostics) {
    let delimiter = section
        .take_text("delimiter", diagnostics)
        .and_then(|(written, origin)| delimiter(&written, origin, diagnostics));
    let ignore = section.take("ignore").map(|node| ignore(node, diagnostics));
    let references = match section.take_word("references", &["declared", "live"], diagnostics) {
        Some((0, _)) => Some(NameScope::Declared),
        Some(_) => Some(NameScope::Live),
        None => None,
    };
    for form in forms {
        form.delimiter = delimiter.unwrap_or(form.delimiter);
        form.references = references.unwrap_or(form.references);
        if let Some(ignore) = &ignore {
            form.ignore = ignore.clone();
        }
    }
}

fn delimiter(written: &str, origin: Origin, diagnostics: &mut Diagnostics) -> Option<u8> {
    match written {
        "tab" | "\t" => return Some(b'\t'),
        "," | ";" | "|" | ":" => return written.bytes().next(),
        _ => {}
    }
    let problem = Diagnostic::error(
        "unknown-word",
        origin,
        format!("`{written}` cannot be a delimiter"),
    );
    diagnostics.push(problem.hint("write ',', ';', '|', ':' or tab"));
    None
}

fn ignore(node: Node<'_>, diagnostics: &mut Diagnostics) -> Ignore {
    if let NodeContent::Scalar(_) = node.content {
        if text(&node, "`ignore`", diagnostics) != Some("others") {
            let problem = Diagnostic::error(
                "unknown-word",
                node.origin,
                "`ignore` takes a list of headers, or the word `others`",
            );
            let hint = "write `ignore: [Notes, Salary]`, or `ignore: others` to read only the columns \
                        that have a meaning";
            diagnostics.push(problem.hint(hint));
        }
        return Ignore::Others;
    }
    let headers = list(node, "`ignore`", diagnostics);
    Ignore::These(
        headers
            .iter()
            .filter_map(|node| text(node, "a header", diagnostics).map(str::to_owned))
            .collect(),
    )
}
