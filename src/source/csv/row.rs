//! One CSV row as a person, a group or a membership.

use super::header::Meaning;
use super::{Columns, Records};
use crate::declared::Row;
use crate::declared::Target;
use crate::declared::{DesiredAttribute, Wish};
use crate::diagnostics::Problem;
use crate::diagnostics::{Diagnostic, Origin};
use crate::mapping::Given;
use crate::model::{AttributeId, Kind, Value};
use crate::source::options::{ColumnTarget, Empty};
use crate::source::reading::Reading;
use crate::source::text::{self, Way};
use crate::source::typing;

/// Reads a row about one person or group.
pub(super) fn read(kind: Kind, records: &Records<'_>, columns: &Columns, reading: &mut Reading<'_>) {
    let mut row = Row::new(kind, records.origin(0, reading));
    row.attributes.reserve_exact(columns.meanings.len() + columns.computed.len());
    let mut is_blank = true;
    for (number, (cell, meaning)) in records.record.iter().zip(&columns.meanings).enumerate() {
        is_blank &= cell.is_empty();
        let Some((ColumnTarget::Resource(target), empty, list)) = *meaning else { continue };
        if cell.is_empty() && empty == Empty::NotOurs {
            continue;
        }
        let origin = records.origin(number, reading);
        if let Err(problem) = give(target, (cell, list), origin, &mut row, reading) {
            row.is_faulty = true;
            reading.report(problem.at(origin));
        }
    }
    if is_blank {
        let problem = Diagnostic::error("blank-row", row.origin, "all cells of this row are empty");
        return reading.report(problem.hint("delete the row"));
    }
    for (number, fields) in &columns.computed {
        let fields: Vec<_> = fields.iter().map(|column| column.map(|column| Given::Text(&records.record[column]))).collect();
        reading.compute(*number, &fields, &mut row);
    }
    reading.add(row);
}

fn give(target: Target, (cell, list): (&str, char), origin: Origin, row: &mut Row, reading: &Reading<'_>) -> Result<(), Problem> {
    if !cell.is_empty() && cell.trim().is_empty() {
        return Err(Problem::new("blank-cell", "this cell holds nothing but white space", "empty the cell, or write the value"));
    }
    match target {
        // A header has each attribute once, so nothing was asked of it before.
        Target::Attribute(attribute) => {
            let wish = wish(attribute, cell, list, reading)?;
            row.attributes.push(DesiredAttribute { attribute, wish, origin });
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
    let values: Result<Vec<_>, _> = items(cell, list).map(|item| typing::single(attribute, item?, Way::Cell)).collect();
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
            return Err(Problem::new("empty-text", message, format!("remove one `{list}`")));
        }
        Ok(item)
    })
}

/// Reads a row of a file of memberships.
pub(super) fn read_membership(records: &Records<'_>, meanings: &[Meaning], reading: &mut Reading<'_>) {
    let cell = |wanted: ColumnTarget| meanings.iter().position(|meaning| meaning.is_some_and(|one| one.0 == wanted));
    let (Some(group), Some(member)) = (cell(ColumnTarget::Group), cell(ColumnTarget::Member)) else { return };
    let mut is_whole = true;
    for (number, name) in [(group, "group"), (member, "member")] {
        let checked = match &records.record[number] {
            "" => Err(Problem::new("missing-name", format!("this row has no {name}"), "write the name, or delete the row")),
            text => text::check_name(text),
        };
        if let Err(problem) = checked {
            is_whole = false;
            reading.report(problem.at(records.origin(number, reading)));
        }
    }
    if is_whole {
        reading.add_membership(&records.record[group], &records.record[member], records.origin(0, reading));
    }
}
