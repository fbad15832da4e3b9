//! One CSV row as a person or a group, or as somebody who should not be there.

use std::borrow::Cow;

use super::header::Meant;
use super::{Columns, Records};
use crate::declared::{DesiredAttribute, Removing, RowDraft, Target, Wish};
use crate::diagnostics::Problem;
use crate::diagnostics::{Diagnostic, Origin};
use crate::mapping::Given;
use crate::model::{AttributeId, Kind, Value, instant};
use crate::source::options::{CellForm, ColumnTarget, Empty, Rows};
use crate::source::reading::Reading;
use crate::source::text::{self, Way};
use crate::source::typing;

/// Reads a row about one person or group.
pub(super) fn read(
    kind: Kind,
    rows: Rows,
    (records, columns): (&Records<'_>, &Columns<'_>),
    reading: &mut Reading<'_>,
) {
    let mut row = RowDraft::new(kind, records.origin(0, reading));
    row.attributes
        .reserve_exact(columns.meanings.len() + columns.computed.len());
    let mut is_blank = true;
    for (number, (cell, meaning)) in records.record.iter().zip(&columns.meanings).enumerate() {
        is_blank &= cell.is_empty();
        let Some(Meant {
            target: ColumnTarget::Resource(target),
            empty,
            list,
            form,
        }) = *meaning
        else {
            continue;
        };
        if cell.is_empty() && empty == Empty::NotOurs {
            continue;
        }
        let origin = records.origin(number, reading);
        let given =
            plain(cell, form).and_then(|cell| give(target, (&*cell, list), origin, &mut row, reading));
        if let Err(problem) = given {
            row.is_faulty = true;
            reading.report(problem.at(origin));
        }
    }
    if is_blank {
        let problem = Diagnostic::error("blank-row", row.origin, "all cells of this row are empty");
        return reading.report(problem.hint("delete the row"));
    }
    let given = |fields: &[Option<usize>]| -> Vec<_> {
        fields
            .iter()
            .map(|column| column.map(|column| Given::Text(&records.record[column])))
            .collect()
    };
    for (number, fields) in &columns.computed {
        reading.compute(*number, &given(fields), &mut row);
    }
    for (computed, fields) in &columns.own {
        reading.compute_by(computed, &given(fields), &mut row);
    }
    match rows {
        Rows::Deletions => reading.add_removal(&row, Removing::Delete),
        Rows::Deactivations => reading.add_removal(&row, Removing::Deactivate),
        Rows::Users | Rows::Groups | Rows::Memberships => reading.add(row),
    }
}

/// A cell as the attribute's type has it.
fn plain(cell: &str, form: CellForm) -> Result<Cow<'_, str>, Problem> {
    if form == CellForm::Plain || cell.is_empty() {
        return Ok(Cow::Borrowed(cell));
    }
    let seconds = cell
        .parse()
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    let day = || instant(cell).filter(|_| cell.len() == "2026-01-31".len());
    seconds
        .or_else(day)
        .map(|instant| Cow::Owned(instant.to_string()))
        .ok_or_else(|| {
            Problem::new(
                "not-a-day",
                format!("`{cell}` is not a day"),
                "write it as 2026-01-31, or as seconds since 1970",
            )
        })
}

fn give(
    target: Target,
    (cell, list): (&str, char),
    origin: Origin,
    row: &mut RowDraft,
    reading: &Reading<'_>,
) -> Result<(), Problem> {
    if !cell.is_empty() && cell.trim().is_empty() {
        return Err(Problem::new(
            "blank-cell",
            "this cell holds nothing but white space",
            "empty the cell, or write the value",
        ));
    }
    match target {
        // A header has each attribute once, so nothing was asked of it before.
        Target::Attribute(attribute) => {
            let wish = wish(attribute, cell, list, reading)?;
            row.attributes.push(DesiredAttribute {
                attribute,
                wish,
                origin,
            });
        }
        Target::Groups => {
            for name in names(cell, list)? {
                row.groups.push((name.into(), origin));
            }
        }
        Target::Members => {
            let members = row.members.get_or_insert_default();
            for name in names(cell, list)? {
                members.push((name.into(), origin));
            }
        }
    }
    Ok(())
}

fn wish(attribute: AttributeId, cell: &str, list: char, reading: &Reading<'_>) -> Result<Wish, Problem> {
    if cell.is_empty() {
        return Ok(Wish::Clear);
    }
    let attribute = reading.catalog.attribute(attribute);
    if !typing::is_set(attribute) {
        return typing::single(attribute, cell, Way::Cell).map(Wish::Set);
    }
    let values: Result<Vec<_>, _> = items(cell, list)
        .map(|item| typing::single(attribute, item?, Way::Cell))
        .collect();
    values.map(|values| Wish::Set(Value::set(values)))
}

fn names(cell: &str, list: char) -> Result<Vec<&str>, Problem> {
    if cell.is_empty() {
        return Ok(Vec::new());
    }
    items(cell, list)
        .map(|item| {
            let item = item?;
            text::check_name(item).map(|()| item)
        })
        .collect()
}

/// The values of a list in one cell. White space around the delimiter belongs to the list, not to a value.
fn items(cell: &str, list: char) -> impl Iterator<Item = Result<&str, Problem>> {
    cell.split(list).map(str::trim).map(move |item| {
        if item.is_empty() {
            let message = format!("this list has an empty value between two `{list}`");
            return Err(Problem::new(
                "empty-text",
                message,
                format!("remove one `{list}`"),
            ));
        }
        Ok(item)
    })
}
