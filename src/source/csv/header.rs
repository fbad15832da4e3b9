//! The meaning of each column of a CSV file: the configured one, or the attribute that its header names.

use std::collections::HashMap;

use super::cells::LineColumn;
use crate::declared::{Target, target};
use crate::diagnostics::{Diagnostic, Origin, UnplacedProblem, suggest};
use crate::model::{Catalog, Kind};
use crate::source::options::{
    CellForm, Column, ColumnPresence, ColumnTarget, CsvOptions, EmptyCell, GroupNaming, Ignore,
    LIST_DELIMITER, Rows,
};
use crate::source::reading::FileReading;

/// The largest number of columns of a file. A file with more is damaged.
const MOST_COLUMNS: usize = 1_000;

/// The meaning of a column's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ColumnMeaning {
    pub(super) target: ColumnTarget,
    pub(super) empty: EmptyCell,
    pub(super) list: char,
    pub(super) form: CellForm,
    pub(super) naming: GroupNaming,
}

/// The kind of resource in a row. `None` for a membership.
pub(super) fn kind_of(rows: Rows) -> Option<Kind> {
    match rows {
        Rows::Users | Rows::Deletions | Rows::Deactivations => Some(Kind::User),
        Rows::Groups => Some(Kind::Group),
        Rows::Memberships => None,
    }
}

/// The meaning of a name as a column of rows.
///
/// # Errors
/// A problem if no attribute or part of a membership has the name, or if these rows cannot hold it.
pub(crate) fn column_target(
    catalog: &Catalog,
    rows: Rows,
    name: &str,
) -> Result<ColumnTarget, UnplacedProblem> {
    let Some(kind) = kind_of(rows) else {
        let known = ColumnTarget::OF_MEMBERSHIPS;
        return known
            .iter()
            .find(|(part, _)| name.eq_ignore_ascii_case(part))
            .map(|(_, target)| *target)
            .ok_or_else(|| {
                let hint = suggest::instead(name, &known.map(|(name, _)| name));
                UnplacedProblem::new(
                    "unknown-column",
                    format!("`{name}` is not a part of a membership"),
                    hint,
                )
            });
    };
    let target = target(catalog, kind, name)?;
    let identifies = [catalog.naming(kind), catalog.external_id(kind)]
        .map(Target::Attribute)
        .contains(&target);
    if rows.removes() && !identifies {
        let message = format!("`{name}` does not say who is to be removed");
        return Err(UnplacedProblem::new(
            "unknown-column",
            message,
            "people are removed by `userName` or `externalId`; ignore the column",
        ));
    }
    Ok(ColumnTarget::Resource(target))
}

/// The form of a header: the first form whose required columns are all present. If there is none, the form
/// with the most required columns; its missing columns are then reported.
pub(super) fn form<'o>(headers: &csv::StringRecord, forms: &'o [CsvOptions]) -> Option<&'o CsvOptions> {
    let has = |column: &&Column| headers.iter().any(|header| is_same(header, &column.header));
    let required = |form: &'o CsvOptions| {
        form.columns
            .iter()
            .filter(|column| column.presence == ColumnPresence::Required)
    };
    let whole = forms
        .iter()
        .find(|form| required(form).all(|column| has(&column)));
    whole.or_else(|| {
        forms
            .iter()
            .rev()
            .max_by_key(|form| required(form).filter(has).count())
    })
}

/// Whether two headers are the same, apart from case and outer white space.
fn is_same(left: &str, right: &str) -> bool {
    left.trim().to_lowercase() == right.trim().to_lowercase()
}

/// Finds the meaning of every header. `None` if the rows cannot be read; the reason is reported.
pub(super) fn meanings(
    names: &csv::StringRecord,
    places: &[LineColumn],
    options: &CsvOptions,
    reading: &mut FileReading<'_>,
) -> Option<Vec<Option<ColumnMeaning>>> {
    let origin = |number: usize| Origin {
        file: reading.file,
        line: places[number].line,
        column: places[number].column,
    };
    if let Some(problem) = wrong_shape(names, options) {
        reading.report(problem.at(origin(0)));
        return None;
    }
    let origins: Vec<_> = (0..names.len()).map(origin).collect();
    let mut first: HashMap<String, Origin> = HashMap::new();
    let mut meanings: Vec<Option<ColumnMeaning>> = Vec::new();
    let mut is_readable = true;
    for (name, origin) in names.iter().zip(&origins) {
        let name = name.trim();
        let earlier = first.get(&name.to_lowercase()).copied();
        first.entry(name.to_lowercase()).or_insert(*origin);
        let meaning = meaning(name, options, reading);
        let earlier = earlier.or_else(|| {
            let target = meaning.as_ref().ok()?.as_ref()?.target;
            let has_target =
                |meaning: &Option<ColumnMeaning>| meaning.is_some_and(|meaning| meaning.target == target);
            meanings.iter().position(has_target).map(|at| origins[at])
        });
        let meaning = match (meaning, earlier) {
            (Ok(_), Some(earlier)) => {
                report_twice(name, *origin, earlier, reading);
                Err(())
            }
            (Ok(meaning), None) => Ok(meaning),
            (Err(problem), _) => {
                reading.report(problem.at(*origin));
                Err(())
            }
        };
        is_readable &= meaning.is_ok();
        meanings.push(meaning.unwrap_or(None));
    }
    is_readable &= report_missing(&first, &meanings, options, reading);
    if is_readable {
        report_unheld(names, &origins, options, reading);
        if options.ignore == Ignore::OthersTold {
            report_unread(names, &origins, &meanings, options, reading);
        }
    }
    is_readable.then_some(meanings)
}

