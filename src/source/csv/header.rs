//! What each column of a CSV file means: by the configured columns, or by its header as an attribute name.

use std::collections::HashMap;

use super::cells::LineColumn;
use crate::declared::{Target, target};
use crate::diagnostics::Problem;
use crate::diagnostics::suggest;
use crate::diagnostics::{Diagnostic, Origin};
use crate::model::{Catalog, Kind};
use crate::source::options::{
    CellForm, Column, ColumnTarget, CsvOptions, Empty, Ignore, LIST_DELIMITER, Presence, Rows,
};
use crate::source::reading::Reading;

/// More columns than this are a damaged file.
const MOST_COLUMNS: usize = 1_000;

/// What one column's cells say; none where the column is not read.
pub(super) type Meaning = Option<Meant>;

/// What the cells of a column that is read say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meant {
    pub(super) target: ColumnTarget,
    pub(super) empty: Empty,
    pub(super) list: char,
    pub(super) form: CellForm,
}

/// The kind of the resource that a row is about; none where it is a membership.
pub(super) fn kind_of(rows: Rows) -> Option<Kind> {
    match rows {
        Rows::Users | Rows::Deletions | Rows::Deactivations => Some(Kind::User),
        Rows::Groups => Some(Kind::Group),
        Rows::Memberships => None,
    }
}

