//! Presets: the columns of a known CSV export, as a file of `schemas/presets/`. A new one is a file there and a row here.

use crate::diagnostics::{Diagnostics, Files, Problem, suggest};
use crate::model::Catalog;
use crate::source::{CsvOptions, Ignore, Rows};
use crate::yaml::{Content, document};

/// Name and text of every preset.
const PRESETS: [(&str, &str); 1] = [("memberships", include_str!("../../schemas/presets/memberships.yaml"))];

/// The options that a preset stands for.
pub(crate) fn find(name: &str, catalog: &Catalog) -> Result<CsvOptions, Problem> {
    let Some((_, text)) = PRESETS.iter().find(|(one, _)| *one == name) else {
        let names: Vec<_> = PRESETS.iter().map(|(one, _)| *one).collect();
        return Err(Problem::new("unknown-preset", format!("there is no preset `{name}`"), suggest::instead(name, &names)));
    };
    read(text, catalog).ok_or_else(|| Problem::new("unknown-preset", format!("the preset `{name}` cannot be read"), "report this as a bug"))
}

/// A preset's text as options: `kind`, `columns` and `ignore`, as in `sources:`.
fn read(text: &str, catalog: &Catalog) -> Option<CsvOptions> {
    let (mut files, mut diagnostics) = (Files::new(), Diagnostics::new());
    let file = files.add("preset", text);
    let Content::Map(entries) = document(file, text, &mut diagnostics)?.content else { return None };
    let mut options = CsvOptions::default();
    for entry in entries {
        match (&*entry.key, entry.value.content) {
            ("kind", Content::Scalar(word)) => {
                options.rows = match &*word.text {
                    "users" => Rows::Users,
                    "groups" => Rows::Groups,
                    "memberships" => Rows::Memberships,
                    _ => return None,
                };
            }
            ("ignore", Content::Scalar(word)) if word.text == "others" => options.ignore = Ignore::Others,
            ("columns", Content::Map(columns)) => {
                let rows = options.rows;
                options.columns =
                    columns.into_iter().filter_map(|entry| super::sources::column(entry, rows, catalog, &mut diagnostics)).collect();
            }
            _ => return None,
        }
    }
    (!diagnostics.has_errors()).then_some(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_read() {
        let catalog = Catalog::built_in();
        for (name, _) in PRESETS {
            assert!(find(name, &catalog).is_ok_and(|options| !options.columns.is_empty()), "{name}");
        }
        let problem = find("membership", &catalog).expect_err("no such preset");
        assert_eq!(problem.hint, "did you mean `memberships`?");
    }
}