fn report_twice(header: &str, origin: Origin, earlier: Origin, reading: &mut FileReading<'_>) {
    let problem = Diagnostic::error(
        "duplicate-header",
        origin,
        format!("the column `{header}` stands twice"),
    );
    let problem = problem.hint("remove or rename one of the two columns");
    reading.report(problem.related(earlier, "first here"));
}

/// The problem of a header with too many columns or with another delimiter.
fn wrong_shape(headers: &csv::StringRecord, options: &CsvOptions) -> Option<UnplacedProblem> {
    if headers.len() > MOST_COLUMNS {
        let message = format!(
            "this file has {} columns; the most allowed is {MOST_COLUMNS}",
            headers.len()
        );
        return Some(UnplacedProblem::new(
            "too-many-columns",
            message,
            "check the delimiter and the quotes of the first line",
        ));
    }
    let only = (headers.len() == 1).then(|| headers.get(0)).flatten()?;
    let (delimiter, name) = [(';', "';'"), ('\t', "tab"), ('|', "'|'"), (',', "','")]
        .into_iter()
        .find(|(delimiter, _)| {
            u32::from(*delimiter) != u32::from(options.delimiter) && only.contains(*delimiter)
        })?;
    let seen = if delimiter == '\t' {
        "tabs".to_owned()
    } else {
        format!("`{delimiter}`")
    };
    let message = format!("the header has one column that holds {seen}: the delimiter is another one");
    Some(UnplacedProblem::new(
        "wrong-delimiter",
        message,
        format!("add `delimiter: {name}` to this source"),
    ))
}

fn meaning(
    header: &str,
    options: &CsvOptions,
    reading: &FileReading<'_>,
) -> Result<Option<ColumnMeaning>, UnplacedProblem> {
    let same = |name: &str| is_same(name, header);
    if let Some(Column {
        target,
        empty,
        list,
        form,
        naming,
        ..
    }) = options
        .columns
        .iter()
        .find(|column| same(&column.header))
        .cloned()
    {
        return Ok(Some(ColumnMeaning {
            target,
            empty,
            list,
            form,
            naming,
        }));
    }
    if options.unheld.iter().any(|(unheld, _)| same(unheld)) {
        return Ok(None);
    }
    let is_ignored = match &options.ignore {
        Ignore::These(names) => names.iter().any(|name| same(name)),
        Ignore::Others | Ignore::OthersTold => !options.columns.is_empty() || header.is_empty(),
    };
    if is_ignored
        || kind_of(options.rows)
            .is_some_and(|kind| reading.mapping.uses(kind, header) && !is_attribute(header, options, reading))
    {
        return Ok(None);
    }
    if header.is_empty() {
        return Err(UnplacedProblem::new(
            "empty-header",
            "this column has no name",
            "name the column in the first line, or remove it",
        ));
    }
    if options.columns.is_empty() {
        attribute_header(header, options, reading)
    } else {
        Err(unconfigured(header, &options.columns))
    }
}

/// The problem of a header that the configured columns do not have.
fn unconfigured(header: &str, columns: &[Column]) -> UnplacedProblem {
    let known: Vec<_> = columns.iter().map(|column| column.header.as_str()).collect();
    let hint = match suggest::closest(header, known) {
        Some(near) => {
            format!("did you mean `{near}`? else add it to `columns` or to `ignore` of this source")
        }
        None => "add it to `columns` or to `ignore` of this source".to_owned(),
    };
    UnplacedProblem::new(
        "unknown-header",
        format!("`columns` says nothing about the column `{header}`"),
        hint,
    )
}