/// What a name means as a column of such rows.
pub(crate) fn column_target(catalog: &Catalog, rows: Rows, name: &str) -> Result<ColumnTarget, Problem> {
    let Some(kind) = kind_of(rows) else {
        let known = ColumnTarget::OF_MEMBERSHIPS;
        return known
            .iter()
            .find(|(one, _)| name.eq_ignore_ascii_case(one))
            .map(|(_, target)| *target)
            .ok_or_else(|| {
                let hint = suggest::instead(name, &known.map(|(name, _)| name));
                Problem::new(
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
        return Err(Problem::new(
            "unknown-column",
            message,
            "people are removed by `userName` or `externalId`; ignore the column",
        ));
    }
    Ok(ColumnTarget::Resource(target))
}

/// Which of several forms a header is of: the first whose columns it has, else the one of which it has the
/// most, whose missing columns are then told.
pub(super) fn form<'o>(headers: &csv::StringRecord, forms: &'o [CsvOptions]) -> Option<&'o CsvOptions> {
    let has = |column: &&Column| headers.iter().any(|header| is_same(header, &column.header));
    let required = |form: &'o CsvOptions| {
        form.columns
            .iter()
            .filter(|column| column.presence == Presence::Required)
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

/// Headers are compared without case and outer white space.
fn is_same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Finds the meaning of every header; none where the rows cannot be read because of what was reported.
pub(super) fn meanings(
    headers: &csv::StringRecord,
    places: &[LineColumn],
    options: &CsvOptions,
    reading: &mut Reading<'_>,
) -> Option<Vec<Meaning>> {
    let origin = |number: usize| Origin {
        file: reading.file,
        line: places[number].0,
        column: places[number].1,
    };
    if let Some(problem) = wrong_shape(headers, options) {
        reading.report(problem.at(origin(0)));
        return None;
    }
    let origins: Vec<_> = (0..headers.len()).map(origin).collect();
    let mut first: HashMap<String, Origin> = HashMap::new();
    let mut meanings: Vec<Meaning> = Vec::new();
    let mut is_readable = true;
    for (header, origin) in headers.iter().zip(&origins) {
        let header = header.trim();
        let earlier = first.get(&header.to_lowercase()).copied();
        first.entry(header.to_lowercase()).or_insert(*origin);
        match meaning(header, options, reading) {
            Ok(_) if earlier.is_some() => {
                is_readable = false;
                report_twice(header, *origin, earlier, reading);
            }
            Ok(Some(meaning)) if meanings.iter().flatten().any(|one| one.target == meaning.target) => {
                is_readable = false;
                let same = meanings
                    .iter()
                    .position(|one| one.is_some_and(|one| one.target == meaning.target))
                    .map(|at| origins[at]);
                report_twice(header, *origin, same, reading);
            }
            Ok(meaning) => {
                meanings.push(meaning);
                continue;
            }
            Err(problem) => {
                is_readable = false;
                reading.report(problem.at(*origin));
            }
        }
        meanings.push(None);
    }
    is_readable &= report_missing(&first, &meanings, options, reading);
    if is_readable {
        report_unread(headers, &origins, &meanings, (options, reading));
    }
    is_readable.then_some(meanings)
}

fn report_twice(header: &str, origin: Origin, earlier: Option<Origin>, reading: &mut Reading<'_>) {
    let problem = Diagnostic::error(
        "duplicate-header",
        origin,
        format!("the column `{header}` stands twice"),
    );
    let problem = problem.hint("remove or rename one of the two columns");
    reading.report(match earlier {
        Some(earlier) => problem.related(earlier, "first here"),
        None => problem,
    });
}

/// A header row that cannot be one.
fn wrong_shape(headers: &csv::StringRecord, options: &CsvOptions) -> Option<Problem> {
    if headers.len() > MOST_COLUMNS {
        let message = format!(
            "this file has {} columns; the most allowed is {MOST_COLUMNS}",
            headers.len()
        );
        return Some(Problem::new(
            "too-many-columns",
            message,
            "check the delimiter and the quotes of the first line",
        ));
    }
    let only = (headers.len() == 1).then(|| headers.get(0)).flatten()?;
    let (other, name) = [(';', "';'"), ('\t', "tab"), ('|', "'|'"), (',', "','")]
        .into_iter()
        .find(|(other, _)| u32::from(*other) != u32::from(options.delimiter) && only.contains(*other))?;
    let seen = if other == '\t' {
        "tabs".to_owned()
    } else {
        format!("`{other}`")
    };
    let message = format!("the header has one column that holds {seen}: the delimiter is another one");
    Some(Problem::new(
        "wrong-delimiter",
        message,
        format!("add `delimiter: {name}` to this source"),
    ))
}

fn meaning(header: &str, options: &CsvOptions, reading: &Reading<'_>) -> Result<Meaning, Problem> {
    let same = |one: &str| is_same(one, header);
    if let Some(Column {
        target,
        empty,
        list,
        form,
        ..
    }) = options
        .columns
        .iter()
        .find(|column| same(&column.header))
        .cloned()
    {
        return Ok(Some(Meant {
            target,
            empty,
            list,
            form,
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
        return Err(Problem::new(
            "empty-header",
            "this column has no name",
            "name the column in the first line, or remove it",
        ));
    }
    if !options.columns.is_empty() {
        let known: Vec<_> = options
            .columns
            .iter()
            .map(|column| column.header.as_str())
            .collect();
        let hint = match suggest::closest(header, known) {
            Some(near) => {
                format!("did you mean `{near}`? else add it to `columns` or to `ignore` of this source")
            }
            None => "add it to `columns` or to `ignore` of this source".to_owned(),
        };
        return Err(Problem::new(
            "unknown-header",
            format!("`columns` says nothing about the column `{header}`"),
            hint,
        ));
    }
    match column_target(reading.catalog, options.rows, header) {
        Ok(target) => Ok(Some(Meant {
            target,
            empty: Empty::NotOurs,
            list: LIST_DELIMITER,
            form: CellForm::Plain,
        })),
        Err(_) if matches!(options.ignore, Ignore::Others | Ignore::OthersTold) => Ok(None),
        Err(problem) if problem.code == "unknown-attribute" => {
            let hint = format!(
                "{}; or give its meaning in `columns`, or add it to `ignore`",
                problem.hint.trim_end_matches('?')
            );
            Err(Problem::new(
                "unknown-header",
                format!("the column `{header}` is not an attribute"),
                hint,
            ))
        }
        Err(problem) => Err(problem),
    }
}

/// Whether a header says by itself what its cells are, when an expression uses them too.
fn is_attribute(header: &str, options: &CsvOptions, reading: &Reading<'_>) -> bool {
    let target = column_target(reading.catalog, options.rows, header).ok();
    let is_computed = matches!(target, Some(ColumnTarget::Resource(Target::Attribute(id))) if reading.mapping.computes_from(id, header));
    options.columns.is_empty() && target.is_some() && !is_computed
}

/// Columns that must be there and are not: a renamed column would otherwise leave its attribute alone,
/// silently.
fn report_missing(
    first: &HashMap<String, Origin>,
    meanings: &[Meaning],
    options: &CsvOptions,
    reading: &mut Reading<'_>,
) -> bool {
    let start = Origin::start_of(reading.file);
    let mut nothing_missing = true;
    for Column { header, .. } in options
        .columns
        .iter()
        .filter(|column| column.presence == Presence::Required)
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
    let has = |any: &[ColumnTarget]| meanings.iter().flatten().any(|one| any.contains(&one.target));
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

/// Tells which columns are not read although nobody said so for this very file.
fn report_unread(
    headers: &csv::StringRecord,
    origins: &[Origin],
    meanings: &[Meaning],
    (options, reading): (&CsvOptions, &mut Reading<'_>),
) {
    for (header, attribute) in &options.unheld {
        if let Some(at) = headers.iter().position(|one| is_same(one, header)) {
            let message = format!("the directory has no `{attribute}`, so the column `{header}` is not read");
            reading.report(Diagnostic::warning("unread-column", origins[at], message));
        }
    }
    if options.ignore != Ignore::OthersTold {
        return;
    }
    let kind = kind_of(options.rows);
    let is_told = |header: &str| {
        let is_used = kind.is_some_and(|kind| reading.mapping.uses(kind, header.trim()));
        is_used
            || header.trim().is_empty()
            || options.unheld.iter().any(|(unheld, _)| is_same(unheld, header))
    };
    let unread: Vec<usize> = (0..headers.len())
        .filter(|at| meanings[*at].is_none() && headers.get(*at).is_some_and(|header| !is_told(header)))
        .collect();
    if let Some(first) = unread.first() {
        let names: Vec<_> = unread
            .iter()
            .filter_map(|at| headers.get(*at))
            .map(|header| format!("`{}`", header.trim()))
            .collect();
        let problem = Diagnostic::warning(
            "unread-column",
            origins[*first],
            format!("these columns are not read: {}", names.join(", ")),
        );
        reading.report(
            problem.hint("give them a meaning in `columns` of this source, or name them in `ignore`"),
        );
    }
}
