//! Presets: the files of a known system, as data in `schemas/presets/`. To add a preset, add a file there and
//! a row here.
//!
//! A header is compared with a preset's files in their order. A column is skipped with a warning if the
//! directory does not have its attribute.

use super::column::written_column;
use super::computed::computed;
use super::section::{Section, list, text};
use crate::diagnostics::{Diagnostics, Files, UnplacedProblem, suggest};
use crate::mapping::ExpressionBasis;
use crate::model::{Catalog, Kind};
use crate::source::{ByteOrderMark, CsvOptions, Ignore, NameScope, Rows, column_target};
use crate::yaml::{Node, document};

/// The name and the text of every preset.
const PRESETS: [(&str, &str); 5] = [
    (
        "memberships",
        include_str!("../../schemas/presets/memberships.yaml"),
    ),
    (
        "officevibe",
        include_str!("../../schemas/presets/officevibe.yaml"),
    ),
    ("workleap", include_str!("../../schemas/presets/workleap.yaml")),
    (
        "workplace-agent",
        include_str!("../../schemas/presets/workplace-agent.yaml"),
    ),
    (
        "wp-sync-service",
        include_str!("../../schemas/presets/wp-sync-service.yaml"),
    ),
];

/// The names of all presets.
pub fn preset_names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
}

/// The files of a preset, for an export. `None` if there is no preset of the name.
#[must_use]
pub fn preset(name: &str, catalog: &Catalog) -> Option<Vec<CsvOptions>> {
    find(name, catalog).ok()
}

/// The files of a preset.
///
/// # Errors
/// A problem if there is no preset of the name.
pub(crate) fn find(name: &str, catalog: &Catalog) -> Result<Vec<CsvOptions>, UnplacedProblem> {
    let Some((_, text)) = PRESETS.iter().find(|(known, _)| *known == name) else {
        let names: Vec<_> = preset_names().collect();
        return Err(UnplacedProblem::new(
            "unknown-preset",
            format!("there is no preset `{name}`"),
            suggest::instead(name, &names),
        ));
    };
    read(text, catalog).ok_or_else(|| {
        UnplacedProblem::new(
            "unknown-preset",
            format!("the preset `{name}` cannot be read"),
            "report this as a bug",
        )
    })
}

fn read(text: &str, catalog: &Catalog) -> Option<Vec<CsvOptions>> {
    let (mut files, mut diagnostics) = (Files::new(), Diagnostics::new());
    let file = files.add("preset", text);
    let mut section = Section::open(
        document(file, text, &mut diagnostics)?,
        "a preset",
        &mut diagnostics,
    )?;
    section.take_text("about", &mut diagnostics);
    let mark = match section.take_word("byte_order_mark", &["absent", "written"], &mut diagnostics) {
        Some((1, _)) => ByteOrderMark::Written,
        _ => ByteOrderMark::Absent,
    };
    let listed = list(section.take("files")?, "`files`", &mut diagnostics);
    section.finish(&mut diagnostics);
    let forms = listed
        .into_iter()
        .map(|node| form(node, mark, catalog, &mut diagnostics))
        .collect::<Option<Vec<_>>>()?;
    (!diagnostics.has_errors() && !forms.is_empty()).then_some(forms)
}

fn form(
    node: Node<'_>,
    mark: ByteOrderMark,
    catalog: &Catalog,
    diagnostics: &mut Diagnostics,
) -> Option<CsvOptions> {
    let mut section = Section::open(node, "a file of a preset", diagnostics)?;
    let (kind, _) = section.take_word("kind", &Rows::WORDS.map(|(word, _)| word), diagnostics)?;
    let mut form = CsvOptions {
        rows: Rows::WORDS[kind].1,
        byte_order_mark: mark,
        ..CsvOptions::default()
    };
    if let Some((1, _)) = section.take_word("others", &["refused", "told"], diagnostics) {
        form.ignore = Ignore::OthersTold;
    }
    if let Some((1, _)) = section.take_word("references", &["declared", "live"], diagnostics) {
        form.references = NameScope::Live;
    }
    if let Some(node) = section.take("ignore") {
        let headers = list(node, "`ignore`", diagnostics);
        form.ignore = Ignore::These(
            headers
                .iter()
                .filter_map(|node| text(node, "a header", diagnostics).map(str::to_owned))
                .collect(),
        );
    }
    for entry in Section::open(section.take("columns")?, "`columns`", diagnostics)?.into_entries() {
        let written = written_column(entry, diagnostics)?;
        match column_target(catalog, form.rows, &written.name) {
            Ok(target) => form.columns.push(written.into_column(target)),
            Err(_) => form.unheld.push((written.header, written.name)),
        }
    }
    if let Some(node) = section.take("map") {
        let kind = if form.rows == Rows::Groups {
            Kind::Group
        } else {
            Kind::User
        };
        // A preset does not depend on the time.
        let now = jiff::Timestamp::UNIX_EPOCH;
        form.computed = computed(node, kind, ExpressionBasis { catalog, now }, diagnostics);
    }
    section.finish(diagnostics);
    Some(form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;

    #[test]
    fn every_preset_can_be_read_and_all_its_columns_are_known_at_its_service() {
        let workplace = Dialect::shipped("workplace").expect("a dialect").catalog();
        for catalog in [Catalog::built_in(), workplace.clone()] {
            for name in preset_names() {
                let forms = find(name, &catalog).unwrap_or_else(|problem| panic!("{name}: {problem:?}"));
                assert!(forms.iter().all(|form| !form.columns.is_empty()), "{name}");
            }
        }
        for name in preset_names() {
            let unheld: Vec<_> = find(name, &workplace)
                .expect("a preset")
                .into_iter()
                .flat_map(|form| form.unheld)
                .collect();
            assert_eq!(unheld, [], "{name}");
        }
        let problem = find("membership", &workplace).expect_err("no such preset");
        assert_eq!(problem.hint, "did you mean `memberships`?");
    }
}