/// The meaning of a header that is the name of an attribute.
fn attribute_header(
    header: &str,
    options: &CsvOptions,
    reading: &FileReading<'_>,
) -> Result<Option<ColumnMeaning>, UnplacedProblem> {
    match column_target(reading.catalog, options.rows, header) {
        Ok(target) => Ok(Some(ColumnMeaning {
            target,
            empty: EmptyCell::NotOurs,
            list: LIST_DELIMITER,
            form: CellForm::Plain,
            naming: GroupNaming::Uses,
        })),
        Err(_) if matches!(options.ignore, Ignore::Others | Ignore::OthersTold) => Ok(None),
        Err(problem) if problem.code == "unknown-attribute" => {
            let hint = format!(
                "{}; or give its meaning in `columns`, or add it to `ignore`",
                problem.hint.trim_end_matches('?')
            );
            Err(UnplacedProblem::new(
                "unknown-header",
                format!("the column `{header}` is not an attribute"),
                hint,
            ))
        }
        Err(problem) => Err(problem),
    }
}

/// Whether a header that an expression uses is an attribute as well, so that its cells are read twice.
fn is_attribute(header: &str, options: &CsvOptions, reading: &FileReading<'_>) -> bool {
    let target = column_target(reading.catalog, options.rows, header).ok();
    let is_computed = match target {
        Some(ColumnTarget::Resource(Target::Attribute(id))) => reading.mapping.computes_from(id, header),
        _ => false,
    };
    options.columns.is_empty() && target.is_some() && !is_computed
}

/// Reports required columns that are missing, and returns whether all are present. Without the report, a
/// renamed column would silently leave its attribute unmanaged.
fn report_missing(
    first: &HashMap<String, Origin>,
    meanings: &[Option<ColumnMeaning>],
    options: &CsvOptions,
    reading: &mut FileReading<'_>,
) -> bool {
    let start = Origin::start_of(reading.file);
    let mut nothing_missing = true;
    for Column { header, .. } in options
        .columns
        .iter()
        .filter(|column| column.presence == ColumnPresence::Required)
    {
        if !first.contains_key(&header.trim().to_lowercase()) {
            nothing_missing = false;
            let problem = Diagnostic::error(
                "missing-column",
                start,
                format!("the column `{header}` is not in this file"),
            );
            let hint = match suggest::closest(header, first.keys().map(String::as_str)) {
                Some(near) => format!("did `{near}` take its place? then name that in `columns`"),
                None => "check the export, or take the column out of `columns`".to_owned(),
            };
            reading.report(problem.hint(hint));
        }
    }
    let has = |any: &[ColumnTarget]| {
        meanings
            .iter()
            .flatten()
            .any(|meaning| any.contains(&meaning.target))
    };
    let needed = [
        ("group", &[ColumnTarget::Group, ColumnTarget::GroupId][..]),
        (
            "member",
            &[
                ColumnTarget::Member,
                ColumnTarget::MemberId,
                ColumnTarget::SubgroupId,
            ],
        ),
    ];
    for (name, any) in needed.into_iter().filter(|_| options.rows == Rows::Memberships) {
        if nothing_missing && !has(any) {
            nothing_missing = false;
            let problem = Diagnostic::error(
                "missing-column",
                start,
                format!("a file of memberships needs a column `{name}`"),
            );
            reading.report(problem.hint(format!(
                "name the column `{name}`, or say in `columns` which one it is"
            )));
        }
    }
    nothing_missing
}

/// Warns about the columns whose attributes the directory does not have.
fn report_unheld(
    names: &csv::StringRecord,
    origins: &[Origin],
    options: &CsvOptions,
    reading: &mut FileReading<'_>,
) {
    for (header, attribute) in &options.unheld {
        if let Some(at) = names.iter().position(|name| is_same(name, header)) {
            let message = format!("the directory has no `{attribute}`, so the column `{header}` is not read");
            reading.report(Diagnostic::warning("unread-column", origins[at], message));
        }
    }
}

/// Warns about the columns without a meaning, unless the configuration says that they are ignored.
fn report_unread(
    names: &csv::StringRecord,
    origins: &[Origin],
    meanings: &[Option<ColumnMeaning>],
    options: &CsvOptions,
    reading: &mut FileReading<'_>,
) {
    let kind = kind_of(options.rows);
    let is_accounted_for = |header: &str| {
        let is_used = kind.is_some_and(|kind| reading.mapping.uses(kind, header.trim()));
        is_used
            || header.trim().is_empty()
            || options.unheld.iter().any(|(unheld, _)| is_same(unheld, header))
    };
    let unread: Vec<(&str, Origin)> = names
        .iter()
        .zip(origins)
        .zip(meanings)
        .filter(|((header, _), meaning)| meaning.is_none() && !is_accounted_for(header))
        .map(|((header, origin), _)| (header, *origin))
        .collect();
    let Some((_, first)) = unread.first() else {
        return;
    };
    let quoted: Vec<_> = unread
        .iter()
        .map(|(header, _)| format!("`{}`", header.trim()))
        .collect();
    let message = format!("these columns are not read: {}", quoted.join(", "));
    let problem = Diagnostic::warning("unread-column", *first, message);
    reading.report(problem.hint("give them a meaning in `columns` of this source, or name them in `ignore`"));
}
