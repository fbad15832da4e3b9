//! One CSV row as a person or a group, or as a person to be removed.

use std::borrow::Cow;

use super::columns::Columns;
use super::header::ColumnMeaning;
use super::records::Records;
use crate::declared::{DesiredAttribute, Removing, RowDraft, Target, Wish};
use crate::diagnostics::{Diagnostic, Origin, UnplacedProblem};
use crate::mapping::FieldValue;
use crate::model::{AttributeId, Kind, Value, instant};
use crate::source::options::{CellForm, ColumnTarget, EmptyCell, GroupNaming, Rows};
use crate::source::reading::FileReading;
use crate::source::text::{self, Medium};
use crate::source::typing;

/// Reads a row about one person or group.
pub(super) fn read(kind: Kind, records: &Records<'_>, columns: &Columns<'_>, reading: &mut FileReading<'_>) {
    let mut row = RowDraft::new(kind, records.origin(0, reading));
    row.attributes
        .reserve_exact(columns.meanings.len() + columns.computed.len());
    let mut is_blank = true;
    for (number, (cell, meaning)) in records.record.iter().zip(&columns.meanings).enumerate() {
        is_blank &= cell.is_empty();
        let Some(ColumnMeaning {
            target: ColumnTarget::Resource(target),
            empty,
            list,
            form,
            naming,
        }) = *meaning
        else {
            continue;
        };
        if cell.is_empty() && empty == EmptyCell::NotOurs {
            continue;
        }
        let declares_groups = target == Target::Groups && naming == GroupNaming::Declares;
        let origin = records.origin(number, reading);
        let given = plain(cell, form).and_then(|text| {
            let cell = Cell {
                text: &text,
                list,
                origin,
            };
            give(target, cell, &mut row, reading)
        });
        if let Err(problem) = given {
            reading.refuse(&mut row, Some(target), problem.at(origin));
            row.hides_groups |= declares_groups;
        }
        if declares_groups {
            reading.declare_groups(&row);
        }
    }
    if is_blank {
        let problem = Diagnostic::error("blank-row", row.origin, "all cells of this row are empty");
        return reading.refuse_unknown(kind, problem.hint("delete the row"));
    }
    let given = |fields: &[Option<usize>]| -> Vec<_> {
        fields
            .iter()
            .map(|column| column.map(|column| FieldValue::Text(&records.record[column])))
            .collect()
    };
    for (number, fields) in &columns.computed {
        reading.compute(*number, &given(fields), &mut row);
    }
    for (computed, fields) in &columns.own {
        reading.compute_by(computed, &given(fields), &mut row);
    }
    match columns.rows {
        Rows::Deletions => reading.add_removal(&row, Removing::Delete),
        Rows::Deactivations => reading.add_removal(&row, Removing::Deactivate),
        Rows::Users | Rows::Groups | Rows::Memberships => reading.add(row),
    }
}

/// A cell in the form of its attribute's type.
fn plain(cell: &str, form: CellForm) -> Result<Cow<'_, str>, UnplacedProblem> {
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
            UnplacedProblem::new(
                "not-a-day",
                format!("`{cell}` is not a day"),
                "write it as 2026-01-31, or as seconds since 1970",
            )
        })
}

/// A cell to read.
#[derive(Clone, Copy)]
struct Cell<'a> {
    text: &'a str,
    /// The delimiter between the values of a list in the cell.
    list: char,
    origin: Origin,
}

fn give(
    target: Target,
    cell: Cell<'_>,
    row: &mut RowDraft,
    reading: &FileReading<'_>,
) -> Result<(), UnplacedProblem> {
    let origin = cell.origin;
    if !cell.text.is_empty() && cell.text.trim().is_empty() {
        return Err(UnplacedProblem::new(
            "blank-cell",
            "this cell holds nothing but white space",
            "empty the cell, or write the value",
        ));
    }
    match target {
        // A header has each attribute once, so the row has no wish for it yet.
        Target::Attribute(attribute) => {
            let wish = wish(attribute, cell, reading)?;
            row.attributes.push(DesiredAttribute {
                attribute,
                wish,
                origin,
            });
        }
        Target::Groups => {
            for name in cell.names()? {
                row.groups.push((name.into(), origin));
            }
        }
        Target::Members => {
            let members = row.members.get_or_insert_default();
            for name in cell.names()? {
                members.push((name.into(), origin));
            }
        }
        Target::Previously => {
            for name in cell.names()? {
                row.former_names.push((name.into(), origin));
            }
        }
    }
    Ok(())
}

fn wish(attribute: AttributeId, cell: Cell<'_>, reading: &FileReading<'_>) -> Result<Wish, UnplacedProblem> {
    if cell.text.is_empty() {
        return Ok(Wish::Empty);
    }
    let attribute = reading.catalog.attribute(attribute);
    if !typing::is_set(attribute) {
        return typing::single(attribute, cell.text, Medium::Cell).map(Wish::Set);
    }
    let values: Result<Vec<_>, _> = cell
        .items()
        .map(|item| typing::single(attribute, item?, Medium::Cell))
        .collect();
    values.map(|values| Wish::Set(Value::set(values)))
}

impl<'a> Cell<'a> {
    /// The names of people or groups in the cell.
    fn names(self) -> Result<Vec<&'a str>, UnplacedProblem> {
        if self.text.is_empty() {
            return Ok(Vec::new());
        }
        self.items()
            .map(|item| {
                let item = item?;
                text::check_name(item).map(|()| item)
            })
            .collect()
    }

    /// The values of the list in the cell. White space around the delimiter is not a part of a value.
    fn items(self) -> impl Iterator<Item = Result<&'a str, UnplacedProblem>> {
        let list = self.list;
        self.text.split(list).map(str::trim).map(move |item| {
            if item.is_empty() {
                let message = format!("this list has an empty value between two `{list}`");
                return Err(UnplacedProblem::new(
                    "empty-text",
                    message,
                    format!("remove one `{list}`"),
                ));
            }
            Ok(item)
        })
    }
}
